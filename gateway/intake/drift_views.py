"""Reconciliation over HTTP: begin, watch, steer, and send the difference; viewers look, operators steer."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from datetime import date, datetime, time
from functools import partial
from typing import Any

from aiohttp import hdrs, web

from gateway.acceptance.codes import moment
from gateway.intake.commands import read_command
from gateway.intake.problem import refusal
from gateway.intake.views import DEFAULT_LIMIT, MOST_ITEMS, bad_query, json_response, known_query, not_found
from gateway.ledger.drift.port import KINDS, Verb
from gateway.ledger.port import Ledger
from gateway.operations.drift import ReconciliationOperations, planned
from mappings.convert import VIETNAM

Handle = Callable[[web.Request], Awaitable[web.StreamResponse]]

_SENT = ("open", "arrived", "failed", "skipped")
_DEFAULT = "national_portal"
_LIMIT = re.compile(r"[0-9]{1,4}")


class ReconciliationViews:
    """Answers every route under `/v1/reconciliations`."""

    def __init__(self, ledger: Ledger, operations: ReconciliationOperations) -> None:
        self._ledger = ledger
        self._operations = operations

    def handlers(self) -> dict[str, Handle]:
        """Name of a route -> what answers it."""
        return {
            "startReconciliation": self._start,
            "listReconciliations": self._list,
            "getReconciliation": self._one,
            "listReconciliationItems": self._items,
            "pauseReconciliation": partial(self._steer, name="pauseReconciliation", verb="pause"),
            "continueReconciliation": partial(self._steer, name="continueReconciliation", verb="continue"),
            "cancelReconciliation": partial(self._steer, name="cancelReconciliation", verb="cancel"),
            "sendDifference": partial(self._steer, name="sendDifference", verb="send"),
        }

    async def _start(self, request: web.Request) -> web.Response:
        client, command = await read_command(request, "startReconciliation")
        since, until = _moment(command, "since"), _moment(command, "until")
        assert since is not None  # noqa: S101 - the schema requires it
        destination = command.get("destination", _DEFAULT)
        run_id = await self._operations.start(destination, since, until, client.name, command["reason"])
        response = json_response(await self._operations.view(run_id), 202)
        response.headers[hdrs.LOCATION] = f"/v1/reconciliations/{run_id}"
        return response

    async def _list(self, request: web.Request) -> web.Response:
        _, cursor, limit = _page(request, ())
        if cursor is not None and moment.parse(cursor.partition("|")[0]) is None:
            raise bad_query("cursor", "giá trị next của trang trước", "the `next` of the page before")
        page = await self._ledger.drift_page(cursor, limit)
        return json_response({**page, "items": [planned(one) for one in page["items"]]})

    async def _one(self, request: web.Request) -> web.Response:
        view = await self._operations.view(request.match_info["id"])
        if view is None:
            raise not_found()
        return json_response(view)

    async def _items(self, request: web.Request) -> web.Response:
        filters, cursor, limit = _page(request, ("kind", "sent"))
        for name, known in (("kind", KINDS), ("sent", _SENT)):
            if filters.get(name, known[0]) not in known:
                words = ", ".join(known)
                raise bad_query(name, f"một trong: {words}", f"one of: {words}")
        run_id = request.match_info["id"]
        if await self._ledger.drift_run(run_id) is None:
            raise not_found()
        return json_response(await self._ledger.drift_items_page(run_id, filters, cursor, limit))

    async def _steer(self, request: web.Request, *, name: str, verb: Verb) -> web.Response:
        client, command = await read_command(request, name)
        run_id = request.match_info["id"]
        await self._operations.steer(run_id, verb, client.name, command["reason"], command.get("kinds", ()))
        return json_response(await self._operations.view(run_id))


def _page(request: web.Request, names: tuple[str, ...]) -> tuple[dict[str, str], str | None, int]:
    filters = known_query(request, (*names, "cursor", "limit"))
    cursor, limit = filters.pop("cursor", None), filters.pop("limit", str(DEFAULT_LIMIT))
    if not _LIMIT.fullmatch(limit) or not 1 <= int(limit) <= MOST_ITEMS:
        raise bad_query("limit", f"số từ 1 đến {MOST_ITEMS}", f"a number from 1 to {MOST_ITEMS}")
    return filters, cursor, int(limit)


def _moment(command: dict[str, Any], name: str) -> datetime | None:
    """A moment, or the beginning of a day in Việt Nam. Raises `IntakeError`."""
    text = command.get(name)
    if text is None:
        return None
    if moment.is_day(text):
        return datetime.combine(date.fromisoformat(text), time(), VIETNAM)
    found = moment.parse(text)
    if found is None:
        raise refusal(
            422,
            "MOMENT",
            f"{name} phải là ngày như 2025-03-10 hoặc thời điểm như 2025-03-10T00:00:00+07:00.",
            f"{name} must be a day like 2025-03-10 or a moment like 2025-03-10T00:00:00+07:00.",
            f"/{name}",
        )
    return found
