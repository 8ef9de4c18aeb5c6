"""Answers to interactions: the first one in time, and what follows by the interaction's token."""

import asyncio
from collections.abc import Callable

from tests.doubles.discord import message_payloads, rules
from tests.doubles.discord.composing import Composer
from tests.doubles.discord.interactions import (
    ACKNOWLEDGE_SECONDS,
    AUTOCOMPLETE,
    CHOICES,
    COMPONENT,
    DEFERRED,
    DEFERRED_UPDATE,
    GUEST_FOLLOWUPS,
    MESSAGE,
    MODAL,
    SUBMIT,
    UPDATE,
    Asked,
    modal_of,
)
from tests.doubles.discord.rest import Call, Handler, Refusal, Rest, unknown
from tests.doubles.discord.world import EPHEMERAL, LOADING, Message, Payload, World

_WEBHOOK = "/webhooks/{webhook_id}/{webhook_token}"
_ORIGINAL = f"{_WEBHOOK}/messages/@original"
_ONE = f"{_WEBHOOK}/messages/{{message_id}}"


class InteractionRoutes:
    """Everything that an interaction's token is good for, while it is."""

    def __init__(
        self, world: World, composer: Composer, rest: Rest, violate: Callable[[str], None]
    ) -> None:
        self._world = world
        self._composer = composer
        self._rest = rest
        self._violate = violate
        self.asked: dict[str, Asked] = {}

    def routes(self) -> list[tuple[str, str, Handler]]:
        return [
            ("POST", "/interactions/{interaction_id}/{interaction_token}/callback", self.answer),
            ("POST", _WEBHOOK, self.follow_up),
            ("GET", _ORIGINAL, self.get),
            ("PATCH", _ORIGINAL, self.edit),
            ("DELETE", _ORIGINAL, self.delete),
            ("GET", _ONE, self.get),
            ("PATCH", _ONE, self.edit),
            ("DELETE", _ONE, self.delete),
        ]

    def expect(self, asked: Asked, listening: Callable[[], bool]) -> None:
        """Count the seconds from now; whoever still listens then must have acknowledged."""
        self.asked[asked.token] = asked

        def look() -> None:
            if asked.answer is None and listening():
                self._violate(f"{asked} was not acknowledged within {ACKNOWLEDGE_SECONDS} s")

        asyncio.get_running_loop().call_later(ACKNOWLEDGE_SECONDS, look)

    # The first answer.

    async def answer(self, call: Call) -> Payload:
        asked = self.asked.get(call.parameters["interaction_token"])
        if asked is None or asked.id != call.id("interaction_id"):
            raise unknown("interaction", 10062)
        if asked.answer is not None:
            self._violate(f"{asked} was acknowledged twice")
            raise Refusal(400, 40060, "Interaction has already been acknowledged.")
        if self._world.seconds() - asked.began > ACKNOWLEDGE_SECONDS:
            raise unknown("interaction", 10062)
        self._rest.refuse_if(self._out_of_place(asked, call.body["type"]), call.route)
        self._first(asked, call)
        return self._resource(asked)

    def _out_of_place(self, asked: Asked, kind: int) -> list[str]:
        fitting = {MESSAGE, DEFERRED}
        if asked.kind == AUTOCOMPLETE:
            fitting = {CHOICES}
        elif asked.kind != SUBMIT:
            fitting |= {MODAL}
        if asked.source is not None and asked.kind in (COMPONENT, SUBMIT):
            fitting |= {DEFERRED_UPDATE, UPDATE}
        return [] if kind in fitting else [f"answer {kind} to an interaction of kind {asked.kind}"]

    def _first(self, asked: Asked, call: Call) -> None:
        kind, data = call.body["type"], call.body.get("data") or {}
        if kind == MESSAGE:
            asked.original = self._composer.create(asked.channel, call, data, asked=asked)
        elif kind == DEFERRED:
            asked.original = self._defer(asked, data.get("flags") or 0)
        elif kind in (UPDATE, DEFERRED_UPDATE):
            asked.original = asked.source
            if kind == UPDATE and asked.source is not None:
                self._composer.edit(asked.source, call, data)
        elif kind == CHOICES:
            self._choose(asked, data.get("choices", []), call)
        elif kind == MODAL:
            self._rest.refuse_if(list(rules.of_modal(data)), call.route)
            asked.modal = modal_of(asked, data)
        if asked.original is not None and kind != DEFERRED_UPDATE:
            asked.messages.append(asked.original)
        asked.answered(kind)

    def _defer(self, asked: Asked, flags: int) -> Message:
        made = Message(self._world.ids.next(), asked.channel, self._world.bot, asked=asked)
        made.flags = LOADING | flags & EPHEMERAL
        made.only_for = asked.person if flags & EPHEMERAL else None
        self._composer.place(made)
        return made

    def _choose(self, asked: Asked, choices: list[Payload], call: Call) -> None:
        wrong = [f"{len(choices)} choices"] if len(choices) > 25 else []
        wrong += [f"choice {one}" for one in choices if not 1 <= len(one["name"]) <= 100]
        wrong += [f"choice {one}" for one in choices if not 1 <= len(str(one["value"])) <= 100]
        self._rest.refuse_if(wrong, call.route)
        asked.choices = choices

    def _resource(self, asked: Asked) -> Payload:
        found: Payload = {"id": str(asked.id), "type": asked.kind}
        if asked.original is None:
            return {"interaction": found}
        found |= {
            "response_message_id": str(asked.original.id),
            "response_message_loading": bool(asked.original.flags & LOADING),
            "response_message_ephemeral": asked.original.only_for is not None,
        }
        resource = {"type": asked.answer, "message": message_payloads.message(asked.original)}
        return {"interaction": found, "resource": resource}

    # What follows.

    async def follow_up(self, call: Call) -> Payload:
        asked = self._alive(call)
        waiting = asked.original
        pending = waiting is not None and waiting.flags & LOADING and not waiting.deleted
        if asked.answer == DEFERRED and waiting is not None and pending:
            one = self._fill(asked, waiting, call)
        else:
            one = self._next(asked, call)
        if one not in asked.messages:
            asked.messages.append(one)
        asked.pulse.beat()
        return message_payloads.message(one)

    def _fill(self, asked: Asked, waiting: Message, call: Call) -> Message:
        """Turn the deferred message into what came; as private as it was announced."""
        flags = call.body.get("flags") or 0
        body = call.body | {"flags": flags & ~EPHEMERAL | waiting.flags & EPHEMERAL}
        if flags & EPHEMERAL and waiting.only_for is None:
            self._violate(f"{asked} was deferred for everybody, and a private answer followed")
        return self._composer.create(asked.channel, call, body, asked=asked, into=waiting)

    def _next(self, asked: Asked, call: Call) -> Message:
        asked.followups += 1
        if asked.guest and asked.followups > GUEST_FOLLOWUPS:
            raise Refusal(400, 40094, "Maximum number of follow up messages reached")
        reference = asked.original if asked.original in asked.channel.messages.values() else None
        return self._composer.create(
            asked.channel, call, call.body, asked=asked, reference=reference
        )

    async def get(self, call: Call) -> Payload:
        return message_payloads.message(self._message(call))

    async def edit(self, call: Call) -> Payload:
        one = self._message(call)
        asked = self._alive(call)
        if one not in asked.messages:
            asked.messages.append(one)
        edited = self._composer.edit(one, call, call.body)
        asked.pulse.beat()
        return message_payloads.message(edited)

    async def delete(self, call: Call) -> None:
        self._composer.delete(self._message(call))

    def _alive(self, call: Call) -> Asked:
        asked = self.asked.get(call.parameters["webhook_token"])
        if asked is None or not asked.open:
            raise Refusal(401, 50027, "Invalid Webhook Token")
        if asked.answer is None:
            self._violate(f"{asked} was answered before it was acknowledged")
            raise unknown("Webhook", 10015)
        return asked

    def _message(self, call: Call) -> Message:
        asked = self._alive(call)
        if "message_id" not in call.parameters:
            found = asked.original
        else:
            found = asked.channel.messages.get(call.id("message_id"))
            ours = found is not None and (found.asked is asked or found is asked.source)
            found = found if ours else None
        if found is None or found.deleted:
            raise unknown("Message", 10008)
        return found
