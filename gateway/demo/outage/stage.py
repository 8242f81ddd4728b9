"""What the parts of the drill act on, and how they look at the gateway from outside."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

import aiohttp

from gateway.demo.outage.plan import Plan
from gateway.demo.outage.site import Site
from gateway.demo.outage.traffic import Senders
from gateway.errors import GatewayError

if TYPE_CHECKING:
    from gateway.bootstrap.gateway import Gateway

Track = Callable[[str, int | None], AbstractContextManager[Callable[[int], None]]]
"""Shows how far a part has come: (title, how many there are) -> a function to be told how many are done."""

_LOOK_EVERY = 0.25
_PAGE = 200


@dataclass(frozen=True, slots=True)
class Stage:
    """The place, the gateway that runs there, the offices that send, and an administrator's key."""

    plan: Plan
    place: Site
    gateway: Gateway
    senders: Senders
    http: aiohttp.ClientSession
    admin: str = field(repr=False)
    track: Track

    async def ask(self, path: str, **query: str) -> dict[str, Any]:
        """A resource as the administrator sees it."""
        async with self.http.get(self.gateway.address + path, params=query, headers=self._headers) as response:
            return await _read(response)

    async def command(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """A command of the administrator's."""
        async with self.http.post(self.gateway.address + path, json=body, headers=self._headers) as response:
            return await _read(response)

    async def deliveries(self, **filters: str) -> AsyncIterator[dict[str, Any]]:
        """All deliveries that fit, newest first."""
        cursor: str | None = ""
        while cursor is not None:
            place = {"cursor": cursor} if cursor else {}
            page = await self.ask("/v1/deliveries", limit=str(_PAGE), **filters, **place)
            for item in page["items"]:
                yield item
            cursor = page["next"]

    async def attempts(self, destination: str) -> int:
        """Attempts begun so far towards a destination."""
        return sum([one["attempts"] async for one in self.deliveries(destination=destination)])

    async def latencies(self, destination: str) -> list[float]:
        """Seconds from acceptance to delivery, of what went through."""
        return [
            (_moment(one["delivered_at"]) - _moment(one["created_at"])).total_seconds()
            async for one in self.deliveries(destination=destination)
            if one["state"] == "delivered"
        ]

    async def until(self, what: str, there: Callable[[], Awaitable[bool]], within: float) -> None:
        """Wait for something, seen from outside. Raises `GatewayError` naming it where it does not come."""
        try:
            async with asyncio.timeout(within):
                while not await there():  # noqa: ASYNC110 - seen from outside, as an operator would
                    await asyncio.sleep(_LOOK_EVERY)
        except TimeoutError:
            raise GatewayError(
                f"Sau {within:.0f} giây vẫn chưa: {what}. / Not so after {within:.0f} seconds: {what}."
            ) from None

    @property
    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.admin}"}


async def _read(response: aiohttp.ClientResponse) -> dict[str, Any]:
    answer: dict[str, Any] = await response.json(content_type=None)
    if response.status >= 400:
        raise GatewayError(f"{response.url.path}: HTTP {response.status} {answer.get('detail', '')}")
    return answer


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
