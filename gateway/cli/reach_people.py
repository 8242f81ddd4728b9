"""Reaching bodies and people's messages: over HTTP while a gateway serves, else on the ledger itself."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Protocol

import aiohttp

from gateway.bootstrap import prepare_data_dir
from gateway.cli import reach
from gateway.ledger.port import Ledger
from gateway.operations.bodies import BodyOperations
from gateway.operations.live import load_catalogue, own_folder
from gateway.operations.searching import SearchOperations, is_personal
from gateway.settings import Settings


class PeopleReach(Protocol):
    """What commands ask about people, however a gateway is reached."""

    async def find(self, text: str, purpose: str, cursor: str | None, limit: int) -> dict[str, Any]: ...

    async def who_saw(self, number: str, purpose: str, cursor: str | None, limit: int) -> dict[str, Any]: ...

    async def masked(self, message_id: str) -> dict[str, Any]: ...

    async def opened(self, message_id: str, purpose: str) -> dict[str, Any]: ...


class HttpPeople:
    """A gateway that is running, by its own API."""

    def __init__(self, http: aiohttp.ClientSession, address: str) -> None:
        self._http = http
        self._address = address

    async def find(self, text: str, purpose: str, cursor: str | None, limit: int) -> dict[str, Any]:
        body = {"q": text, "limit": limit} | ({"purpose": purpose} if purpose else {})
        return await self._post("/v1/searches", body | ({"cursor": cursor} if cursor else {}))

    async def who_saw(self, number: str, purpose: str, cursor: str | None, limit: int) -> dict[str, Any]:
        body = {"q": number, "limit": limit, "purpose": purpose}
        return await self._post("/v1/audit/who-saw", body | ({"cursor": cursor} if cursor else {}))

    async def masked(self, message_id: str) -> dict[str, Any]:
        async with self._http.get(f"{self._address}/v1/messages/{message_id}/body") as response:
            return await reach.read(response)

    async def opened(self, message_id: str, purpose: str) -> dict[str, Any]:
        return await self._post(f"/v1/messages/{message_id}/body", {"purpose": purpose})

    async def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        async with self._http.post(self._address + path, json=body) as response:
            return await reach.read(response)


class LocalPeople:
    """No gateway is running here: the same operations on the ledger."""

    def __init__(self, ledger: Ledger, settings: Settings) -> None:
        ring = prepare_data_dir(settings.data_dir)
        self._searching = SearchOperations(ledger, lambda: ring.seeking)
        self._bodies = BodyOperations(ledger, load_catalogue(own_folder(settings.data_dir)).get)
        self._actor = reach.actor()

    async def find(self, text: str, purpose: str, cursor: str | None, limit: int) -> dict[str, Any]:
        if is_personal(text):
            return await self._searching.by_person(text, self._actor, purpose, cursor, limit)
        return await self._searching.by_code(text, cursor, limit)

    async def who_saw(self, number: str, purpose: str, cursor: str | None, limit: int) -> dict[str, Any]:
        return await self._searching.who_saw(number, self._actor, purpose, cursor, limit)

    async def masked(self, message_id: str) -> dict[str, Any]:
        return await self._bodies.masked(message_id)

    async def opened(self, message_id: str, purpose: str) -> dict[str, Any]:
        return await self._bodies.opened(message_id, self._actor, purpose)


@asynccontextmanager
async def reach_people(settings: Settings) -> AsyncIterator[PeopleReach]:
    """The operations of this installation. Raises `FolderOwnedError` if a gateway starts in between."""
    address = await reach.serving(settings)
    if address is not None:
        async with reach.session(settings) as http:
            yield HttpPeople(http, address)
        return
    async with reach.own_ledger(settings) as ledger:
        yield LocalPeople(ledger, settings)
