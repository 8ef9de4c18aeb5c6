"""The base of everything that crosses a socket of the sandbox."""

import msgspec


class WireRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Frozen, and decoded strictly: unknown fields and wrong types are refused."""
