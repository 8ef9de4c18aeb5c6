"""What delivery itself has to say, beside what the tutor says."""

from bot.tutor.ports import Wording
from bot.tutor.reply import Button, Note, Ref, Reply

STOP = "stop"
"""The verb of the button on whatever still goes on."""

WAITING = "waiting"
"""The verb of the button that shows what waits for whoever it was meant for."""


def goes_on(reply: Reply) -> bool:
    """Tell whether a reply says that something still goes on."""
    return any(isinstance(one, Button) and one.ref.verb == STOP for one in reply.actions)


def apology(say: Wording, number: str) -> Reply:
    text = say(
        "Something went wrong on our side, not yours (note {number}). "
        "What you have done so far is saved: try this again, or type /help.",
        number=number,
    )
    return Reply((Note("bad", text),))


def restarted(say: Wording, again: tuple[str, str] | None) -> Reply:
    """Say that a run was cut short; `again` is the channel and the message with its code."""
    text = say("The tutor was restarted while this ran, so it did not come to its end.")
    if again is None:
        button = Button(say("Continue"), Ref("learn"), "primary")
    else:
        button = Button(say("Run again"), Ref("rerun", again), "primary")
    return Reply((Note("warn", text),), (button,), "public")


def only_for_you(say: Wording) -> Reply:
    """Say, where everybody sees it, that something waits which only its reader may see."""
    text = say("I have an answer that is for you alone, but you take no direct messages from me.")
    return Reply((Note("info", text),), (Button(say("Show it to me"), Ref(WAITING), "primary"),))


def nothing_waits(say: Wording) -> Reply:
    text = say("Nothing is waiting for you any more. Ask again, and I will answer.")
    return Reply((Note("info", text),))


def up_to_date(say: Wording, link: str) -> Reply:
    """Say where the message is that was edited to answer a command."""
    return Reply(
        (Note("good", say("Done: what I had shown you is up to date. {link}", link=link)),)
    )


def done(say: Wording) -> Reply:
    return Reply((Note("good", say("Done.")),))


def no_way_in(say: Wording, channel: str) -> Reply:
    text = say(
        "I may not write in {channel}. Give me the permissions “View Channels” and "
        "“Send Messages” there, then try again.",
        channel=channel,
    )
    return Reply((Note("warn", text),))


def lacking(say: Wording, permission: str, where: str) -> Reply:
    """Tell who can fix it which permission is missing."""
    text = say(
        "I lack the permission “{permission}” in {where}, so I get by without it there. "
        "You can give it to me in that channel’s settings, under Permissions.",
        permission=_named(say, permission),
        where=where,
    )
    return Reply((Note("warn", text),))


def _named(say: Wording, permission: str) -> str:
    """Return what Discord's settings call a permission."""
    names = {
        "view_channel": say("View Channels"),
        "send_messages": say("Send Messages"),
        "send_messages_in_threads": say("Send Messages in Threads"),
        "embed_links": say("Embed Links"),
        "attach_files": say("Attach Files"),
        "read_message_history": say("Read Message History"),
        "add_reactions": say("Add Reactions"),
        "create_private_threads": say("Create Private Threads"),
    }
    return names.get(permission, permission)
