"""Reaching the indicators and the register of services: over HTTP while a gateway serves, else on the ledger itself."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

import aiohttp

from gateway.acceptance.codes.moment import day_in_vietnam
from gateway.cli import reach
from gateway.ledger.port import Ledger
from gateway.operations.indicators import IndicatorOperations
from gateway.operations.service_rows import read_services
from gateway.operations.services import ServiceOperations
from gateway.reports.indicators.register import procedure_counts, register_rows
from gateway.reports.indicators.report import Query, indicator_report
from gateway.reports.indicators.sheet import FILES
from gateway.settings import Settings

_PATIENCE = aiohttp.ClientTimeout(total=600)


@dataclass(frozen=True, slots=True)
class ServiceFile:
    """A sheet of services; `whole`: it is the register."""

    name: str
    content: bytes
    sheet: str | None = None
    whole: bool = False


class IndicatorReach(Protocol):
    """What commands ask about indicators, however a gateway is reached."""

    async def report(self, asked: Mapping[str, str]) -> dict[str, Any]: ...

    async def export(self, asked: Mapping[str, str], kind: str, purpose: str) -> bytes: ...

    async def recount(self, reason: str) -> dict[str, Any]: ...

    async def services(self, asked: Mapping[str, str]) -> dict[str, Any]: ...

    async def plan_services(self, file: ServiceFile) -> dict[str, Any]: ...

    async def apply_services(self, file: ServiceFile, fingerprint: str, reason: str) -> dict[str, Any]: ...


class HttpIndicators:
    """A gateway that is running, by its own API."""

    def __init__(self, http: aiohttp.ClientSession, address: str) -> None:
        self._http = http
        self._address = address

    async def report(self, asked: Mapping[str, str]) -> dict[str, Any]:
        return await self._get("/v1/indicators", asked)

    async def export(self, asked: Mapping[str, str], kind: str, purpose: str) -> bytes:
        query = {**asked, "file": kind, "purpose": purpose}
        place = f"{self._address}/v1/indicators/export"
        async with self._http.get(place, params=query, timeout=_PATIENCE) as response:
            if response.status != 200:
                await reach.read(response)
            return await response.read()

    async def recount(self, reason: str) -> dict[str, Any]:
        return await self._post("/v1/indicators/recount", {"reason": reason})

    async def services(self, asked: Mapping[str, str]) -> dict[str, Any]:
        return await self._get("/v1/services", asked)

    async def plan_services(self, file: ServiceFile) -> dict[str, Any]:
        return await self._post("/v1/services/import", _body(file))

    async def apply_services(self, file: ServiceFile, fingerprint: str, reason: str) -> dict[str, Any]:
        return await self._post("/v1/services/import", _body(file) | {"fingerprint": fingerprint, "reason": reason})

    async def _get(self, path: str, query: Mapping[str, str]) -> dict[str, Any]:
        async with self._http.get(self._address + path, params=query, timeout=_PATIENCE) as response:
            return await reach.read(response)

    async def _post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        async with self._http.post(self._address + path, json=body, timeout=_PATIENCE) as response:
            return await reach.read(response)


class LedgerIndicators:
    """No gateway is running: the same operations on the ledger. What was not counted yet waits for one that runs."""

    def __init__(self, ledger: Ledger, settings: Settings) -> None:
        self._ledger = ledger
        self._settings = settings.indicators
        self._operations = IndicatorOperations(ledger)
        self._services = ServiceOperations(ledger)

    async def report(self, asked: Mapping[str, str]) -> dict[str, Any]:
        now = datetime.now(UTC)
        return await indicator_report(self._ledger, self._settings, Query.read(asked, now), now)

    async def export(self, asked: Mapping[str, str], kind: str, purpose: str) -> bytes:
        report = await self.report(asked)
        await self._operations.exported(reach.actor(), kind, report["query"], purpose)
        return FILES[kind][1](report)

    async def recount(self, reason: str) -> dict[str, Any]:
        await self._operations.recount(reach.actor(), reason)
        state = await self._ledger.counting_state()
        return {"recounting": state.recounting, "to_count": state.last - state.reached}

    async def services(self, asked: Mapping[str, str]) -> dict[str, Any]:
        today = day_in_vietnam(datetime.now(UTC))
        services = await self._ledger.services()
        rows = register_rows(services, self._settings, today, asked)
        return {"items": rows, "next": None, "counts": procedure_counts(services, str(today))}

    async def plan_services(self, file: ServiceFile) -> dict[str, Any]:
        return await self._services.plan(read_services(file.name, file.content, file.sheet), whole=file.whole)

    async def apply_services(self, file: ServiceFile, fingerprint: str, reason: str) -> dict[str, Any]:
        rows = read_services(file.name, file.content, file.sheet)
        return await self._services.apply(rows, fingerprint, reach.actor(), reason, whole=file.whole)


@asynccontextmanager
async def reach_indicators(settings: Settings) -> AsyncIterator[IndicatorReach]:
    """The indicators of this installation. Raises `FolderOwnedError` if a gateway starts in between."""
    address = await reach.serving(settings)
    if address is not None:
        async with reach.session(settings) as http:
            yield HttpIndicators(http, address)
        return
    async with reach.own_ledger(settings) as ledger:
        yield LedgerIndicators(ledger, settings)


def _body(file: ServiceFile) -> dict[str, Any]:
    body = {"file_name": file.name, "content": base64.b64encode(file.content).decode(), "whole": file.whole}
    return body | ({"sheet": file.sheet} if file.sheet else {})
