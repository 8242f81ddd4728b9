"""The three ways in (integration sheet §1.3): which call a service becomes and, once, its replay.

A and B carry a session that may die at any moment; C leaves that to a provincial gateway. How a call travels is the
road's business (`adapters.ndxp`); above this file only services, parameters and replies exist.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol

import orjson

from adapters.contract import PermanentError, TransientError
from adapters.national_portal import codes, wire
from adapters.national_portal.catalogue import CATALOGUE
from adapters.national_portal.session import Session
from adapters.national_portal.settings import PortalSettings
from adapters.national_portal.wire import Reply, Unreadable
from adapters.ndxp.road import Ride, Road, build_road
from adapters.transport.http import Answer, Http

_HEADERS = {"Accept": "application/json", "Content-Type": "application/json", "Charset": "utf-8"}
_SHARED = ("LayDanhMuc", "LayDanhSachTTHC", "LayDVC", "LayQDCB", "TraCuuTechID")


_NOTHING: Mapping[str, str] = MappingProxyType({})


class Ask(NamedTuple):
    """One service call. `data` makes it a write; `parameters` stand beside it."""

    service: str
    parameters: Mapping[str, str] = _NOTHING
    data: orjson.Fragment | None = None
    deadline: float = float("inf")

    @property
    def write(self) -> bool:
        return self.data is not None


class Access(Protocol):
    """One way in."""

    async def ask(self, ask: Ask) -> Reply:
        """Call a service and return what the portal said, good or bad; else raise a `DeliveryError`."""

    async def log_in_again(self) -> None:
        """Make a new login, where this way has one."""

    async def close(self) -> None:
        """End what is under way."""


def open_access(settings: PortalSettings, http: Http) -> Access:
    """The way in that the settings name."""
    road = build_road(settings.way, http)
    return GatewayAccess(road) if settings.style == "gateway" else SessionAccess(settings, http, road)


class SessionAccess:
    """Styles A and B: our own login, renewed by our clock, on refusal, and once after HTML pages in a row."""

    def __init__(self, settings: PortalSettings, http: Http, road: Road) -> None:
        self._settings = settings
        self._http = http
        self._road = road
        self._pages_in_a_row = 0
        use_for = settings.session_lifetime - settings.session_renew_before
        self._session = Session(self._log_in, use_for, http.now)

    async def ask(self, ask: Ask) -> Reply:
        self._http.check(ask.deadline)  # before a login is made for nothing
        token = await self._session.token()
        answer, reply = await self._send(ask, token)
        if _spent(answer, reply):
            token = await self._session.renewed(token)
            answer, reply = await self._send(ask, token)
            if _spent(answer, reply):
                entry = CATALOGUE["SESSION_REFUSED"]
                raise entry.error(PermanentError, scope="destination", answer=answer.body)
        self._count_pages(reply, token)
        return _said(ask, answer, reply)

    async def log_in_again(self) -> None:
        self._session.drop(await self._session.token())
        await self._session.token()

    async def close(self) -> None:
        await self._session.close()
        await self._road.close()

    async def _send(self, ask: Ask, token: str) -> tuple[Answer, Reply | Unreadable]:
        parameters: dict[str, Any] = dict(ask.parameters)
        if ask.data is not None:
            parameters["data"] = ask.data
        body = wire.envelope(token, self._settings.madonvi, ask.service, parameters)
        shared = ask.service.startswith(_SHARED)
        path = self._settings.share_endpoint if shared else self._settings.integration_endpoint
        answer = await self._road.send(Ride(path, body, _HEADERS, write=ask.write, deadline=ask.deadline))
        return answer, wire.read_reply(answer.body, answer.content_type)

    def _count_pages(self, reply: Reply | Unreadable, token: str) -> None:
        if reply is not Unreadable.HTML:
            self._pages_in_a_row = 0
            return
        self._pages_in_a_row += 1
        if self._pages_in_a_row == self._settings.login_again_after_html:
            self._session.drop(token)

    async def _log_in(self) -> str:
        settings = self._settings
        body = wire.login_body(settings.username, settings.password.get_secret_value())
        answer = await self._road.send(Ride(settings.auth_endpoint, body, _HEADERS))
        reply = wire.read_reply(answer.body, answer.content_type)
        complaint = answer.complaint(write=False)
        if isinstance(complaint, TransientError):
            raise complaint
        if answer.status in (400, 401, 403) or (isinstance(reply, Reply) and reply.code not in (None, 0)):
            # Ours to fix, and it concerns every message. The answer is not kept: it may repeat the account.
            raise CATALOGUE["LOGIN_REFUSED"].error(PermanentError, scope="destination")
        if complaint is not None:
            raise complaint
        if isinstance(reply, Unreadable) or reply.code is None or not reply.session:
            raise CATALOGUE["LOGIN_UNCLEAR"].error(TransientError)
        return reply.session


class GatewayAccess:
    """Style C: a provincial gateway that logs in itself. Writes POST a bare array, reads are GET."""

    def __init__(self, road: Road) -> None:
        self._road = road

    async def ask(self, ask: Ask) -> Reply:
        body = orjson.dumps(ask.data) if ask.data is not None else None
        method = "POST" if ask.write else "GET"
        ride = Ride(
            f"/{ask.service}", body, _HEADERS, method, query=ask.parameters, write=ask.write, deadline=ask.deadline
        )
        answer = await self._road.send(ride)
        return _said(ask, answer, wire.read_reply(answer.body, answer.content_type))

    async def log_in_again(self) -> None:
        """Nothing to do: a gateway's token is its road's."""

    async def close(self) -> None:
        await self._road.close()


def _spent(answer: Answer, reply: Reply | Unreadable) -> bool:
    """The session is refused: HTTP 401 or 403, or the words for it beside a code other than 0 (§3.6)."""
    return answer.status in (401, 403) or (isinstance(reply, Reply) and codes.says_session(reply))


def _said(ask: Ask, answer: Answer, reply: Reply | Unreadable) -> Reply:
    """The reply, where one can be trusted. A body that names its refusal wins over the HTTP status (§2)."""
    complaint = answer.complaint(write=ask.write)
    if isinstance(reply, Reply) and (complaint is None or (reply.code and codes.find(reply))):
        return reply
    if complaint is not None:
        raise complaint
    if reply is Unreadable.HTML:
        raise CATALOGUE["HTML_ANSWER"].error(TransientError, answer=answer.body)
    if reply is Unreadable.EMPTY:
        raise CATALOGUE["EMPTY_ANSWER"].error(TransientError, answer=answer.body)
    raise CATALOGUE["GARBAGE_ANSWER"].unclear(write=ask.write, answer=answer.body)
