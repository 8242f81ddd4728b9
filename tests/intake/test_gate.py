"""The gate by itself: every entry of the table of routes, for everybody who may call."""

from __future__ import annotations

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from gateway.intake.gate import Gate, caller_of
from gateway.intake.middleware import problems
from gateway.intake.surface import ROUTES
from gateway.intake.surface.route import Route
from gateway.message import ROLES, Client
from gateway.telemetry.metrics import Metrics

SENDER = "sender"
CALLERS = ("nobody", SENDER, *ROLES)
_RIGHTS = {
    "anyone": set(CALLERS),
    "viewer": {"viewer", "operator", "administrator"},
    "operator": {"operator", "administrator"},
    "administrator": {"administrator"},
}


class _SaysWho:
    """Takes everybody at their word."""

    async def identify(self, request: web.Request) -> Client | None:
        name = request.headers["X-Who"]
        return None if name == "nobody" else Client(name, role=next((one for one in ROLES if one == name), None))


def expected(route: Route, caller: str) -> int:
    """What the table says of a caller."""
    let_in = _RIGHTS[route.person] | {SENDER} if route.access == "client" else _RIGHTS[route.access]
    if caller in let_in:
        return 200
    return 401 if caller == "nobody" else 403


async def test_every_route_lets_in_whom_its_entry_names_and_nobody_else() -> None:
    gate, app = Gate([_SaysWho()]), web.Application(middlewares=[problems(Metrics("test"))])

    async def name(request: web.Request) -> web.Response:
        return web.Response(text=caller_of(request).name if request.path.startswith("/v1/messages") else "")

    for route in ROUTES:
        app.router.add_route(route.method, route.pattern, gate.guarded(route, name))
    async with TestClient(TestServer(app)) as browser:
        found = {}
        for route in ROUTES:
            path = route.path.replace("{", "").replace("}", "")
            for caller in CALLERS:
                async with browser.request(route.method, path, headers={"X-Who": caller}) as answer:
                    found[route.name, caller] = answer.status
                    if answer.status in (401, 403):
                        told = await answer.json()
                        assert " / " in told["detail"]
                        assert told["errors"][0]["code"] in ("CREDENTIALS_MISSING", "ROLE_REQUIRED", "PEOPLE_ONLY")
    assert found == {(route.name, caller): expected(route, caller) for route in ROUTES for caller in CALLERS}


def test_whatever_changes_something_is_nobodys_but_a_persons() -> None:
    senders = {route.name for route in ROUTES if route.method == "POST" and route.access == "client"}
    assert senders == {"postMessages", "previewMapping"}
    assert {route.name for route in ROUTES if route.method == "POST" and route.access == "anyone"} == {
        "takeCallback",
        "signIn",
    }
    looks = {route.name for route in ROUTES if route.method == "POST" and route.access == "viewer"}
    assert looks == {
        "search",
        "signOut",
        "changeOwnPassword",
    }  # what is looked for stands in no address; by a number it is an operator's


def test_a_route_without_an_access_rule_cannot_be_written() -> None:
    with pytest.raises(TypeError, match="access"):
        Route("GET", "/v1/new", "getNew", "Mới", "New")  # type: ignore[call-arg]
