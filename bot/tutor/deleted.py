"""Takes away the answer to a message that was deleted, and ends the run that is still making one."""

from bot.tutor.event import SourceDeleted
from bot.tutor.reply import Reply
from bot.tutor.running import Replies
from bot.tutor.turn import Meanwhile, Services


async def source_deleted(services: Services, meanwhile: Meanwhile, event: SourceDeleted) -> Replies:
    """Stop the run of the message, if it is one, and empty its slot; what has run stays history.

    Nobody becomes known to the tutor by deleting something.
    """
    learner, source = await services.store.known(event.actor), event.key.message_id
    cell = meanwhile.in_flight.withdraw(learner.id, source) if learner else None
    if learner is not None and cell is not None:
        await services.runner.stop(learner.id, cell)
    yield Reply((), slot=f"run:{source}")
