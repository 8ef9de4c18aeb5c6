"""The buttons that several replies share, each with the place it belongs to."""

from bot.tutor.reply import Button, Choice, Note, Ref, Reply
from bot.tutor.route import Stop, after, before
from bot.tutor.standing import Standing
from bot.tutor.turn import Turn
from bot.tutor.unlocking import hints_left, solution_is_open
from bot.tutor.writing import edit_ref, handin_ref, is_editable

MOST_LESSONS = 25
"""Lessons offered in one choice."""


def go(label: str, stop: Stop, *, primary: bool = False) -> Button:
    """Return a button that opens `stop`."""
    return Button(label, Ref("go", stop.args), "primary" if primary else "secondary")


def next_button(turn: Turn, stop: Stop, *, primary: bool = True) -> Button:
    return go(turn.say("Next"), after(stop), primary=primary)


def back_buttons(turn: Turn, stop: Stop) -> tuple[Button, ...]:
    """Return the way back, or nothing at the first place of a lesson."""
    earlier = before(stop)
    return () if earlier.position == stop.position else (go(turn.say("Back"), earlier),)


def continue_button(turn: Turn) -> Button:
    label = turn.say("Continue") if turn.position else turn.say("Start")
    return Button(label, Ref("learn"), "primary")


def lesson_button(turn: Turn, here: Stop | None) -> Button:
    """Return the way back to where the learner is, or into the lessons from nowhere."""
    return go(turn.say("Back to the lesson"), here) if here else continue_button(turn)


def in_chat(turn: Turn) -> bool:
    """Tell whether this is where forms can be filled beforehand, and answers edited."""
    return turn.event.place.kind != "terminal"


def edit_button(turn: Turn, stop: Stop) -> tuple[Button, ...]:
    """Return the way to change the code that is given at `stop` and to run it, in a chat."""
    if not (in_chat(turn) and is_editable(stop)):
        return ()
    return (Button(turn.say("Edit & run"), edit_ref(turn.say, stop)),)


def handin_button(turn: Turn, stop: Stop) -> tuple[Button, ...]:
    """Return the way to write the code of a step and hand it in at once, in a chat."""
    if not in_chat(turn) or stop.stage != "step":
        return ()
    return (Button(turn.say("Write and submit"), handin_ref(turn.say, stop)),)


def help_buttons(turn: Turn, stop: Stop, standing: Standing) -> tuple[Button, ...]:
    """Return what helps with a question or step that is not solved."""
    hint = Button(turn.say("Hint"), Ref("hint", stop.args))
    solution = Button(turn.say("Show the solution"), Ref("solution", stop.args))
    return (
        *([hint] if hints_left(stop, standing) else []),
        *([solution] if solution_is_open(stop, standing) else []),
        *([skip_button(turn, stop)] if standing.state(stop) == "open" else []),
    )


def skip_button(turn: Turn, stop: Stop) -> Button:
    return Button(turn.say("Skip"), Ref("skip", stop.args))


def lesson_choice(turn: Turn) -> Choice:
    """Return all lessons to choose from."""
    lessons = turn.services.curriculum.lessons[:MOST_LESSONS]
    options = tuple((turn.text(one.title), Ref("learn", (one.id,))) for one in lessons)
    return Choice(turn.say("Choose a lesson:"), options)


def stale(turn: Turn) -> Reply:
    """Return what a button gets whose lesson, part or cell is no longer there."""
    gone = turn.say("This button belongs to something that has changed or is no longer there.")
    return Reply((Note("info", gone),), (continue_button(turn),))
