"""Classic BPF, as far as a seccomp filter needs it: instructions, and a choice by binary search."""

import struct
from collections.abc import Mapping

Code = tuple[bytes, ...]

_LOAD = 0x20
_AND = 0x54
_JUMP = 0x05
_JUMP_EQUAL = 0x15
_JUMP_AT_LEAST = 0x35
_JUMP_ANY_BIT = 0x45
_RETURN = 0x06

_LONGEST_CONDITIONAL_JUMP = 255
_LARGEST = 0xFFFFFFFF


def _instruction(code: int, operand: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("HBBI", code, if_true, if_false, operand & _LARGEST)


ALLOW: Code = (_instruction(_RETURN, 0x7FFF0000),)
KILL: Code = (_instruction(_RETURN, 0x80000000),)
LOAD_NUMBER: Code = (_instruction(_LOAD, 0),)


def refuse(error: int) -> Code:
    """Fail the call with `error`, an errno."""
    return (_instruction(_RETURN, 0x00050000 | error),)


def on_architecture(audit_arch: int, then: Code) -> Code:
    """Kill a caller that uses another architecture's numbers; `then` decides for all others."""
    check = (_instruction(_LOAD, 4), _instruction(_JUMP_EQUAL, audit_arch, 1, 0))
    return (*check, *KILL, *then)


def argument(index: int) -> Code:
    """Load the lower half of an argument: all that the kernel reads of an int or unsigned int."""
    return (_instruction(_LOAD, 16 + 8 * index),)


def masked(mask: int) -> Code:
    """Keep the bits of `mask` of what was loaded."""
    return (_instruction(_AND, mask),)


def any_bit(mask: int, then: Code, otherwise: Code) -> Code:
    """Decide by whether what was loaded has a bit of `mask`. `then` is at most 255 long."""
    return (_instruction(_JUMP_ANY_BIT, mask, 0, len(then)), *then, *otherwise)


def choose(
    cases: Mapping[int, Code], otherwise: Code, above: tuple[int, Code] | None = None
) -> Code:
    """Decide by the value that was loaded: a binary search, so that no value waits for all others.

    `above` replaces `otherwise` from a value on.
    """
    limit, beyond = above or (_LARGEST, otherwise)
    starts = {0: otherwise, limit: beyond}
    for value in sorted(cases):
        starts[value] = cases[value]
        if value < _LARGEST and value + 1 not in cases:
            starts[value + 1] = beyond if value + 1 >= limit else otherwise
    runs: list[tuple[int, Code]] = []
    for start in sorted(starts):
        if not runs or runs[-1][1] != starts[start]:
            runs.append((start, starts[start]))
    return _search(runs)


def _search(runs: list[tuple[int, Code]]) -> Code:
    if len(runs) == 1:
        return runs[0][1]
    middle = len(runs) // 2
    below, rest = _search(runs[:middle]), _search(runs[middle:])
    start = runs[middle][0]
    if len(below) <= _LONGEST_CONDITIONAL_JUMP:
        return (_instruction(_JUMP_AT_LEAST, start, len(below), 0), *below, *rest)
    jump = (_instruction(_JUMP_AT_LEAST, start, 0, 1), _instruction(_JUMP, len(below)))
    return (*jump, *below, *rest)
