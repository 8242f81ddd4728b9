"""Reaching reconciliation: over HTTP while a gateway serves this data folder, else the ledger itself.

Without a gateway nobody asks the portal: a run that is begun then is kept, and made when one serves.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, Protocol

import aiohttp

from adapters.registry import ADAPTERS
from gateway.cli import reach
from gateway.errors import NotFoundError
from gateway.ledger.drift.port import Verb
from gateway.ledger.port import Ledger
from gateway.operations.drift import ReconciliationOperations, planned, reconcilable
from gateway.settings import Settings

_BASE = "/v1/reconciliations"


class DriftReach(Protocol):
    """What commands ask about reconciliation, however a gateway is reached."""

    serving: bool
    """Whether somebody works on runs now."""

    async def start(self, destination: str, since: datetime, until: datetime | None, reason: str) -> dict[str, Any]: ...

    async def steer(self, run_id: str, verb: Verb, reason: str, kinds: Sequence[str] = ()) -> dict[str, Any]: ...

    async def one(self, run_id: str) -> dict[str, Any]: ...

    async def runs(self, cursor: str | None, limit: int) -> dict[str, Any]: ...

    async def items(
        self, run_id: str, filters: Mapping[str, str], cursor: str | None, limit: int
    ) -> dict[str, Any]: ...


class HttpDrift:
    """A gateway that is running, by its own API."""

    serving = True

    def __init__(self, http: aiohttp.ClientSession, address: str) -> None:
        self._http = http
        self._address = address

    async def start(self, destination: str, since: datetime, until: datetime | None, reason: str) -> dict[str, Any]:
        body = {"destination": destination, "since": _text(since), "reason": reason}
        return await self._post("", body | ({"until": _text(until)} if until else {}))

    async def steer(self, run_id: str, verb: Verb, reason: str, kinds: Sequence[str] = ()) -> dict[str, Any]:
        return await self._post(f"/{run_id}/{verb}", {"reason": reason} | ({"kinds": list(kinds)} if kinds else {}))

    async def one(self, run_id: str) -> dict[str, Any]:
        return await self._get(f"/{run_id}", {})

    async def runs(self, cursor: str | None, limit: int) -> dict[str, Any]:
        return await self._get("", _page({}, cursor, limit))

    async def items(self, run_id: str, filters: Mapping[str, str], cursor: str | None, limit: int) -> dict[str, Any]:
        return await self._get(f"/{run_id}/items", _page(filters, cursor, limit))

    async def _get(self, path: str, query: Mapping[str, str]) -> dict[str, Any]:
        async with self._http.get(self._address + _BASE + path, params=query) as response:
            return await reach.read(response)

    async def _post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        async with self._http.post(self._address + _BASE + path, json=body) as response:
            return await reach.read(response)


class LedgerDrift:
    """No gateway is running: the ledger, by the same operations."""

    serving = False

    def __init__(self, ledger: Ledger, settings: Settings) -> None:
        self._ledger = ledger
        self._operations = ReconciliationOperations(ledger, reconcilable(settings, ADAPTERS))
        self._actor = reach.actor()

    async def start(self, destination: str, since: datetime, until: datetime | None, reason: str) -> dict[str, Any]:
        return await self.one(await self._operations.start(destination, since, until, self._actor, reason))

    async def steer(self, run_id: str, verb: Verb, reason: str, kinds: Sequence[str] = ()) -> dict[str, Any]:
        await self._operations.steer(run_id, verb, self._actor, reason, kinds)
        return await self.one(run_id)

    async def one(self, run_id: str) -> dict[str, Any]:
        view = await self._operations.view(run_id)
        if view is None:
            raise NotFoundError(f"Không có lượt đối soát {run_id}. / There is no reconciliation {run_id}.")
        return view

    async def runs(self, cursor: str | None, limit: int) -> dict[str, Any]:
        page = await self._ledger.drift_page(cursor, limit)
        return {**page, "items": [planned(one) for one in page["items"]]}

    async def items(self, run_id: str, filters: Mapping[str, str], cursor: str | None, limit: int) -> dict[str, Any]:
        return await self._ledger.drift_items_page(run_id, filters, cursor, limit)


@asynccontextmanager
async def reach_drift(settings: Settings) -> AsyncIterator[DriftReach]:
    """Reconciliation of this installation. Raises `FolderOwnedError` if a gateway starts in between."""
    address = await reach.serving(settings)
    if address is not None:
        async with reach.session(settings) as http:
            yield HttpDrift(http, address)
        return
    async with reach.own_ledger(settings) as ledger:
        yield LedgerDrift(ledger, settings)


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")


def _page(filters: Mapping[str, str], cursor: str | None, limit: int) -> dict[str, str]:
    return {**filters, "limit": str(limit)} | ({"cursor": cursor} if cursor else {})
