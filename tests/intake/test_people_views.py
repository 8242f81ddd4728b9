"""Who may look for people and open bodies, role by role, and that nothing is given to anybody else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from gateway.intake.gate import Gate
from gateway.intake.middleware import problems
from gateway.intake.people_views import PeopleViews
from gateway.intake.surface.people import ROUTES
from gateway.ledger.address import sqlite_url
from gateway.ledger.ledger import SqlLedger
from gateway.ledger.migrate import migrate
from gateway.message import ROLES, Client
from gateway.operations.bodies import BodyOperations
from gateway.operations.live import packaged
from gateway.operations.searching import SearchOperations
from gateway.settings import LedgerSettings
from gateway.telemetry.metrics import Metrics
from tests.builders import RING, a_delivery, a_message

ME, WHY = "044999000123", {"purpose": "đơn khiếu nại"}
SUBJECT = "000.00.16.H46-250612-0001"
Browser = TestClient[web.Request, web.Application]


class _SaysWho:
    """Takes everybody at their word."""

    async def identify(self, request: web.Request) -> Client | None:
        name = request.headers["X-Who"]
        return Client(name, role=next((one for one in ROLES if one == name), None))


@pytest.fixture
async def ledger(tmp_path: Path) -> AsyncIterator[SqlLedger]:
    url = sqlite_url(tmp_path / "ledger.db")
    await migrate(url)
    opened = SqlLedger(url, RING, LedgerSettings())
    await opened.accept([a_message(a_delivery(), id="m1", subject=SUBJECT, sought=RING.seeking.of([ME]),
                                   sealed=RING.seal(b'{"code": "x", "note": "y"}', "m1"))])  # fmt: skip
    yield opened
    await opened.close()


@pytest.fixture
async def browser(ledger: SqlLedger) -> AsyncIterator[Browser]:
    views = PeopleViews(BodyOperations(ledger, packaged().get), SearchOperations(ledger, lambda: RING.seeking))
    gate, app = Gate([_SaysWho()]), web.Application(middlewares=[problems(Metrics("test"))])
    for route in ROUTES:
        app.router.add_route(route.method, route.pattern, gate.guarded(route, views.handlers()[route.name]))
    async with TestClient(TestServer(app)) as made:
        yield made


async def asked(browser: Browser, who: str, path: str, body: dict[str, Any] | None = None) -> tuple[int, str]:
    """The status, and the code of the refusal."""
    method = "GET" if body is None else "POST"
    async with browser.request(method, path, json=body, headers={"X-Who": who}) as answer:
        told = await answer.json()
        return answer.status, told["errors"][0]["code"] if answer.status >= 400 else ""


@pytest.mark.parametrize(
    ("path", "body", "allowed"),
    [
        ("/v1/searches", {"q": SUBJECT}, ROLES),
        ("/v1/searches", {"q": ME, **WHY}, ("operator", "administrator")),
        ("/v1/messages/m1/body", None, ROLES),
        ("/v1/messages/m1/body", WHY, ("operator", "administrator")),
        ("/v1/audit/who-saw", {"q": ME, **WHY}, ("administrator",)),
    ],
)
async def test_each_may_what_the_role_says(
    browser: Browser, ledger: SqlLedger, path: str, body: dict[str, Any] | None, allowed: tuple[str, ...]
) -> None:
    before = (await ledger.audit_page(None, 50))["items"]
    for who in {"sender", *ROLES} - set(allowed):
        expected = "PEOPLE_ONLY" if who == "sender" else "ROLE_REQUIRED"
        assert await asked(browser, who, path, body) == (403, expected)
    assert (await ledger.audit_page(None, 50))["items"] == before
    for who in allowed:
        assert await asked(browser, who, path, body) == (200, "")


@pytest.mark.parametrize(
    ("path", "body", "refusal"),
    [
        ("/v1/searches", {"q": ME}, (422, "PURPOSE_REQUIRED")),
        ("/v1/searches", {"q": ME, "purpose": " \t"}, (422, "PURPOSE_REQUIRED")),
        ("/v1/searches", {"q": ME, "purpose": "x" * 501}, (422, "SCHEMA_MAXLENGTH")),
        ("/v1/searches", {"q": SUBJECT, "cursor": "x'; --"}, (422, "SCHEMA_PATTERN")),
        ("/v1/searches", {}, (422, "SCHEMA_REQUIRED")),
        ("/v1/messages/m1/body", {}, (422, "SCHEMA_REQUIRED")),
        ("/v1/messages/m1/body", {"purpose": " "}, (422, "PURPOSE_REQUIRED")),
        ("/v1/messages/none/body", WHY, (404, "NOT_FOUND")),
        ("/v1/messages/none/body", None, (404, "NOT_FOUND")),
        ("/v1/audit/who-saw", {"q": ME}, (422, "SCHEMA_REQUIRED")),
        ("/v1/audit/who-saw", {"q": ME, "purpose": ""}, (422, "SCHEMA_MINLENGTH")),
    ],
)
async def test_what_is_refused_says_what_is_missing(
    browser: Browser, path: str, body: dict[str, Any] | None, refusal: tuple[int, str]
) -> None:
    assert await asked(browser, "administrator", path, body) == refusal
