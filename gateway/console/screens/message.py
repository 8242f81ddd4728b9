"""One message: what it is known by, where it went, every attempt in time order; and what a person may do about it."""

from __future__ import annotations

import re
from typing import cast

from aiohttp import web

from gateway.console.asking import Answer, Asked, Unfit, Way, see
from gateway.console.parts import Parts
from gateway.console.rendering import Page, address
from gateway.message import DeliveryId
from gateway.operations.doubts import Choice
from gateway.security.key_file import SealError

MESSAGE_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_CHOICES = ("taken", "send_again", "give_up")


def ways(parts: Parts) -> tuple[Way, ...]:
    """The page and its buttons; `{id}` of an action is a delivery's."""
    message = _Message(parts)
    return (
        Way("GET", "/messages/{id}", message.show),
        Way("POST", "/messages/{id}/open", message.open, "operator"),
        Way("POST", "/deliveries/{id}/hurry", message.hurry, "operator"),
        Way("POST", "/deliveries/{id}/replay", message.replay, "operator"),
        Way("POST", "/deliveries/{id}/discard", message.discard, "operator"),
        Way("POST", "/deliveries/{id}/skip", message.skip, "operator"),
        Way("GET", "/deliveries/{id}/decide", message.doubt, "operator"),
        Way("POST", "/deliveries/{id}/decide", message.decide, "operator"),
    )


class _Message:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def show(self, asked: Asked) -> Page:
        message_id = asked.part("id")
        view = await self._parts.ledger.message_view(message_id) if MESSAGE_ID.fullmatch(message_id) else None
        if view is None:
            return Page("problems/no_message.html", {"sought": message_id}, 404)
        masked, shredded = None, ""
        try:
            masked = (await self._parts.bodies.masked(message_id))["document"]
        except SealError as exc:
            shredded = str(exc)
        return Page("message.html", {"one": view, "masked": masked, "shredded": shredded, "opened": None})

    async def open(self, asked: Asked) -> Page:
        """Everything of it, once somebody said what for; never under an address of its own."""
        message_id, purpose = asked.part("id"), asked.reason()
        view = await self._parts.ledger.message_view(message_id) if MESSAGE_ID.fullmatch(message_id) else None
        if view is None:
            return Page("problems/no_message.html", {"sought": message_id}, 404)
        opened = await self._parts.bodies.opened(message_id, asked.visitor.name, purpose)
        return Page("message.html", {"one": view, "masked": None, "shredded": "", "opened": opened})

    async def hurry(self, asked: Asked) -> web.Response:
        delivery_id = DeliveryId(asked.part("id"))
        await self._parts.troubles.by_hand.hurry(delivery_id, asked.visitor.name, asked.reason())
        return await self._back(delivery_id, "hurried")

    async def replay(self, asked: Asked) -> web.Response:
        as_then = asked.filled.get("mapping") == "then"
        delivery_id = DeliveryId(asked.part("id"))
        made = await self._parts.deliveries.replay(delivery_id, asked.visitor.name, asked.reason(), as_then=as_then)
        return await self._back(made, "replayed")

    async def discard(self, asked: Asked) -> web.Response:
        delivery_id = DeliveryId(asked.part("id"))
        await self._parts.deliveries.discard(delivery_id, asked.visitor.name, asked.reason())
        return await self._back(delivery_id, "discarded")

    async def skip(self, asked: Asked) -> web.Response:
        delivery_id = DeliveryId(asked.part("id"))
        await self._parts.troubles.by_hand.skip(delivery_id, asked.visitor.name, asked.reason())
        return await self._back(delivery_id, "skipped")

    async def doubt(self, asked: Asked) -> Page:
        """What each choice would lead to."""
        found = await self._parts.troubles.doubts.show(DeliveryId(asked.part("id")))
        return Page("doubt.html", {"one": found})

    async def decide(self, asked: Asked) -> Answer:
        choice, attempt = asked.filled.get("choice", ""), asked.filled.get("attempt", "")
        if choice not in _CHOICES:
            raise Unfit("Hãy chọn một trong các cách. / Choose one of the ways.")
        delivery_id = DeliveryId(asked.part("id"))
        looked_at = int(attempt) if attempt.isdecimal() else None
        await self._parts.troubles.doubts.decide(
            delivery_id, cast("Choice", choice), asked.visitor.name, asked.reason(), looked_at
        )
        return await self._back(delivery_id, "decided")

    async def _back(self, delivery_id: DeliveryId, said: str) -> web.Response:
        view = await self._parts.ledger.delivery_view(delivery_id)
        where = address("messages", view["message_id"], said=said) if view else address("deliveries", said=said)
        return see(f"{where}#{delivery_id}")
