"""The console's routes: who may look, what each address shows, and what every answer carries.

Every answer of the console is a page, whatever went wrong: nothing here reaches the door's problem documents.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any, Protocol

import structlog
from aiohttp import hdrs, web

from gateway.acceptance.canonical import tidy_code
from gateway.console import problems
from gateway.console.auth import CHALLENGE, Door
from gateway.console.board import Destination, board_page
from gateway.console.deliveries import FILTERS, ReadsDeliveries, deliveries_page, read_page
from gateway.console.page import Page, show
from gateway.console.pieces import ROOT, address
from gateway.console.timeline import dossier_page, message_page
from gateway.console.words import STATES
from gateway.errors import LedgerUnavailable
from gateway.ledger.steering.port import Steering
from gateway.settings import DestinationSettings, Settings

log: Any = structlog.get_logger(__name__)

_MESSAGE_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_CURSOR = re.compile(r"[0-9a-f-]{1,64}")
# No ledger holds these, and PostgreSQL refuses to be asked for them.
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}

View = Callable[[web.Request], Awaitable[Page | web.Response]]


class ReadableLedger(ReadsDeliveries, Protocol):
    """What the console reads; `gateway.ledger.port.Ledger` is one."""

    async def board(self) -> list[dict[str, Any]]: ...

    async def steering(self) -> dict[str, Steering]: ...

    async def balance(self, day: str | None = None) -> dict[str, Any]: ...

    async def dead_groups(self) -> list[dict[str, Any]]: ...

    async def dossier_view(self, code: str) -> dict[str, Any] | None: ...

    async def message_view(self, message_id: str) -> dict[str, Any] | None: ...


def _now() -> datetime:
    return datetime.now(UTC)


def console_routes(
    *,
    ledger: ReadableLedger,
    settings: Settings,
    password: str,
    breaker_seconds: Callable[[str], float],
    clock: Callable[[], datetime] = _now,
) -> list[web.AbstractRouteDef]:
    """The routes of `/console`, to be added to the gateway's app.

    `password` goes with the name "admin"; `breaker_seconds` says for how long nothing is offered to a destination
    (0: it takes everything). Reads only, keeps nothing between two requests.
    """
    return _Console(ledger, settings, Door(password), breaker_seconds, clock).routes()


class _Console:
    """Turns a request into a page."""

    def __init__(
        self,
        ledger: ReadableLedger,
        settings: Settings,
        door: Door,
        breaker_seconds: Callable[[str], float],
        clock: Callable[[], datetime],
    ) -> None:
        self._ledger = ledger
        self._settings = settings
        self._door = door
        self._breaker_seconds = breaker_seconds
        self._clock = clock
        self._style = (files("gateway.console") / "style.css").read_bytes()
        # The address changes with the content, so browsers may keep it and the board does not flicker.
        self._stylesheet = f"{ROOT}/style.css?v={hashlib.sha256(self._style).hexdigest()[:12]}"

    def routes(self) -> list[web.AbstractRouteDef]:
        views: dict[str, View] = {
            ROOT: self.board,
            f"{ROOT}/": self.root,
            f"{ROOT}/style.css": self.style,
            f"{ROOT}/search": self.search,
            f"{ROOT}/deliveries": self.deliveries,
            f"{ROOT}/dossiers/{{code}}": self.dossier,
            f"{ROOT}/messages/{{id}}": self.message,
            f"{ROOT}/{{rest:.*}}": self.nothing,
        }
        # "*": also what is asked with another method is answered here, as a page.
        return [web.route("*", path, self._answering(path, view)) for path, view in views.items()]

    async def board(self, request: web.Request) -> Page:
        rows, balance, groups, steering = await asyncio.gather(
            self._ledger.board(), self._ledger.balance(), self._ledger.dead_groups(), self._ledger.steering()
        )
        refresh, find = request.query.get("refresh") != "off", "find" in request.query
        destinations = self._destinations(rows, steering)
        return board_page(destinations, balance, groups, self._clock(), refresh=refresh, find=find)

    async def deliveries(self, request: web.Request) -> Page:
        filters = {name: value for name in FILTERS if (value := request.query.get(name, "").strip())}
        cursor = request.query.get("cursor")
        if filters.get("state", "open") not in STATES or (cursor is not None and not _CURSOR.fullmatch(cursor)):
            return problems.bad_filter()
        page = await read_page(self._ledger, filters, cursor)
        return deliveries_page(page, filters, self._choices(), self._clock(), first=cursor is None)

    async def dossier(self, request: web.Request) -> Page:
        code = tidy_code(request.match_info["code"])
        view = None if _UNSTORABLE.search(code) else await self._ledger.dossier_view(code)
        return dossier_page(view, self._clock()) if view else problems.no_dossier(code)

    async def message(self, request: web.Request) -> Page:
        message_id = request.match_info["id"]
        view = await self._ledger.message_view(message_id) if _MESSAGE_ID.fullmatch(message_id) else None
        return message_page(view, self._clock()) if view else problems.no_message(message_id)

    async def search(self, request: web.Request) -> web.Response:
        """To the page of what was typed: ids of messages have a form of their own, everything else is a dossier."""
        sought = request.query.get("q", "").strip()
        if _MESSAGE_ID.fullmatch(sought.lower()):
            return _see(address("messages", sought.lower()))
        return _see(address("dossiers", tidy_code(sought)) if sought else ROOT)

    async def root(self, _: web.Request) -> web.Response:
        return _see(ROOT)

    async def style(self, _: web.Request) -> web.Response:
        headers = {"Cache-Control": "private, max-age=86400"}
        return web.Response(body=self._style, content_type="text/css", charset="utf-8", headers=headers)

    async def nothing(self, _: web.Request) -> Page:
        return problems.no_page()

    def _choices(self) -> list[str]:
        """Destinations that a list can be narrowed to."""
        systems = [route.destination for route in self._settings.active_routes]
        return list(dict.fromkeys([*systems, *(f"onestop/{client.name}" for client in self._settings.clients)]))

    def _destinations(self, rows: list[dict[str, Any]], steering: Mapping[str, Steering]) -> list[Destination]:
        """Every destination that has a route or was ever sent anything."""
        called = (f"onestop/{one.name}" for one in self._settings.clients if one.reply_mode != "poll")
        routed = dict.fromkeys([*(route.destination for route in self._settings.active_routes), *called])
        found = {row["destination"]: row for row in rows}
        return [
            self._destination(name, name in routed, found.get(name, {}), steering.get(name, Steering(name)))
            for name in {**routed, **found}
        ]

    def _destination(self, name: str, routed: bool, row: dict[str, Any], steering: Steering) -> Destination:
        window = steering.window()
        return Destination(
            name=name,
            mode=self._settings.destinations.get(name, DestinationSettings()).mode,
            routed=routed,
            closed_seconds=self._breaker_seconds(name) if routed else 0.0,
            counts=row.get("states", {}),
            oldest_open_at=row.get("oldest_open_at"),
            last_success_at=row.get("last_success_at"),
            last_failure_at=row.get("last_failure_at"),
            paused_by=steering.pause.by if steering.pause else "",
            maintenance_until=window.ends_at if window else None,
        )

    def _answering(self, path: str, view: View) -> Callable[[web.Request], Awaitable[web.Response]]:
        """The view behind its door: signed in, reading, and answered with a page whatever happens."""

        async def answer(request: web.Request) -> web.Response:
            response = await self._respond(path, view, request)
            for name, value in _HEADERS.items():
                response.headers.setdefault(name, value)
            return response

        return answer

    async def _respond(self, path: str, view: View, request: web.Request) -> web.Response:
        authorization = request.headers.get(hdrs.AUTHORIZATION)
        if not self._door.lets_in(authorization):
            if authorization:
                log.warning("console.sign_in_refused", path=path)
            headers = {hdrs.WWW_AUTHENTICATE: CHALLENGE}
            return web.Response(text=problems.sign_in(), status=401, content_type="text/html", headers=headers)
        if request.method not in ("GET", "HEAD"):
            response = self._as_response(problems.looking_only())
            response.headers[hdrs.ALLOW] = "GET, HEAD"
            return response
        try:
            made = await view(request)
        except LedgerUnavailable as exc:
            log.warning("console.ledger_unavailable", path=path, error=str(exc))
            response = self._as_response(problems.ledger_away())
            response.headers[hdrs.RETRY_AFTER] = "5"
            return response
        except Exception:
            log.exception("console.failed", path=path)
            return self._as_response(problems.our_fault())
        return made if isinstance(made, web.Response) else self._as_response(made)

    def _as_response(self, page: Page) -> web.Response:
        text = show(page, self._clock(), self._stylesheet)
        return web.Response(text=text, status=page.status, content_type="text/html", charset="utf-8")


def _see(where: str) -> web.Response:
    return web.Response(status=303, headers={hdrs.LOCATION: where})
