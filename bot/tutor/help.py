"""Says what a learner can do here, and what to try next."""

from bot.tutor.admin.verbs import allowed
from bot.tutor.buttons import continue_button, in_chat
from bot.tutor.clean import quoted
from bot.tutor.event import Place
from bot.tutor.ports import Wording
from bot.tutor.reply import Button, Fields, Heading, Note, Part, Prose, Ref, Reply
from bot.tutor.turn import Turn
from bot.tutor.verbs import VERBS, nearest


async def show_help(turn: Turn, _args: tuple[str, ...]) -> Reply:
    """Return the verbs, how code runs, what is stored, and the next thing to try."""
    say = turn.say
    verbs = tuple(
        (f"{verb.name} {say(verb.argument)}" if verb.argument else verb.name, say(verb.summary))
        for verb in VERBS
    )
    parts = (
        Heading(say("What you can do here")),
        Fields(verbs),
        Prose(say("Post Python in a code block and it runs. Your variables stay until `reset`.")),
        Note("info", what_is_stored(say, turn.event.place)),
        *_looked_after(turn),
    )
    compose = Button(say("Run code"), Ref("compose", (say.locale,)))
    actions = (continue_button(turn), *([compose] if in_chat(turn) else []))
    return Reply(parts, (*actions, Button(say("Progress"), Ref("progress"))))


def _looked_after(turn: Turn) -> list[Part]:
    """Return what operators and managers can do; for others there is nothing to see."""
    verbs = allowed(turn.services, turn.event)
    pairs = tuple((f"tutor {verb.name}", turn.say(verb.summary)) for verb in verbs)
    return [Heading(turn.say("What you can look after here")), Fields(pairs)] if pairs else []


def what_is_stored(say: Wording, place: Place) -> str:
    """Say in one line what is kept, who can see it and how it is deleted; all of it true today."""
    if place.kind == "terminal":
        return say(
            "Your name, progress, answers and code are kept in the database file of this program. "
            "Whoever can read that file can see them; `/mydata delete` deletes them."
        )
    return say(
        "Your name, progress, answers and code are kept by this tutor. Whoever runs it can see them, "
        "and a server's managers what you do in their server; `mydata delete` deletes them."
    )


def unknown_verb(turn: Turn, word: str) -> Reply:
    """Return what is possible instead of a verb that does not exist."""
    text = turn.say("There is no `{name}` here.", name=quoted(word))
    guess = nearest(word)
    meant = [Button(guess, Ref(guess), "primary")] if guess else []
    what_else = turn.say("Did you mean this?") if guess else turn.say("`help` shows what there is.")
    everything = Button(turn.say("What you can do here"), Ref("help"))
    return Reply((Note("info", text), Note("info", what_else)), (*meant, everything))
