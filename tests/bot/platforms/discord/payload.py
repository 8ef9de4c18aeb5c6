"""A rendered message as it goes to Discord, and what Discord would refuse of it."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from bot.platforms.discord.outgoing import (
    Attachment,
    ButtonItem,
    Component,
    LinkItem,
    Outgoing,
    SelectItem,
)

STYLES = {"primary": 1, "secondary": 2, "success": 3, "danger": 4}
MOST_FILE = 10 << 20


def payload(message: Outgoing) -> dict[str, Any]:
    """Return the JSON of a message in the form of Discord's API."""
    return {
        "content": message.content,
        "embeds": [dict(one) for one in message.embeds],
        "attachments": [
            {"id": number, "filename": one.name, "description": one.alt}
            for number, one in enumerate(message.files)
        ],
        "components": [
            {"type": 1, "components": [component(one) for one in row]} for row in message.rows
        ],
    }


def component(one: Component) -> dict[str, Any]:
    match one:
        case ButtonItem():
            emoji = {"emoji": {"name": one.emoji}} if one.emoji else {}
            style = STYLES[one.style]
            return {
                "type": 2,
                "style": style,
                "label": one.label,
                "custom_id": one.custom_id,
            } | emoji
        case LinkItem():
            return {"type": 2, "style": 5, "label": one.label, "url": one.url}
        case SelectItem():
            return {
                "type": 3,
                "custom_id": one.custom_id,
                "placeholder": one.placeholder,
                "min_values": one.least,
                "max_values": one.most,
                "options": [
                    {"label": each.label, "value": each.value}
                    | ({"description": each.description} if each.description else {})
                    | ({"emoji": {"name": each.emoji}} if each.emoji else {})
                    for each in one.options
                ],
            }


def refused(message: Outgoing) -> list[str]:
    """Return which of Discord's limits a message breaks, counted in UTF-16, the strictest way."""
    return [
        *_sizes("content", message.content, 0, 2000),
        *_of_embeds(message),
        *_of_files(message),
        *_of_rows(message),
        *_of_whole(message),
    ]


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _sizes(what: str, text: Any, least: int, most: int) -> Iterator[str]:
    """Yield what is wrong with a text; one of blanks alone is empty to Discord."""
    if not isinstance(text, str):
        yield f"{what} is no text: {text!r}"
        return
    try:
        size = units(text)
    except UnicodeEncodeError:
        yield f"{what} is not Unicode: {text!r}"
        return
    if not least <= units(text.strip()) <= size <= most:
        yield f"{what}: {size} characters, {least} to {most}"
    if re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text):
        yield f"{what} has controls: {text!r}"


def _of_embeds(message: Outgoing) -> Iterator[str]:
    if len(message.embeds) > 10:
        yield f"{len(message.embeds)} embeds"
    for embed in message.embeds:
        yield from _of_embed(embed)
    total = sum(units(text) for embed in message.embeds for text in _texts(embed))
    if total > 6000:
        yield f"{total} characters of embeds"


def _of_embed(embed: Mapping[str, Any]) -> Iterator[str]:
    unknown = set(embed) - {"color", "title", "description", "fields", "image"}
    if unknown or not set(embed) - {"color"}:
        yield f"unknown keys {unknown} or an empty embed"
    if not 0 <= embed["color"] <= 0xFFFFFF:
        yield "no colour"
    yield from _sizes("title", embed.get("title", "-"), 1, 256)
    yield from _sizes("description", embed.get("description", "-"), 1, 4096)
    fields = embed.get("fields", [])
    if len(fields) > 25:
        yield f"{len(fields)} fields"
    for one in fields:
        yield from _sizes("field name", one["name"], 1, 256)
        yield from _sizes("field value", one["value"], 1, 1024)


def _texts(embed: Mapping[str, Any]) -> list[str]:
    fields = embed.get("fields", [])
    texts = [one[key] for one in fields for key in ("name", "value")]
    return [embed.get("title", ""), embed.get("description", ""), *texts]


def _of_files(message: Outgoing) -> Iterator[str]:
    if len(message.files) > 10:
        yield f"{len(message.files)} files"
    if sum(len(one.data) for one in message.files) > 25 << 20:
        yield "too many bytes"
    names = Counter(one.name for one in message.files)
    yield from (f"two files {name}" for name, count in names.items() if count > 1)
    for one in message.files:
        yield from _of_file(one)
    urls = [embed["image"]["url"] for embed in message.embeds if "image" in embed]
    wanted = {url.removeprefix("attachment://") for url in urls}
    yield from (f"{name} is not attached" for name in wanted - set(names))


def _of_file(file: Attachment) -> Iterator[str]:
    yield from _sizes("file name", file.name, 1, 120)
    yield from _sizes("alt text", file.alt, 0, 1024)
    if not re.fullmatch(r"[\w-][\w.-]*", file.name):
        yield f"file name {file.name!r}"
    if not 0 < len(file.data) <= MOST_FILE:
        yield f"a file of {len(file.data)} bytes"


def _of_rows(message: Outgoing) -> Iterator[str]:
    if len(message.rows) > 5:
        yield f"{len(message.rows)} rows"
    ids: Counter[str] = Counter()
    for row in message.rows:
        if not 1 <= len(row) <= 5:
            yield f"{len(row)} controls in a row"
        for one in row:
            if isinstance(one, SelectItem) and len(row) > 1:
                yield "a select beside others"
            if not isinstance(one, LinkItem):
                ids[one.custom_id] += 1
            yield from _of_control(one)
    yield from (f"custom_id {one} twice" for one, count in ids.items() if count > 1)


def _of_control(one: Component) -> Iterator[str]:
    match one:
        case ButtonItem():
            yield from _sizes("label", one.label, 1, 80)
            yield from _sizes("custom_id", one.custom_id, 1, 100)
            if one.style not in STYLES:
                yield f"style {one.style}"
        case LinkItem():
            yield from _sizes("label", one.label, 1, 80)
            yield from _sizes("url", one.url, 1, 512)
            if not re.match(r"https?://", one.url):
                yield f"url {one.url}"
        case SelectItem():
            yield from _of_select(one)


def _of_select(select: SelectItem) -> Iterator[str]:
    yield from _sizes("custom_id", select.custom_id, 1, 100)
    yield from _sizes("placeholder", select.placeholder, 1, 150)
    if not 1 <= len(select.options) <= 25:
        yield f"{len(select.options)} options"
    if not 0 <= select.least <= select.most <= len(select.options):
        yield f"from {select.least} to {select.most} of {len(select.options)}"
    if len({each.value for each in select.options}) < len(select.options):
        yield "two options with one value"
    for each in select.options:
        yield from _sizes("option label", each.label, 1, 100)
        yield from _sizes("option value", each.value, 1, 100)
        yield from _sizes("option description", each.description, 0, 100)


def _of_whole(message: Outgoing) -> Iterator[str]:
    if len(message.reactions) > 20:
        yield f"{len(message.reactions)} reactions"
    if not (message.content or message.embeds or message.files):
        yield "nothing to see"
