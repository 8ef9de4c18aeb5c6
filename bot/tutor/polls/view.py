"""Shows a poll: open, with how many have answered; and closed, with who was right and why."""

from collections import Counter
from collections.abc import Mapping, Sequence

from bot.tutor.drawing import Counted, Tally
from bot.tutor.formulas import Taught
from bot.tutor.math import blocks_to_unicode
from bot.tutor.polls.asked import EMOJIS, LETTERS, Asked, Option
from bot.tutor.ports import Pictures, Wording
from bot.tutor.records import Poll
from bot.tutor.reply import Button, Heading, Image, Moment, Note, Part, Prose, Ref, Reply

WHEN = "{when}"
"""Stands in a `Moment` for its point in time; wherever a sentence is filled in, it is kept."""


def open_poll(say: Wording, poll: Poll, asked: Asked, answers: int) -> Reply:
    """Return the question as it stands in the channel while it can be answered."""
    by_reaction = poll.how == "reactions"
    until = say("You can answer until {when}. Your last answer counts.", when=WHEN)
    parts: tuple[Part, ...] = (
        Heading(say("A question for everybody")),
        _text(poll, asked.ask),
        Prose("\n".join(f"- {_line(*lettered)}" for lettered in _lettered(asked))),
        *([Note("info", say("Answer with a reaction."))] if by_reaction else []),
        Moment(until, poll.closes),
        *([] if by_reaction else [Note("info", _how_many(say, answers))]),
    )
    buttons = tuple(
        Button(letter, Ref("vote", (str(poll.id), option.id)))
        for letter, option in _lettered(asked)
    )
    return Reply(
        parts,
        () if by_reaction else buttons,
        "public",
        poll.slot,
        poll.channel_id,
        EMOJIS[: len(asked.options)] if by_reaction else (),
    )


async def closed_poll(
    say: Wording, pictures: Pictures, poll: Poll, asked: Asked, votes: Mapping[str, str]
) -> Reply:
    """Return the question with what was answered, what is right, and the explanation of each choice."""
    drawn = await _tally(say, pictures, asked, list(votes.values()))
    parts: list[Part] = [
        Heading(say("The question is closed")),
        _text(poll, asked.ask),
        drawn,
    ]
    for letter, option in _lettered(asked):
        verdict = say("{option}: right", option=_line(letter, option)) if option.is_right else ""
        parts.append(Prose(verdict or _line(letter, option)))
        parts += [_text(poll, option.say)] if option.say else []
    parts += [_text(poll, asked.explain)] if asked.explain else []
    return Reply(tuple(parts), (), "public", poll.slot, poll.channel_id)


def _text(poll: Poll, text: str) -> Prose:
    """Return a text; blocks of math in a lesson's are drawn."""
    return Taught(text) if poll.lesson else Prose(text)


def _lettered(asked: Asked) -> list[tuple[str, Option]]:
    return list(zip(LETTERS, asked.options, strict=False))


def _line(letter: str, option: Option) -> str:
    return f"**{letter}** {blocks_to_unicode(option.text)}"


def _how_many(say: Wording, answers: int) -> str:
    if not answers:
        return say("Nobody has answered yet.")
    return say.plural("{n} person has answered.", "{n} people have answered.", answers)


async def _tally(
    say: Wording, pictures: Pictures, asked: Asked, votes: Sequence[str]
) -> Image | Prose:
    """Return the answers as a chart, or in words where none can be drawn."""
    counts = Counter(votes)
    options = tuple(
        Counted(
            letter,
            _plain(option.text),
            counts[option.id],
            _aside(say, counts[option.id], len(votes)),
            option.is_right,
        )
        for letter, option in _lettered(asked)
    )
    total = say.plural("{n} answer", "{n} answers", len(votes))
    drawing = Tally(say("How you answered"), options, total, say("✓ right"))
    png = await pictures.png(drawing)
    rows = [_in_words(say, one) for one in options]
    if png is None:
        return Prose("\n".join(f"- {row}" for row in (total, *rows)))
    return Image(png, "; ".join((total, *rows)), drawing)


def _plain(text: str) -> str:
    """Return Markdown without its signs, for where no Markdown is shown."""
    return " ".join(blocks_to_unicode(text).replace("`", "").replace("**", "").split())


def _aside(say: Wording, count: int, total: int) -> str:
    if not count:
        return "0"
    return say("{count} · {percent} %", count=count, percent=round(100 * count / total))


def _in_words(say: Wording, one: Counted) -> str:
    answers = say.plural("{n} answer", "{n} answers", one.count)
    if one.is_right:
        return say("{letter}, right: {answers}", letter=one.letter, answers=answers)
    return say("{letter}: {answers}", letter=one.letter, answers=answers)
