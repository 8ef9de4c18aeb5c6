"""What people see of a message: its words, pictures and files, and what can be pressed on it."""

from dataclasses import dataclass

from tests.doubles.discord import rules
from tests.doubles.discord.world import LOADING, Channel, Message, Payload, Upload

_BUTTON, _LINK_STYLE = 2, 5
_SELECTS = (3, 5, 6, 7, 8)


@dataclass(frozen=True)
class Seen:
    """A message on somebody's screen; it changes as the message is edited."""

    message: Message

    @property
    def channel(self) -> Channel:
        return self.message.channel

    @property
    def content(self) -> str:
        return self.message.content

    @property
    def embeds(self) -> list[Payload]:
        return self.message.embeds

    @property
    def text(self) -> str:
        """All words: of the message, its embeds and its components."""
        parts: list[str | None] = [self.message.content]
        for embed in self.embeds:
            parts += [embed.get("author", {}).get("name"), embed.get("title")]
            parts.append(embed.get("description"))
            for one in embed.get("fields", []):
                parts += [one["name"], one["value"]]
            parts.append(embed.get("footer", {}).get("text"))
        parts += [each.get("content") for each in rules.inside(self.message.components)]
        return "\n".join(part for part in parts if part)

    @property
    def thinking(self) -> bool:
        return bool(self.message.flags & LOADING)

    @property
    def private(self) -> bool:
        return self.message.only_for is not None

    @property
    def gone(self) -> bool:
        return self.message.deleted

    @property
    def edits(self) -> int:
        return self.message.edits

    @property
    def buttons(self) -> list[str]:
        """The labels of what can be pressed now."""
        return [
            one["label"] for one in self._components(_BUTTON) if "label" in one and _usable(one)
        ]

    @property
    def links(self) -> dict[str, str]:
        found = self._components(_BUTTON)
        return {one["label"]: one["url"] for one in found if one["style"] == _LINK_STYLE}

    @property
    def selects(self) -> dict[str, list[str]]:
        """Placeholders of selects, with the labels of their options."""
        return {
            one.get("placeholder", ""): [option["label"] for option in one.get("options", [])]
            for one in self._components(*_SELECTS)
        }

    @property
    def files(self) -> dict[str, bytes]:
        """Files to download, below the message."""
        return {one.name: one.data for one in self.message.uploads if not one.embedded}

    @property
    def pictures(self) -> list[Upload]:
        """Pictures, in embeds or below the message."""
        return [one for one in self.message.uploads if one.kind.startswith("image/")]

    @property
    def reactions(self) -> dict[str, int]:
        return {emoji: len(by) for emoji, by in self.message.reactions.items()}

    def button(self, label: str) -> Payload:
        found = [one for one in self._components(_BUTTON) if one.get("label") == label]
        assert found, f"no button {label!r}, only {self.buttons} on {self.text[:300]!r}"
        assert _usable(found[0]), f"{label!r} cannot be pressed"
        return found[0]

    def select(self, *labels: str) -> Payload:
        """Return the select that offers all these options."""
        for one in self._components(*_SELECTS):
            if {option["label"] for option in one.get("options", [])} >= set(labels):
                assert not one.get("disabled"), "this select is closed"
                return one
        raise AssertionError(f"nowhere {labels}, only {self.selects} on {self.text[:300]!r}")

    def _components(self, *kinds: int) -> list[Payload]:
        return [one for one in rules.inside(self.message.components) if one.get("type") in kinds]

    def __repr__(self) -> str:
        who = f" (only {self.message.only_for.name})" if self.message.only_for else ""
        return f"<{self.channel.name}: {self.text!r:.200}{who} {self.buttons}>"


def _usable(button: Payload) -> bool:
    return not button.get("disabled") and button["style"] != _LINK_STYLE
