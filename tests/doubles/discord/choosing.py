"""What a client does between a person and an interaction: offers commands, checks what is typed."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tests.doubles.discord import message_payloads, payloads
from tests.doubles.discord.interactions import Modal
from tests.doubles.discord.permissions import Permission, in_channel
from tests.doubles.discord.world import DM, Account, Channel, Message, Payload

_GROUPS = (1, 2)
_STRING, _INTEGER, _BOOLEAN, _USER, _CHANNEL, _ROLE, _FILE = 3, 4, 5, 6, 7, 8, 11
_RESOLVED = {_USER: "users", _CHANNEL: "channels", _ROLE: "roles", _FILE: "attachments"}
_SERVER, _BOT_DM = 0, 1
_FOR_SERVERS, _FOR_USERS = 0, 1

Keep = Callable[[str, bytes], Payload]


def command(commands: list[Payload], name: str, kind: int) -> Payload:
    for one in commands:
        localised_names = (one.get("name_localizations") or {}).values()
        if one["type"] == kind and name in (one["name"], *localised_names):
            return one
    raise AssertionError(f"no command {name!r}, only {[one['name'] for one in commands]}")


def localised(entry: Payload, locale: str, key: str = "name") -> str:
    found = (entry.get(f"{key}_localizations") or {}).get(locale, entry[key])
    assert isinstance(found, str)
    return found


def offered(commands: list[Payload], who: Account, where: Channel) -> dict[str, str]:
    """Return names and descriptions of the slash commands that `who` can use there."""
    return {
        localised(one, who.locale): localised(one, who.locale, "description")
        for one in commands
        if one["type"] == 1 and not _withheld(one, who, where)
    }


def must_be_offered(command: Payload, who: Account, where: Channel) -> None:
    reason = _withheld(command, who, where)
    assert not reason, f"/{command['name']} is not offered to {who.name} in {where.name}: {reason}"


def _withheld(command: Payload, who: Account, where: Channel) -> str:
    context = _BOT_DM if where.kind == DM else _SERVER
    contexts = command.get("contexts")
    if contexts is not None and context not in contexts:
        return f"not in context {context}"
    installed = where.guild is None or where.guild.has_bot
    kinds = command.get("integration_types") or [_FOR_SERVERS]
    by_user = who.installed and _FOR_USERS in kinds
    if not by_user and not (installed and _FOR_SERVERS in kinds):
        return f"installed for {kinds} only"
    needed = command.get("default_member_permissions")
    if needed is not None and where.guild is not None and installed:
        wanted = Permission(int(needed))
        if not wanted or wanted not in in_channel(where, who):
            return f"needs {wanted!r}"
    return ""


def filled_in(
    command: Payload, path: Sequence[str], options: Mapping[str, Any], keep: Keep
) -> Payload:
    """Return the data of a slash command; fails where a client would not send it."""
    resolved: Payload = {}
    chain, leaf = _walk(command, path)
    known = {one["name"]: one for one in leaf.get("options", [])}
    assert set(options) <= set(known), f"unknown options {set(options) - set(known)}"
    missing = [name for name, one in known.items() if one.get("required") and name not in options]
    assert not missing, f"required: {missing}"
    given = [_option(known[name], value, resolved, keep) for name, value in options.items()]
    return _nested(command, chain, given) | ({"resolved": resolved} if resolved else {})


def typing(
    command: Payload, path: Sequence[str], option: str, typed: str, others: Mapping[str, Any]
) -> Payload:
    chain, leaf = _walk(command, path)
    known = {one["name"]: one for one in leaf.get("options", [])}
    assert known[option].get("autocomplete"), f"nothing is offered for {option}"
    given = [_option(known[name], value, {}, _no_files) for name, value in others.items()]
    kind = known[option]["type"]
    given.append({"name": option, "type": kind, "value": typed, "focused": True})
    return _nested(command, chain, given)


def _no_files(name: str, _data: bytes) -> Payload:
    raise AssertionError(f"{name}: no files while typing")


def _walk(command: Payload, path: Sequence[str]) -> tuple[list[Payload], Payload]:
    chain, leaf = [], command
    for name in path:
        (leaf,) = [one for one in leaf["options"] if one["name"] == name and one["type"] in _GROUPS]
        chain.append(leaf)
    groups = [one["name"] for one in leaf.get("options", []) if one["type"] in _GROUPS]
    assert not groups, f"/{command['name']} needs one of {groups}"
    return chain, leaf


def _nested(command: Payload, chain: list[Payload], given: list[Payload]) -> Payload:
    for one in reversed(chain):
        given = [{"name": one["name"], "type": one["type"], "options": given}]
    return {"id": command["id"], "name": command["name"], "type": 1, "options": given}


def _option(known: Payload, value: Any, resolved: Payload, keep: Keep) -> Payload:
    kind = known["type"]
    if choices := known.get("choices"):
        by_name = {one["name"]: one["value"] for one in choices}
        value = by_name.get(value, value)
        assert value in by_name.values(), f"{value!r} is not among {by_name}"
    if kind == _INTEGER:
        least, most = known.get("min_value", -(2**53)), known.get("max_value", 2**53)
        assert least <= value <= most, f"{known['name']}: {value}"
    if kind == _STRING:
        least, most = known.get("min_length", 0), known.get("max_length", 6000)
        assert least <= len(value) <= most, f"{known['name']}: {value!r}"
        assert "\n" not in value, f"{known['name']} has one line"
    if kind in _RESOLVED:
        entry = _resolve(kind, value, keep)
        resolved.setdefault(_RESOLVED[kind], {})[entry["id"]] = entry
        value = entry["id"]
    return {"name": known["name"], "type": kind, "value": value}


def _resolve(kind: int, value: Any, keep: Keep) -> Payload:
    if kind == _FILE:
        name, data = value
        return keep(name, data)
    if kind == _USER:
        return payloads.user(value)
    if kind == _ROLE:
        return payloads.role(value)
    return payloads.partial_channel(value, value.world.bot)


def on_message(command: Payload, message: Message) -> Payload:
    target = str(message.id)
    return {
        "id": command["id"],
        "name": command["name"],
        "type": 3,
        "target_id": target,
        "resolved": {"messages": {target: message_payloads.message(message)}},
    }


def chosen(select: Payload, labels: Sequence[str]) -> Payload:
    values = {one["label"]: one["value"] for one in select["options"]}
    least, most = select.get("min_values", 1), select.get("max_values", 1)
    assert least <= len(labels) <= most, f"choose {least} to {most} of them"
    return {
        "custom_id": select["custom_id"],
        "component_type": select["type"],
        "id": select.get("id"),
        "values": [values[label] for label in labels],
    }


def submitted(modal: Modal, typed: Mapping[str, str]) -> Payload:
    """Return the data of a form; a client does not send what is too long or missing."""
    known = {one.id: one for one in modal.fields} | {one.label: one for one in modal.fields}
    assert set(typed) <= set(known), f"no fields {set(typed) - set(known)}, only {list(known)}"
    values = {one.id: one.value for one in modal.fields}
    values |= {known[name].id: text for name, text in typed.items()}
    for one in modal.fields:
        text = values[one.id]
        assert text or not one.required, f"{one.label!r} is required"
        assert not text or one.shortest <= len(text) <= one.longest, f"{one.label!r}: {len(text)}"
        assert one.multiline or "\n" not in text, f"{one.label!r} has one line"
    inputs = [
        {
            "type": 18,
            "id": n,
            "component": {"type": 4, "id": n + 50, "custom_id": key, "value": text},
        }
        for n, (key, text) in enumerate(values.items(), 1)
    ]
    return {"custom_id": modal.id, "components": inputs}
