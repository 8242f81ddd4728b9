"""Alerts and backlogs over HTTP, for whoever runs the gateway."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from datetime import datetime

from aiohttp import web

from gateway.intake.commands import read_command
from gateway.intake.views import DEFAULT_LIMIT, MOST_ITEMS, bad_query, json_response, known_query
from gateway.ledger.port import Ledger
from gateway.operations.alerts import AlertOperations
from gateway.operations.backlog import backlog
from gateway.watch_settings import AlertSettings

Handle = Callable[[web.Request], Awaitable[web.StreamResponse]]

FILTERS = ("state", "kind", "destination")
_STATES = ("open", "closed")
_CURSOR = re.compile(r"(open|closed):[0-9a-f-]{36}")


class AlertViews:
    """Answers the routes about alerts and backlogs."""

    def __init__(
        self,
        ledger: Ledger,
        operations: AlertOperations,
        clock: Callable[[], datetime],
    ) -> None:
        self._ledger = ledger
        self._operations = operations
        self._clock = clock

    def handlers(self) -> dict[str, Handle]:
        """Name of a route -> what answers it."""
        return {"listAlerts": self._list, "testAlert": self._test, "getBacklog": self._backlog}

    async def _list(self, request: web.Request) -> web.Response:
        """Open alerts first, each newest first, with what their channels were told."""
        filters = known_query(request, (*FILTERS, "cursor", "limit"))
        cursor, limit = filters.pop("cursor", None), filters.pop("limit", str(DEFAULT_LIMIT))
        kinds = tuple(AlertSettings().rules())
        for name, known in (("state", _STATES), ("kind", kinds)):
            if filters.get(name, known[0]) not in known:
                raise bad_query(name, f"một trong: {', '.join(known)}", f"one of: {', '.join(known)}")
        if cursor is not None and not _CURSOR.fullmatch(cursor):
            raise bad_query("cursor", "giá trị next của trang trước", "the `next` of the page before")
        if not (limit.isascii() and limit.isdigit() and 1 <= int(limit) <= MOST_ITEMS):
            raise bad_query("limit", f"số từ 1 đến {MOST_ITEMS}", f"a number from 1 to {MOST_ITEMS}")
        return json_response(await self._ledger.alerts_page(filters, cursor, int(limit)))

    async def _test(self, request: web.Request) -> web.Response:
        """Send a test notice to one channel, or to all; how each went."""
        client, command = await read_command(request, "testAlert")
        told = await self._operations.test(command.get("channel", ""), client.name, command["reason"])
        return json_response({"channels": told})

    async def _backlog(self, _: web.Request) -> web.Response:
        """What waits for each destination, and when it will have gone."""
        return json_response({"items": await backlog(self._ledger, self._clock()), "next": None})
