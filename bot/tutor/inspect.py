"""Shows the tensors of a learner's last run, all of them or one in detail."""

from bot.tutor.buttons import continue_button
from bot.tutor.clean import quoted
from bot.tutor.inspection_text import MOST_ON_REQUEST, inspection_text, tensor_parts
from bot.tutor.reply import Action, Button, Choice, Code, Heading, Note, Ref, Reply
from bot.tutor.turn import Turn
from sandbox.inspection import Inspection

MOST_CHOICES = 25
MOST_LABEL = 40


async def inspect(turn: Turn, args: tuple[str, ...]) -> Reply:
    """Return the tensors of the last run, or the one that `args` name."""
    inspection = turn.meanwhile.inspections.get(turn.learner.id)
    if inspection is None or not inspection.tensors:
        text = turn.say("There are no tensors to look at yet. Run some code that makes one.")
        return Reply((Note("info", text),), (continue_button(turn),))
    wanted = " ".join(args).strip()
    if not wanted:
        shown = inspection_text(turn.say, inspection, MOST_ON_REQUEST)
        heading = Heading(turn.say("The tensors of your last run"))
        return Reply((heading, Code(shown, "text")), _ways(turn, inspection))
    tensor = next((one for one in inspection.tensors if one.name == wanted), None)
    if tensor is None:
        text = turn.say("There is no tensor `{name}` in your last run.", name=quoted(wanted))
        return Reply((Note("info", text),), _ways(turn, inspection))
    return Reply((Heading(quoted(tensor.name)), *tensor_parts(turn.say, tensor)), _ways(turn))


def _ways(turn: Turn, inspection: Inspection | None = None) -> tuple[Action, ...]:
    onward: tuple[Action, ...] = (continue_button(turn),)
    if inspection is None:
        return (Button(turn.say("All tensors"), Ref("inspect")), *onward)
    known = (one.name for one in inspection.tensors)
    names = [name for name in known if len(name) <= MOST_LABEL and name.isidentifier()]
    options = tuple((quoted(name), Ref("inspect", (name,))) for name in names[:MOST_CHOICES])
    return (Choice(turn.say("Look closer at:"), options), *onward) if options else onward
