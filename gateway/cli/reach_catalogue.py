"""Reaching the operations on mappings and code lists: over HTTP while a gateway serves, else on the ledger itself."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Protocol

import aiohttp

from gateway.cli import reach
from gateway.operations.code_lists import CodeListOperations, NewList
from gateway.operations.list_rows import ListRow, read_rows
from gateway.operations.live import LiveCatalogue, own_folder
from gateway.operations.mappings import MappingOperations
from gateway.settings import Settings

_PATIENCE = aiohttp.ClientTimeout(total=1800)
"""A trial over many messages takes its time."""


@dataclass(frozen=True, slots=True)
class Import:
    """Rows for a code list, out of a file or by themselves; `whole`: they are the list."""

    name: str
    file_name: str = ""
    content: bytes = b""
    sheet: str | None = None
    rows: tuple[Mapping[str, str], ...] = ()
    whole: bool = False
    new: NewList | None = None


class CatalogueReach(Protocol):
    """What commands ask about mappings and code lists, however a gateway is reached."""

    async def trial_page(self, text: str, reason: str, before: int | None, limit: int) -> dict[str, Any]: ...

    async def publish(
        self, text: str, reason: str, *, effective_from: date | None, accept_failures: bool, last: int
    ) -> dict[str, Any]: ...

    async def withdraw(self, name: str, version: str, reason: str) -> dict[str, Any]: ...

    async def plan_import(self, wanted: Import) -> dict[str, Any]: ...

    async def apply_import(self, wanted: Import, fingerprint: str, reason: str) -> dict[str, Any]: ...

    async def suggest(self, name: str | None) -> dict[str, Any]: ...

    async def refreshed(self, name: str) -> dict[str, Any]: ...


class HttpCatalogue:
    """A gateway that is running, by its own API."""

    def __init__(self, http: aiohttp.ClientSession, address: str) -> None:
        self._http = http
        self._address = address

    async def trial_page(self, text: str, reason: str, before: int | None, limit: int) -> dict[str, Any]:
        place = {"before": before} if before is not None else {}
        return await self._post("/v1/mappings/trial", {"table": text, "reason": reason, "limit": limit} | place)

    async def publish(
        self, text: str, reason: str, *, effective_from: date | None, accept_failures: bool, last: int
    ) -> dict[str, Any]:
        day = {"effective_from": effective_from.isoformat()} if effective_from else {}
        body = {"table": text, "reason": reason, "accept_failures": accept_failures, "last": last}
        return await self._post("/v1/mappings/publish", body | day)

    async def withdraw(self, name: str, version: str, reason: str) -> dict[str, Any]:
        return await self._post(f"/v1/mappings/{name}/withdraw", {"version": version, "reason": reason})

    async def plan_import(self, wanted: Import) -> dict[str, Any]:
        return await self._post(f"/v1/codelists/{wanted.name}/import", _body(wanted))

    async def apply_import(self, wanted: Import, fingerprint: str, reason: str) -> dict[str, Any]:
        body = _body(wanted) | {"fingerprint": fingerprint, "reason": reason}
        return await self._post(f"/v1/codelists/{wanted.name}/import", body)

    async def suggest(self, name: str | None) -> dict[str, Any]:
        query = {"list": name} if name else {}
        async with self._http.get(self._address + "/v1/suggestions", params=query, timeout=_PATIENCE) as response:
            return await reach.read(response)

    async def refreshed(self, name: str) -> dict[str, Any]:
        async with self._http.get(f"{self._address}/v1/codelists/{name}/refreshed", timeout=_PATIENCE) as response:
            return await reach.read(response)

    async def _post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        async with self._http.post(self._address + path, json=body, timeout=_PATIENCE) as response:
            return await reach.read(response)


class LocalCatalogue:
    """No gateway is running: the same operations on the ledger."""

    def __init__(self, mappings: MappingOperations, code_lists: CodeListOperations) -> None:
        self._mappings = mappings
        self._code_lists = code_lists

    async def trial_page(self, text: str, reason: str, before: int | None, limit: int) -> dict[str, Any]:
        return await self._mappings.trial_page(text, reach.actor(), reason, before, limit)

    async def publish(
        self, text: str, reason: str, *, effective_from: date | None, accept_failures: bool, last: int
    ) -> dict[str, Any]:
        how: dict[str, Any] = {"effective_from": effective_from, "accept_failures": accept_failures, "last": last}
        return await self._mappings.publish(text, reach.actor(), reason, **how)

    async def withdraw(self, name: str, version: str, reason: str) -> dict[str, Any]:
        return await self._mappings.withdraw(name, version, reach.actor(), reason)

    async def plan_import(self, wanted: Import) -> dict[str, Any]:
        return await self._code_lists.plan(wanted.name, _rows(wanted), whole=wanted.whole, new=wanted.new)

    async def apply_import(self, wanted: Import, fingerprint: str, reason: str) -> dict[str, Any]:
        how: dict[str, Any] = {"whole": wanted.whole, "new": wanted.new}
        return await self._code_lists.apply(wanted.name, _rows(wanted), fingerprint, reach.actor(), reason, **how)

    async def suggest(self, name: str | None) -> dict[str, Any]:
        return await self._code_lists.suggest(name)

    async def refreshed(self, name: str) -> dict[str, Any]:
        return await self._code_lists.refreshed(name)


@asynccontextmanager
async def reach_catalogue(settings: Settings) -> AsyncIterator[CatalogueReach]:
    """The operations of this installation. Raises `FolderOwnedError` if a gateway starts in between."""
    address = await reach.serving(settings)
    if address is not None:
        async with reach.session(settings) as http:
            yield HttpCatalogue(http, address)
        return
    async with reach.own_ledger(settings) as ledger:
        live = LiveCatalogue(own_folder(settings.data_dir))
        yield LocalCatalogue(MappingOperations(ledger, live), CodeListOperations(ledger, live))


def _rows(wanted: Import) -> list[ListRow]:
    if wanted.rows:
        return [ListRow.from_dict(number, row) for number, row in enumerate(wanted.rows, 1)]
    return read_rows(wanted.file_name, wanted.content, wanted.sheet)


def _body(wanted: Import) -> dict[str, Any]:
    body: dict[str, Any] = {"whole": wanted.whole}
    if wanted.rows:
        body["rows"] = wanted.rows
    else:
        body |= {"file_name": wanted.file_name, "content": base64.b64encode(wanted.content).decode()}
    body |= {"sheet": wanted.sheet} if wanted.sheet else {}
    return body | ({"new": asdict(wanted.new)} if wanted.new else {})
