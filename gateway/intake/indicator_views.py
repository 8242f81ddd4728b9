"""Indicators and the register of services over HTTP: figures, files, counting anew, imports."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from aiohttp import hdrs, web

from gateway.acceptance.codes.moment import day_in_vietnam
from gateway.indicator_settings import IndicatorSettings
from gateway.intake import problem
from gateway.intake.commands import content_of, read_command, reason_required
from gateway.intake.gate import caller_of
from gateway.intake.purpose import purpose_of
from gateway.intake.surface.indicators import PERIOD
from gateway.intake.views import bad_query, json_response, known_query
from gateway.ledger.port import Ledger
from gateway.ledger.services.port import LEVELS
from gateway.operations.indicators import IndicatorOperations
from gateway.operations.refused import ContentRefused
from gateway.operations.service_rows import read_services
from gateway.operations.services import ServiceOperations
from gateway.reports.indicators.register import NEXT_STEPS, procedure_counts, register_rows
from gateway.reports.indicators.report import Query, QueryError, indicator_report
from gateway.reports.indicators.sheet import FILES

Handle = Callable[[web.Request], Awaitable[web.StreamResponse]]

_MOST_IMPORT_BYTES = 12 << 20
"""A file of 8 MiB in base64, and what stands around it."""


class IndicatorViews:
    """Answers every route under `/v1/indicators` and `/v1/services`."""

    def __init__(self, ledger: Ledger, settings: IndicatorSettings, now: Callable[[], datetime]) -> None:
        self._ledger = ledger
        self._settings = settings
        self._now = now
        self._operations = IndicatorOperations(ledger)
        self._services = ServiceOperations(ledger)

    def handlers(self) -> dict[str, Handle]:
        """Name of a route -> what answers it."""
        return {
            "getIndicators": self._indicators,
            "exportIndicators": self._export,
            "recountIndicators": self._recount,
            "listServices": self._list_services,
            "importServices": self._import,
        }

    async def _indicators(self, request: web.Request) -> web.Response:
        return json_response((await self._report(known_query(request, PERIOD)))[1])

    async def _export(self, request: web.Request) -> web.Response:
        asked = known_query(request, ("file", "purpose", *PERIOD))
        kind = asked.pop("file", "xlsx")
        if kind not in FILES:
            raise bad_query("file", "xlsx hoặc csv", "xlsx or csv")
        purpose = purpose_of(asked)
        del asked["purpose"]
        query, report = await self._report(asked)
        media_type, write = FILES[kind]
        content = await asyncio.to_thread(write, report)
        await self._operations.exported(caller_of(request).name, kind, query.as_dict(), purpose)
        headers = {
            hdrs.CONTENT_DISPOSITION: f'attachment; filename="{query.file_name(kind)}"',
            hdrs.CACHE_CONTROL: "no-store",
        }
        return web.Response(body=content, content_type=media_type, headers=headers)

    async def _recount(self, request: web.Request) -> web.Response:
        client, command = await read_command(request, "recountIndicators")
        await self._operations.recount(client.name, command["reason"])
        state = await self._ledger.counting_state()
        return json_response({"recounting": state.recounting, "to_count": state.last - state.reached}, 202)

    async def _list_services(self, request: web.Request) -> web.Response:
        asked = known_query(request, ("level", "step", "overdue"))
        for name, known in (("level", LEVELS), ("step", NEXT_STEPS), ("overdue", ("true", "false"))):
            if asked.get(name, known[0]) not in known:
                words = ", ".join(known)
                raise bad_query(name, f"một trong: {words}", f"one of: {words}")
        today = day_in_vietnam(self._now())
        services = await self._ledger.services()
        rows = register_rows(services, self._settings, today, asked)
        return json_response({"items": rows, "next": None, "counts": procedure_counts(services, str(today))})

    async def _import(self, request: web.Request) -> web.Response:
        client, asked = await read_command(request, "importServices", _MOST_IMPORT_BYTES)
        try:
            content = content_of(asked)
            rows = await asyncio.to_thread(read_services, asked["file_name"], content, asked.get("sheet"))
        except ContentRefused as exc:
            raise problem.invalid(exc.problems) from exc
        whole = asked.get("whole", False)
        if "fingerprint" not in asked:
            return json_response(await self._services.plan(rows, whole=whole))
        if "reason" not in asked:
            raise reason_required()
        how: dict[str, Any] = {"whole": whole}
        done = await self._services.apply(rows, asked["fingerprint"], client.name, asked["reason"], **how)
        return json_response({**done, "done": True})

    async def _report(self, asked: dict[str, str]) -> tuple[Query, dict[str, Any]]:
        now = self._now()
        try:
            query = Query.read(asked, now)
        except QueryError as exc:
            raise bad_query(exc.pointer, exc.vi, exc.en) from exc
        return query, await indicator_report(self._ledger, self._settings, query, now)
