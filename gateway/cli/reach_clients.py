"""Reaching clients and their keys: over HTTP while a gateway serves, else on the ledger itself."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Protocol

import aiohttp

from gateway.cli import reach
from gateway.ledger.clients.port import NewClient
from gateway.operations.clients import OLD_KEYS_FOR, ClientOperations
from gateway.sections import parse_duration
from gateway.settings import Settings


class ClientReach(Protocol):
    """What commands ask about clients, however a gateway is reached."""

    async def clients(self) -> list[dict[str, Any]]: ...

    async def add(self, client: NewClient, reason: str) -> dict[str, Any]: ...

    async def rotate(self, name: str, keep: str, reason: str) -> dict[str, Any]: ...

    async def revoke(self, name: str, key_id: str, reason: str) -> dict[str, Any]: ...


class HttpClients:
    """A gateway that is running, by its own API."""

    def __init__(self, http: aiohttp.ClientSession, address: str) -> None:
        self._http = http
        self._address = address

    async def clients(self) -> list[dict[str, Any]]:
        async with self._http.get(f"{self._address}/v1/clients") as response:
            items: list[dict[str, Any]] = (await reach.read(response))["items"]
            return items

    async def add(self, client: NewClient, reason: str) -> dict[str, Any]:
        return await self._post("", {**client._asdict(), "reason": reason})

    async def rotate(self, name: str, keep: str, reason: str) -> dict[str, Any]:
        return await self._post(f"/{name}/rotate", {"reason": reason} | ({"keep": keep} if keep else {}))

    async def revoke(self, name: str, key_id: str, reason: str) -> dict[str, Any]:
        return await self._post(f"/{name}/revoke", {"reason": reason} | ({"key": key_id} if key_id else {}))

    async def _post(self, path: str, told: Mapping[str, Any]) -> dict[str, Any]:
        async with self._http.post(f"{self._address}/v1/clients{path}", json=told) as response:
            return await reach.read(response)


class LedgerClients:
    """No gateway is running: the ledger, by the same operations."""

    def __init__(self, operations: ClientOperations) -> None:
        self._operations = operations
        self._actor = reach.actor()

    async def clients(self) -> list[dict[str, Any]]:
        return await self._operations.clients()

    async def add(self, client: NewClient, reason: str) -> dict[str, Any]:
        return await self._operations.add(client, self._actor, reason)

    async def rotate(self, name: str, keep: str, reason: str) -> dict[str, Any]:
        seconds = parse_duration(keep) if keep else OLD_KEYS_FOR
        return await self._operations.rotate(name, seconds, self._actor, reason)

    async def revoke(self, name: str, key_id: str, reason: str) -> dict[str, Any]:
        return await self._operations.revoke(name, key_id, self._actor, reason)


@asynccontextmanager
async def reach_clients(settings: Settings) -> AsyncIterator[ClientReach]:
    """The clients of this installation. Raises `FolderOwnedError` if a gateway starts in between."""
    address = await reach.serving(settings)
    if address is not None:
        async with reach.session(settings) as http:
            yield HttpClients(http, address)
    else:
        async with reach.own_ledger(settings) as ledger:
            yield LedgerClients(ClientOperations(ledger, settings.clients))
