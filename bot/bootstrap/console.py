"""The console, put together: for a terminal, or for a pipe."""

import uuid
from collections.abc import Awaitable, Callable

from bot.bootstrap.parts import built
from bot.config import Config
from bot.platforms.console.app import Console, in_silence
from bot.platforms.console.conversation import Conversation
from bot.platforms.console.keeping import Keeper
from bot.platforms.console.lines import LineSource
from bot.platforms.console.screen import Screen
from bot.platforms.console.surroundings import Surroundings, state_folder
from bot.tutor.event import Actor
from bot.tutor.ports import Wording


async def run_console(config: Config, here: Surroundings, name: str, locale: str | None) -> int:
    """Open the console for the learner called `name`; return the exit status.

    `locale` is the language they ask for; without it they keep theirs.
    """
    async with built(config, here.environ) as parts:
        services, wordings = parts.services, parts.services.wordings
        actor = Actor("console", name, name, locale or here.language)
        learner = await services.store.learner(actor)
        if locale is not None:
            await services.store.set_locale(learner.id, locale)

        async def language() -> Wording:
            known = await services.store.known(actor)  # they may have deleted their data
            chosen = known.locale if known else None
            return wordings.in_locale(wordings.best(chosen, actor.locale, services.locale))

        conversation = Conversation(parts.tutor, actor, language, await language(), _new_id)
        keeper = Keeper(config.database.with_name(f"{config.database.stem}-files"))
        screen = Screen(
            here.out,
            here.columns,
            colour=here.colour,
            true_colour=here.true_colour,
            keep=keeper.keep,
        )
        console, talk = _front(conversation, screen, here, lambda: parts.executor.trouble)
        return await console.run(talk, newcomer=learner.is_new)


def _front(
    conversation: Conversation,
    screen: Screen,
    here: Surroundings,
    trouble: Callable[[], str | None],
) -> tuple[Console, Callable[[Console], Awaitable[None]]]:
    """Return the console and how it talks: at a terminal, else over a pipe."""
    if not here.interactive:
        from bot.platforms.console.pipe import talk_over_pipe

        source = LineSource(here.descriptor)
        console = Console(conversation, screen, _new_id, trouble=trouble)
        return console, lambda console: talk_over_pipe(console, source)

    from bot.platforms.console.prompt import Prompt, history_in
    from bot.platforms.console.status import StatusLine
    from bot.platforms.console.terminal import talk_at_terminal

    history = history_in(state_folder(here.environ))
    prompt = Prompt(history, lambda: conversation.words, colour=here.colour)
    waiting = in_silence if here.is_dumb else StatusLine(here.out, here.columns)
    console = Console(conversation, screen, _new_id, waiting, trouble)
    return console, lambda console: talk_at_terminal(console, prompt.ask)


def _new_id() -> str:
    return uuid.uuid4().hex
