"""Discord's limits on what a bot sends, those that its OpenAPI document leaves out included."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from tests.doubles.discord.world import V2, Message, Payload, Upload

FILE_BYTES, REQUEST_BYTES, FILES = 10 << 20, 25 << 20, 10
REACTIONS = 20
_CONTENT, _EMBEDS, _EMBED_TEXT, _ROWS, _ROW = 2000, 10, 6000, 5, 5
_V2_COMPONENTS, _V2_TEXT = 40, 4000
_EMBED_LIMITS = {"title": 256, "description": 4096}
_ACTION_ROW, _BUTTON, _TEXT_INPUT, _LABEL, _TEXT = 1, 2, 4, 18, 10
_SELECTS = (3, 5, 6, 7, 8)
_LINK, _PREMIUM = 5, 6


def of_message(one: Message) -> Iterator[str]:
    """Yield what is wrong with a message as it would stand there."""
    if len(one.content) > _CONTENT:
        yield f"content: {len(one.content)} characters, limit {_CONTENT}"
    if one.flags & V2:
        yield from _of_v2(one)
    else:
        if not (one.content or one.embeds or one.uploads or one.components):
            yield "an empty message"
        yield from of_embeds(one.embeds)
        yield from _of_rows(one.components)
    yield from _of_files(one.uploads)
    yield from _of_attached(one)


def of_embeds(embeds: list[Payload]) -> Iterator[str]:
    if len(embeds) > _EMBEDS:
        yield f"{len(embeds)} embeds, limit {_EMBEDS}"
    total = sum(len(text) for embed in embeds for text in _embed_texts(embed))
    if total > _EMBED_TEXT:
        yield f"{total} characters in all embeds, limit {_EMBED_TEXT}"
    for embed in embeds:
        yield from _of_embed(embed)


def _of_embed(embed: Payload) -> Iterator[str]:
    for key, limit in _EMBED_LIMITS.items():
        yield from _long(f"embed {key}", embed.get(key), limit)
    yield from _long("embed footer", embed.get("footer", {}).get("text"), 2048)
    yield from _long("embed author", embed.get("author", {}).get("name"), 256)
    fields = embed.get("fields", [])
    if len(fields) > 25:
        yield f"{len(fields)} embed fields, limit 25"
    for one in fields:
        yield from _sized("embed field name", one.get("name"), 256)
        yield from _sized("embed field value", one.get("value"), 1024)
    if not any(embed.get(key) for key in ("title", "description", "fields", "image", "footer")):
        yield "an empty embed"


def _embed_texts(embed: Payload) -> Iterator[str]:
    yield embed.get("title") or ""
    yield embed.get("description") or ""
    yield embed.get("footer", {}).get("text") or ""
    yield embed.get("author", {}).get("name") or ""
    for one in embed.get("fields", []):
        yield one.get("name") or ""
        yield one.get("value") or ""


def _of_rows(rows: list[Payload]) -> Iterator[str]:
    if len(rows) > _ROWS:
        yield f"{len(rows)} rows, limit {_ROWS}"
    for row in rows:
        if row.get("type") != _ACTION_ROW:
            yield f"component {row.get('type')} outside of a row"
        yield from _of_row(row.get("components", []))
    yield from _twice(rows)


def _of_row(components: list[Payload]) -> Iterator[str]:
    if not components or len(components) > _ROW:
        yield f"{len(components)} components in a row"
    if len(components) > 1 and any(one.get("type") in _SELECTS for one in components):
        yield "a select beside something else in a row"
    for one in components:
        yield from _of_button(one) if one.get("type") == _BUTTON else of_select(one)


def _of_button(button: Payload) -> Iterator[str]:
    yield from _long("label", button.get("label"), 80)
    if not button.get("label") and not button.get("emoji"):
        yield "a button without label and emoji"
    if button.get("style") == _LINK:
        yield from _sized("url", button.get("url"), 512)
        if "custom_id" in button:
            yield "a link with a custom_id"
    elif button.get("style") != _PREMIUM:
        yield from _sized("custom_id", button.get("custom_id"), 100)
        if "url" in button:
            yield "a button with a url"


def of_select(select: Payload) -> Iterator[str]:
    if select.get("type") not in _SELECTS:
        yield f"component {select.get('type')} in a row"
        return
    yield from _sized("custom_id", select.get("custom_id"), 100)
    yield from _long("placeholder", select.get("placeholder"), 150)
    if select["type"] == 3:
        yield from _of_options(select)


def _of_options(select: Payload) -> Iterator[str]:
    options = select.get("options", [])
    if not 1 <= len(options) <= 25:
        yield f"{len(options)} options, limit 25"
    if select.get("max_values", 1) > len(options):
        yield f"max_values {select.get('max_values')} of {len(options)} options"
    for one in options:
        yield from _sized("option label", one.get("label"), 100)
        yield from _sized("option value", one.get("value"), 100)
        yield from _long("option description", one.get("description"), 100)
    values = Counter(one.get("value") for one in options)
    yield from (f"option value {value!r} twice" for value, n in values.items() if n > 1)


def _of_v2(one: Message) -> Iterator[str]:
    if one.content or one.embeds:
        yield "content or embeds beside components of the second kind"
    everything = list(inside(one.components))
    if not 1 <= len(everything) <= _V2_COMPONENTS:
        yield f"{len(everything)} components, limit {_V2_COMPONENTS}"
    text = sum(len(each.get("content", "")) for each in everything if each.get("type") == _TEXT)
    if text > _V2_TEXT:
        yield f"{text} characters in components, limit {_V2_TEXT}"
    for each in everything:
        if each.get("type") == _ACTION_ROW:
            yield from _of_row(each.get("components", []))
    yield from _twice(one.components)


def inside(components: Iterable[Payload]) -> Iterator[Payload]:
    """Yield components and everything in them."""
    for one in components:
        yield one
        yield from inside(one.get("components", []))
        yield from inside(filter(None, (one.get("accessory"), one.get("component"))))


def _twice(components: list[Payload]) -> Iterator[str]:
    ids = Counter(one["custom_id"] for one in inside(components) if "custom_id" in one)
    yield from (f"custom_id {one!r} twice" for one, n in ids.items() if n > 1)


def _of_files(uploads: list[Upload]) -> Iterator[str]:
    if len(uploads) > FILES:
        yield f"{len(uploads)} files, limit {FILES}"
    for one in uploads:
        if len(one.data) > FILE_BYTES:
            yield f"{one.name}: {len(one.data)} bytes, limit {FILE_BYTES}"
        yield from _long(f"alt text of {one.name}", one.alt, 1024)
    total = sum(len(one.data) for one in uploads)
    if total > REQUEST_BYTES:
        yield f"{total} bytes in a request, limit {REQUEST_BYTES}"


def attached_names(value: Any) -> Iterator[str]:
    """Yield the names of files that embeds or components point to."""
    if isinstance(value, str) and value.startswith("attachment://"):
        yield value.removeprefix("attachment://")
    elif isinstance(value, dict):
        for each in value.values():
            yield from attached_names(each)
    elif isinstance(value, list):
        for each in value:
            yield from attached_names(each)


def _of_attached(one: Message) -> Iterator[str]:
    there = {each.name for each in one.uploads}
    wanted = {*attached_names(one.embeds), *attached_names(one.components)}
    yield from (f"attachment://{name} is not attached" for name in sorted(wanted - there))


def of_modal(modal: Payload) -> Iterator[str]:
    yield from _sized("modal title", modal.get("title"), 45)
    yield from _sized("modal custom_id", modal.get("custom_id"), 100)
    parts = modal.get("components", [])
    if not 1 <= len(parts) <= 5:
        yield f"{len(parts)} components in a modal, limit 5"
    for part in parts:
        yield from _of_modal_part(part)
    yield from _twice(parts)


def _of_modal_part(part: Payload) -> Iterator[str]:
    if part.get("type") == _TEXT:
        yield from _sized("modal text", part.get("content"), 4000)
        return
    if part.get("type") == _LABEL:
        yield from _sized("modal label", part.get("label"), 45)
        yield from _long("label description", part.get("description"), 100)
        fields = [part.get("component", {})]
    else:
        fields = part.get("components", [])
        yield from _of_old_labels(fields)
    for one in fields:
        if one.get("type") == _TEXT_INPUT:
            yield from _of_input(one)


def _of_old_labels(fields: list[Payload]) -> Iterator[str]:
    for one in fields:
        yield from _sized("modal label", one.get("label"), 45)


def _of_input(one: Payload) -> Iterator[str]:
    yield from _sized("custom_id", one.get("custom_id"), 100)
    yield from _long("placeholder", one.get("placeholder"), 100)
    most = one.get("max_length") or 4000
    if not (one.get("min_length") or 0) <= most <= 4000:
        yield f"text input of {one.get('min_length')} to {most} characters"
    yield from _long("value of a text input", one.get("value"), most)


_PINGS = {"users": r"<@!?\d+>", "roles": r"<@&\d+>", "everyone": r"@(everyone|here)"}


def of_pings(content: str, body: Payload) -> Iterator[str]:
    """Yield whom a message would call, where it does not say that nobody is to be called."""
    allowed = body.get("allowed_mentions")
    parse = _PINGS if allowed is None else allowed.get("parse", [])
    for kind, pattern in _PINGS.items():
        if kind in parse and re.search(pattern, content):
            yield f"would ping {kind}: {content!r:.80}"
    if body.get("message_reference") and allowed is None:
        yield "would ping whom it answers"


def _long(what: str, text: str | None, limit: int) -> Iterator[str]:
    if text is not None and len(text) > limit:
        yield f"{what}: {len(text)} characters, limit {limit}"


def _sized(what: str, text: str | None, limit: int) -> Iterator[str]:
    if not text:
        yield f"{what}: empty"
    yield from _long(what, text, limit)
