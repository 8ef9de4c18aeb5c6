"""Forms in which code is written, to run it or to hand it in, filled with what there is already."""

from dataclasses import replace

from bot.tutor.cells import digest, find, handed_in, step_key
from bot.tutor.event import Actor
from bot.tutor.lesson import Section
from bot.tutor.ports import Curriculum, Store, Wording, Wordings
from bot.tutor.reply import Form, FormField, Ref
from bot.tutor.route import Stop, stop_of

CODE = "code"
STDIN = "input"

MOST_FILLED = 4000
"""Characters that a field can hold in every chat; longer code is not filled in."""

MOST_PAST = 200
"""Cells back to which code is found again that a button names."""

OWN_CELL = ("-", "x")
"""What stands for a lesson and a part where a form is about code that the learner has run."""


def form_for(curriculum: Curriculum, wordings: Wordings, ref: Ref) -> Form | None:
    """Return the form for code that `ref` opens, with what a lesson gives to begin with."""
    if not ref.args:
        return None
    say = wordings.in_locale(wordings.best(ref.args[-1]))
    if ref.verb == "compose" and len(ref.args) == 1:
        stdin = FormField(STDIN, say("Input, if it asks for some"), multiline=True, required=False)
        return Form(say("Run code"), ref, (_field(say, ""), stdin))
    if len(ref.args) != 4:
        return None
    stop = stop_of(curriculum, ref.args[:3])
    if ref.verb == "handin" and stop is not None and stop.graded is not None:
        return Form(say("Write and submit"), ref, (_field(say, stop.graded.starter),))
    if ref.verb == "edit" and (ref.args[:2] == OWN_CELL or is_editable(stop)):
        return Form(say("Edit & run"), ref, (_field(say, _given(stop)),))
    return None


def is_editable(stop: Stop | None) -> bool:
    """Tell whether there is code of the lesson at `stop` that one can change and run."""
    return stop is not None and bool(_given(stop))


def _given(stop: Stop | None) -> str:
    if stop is None:
        return ""
    if isinstance(stop.part, Section):
        return stop.part.run.code if stop.part.run else ""
    return stop.graded.starter if stop.graded else ""


def _field(say: Wording, code: str) -> FormField:
    if len(code) <= MOST_FILLED:
        return FormField(CODE, say("Your code"), value=code, multiline=True)
    return FormField(CODE, say("Your code (too long to be filled in)"), multiline=True)


async def filled(
    store: Store, curriculum: Curriculum, wordings: Wordings, form: Form, actor: Actor
) -> Form:
    """Return `form` with the code that `actor` wrote there last, if there is any."""
    learner = await store.known(actor)
    place = _place(form.ref)
    code = await _last(store, curriculum, learner.id, form.ref.verb, place) if learner else None
    if code is None:
        return form
    first, *others = form.fields
    say = wordings.in_locale(wordings.best(form.ref.args[-1]))
    return replace(form, fields=(replace(_field(say, code), id=first.id), *others))


def _place(ref: Ref) -> tuple[str, ...]:
    """Return where the code belongs that the form is for; nothing where that is nowhere."""
    match ref:
        case Ref("edit" | "handin", (lesson, letter, item, _)):
            return lesson, letter, item
        case Ref("type", (lesson, _, question, _)):
            return lesson, "q", question
        case _:
            return ()


async def _last(
    store: Store, curriculum: Curriculum, learner: int, verb: str, place: tuple[str, ...]
) -> str | None:
    if place[:2] == OWN_CELL:
        ran = find(await store.past_cells(learner, MOST_PAST), place[2])
        return ran.code if ran else None
    stop = stop_of(curriculum, place)
    if stop is None or stop.graded is None:
        return None
    attempts = [a for a in await store.attempts(learner, stop.lesson.id) if a.step == stop.item]
    past = await store.past_cells(learner, MOST_PAST)
    cells = [cell for cell in past if (cell.lesson, cell.step) == step_key(stop)]
    if not cells or (attempts and attempts[-1].at >= cells[-1].at):
        return attempts[-1].code if attempts else None
    if verb != "edit":
        own = handed_in(await store.cells(learner), stop)
        return "\n\n".join(own) or cells[-1].code
    return cells[-1].code


def edit_ref(say: Wording, stop: Stop) -> Ref:
    return Ref("edit", (*stop.args, say.locale))


def handin_ref(say: Wording, stop: Stop) -> Ref:
    return Ref("handin", (*stop.args, say.locale))


def edit_own_ref(say: Wording, code: str) -> Ref:
    """Return what opens a form with code that the learner has run."""
    return Ref("edit", (*OWN_CELL, digest(code), say.locale))
