"""Reaching the operations on replay jobs: over HTTP while a gateway serves, else on the ledger itself."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Protocol

import aiohttp

from gateway.cli import reach
from gateway.ledger.replays.port import Chosen
from gateway.operations.replays import Limits, ReplayOperations, Steer
from gateway.settings import Settings

_PATIENCE = aiohttp.ClientTimeout(total=600)
"""A list of a hundred thousand takes its time."""


class ReplayReach(Protocol):
    """What commands ask about replay jobs, however a gateway is reached."""

    served: bool
    """Whether a gateway runs here that carries jobs on at once."""

    async def plan(self, chosen: Chosen) -> dict[str, Any]: ...

    async def create(
        self, chosen: Chosen, digest: str, reason: str, *, as_then: bool, limits: Limits
    ) -> dict[str, Any]: ...

    async def show(self, job_id: str) -> dict[str, Any]: ...

    async def items(self, job_id: str, state: str | None, cursor: str | None, limit: int) -> dict[str, Any]: ...

    async def page(self, cursor: str | None, limit: int) -> dict[str, Any]: ...

    async def steer(self, job_id: str, how: Steer, reason: str) -> dict[str, Any]: ...


class HttpReplays:
    """A gateway that is running, by its own API."""

    served = True

    def __init__(self, http: aiohttp.ClientSession, address: str) -> None:
        self._http = http
        self._address = f"{address}/v1/replays"

    async def plan(self, chosen: Chosen) -> dict[str, Any]:
        return await self._post("", {"filter": chosen.as_dict(), "dry_run": True})

    async def create(
        self, chosen: Chosen, digest: str, reason: str, *, as_then: bool, limits: Limits
    ) -> dict[str, Any]:
        return await self._post(
            "",
            {
                "filter": chosen.as_dict(),
                "digest": digest,
                "reason": reason,
                "mapping": "then" if as_then else "now",
                "max_failure_rate": limits.max_failure_rate,
                "max_seconds": limits.max_seconds,
            },
        )

    async def show(self, job_id: str) -> dict[str, Any]:
        return await self._get(f"/{job_id}", {"limit": "1"})

    async def items(self, job_id: str, state: str | None, cursor: str | None, limit: int) -> dict[str, Any]:
        return await self._get(f"/{job_id}", _query(limit, cursor) | ({"state": state} if state else {}))

    async def page(self, cursor: str | None, limit: int) -> dict[str, Any]:
        return await self._get("", _query(limit, cursor))

    async def steer(self, job_id: str, how: Steer, reason: str) -> dict[str, Any]:
        return await self._post(f"/{job_id}/{how}", {"reason": reason})

    async def _get(self, path: str, query: Mapping[str, str]) -> dict[str, Any]:
        async with self._http.get(self._address + path, params=query) as response:
            return await reach.read(response)

    async def _post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        async with self._http.post(self._address + path, json=body, timeout=_PATIENCE) as response:
            return await reach.read(response)


class LocalReplays:
    """No gateway is running here: the same operations on the ledger. Whoever schedules carries the jobs on."""

    served = False

    def __init__(self, operations: ReplayOperations) -> None:
        self._operations = operations

    async def plan(self, chosen: Chosen) -> dict[str, Any]:
        return await self._operations.plan(chosen)

    async def create(
        self, chosen: Chosen, digest: str, reason: str, *, as_then: bool, limits: Limits
    ) -> dict[str, Any]:
        how: dict[str, Any] = {"as_then": as_then, "limits": limits}
        return await self._operations.create(chosen, digest, reach.actor(), reason, **how)

    async def show(self, job_id: str) -> dict[str, Any]:
        return await self._operations.show(job_id)

    async def items(self, job_id: str, state: str | None, cursor: str | None, limit: int) -> dict[str, Any]:
        return await self._operations.items(job_id, state, cursor, limit)

    async def page(self, cursor: str | None, limit: int) -> dict[str, Any]:
        return await self._operations.page(cursor, limit)

    async def steer(self, job_id: str, how: Steer, reason: str) -> dict[str, Any]:
        return await self._operations.steer(job_id, how, reach.actor(), reason)


@asynccontextmanager
async def reach_replays(settings: Settings) -> AsyncIterator[ReplayReach]:
    """The operations of this installation. Raises `FolderOwnedError` if a gateway starts in between."""
    address = await reach.serving(settings)
    if address is not None:
        async with reach.session(settings) as http:
            yield HttpReplays(http, address)
        return
    async with reach.own_ledger(settings) as ledger:
        yield LocalReplays(ReplayOperations(ledger, lambda name: settings.destination(name).rate))


def _query(limit: int, cursor: str | None) -> dict[str, str]:
    return {"limit": str(limit)} | ({"cursor": cursor} if cursor else {})
