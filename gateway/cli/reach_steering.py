"""Reaching the operations on destinations: over HTTP while a gateway serves, else on the ledger itself."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, Protocol

import aiohttp
from yarl import URL

from gateway.acceptance.modes import destinations_of
from gateway.bootstrap import database_url
from gateway.cli import reach
from gateway.errors import StateError
from gateway.operations.steering import SteeringOperations
from gateway.settings import Settings


class SteeringReach(Protocol):
    """What commands ask about destinations, however a gateway is reached."""

    async def destinations(self) -> list[dict[str, Any]]: ...

    async def pause(self, name: str, reason: str) -> dict[str, Any]: ...

    async def resume(self, name: str, reason: str) -> dict[str, Any]: ...

    async def probe(self, name: str, reason: str) -> dict[str, Any]: ...

    async def maintenance(self, *, past: bool) -> list[dict[str, Any]]: ...

    async def add_maintenance(
        self, name: str, starts_at: datetime | None, ends_at: datetime, reason: str
    ) -> dict[str, Any]: ...

    async def cancel_maintenance(self, window_id: str, reason: str) -> dict[str, Any]: ...


class HttpSteering:
    """A gateway that is running, by its own API."""

    def __init__(self, http: aiohttp.ClientSession, address: str) -> None:
        self._http = http
        self._address = address

    async def destinations(self) -> list[dict[str, Any]]:
        return await self._items("/v1/destinations", {})

    async def pause(self, name: str, reason: str) -> dict[str, Any]:
        return await self._post(f"/v1/destinations/{name}/pause", {"reason": reason})

    async def resume(self, name: str, reason: str) -> dict[str, Any]:
        return await self._post(f"/v1/destinations/{name}/resume", {"reason": reason})

    async def probe(self, name: str, reason: str) -> dict[str, Any]:
        return await self._post(f"/v1/destinations/{name}/probe", {"reason": reason} if reason else {})

    async def maintenance(self, *, past: bool) -> list[dict[str, Any]]:
        return await self._items("/v1/maintenance", {"past": "true" if past else "false"})

    async def add_maintenance(
        self, name: str, starts_at: datetime | None, ends_at: datetime, reason: str
    ) -> dict[str, Any]:
        begins = {"from": starts_at.isoformat()} if starts_at else {}
        body = {"destination": name, "until": ends_at.isoformat(), "reason": reason}
        return await self._post("/v1/maintenance", body | begins)

    async def cancel_maintenance(self, window_id: str, reason: str) -> dict[str, Any]:
        return await self._post(f"/v1/maintenance/{window_id}/cancel", {"reason": reason})

    async def _items(self, path: str, query: Mapping[str, str]) -> list[dict[str, Any]]:
        async with self._http.get(self._address + path, params=query) as response:
            items: list[dict[str, Any]] = (await reach.read(response))["items"]
            return items

    async def _post(self, path: str, body: Mapping[str, str]) -> dict[str, Any]:
        async with self._http.post(URL(self._address).with_path(path), json=body) as response:
            return await reach.read(response)


class LocalSteering:
    """No gateway is running here: the same operations on the ledger."""

    def __init__(self, operations: SteeringOperations, *, alone: bool) -> None:
        """`alone`: nobody else can be at work on this ledger."""
        self._operations = operations
        self._alone = alone

    async def destinations(self) -> list[dict[str, Any]]:
        return await self._operations.destinations()

    async def pause(self, name: str, reason: str) -> dict[str, Any]:
        return await self._operations.pause(name, reach.actor(), reason)

    async def resume(self, name: str, reason: str) -> dict[str, Any]:
        return await self._operations.resume(name, reach.actor(), reason)

    async def probe(self, name: str, reason: str) -> dict[str, Any]:
        if self._alone:
            raise StateError(
                "Trục không chạy nên không ai thử được; hãy chạy ./run serve, hoặc ./run check. / No gateway is "
                "running, so nobody can probe; start ./run serve, or use ./run check."
            )
        return await self._operations.probe(name, reach.actor(), reason)

    async def maintenance(self, *, past: bool) -> list[dict[str, Any]]:
        return await self._operations.maintenance(past=past)

    async def add_maintenance(
        self, name: str, starts_at: datetime | None, ends_at: datetime, reason: str
    ) -> dict[str, Any]:
        return await self._operations.add_maintenance(name, starts_at, ends_at, reach.actor(), reason)

    async def cancel_maintenance(self, window_id: str, reason: str) -> dict[str, Any]:
        return await self._operations.cancel_maintenance(window_id, reach.actor(), reason)


@asynccontextmanager
async def reach_steering(settings: Settings) -> AsyncIterator[SteeringReach]:
    """The operations of this installation. Raises `FolderOwnedError` if a gateway starts in between."""
    address = await reach.serving(settings)
    if address is not None:
        async with reach.session(settings) as http:
            yield HttpSteering(http, address)
        return
    async with reach.own_ledger(settings) as ledger:
        operations = SteeringOperations(ledger, destinations_of(settings))
        yield LocalSteering(operations, alone=database_url(settings).startswith("sqlite"))
