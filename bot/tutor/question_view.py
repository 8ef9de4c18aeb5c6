"""Shows a question: what is asked, and how it can be answered."""

import re
from collections.abc import Iterable, Sequence
from hashlib import sha256
from string import ascii_lowercase

from bot.tutor.buttons import back_buttons, edit_button, help_buttons, next_button
from bot.tutor.lesson import (
    CodeQuestion,
    MultiQuestion,
    OrderQuestion,
    PredictQuestion,
    Question,
    Section,
    SingleQuestion,
    Step,
)
from bot.tutor.ports import Wording
from bot.tutor.reply import (
    Action,
    Button,
    Choice,
    Code,
    Form,
    FormField,
    Heading,
    Note,
    Part,
    Prose,
    Ref,
    Reply,
)
from bot.tutor.route import Stop
from bot.tutor.standing import Standing
from bot.tutor.turn import Turn

FIELD = "answer"
"""Id of the one field of an answer's form."""


def question_reply(
    turn: Turn,
    stop: Stop,
    standing: Standing,
    inputs: Sequence[Part] = (),
) -> Reply:
    """Return the question at `stop` with its options or an Answer button, or how it was solved."""
    say, question = turn.say, question_at(stop)
    parts = [
        Heading(say("Question {n} of {total}", n=stop.number, total=stop.total)),
        turn.taught(question.ask),
        *inputs,
        *material(turn, question),
    ]
    state = standing.state(stop)
    if state == "solved":
        parts.append(Note("good", say("You have solved this one.")))
        parts.extend(explanation(turn, question))
    elif state == "skipped":
        parts.append(Note("info", say("You skipped this one. You can still solve it.")))
    return Reply(tuple(parts), question_actions(turn, stop, standing))


def question_at(stop: Stop) -> Question:
    """Return the question at `stop`; only where there is one."""
    if stop.part is None or isinstance(stop.part, Section | Step):
        raise TypeError(f"a {stop.stage} is no question")
    return stop.part


def question_actions(turn: Turn, stop: Stop, standing: Standing) -> tuple[Action, ...]:
    """Return the ways to answer an unsolved question, help with it, and the ways on."""
    state, back = standing.state(stop), back_buttons(turn, stop)
    if state == "solved":
        return (next_button(turn, stop), *back)
    answers = answer_actions(turn, stop, question_at(stop))
    ahead = [next_button(turn, stop, primary=False)] if state == "skipped" else []
    return (*answers, *help_buttons(turn, stop, standing), *ahead, *back)


def explanation(turn: Turn, question: Question) -> tuple[Part, ...]:
    return (turn.taught(question.explain),) if question.explain else ()


def material(turn: Turn, question: Question) -> list[Part]:
    """Return what has to be looked at in order to answer."""
    match question:
        case PredictQuestion(code=code):
            return [Code(code)]
        case OrderQuestion(items=items):
            lettered = zip(ascii_lowercase, shuffled(turn, question.id, items), strict=False)
            lines = [f"- **{letter}** {turn.text(items[item].text)}" for letter, item in lettered]
            return [Prose("\n".join(lines))]
        case CodeQuestion(starter=starter):
            return [Code(starter)]
        case _:
            return []


def shuffled(turn: Turn, question: str, ids: Iterable[str]) -> list[str]:
    """Return `ids` in an order that is this learner's own, and the same every time."""

    def place(item: str) -> bytes:
        return sha256(f"{turn.learner.id}/{question}/{item}".encode()).digest()

    return sorted(ids, key=place)


def answer_actions(turn: Turn, stop: Stop, question: Question) -> tuple[Action, ...]:
    """Return the options, or the button that opens a form."""
    where = (stop.lesson.id, str(stop.lesson.rev), question.id)
    if not isinstance(question, SingleQuestion | MultiQuestion):
        # A form is asked for before anybody knows who presses, so the language travels along.
        ref = Ref("type", (*where, turn.say.locale))
        return (Button(turn.say("Answer"), ref, "primary"), *edit_button(turn, stop))
    options = tuple(
        (turn.text(question.options[option].text), Ref("answer", (*where, option)))
        for option in shuffled(turn, question.id, question.options)
    )
    if isinstance(question, SingleQuestion):
        return (Choice(turn.say("Choose one:"), options),)
    return (Choice(turn.say("Choose all that are right:"), options, many=True),)


def answer_form(say: Wording, ref: Ref, question: Question) -> Form:
    """Return the form in which `question` is answered."""
    match question.type:
        case "numeric":
            field = FormField(FIELD, say("A number"))
        case "order":
            field = FormField(FIELD, say("The letters in the right order, such as: b a c"))
        case "predict":
            field = FormField(FIELD, say("Exactly what it prints"), multiline=True)
        case "code":
            field = FormField(FIELD, say("Your code"), value=question.starter, multiline=True)
        case _:
            field = FormField(FIELD, say("Your answer"))
    return Form(say("Answer the question"), ref, (field,))


def typed_order(turn: Turn, question: OrderQuestion, typed: str) -> tuple[str, ...]:
    """Return the item ids that `typed` lists by their letters ("b a c", "bac") or by their ids."""
    order = shuffled(turn, question.id, question.items)
    by_letter = dict(zip(ascii_lowercase, order, strict=False))
    words = [word for word in re.split(r"[\s,;>→.)]+", typed.casefold()) if word]
    if len(words) == 1 and words[0] not in question.items:
        words = list(words[0])
    return _ids(words, by_letter)


def _ids(words: Sequence[str], by_letter: dict[str, str]) -> tuple[str, ...]:
    if all(word in by_letter for word in words):
        return tuple(by_letter[word] for word in words)
    return tuple(words)
