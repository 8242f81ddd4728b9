"""The one gate before every route: who is calling, and whether the route is theirs.

What a route asks for stands in the table of routes (`Route.access`, `Route.person`); nothing behind the gate asks who
somebody is, only `caller_of`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from aiohttp import web

from gateway.errors import IntakeError
from gateway.intake.problem import refusal
from gateway.intake.surface.route import Route
from gateway.message import Client, PersonRole

Handle = Callable[[web.Request], Awaitable[web.StreamResponse]]

_CALLER = web.RequestKey("caller", Client)
_ROUTE = web.RequestKey("route", Route)
_GATE: web.RequestKey[Gate] = web.RequestKey("gate")
_AGAIN = web.RequestKey("again", bool)


class Identifies(Protocol):
    """One way to say who one is: a key, a token, a session."""

    async def identify(self, request: web.Request) -> Client | None:
        """Who is calling; None where the request carries nothing of this kind. Raises `IntakeError` 401, 403."""


class Gate:
    """Lets through whoever a route is for; what does not get through raises `IntakeError` 401 or 403."""

    def __init__(self, ways: Sequence[Identifies]) -> None:
        """`ways`: the first that knows the caller counts."""
        self._ways = ways

    def guarded(self, route: Route, handle: Handle) -> Handle:
        """The handler of a route behind the gate."""

        async def answer(request: web.Request) -> web.StreamResponse:
            request[_ROUTE] = route
            if route.access != "anyone":
                request[_GATE] = self
                client = request[_CALLER] = await self.caller(request)
                admit(route, client)
            return await handle(request)

        return answer

    async def caller(self, request: web.Request) -> Client:
        """Who is calling. Raises `IntakeError` 401, 403."""
        for way in self._ways:
            client = await way.identify(request)
            if client is not None:
                return client
        raise refusal(
            401,
            "CREDENTIALS_MISSING",
            "Chưa có gì cho biết ai đang gọi; hãy gửi tiêu đề Authorization: Bearer lt_…, hoặc đăng nhập ở /console.",
            "Nothing says who is calling; send the header Authorization: Bearer lt_…, or sign in at /console.",
        )


async def still_admitted(request: web.Request) -> bool:
    """Whether the one who was let through would be now too: a key is revoked, a token ends, a session is over."""
    request[_AGAIN] = True
    try:
        admit(request[_ROUTE], await request[_GATE].caller(request))
    except IntakeError:
        return False
    return True


def asked_again(request: web.Request) -> bool:
    """Whether this is only asked while something lasts: it does not count as using a session."""
    return bool(request.get(_AGAIN, False))


def caller_of(request: web.Request) -> Client:
    """Who the gate let through to this handler."""
    return request[_CALLER]


def recognise(request: web.Request, client: Client) -> None:
    """Say who is calling before it is known whether they get through, so that a refusal names them."""
    request[_CALLER] = client


def known_caller(request: web.Request) -> Client | None:
    """Who is calling, as far as the gate came to know it."""
    return request.get(_CALLER)


def route_of(request: web.Request) -> Route | None:
    """The entry of the table of routes that answers this request; None for addresses that are not in it."""
    return request.get(_ROUTE)


def admit(route: Route, client: Client) -> None:
    """Raises `IntakeError` 403 unless the route is this caller's."""
    if route.access == "client":
        if client.role is not None:
            require(client, route.person)
    elif route.access != "anyone":
        require(client, route.access)


def require(client: Client, role: PersonRole) -> None:
    """Raises `IntakeError` 403 unless the caller is a person of this role or a higher one."""
    if client.has(role):
        return
    if client.role is None:
        raise _people_only(role)
    vi, en = ROLE_NAMES[role]
    raise refusal(
        403,
        "ROLE_REQUIRED",
        f"Việc này cần vai trò {vi} ({role}); hãy nhờ người có vai trò đó, hoặc xin quản trị viên cấp.",
        f"This needs the role {en}; ask somebody who has it, or ask an administrator for it.",
    )


ROLE_NAMES: dict[PersonRole, tuple[str, str]] = {
    "viewer": ("người xem", "viewer"),
    "operator": ("người vận hành", "operator"),
    "administrator": ("quản trị viên", "administrator"),
}


def _people_only(role: PersonRole) -> IntakeError:
    vi, en = ROLE_NAMES[role]
    return refusal(
        403,
        "PEOPLE_ONLY",
        f"Khóa của hệ thống gửi không được làm việc này; người có vai trò {vi} ({role}) trở lên làm được.",
        f"The key of a sending system may not do this; a person of the role {en} or higher may.",
    )
