"""Puts a question to a channel: one of a lesson by its name, or the teacher's own from a form."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from bot.tutor.buttons import continue_button
from bot.tutor.clean import quoted
from bot.tutor.lesson import Lesson, SingleQuestion
from bot.tutor.places import Polls
from bot.tutor.polls.asked import Asked, Unusable, as_json, of_lesson, of_teacher
from bot.tutor.polls.view import WHEN, open_poll
from bot.tutor.ports import Wording
from bot.tutor.records import Poll
from bot.tutor.reply import Button, Code, Form, FormField, Moment, Note, Part, Ref, Reply
from bot.tutor.running import Replies
from bot.tutor.staff import may_manage, turned_away
from bot.tutor.turn import Turn

SHORTEST, USUAL, LONGEST = 1, 10, 7 * 24 * 60
"""Minutes that a question can be answered."""

_HOW = ("buttons", "reactions")
_CHANNEL = re.compile(r"[^\s:]{1,64}")
_NUMBER = re.compile(r"[0-9]{1,5}")
_MOST_NAMED = 8


@dataclass(frozen=True, slots=True)
class Terms:
    """How, where and for how long a question is put."""

    minutes: int
    how: Literal["buttons", "reactions"]
    channel: str


async def post_quiz(turn: Turn, options: Mapping[str, str]) -> Replies:
    """Put the question that `options` name or hold to a channel; ask for one where they do not."""
    terms = await terms_of(turn, options)
    if isinstance(terms, Reply):
        yield terms
        return
    wanted = options.get("question", "").strip()
    if not wanted and not options.get("ask", "").strip():
        yield _form_offered(turn, terms)
        return
    if wanted:
        found = _of_lesson(turn, wanted)
        if isinstance(found, Reply):
            yield found
            return
        lesson, question = found
        locale = await _locale(turn)
        asked = of_lesson(lesson.id, question, locale)
        replies = _put(turn, terms, asked, (lesson.id, question.id))
    else:
        replies = _put_own(turn, terms, options)
    async for reply in replies:
        yield reply


async def ask(turn: Turn, args: tuple[str, ...], values: Mapping[str, str]) -> Replies:
    """Put the question that came back in the teacher's form to the channel that the form was for."""
    minutes, how, channel, _locale = args
    options = {"minutes": minutes, "how": how, "channel": channel}
    is_theirs = may_manage(turn.services, turn.event)
    terms = await terms_of(turn, options) if is_theirs else turned_away(turn)
    if isinstance(terms, Reply):
        yield terms
        return
    async for reply in _put_own(turn, terms, values):
        yield reply


async def terms_of(turn: Turn, options: Mapping[str, str]) -> Terms | Reply:
    """Return the terms that `options` set, or what is wrong with them."""
    say, event = turn.say, turn.event
    minutes = options.get("minutes", "").strip() or str(USUAL)
    if not _NUMBER.fullmatch(minutes) or not SHORTEST <= int(minutes) <= LONGEST:
        text = say(
            "A question stays open for {least} to {most} minutes; {usual} is usual.",
            least=SHORTEST,
            most=LONGEST,
            usual=USUAL,
        )
        return Reply((Note("info", text),))
    how = options.get("how", "").strip().casefold() or "buttons"
    if how not in _HOW:
        return Reply((Note("info", say("People answer by `buttons` or by `reactions`.")),))
    settings = await turn.services.places.server(event.actor.platform, event.place.server_id)
    channel = options.get("channel", "").strip() or settings.channel_id or event.place.channel_id
    if not _CHANNEL.fullmatch(channel):
        return Reply((Note("info", say("There is no such channel. Choose one of this server.")),))
    return Terms(int(minutes), "reactions" if how == "reactions" else "buttons", channel)


def _of_lesson(turn: Turn, wanted: str) -> tuple[Lesson, SingleQuestion] | Reply:
    """Return the question that "lesson/question" names, or which there are."""
    lesson_id, _, question_id = wanted.partition("/")
    lesson = turn.services.curriculum.lesson(lesson_id.strip())
    if lesson is None:
        name = quoted(wanted)
        text = turn.say("There is no lesson for `{name}`. Write lesson/question.", name=name)
        return Reply((Note("info", text), *_examples(turn.services.curriculum.lessons)))
    of_one = [one for one in lesson.questions if isinstance(one, SingleQuestion)]
    found = next((one for one in of_one if one.id == question_id.strip()), None)
    if found is None:
        text = turn.say(
            "`{name}` is no question with one right option. Only those can be put to a channel.",
            name=quoted(wanted),
        )
        return Reply((Note("info", text), *_examples((lesson,))))
    return lesson, found


def _examples(lessons: tuple[Lesson, ...]) -> list[Part]:
    names = [
        f"{lesson.id}/{question.id}"
        for lesson in lessons
        for question in lesson.questions
        if isinstance(question, SingleQuestion)
    ]
    return [Code("\n".join(names[:_MOST_NAMED]), "text")] if names else []


# The teacher's own -------------------------------------------------------------------------------


def form_for(say: Wording, args: tuple[str, ...]) -> Form | None:
    """Return the form for a question of the teacher's own; `args` travel with it."""
    if len(args) != 4:
        return None
    fields = (
        FormField("ask", say("Your question"), multiline=True),
        FormField("options", say("Options, one a line, * before the right"), multiline=True),
        FormField("explain", say("What to say at the end"), multiline=True, required=False),
    )
    return Form(say("Ask the channel"), Ref("ask", args), fields)


def _form_button(turn: Turn, terms: Terms) -> Button:
    args = (str(terms.minutes), terms.how, terms.channel, turn.say.locale)
    return Button(turn.say("Write a question"), Ref("ask", args), "primary")


def _form_offered(turn: Turn, terms: Terms) -> Reply:
    text = turn.say("Write a question of your own, or name one of a lesson as `question`:")
    lessons = turn.services.curriculum.lessons
    return Reply((Note("info", text), *_examples(lessons)), (_form_button(turn, terms),))


async def _put_own(turn: Turn, terms: Terms, values: Mapping[str, str]) -> Replies:
    written = {name: values.get(name, "") for name in ("ask", "options", "explain")}
    try:
        asked = of_teacher(**written)
    except Unusable as error:
        yield _not_yet(turn, terms, error, written)
        return
    async for reply in _put(turn, terms, asked, ("", "")):
        yield reply


def _not_yet(turn: Turn, terms: Terms, error: Unusable, written: Mapping[str, str]) -> Reply:
    """Say what is missing, and give back what was written, so that nobody writes it twice."""
    text = _missing(turn.say, error)
    lines = "\n".join(part for part in written.values() if part.strip())
    own = [Code(lines, "text")] if lines else []
    return Reply((Note("info", text), *own), (_form_button(turn, terms),))


def _missing(say: Wording, error: Unusable) -> str:
    match error.why:
        case "ask":
            return say("The question itself is missing. Write what you want to know.")
        case "few":
            return say("Write at least two options, each on a line of its own.")
        case "many":
            return say("Write at most ten options, each on a line of its own.")
        case "twice":
            return say("Two of the options are the same. Change one of them.")
        case "right":
            return say("Put a * before the right option, as in: * 42")


# Posting -----------------------------------------------------------------------------------------


async def _locale(turn: Turn) -> str:
    """Return the language of the server, else that of whoever asks."""
    event, services = turn.event, turn.services
    settings = await services.places.server(event.actor.platform, event.place.server_id)
    return services.wordings.best(settings.locale, turn.say.locale)


async def _put(turn: Turn, terms: Terms, asked: Asked, named: tuple[str, str]) -> Replies:
    """Keep the poll, then announce it, then tell whoever put it. What is announced can be closed."""
    polls = turn.services.polls
    if polls is None:
        yield Reply((Note("info", turn.say("There are no channels here to ask.")),))
        return
    poll = await _kept(turn, polls, terms, asked, named)
    wording = turn.services.wordings.in_locale(poll.locale)
    yield open_poll(wording, poll, asked, 0)
    text = turn.say("Your question is in the channel. It closes by itself: {when}", when=WHEN)
    yield Reply((Moment(text, poll.closes),), (continue_button(turn),))


async def _kept(
    turn: Turn, polls: Polls, terms: Terms, asked: Asked, named: tuple[str, str]
) -> Poll:
    event, now = turn.event, turn.services.clock.now()
    poll = Poll(
        id=0,
        platform=event.actor.platform,
        server_id=event.place.server_id,
        channel_id=terms.channel,
        asked_by=event.actor.user_id,
        locale=await _locale(turn),
        lesson=named[0],
        question=named[1],
        own=as_json(asked),
        how=terms.how,
        at=now,
        closes=now + timedelta(minutes=terms.minutes),
    )
    return await polls.add(poll)
