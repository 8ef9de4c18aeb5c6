"""Shows and changes where and how the tutor works in a server."""

import re
from collections.abc import Mapping
from dataclasses import replace

from bot.tutor.buttons import continue_button
from bot.tutor.clean import quoted
from bot.tutor.event import Command
from bot.tutor.language import OWN_NAMES
from bot.tutor.ports import Wording, Wordings
from bot.tutor.records import CodePlace, ServerSettings
from bot.tutor.reply import Choice, Fields, Heading, Note, Part, Ref, Reply
from bot.tutor.turn import Turn

_NOWHERE = frozenset({"none", "-"})
"""What is typed in the place of a channel to have none again."""

_CHANNEL = re.compile(r"[^\s:<>]{1,64}")
_CODE: tuple[CodePlace, ...] = ("everywhere", "channel", "threads")


async def setup(turn: Turn, options: Mapping[str, str]) -> Reply:
    """Keep the settings that are named, and show all of them with what to try next."""
    platform, server = turn.event.actor.platform, turn.event.place.server_id
    before = await turn.services.places.server(platform, server)
    settings, problems = _changed(turn.say, turn.services.wordings, before, options)
    if settings != before:
        await turn.services.places.keep_server(platform, server, settings)
    observed = turn.event.observed if isinstance(turn.event, Command) else ()
    changed = Note("good", turn.say("That is kept."))
    parts: tuple[Part, ...] = (
        *([changed] if settings != before else []),
        *(Note("info", problem) for problem in problems),
        Heading(turn.say("The tutor in this server")),
        Fields(_pairs(turn.say, settings)),
        *observed,
        Note("info", _what_next(turn.say, settings)),
    )
    return Reply(parts, (*_choices(turn.say, turn.services.wordings), continue_button(turn)))


def _changed(
    say: Wording, wordings: Wordings, settings: ServerSettings, options: Mapping[str, str]
) -> tuple[ServerSettings, list[str]]:
    """Return the settings with what `options` change, and what of it cannot be."""
    problems: list[str] = []
    channel = options.get("channel", "").strip()
    if channel.casefold() in _NOWHERE:
        settings = replace(settings, channel_id="")
    elif channel and _CHANNEL.fullmatch(channel):
        settings = replace(settings, channel_id=channel)
    elif channel:
        problems.append(say("There is no such channel. Choose one of this server."))
    language = options.get("language", "").strip().casefold()
    if language in wordings.locales:
        settings = replace(settings, locale=language)
    elif language:
        problems.append(say("There is no language “{name}” here.", name=quoted(language)))
    code = options.get("code", "").strip().casefold()
    if code in _CODE:
        settings = replace(settings, code=code)
    elif code:
        problems.append(say("Code runs `everywhere`, in the `channel`, or in `threads` only."))
    return settings, problems


def _pairs(say: Wording, settings: ServerSettings) -> tuple[tuple[str, str], ...]:
    # Discord and Slack both show <#id> as the name of the channel.
    channel = (
        f"<#{settings.channel_id}>" if settings.channel_id else say("none: wherever it is called")
    )
    language = settings.locale or ""
    return (
        (say("Channel"), channel),
        (say("Language"), OWN_NAMES.get(language, language) or say("what each person's chat says")),
        (say("Code in messages runs"), _where(say, settings.code)),
    )


def _where(say: Wording, code: CodePlace) -> str:
    match code:
        case "everywhere":
            return say("in every channel")
        case "channel":
            return say("in the tutor's channel and in learners' threads")
        case "threads":
            return say("in learners' threads")


def _what_next(say: Wording, settings: ServerSettings) -> str:
    if settings.code == "channel" and not settings.channel_id:
        return say("Name a channel next: until then, code runs in every channel.")
    if not settings.channel_id:
        return say("Try `learn` yourself, or name a channel for the tutor with `tutor setup`.")
    return say("Try `learn` yourself, or put a question to the channel with `tutor post-quiz`.")


def _choices(say: Wording, wordings: Wordings) -> tuple[Choice, Choice]:
    languages = tuple(
        (OWN_NAMES.get(code, code), Ref("tutor", ("setup", f"language={code}")))
        for code in wordings.locales
    )
    places = tuple((_where(say, code), Ref("tutor", ("setup", f"code={code}"))) for code in _CODE)
    return (
        Choice(say("The language of the server:"), languages),
        Choice(say("Where code in messages runs:"), places),
    )
