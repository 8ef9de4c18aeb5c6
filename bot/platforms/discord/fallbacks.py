"""Says the same with less, where a server does not let us show embeds or attach files."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from bot.platforms.discord.outgoing import Outgoing

_CONTENT = 2000
_DOTS = " …"


def versions(out: Outgoing) -> Iterator[Outgoing]:
    """Yield `out`, then what says the same with ever less."""
    yield out
    if out.embeds:
        yield without_embeds(out)
    if out.files:
        yield without_files(out)
        if out.embeds:
            yield without_embeds(without_files(out))


def without_embeds(out: Outgoing) -> Outgoing:
    """Return `out` with its embeds as text; their pictures stay as files."""
    if not out.embeds:
        return out
    texts = [out.content, *(_words(embed) for embed in out.embeds)]
    return replace(out, content=_cut("\n\n".join(filter(None, texts)) or "…"), embeds=())


def without_files(out: Outgoing) -> Outgoing:
    """Return `out` without files; what pictures show is said in words."""
    if not out.files:
        return out
    alts = [f"*{file.alt or file.name}*" for file in out.files]
    embeds = tuple(_without_pictures(embed) for embed in out.embeds)
    content = _cut("\n".join(filter(None, [out.content, *alts])))
    return replace(out, content=content, embeds=embeds, files=())


def _words(embed: Mapping[str, Any]) -> str:
    title = embed.get("title")
    fields = [f"**{field['name']}** {field['value']}" for field in embed.get("fields", ())]
    footer = embed.get("footer", {}).get("text")
    lines = [f"**{title}**" if title else None, embed.get("description"), *fields, footer]
    return "\n".join(line for line in lines if line)


def _without_pictures(embed: Mapping[str, Any]) -> Mapping[str, Any]:
    return {key: value for key, value in embed.items() if key not in ("image", "thumbnail")}


def _cut(text: str) -> str:
    if len(text.encode("utf-16-le")) // 2 <= _CONTENT:
        return text
    cut = text.encode("utf-16-le")[: 2 * (_CONTENT - 8)].decode("utf-16-le", "ignore")
    # A block of code that is cut open would swallow what says that it was cut.
    return cut + ("\n```" if cut.count("```") % 2 else "") + _DOTS
