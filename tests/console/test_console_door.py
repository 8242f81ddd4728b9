"""Who gets in, and what every answer of the console carries, errors included."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from gateway.console import console_routes
from gateway.intake.middleware import problems
from gateway.settings import load_settings
from gateway.telemetry.metrics import Metrics
from tests.console.looking import PASSWORD, Console, looking, signed_in
from tests.e2e.rig import ADMIN, KEY

PATHS = (
    "/console", "/console/", "/console/style.css", "/console/search?q=x", "/console/deliveries",
    "/console/dossiers/000.00.16.H46-250612-0001", "/console/messages/x", "/console/no/such/page",
)  # fmt: skip


@pytest.fixture
async def console(tmp_path: Path) -> AsyncIterator[Console]:
    async with looking(tmp_path) as found:
        yield found


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": ""},
        {"Authorization": "Basic"},
        {"Authorization": "Basic !!!"},
        {"Authorization": "Basic \u00e9"},
        {"Authorization": f"Bearer {ADMIN}"},
        signed_in("admin", ""),
        signed_in("admin", PASSWORD + "x"),
        signed_in("admin", PASSWORD[:-1]),
        signed_in("admin", KEY),
        signed_in("root", PASSWORD),
    ],
)
async def test_without_the_password_there_is_one_page_that_says_where_it_stands(
    console: Console, headers: dict[str, str]
) -> None:
    answers = set()
    for path in PATHS:
        url = console.rig.gateway.address + path
        async with (
            aiohttp.ClientSession() as stranger,
            stranger.get(url, headers=headers, allow_redirects=False) as response,
        ):
            assert response.status == 401
            assert response.headers["WWW-Authenticate"].startswith("Basic realm=")
            answers.add(await response.text())
    [page] = answers
    assert "./run in ra" in page and "admin.token" in page and "the admin token that ./run prints" in page
    assert "style.css" not in page and "H46" not in page


async def test_the_name_admin_and_the_generated_token_open_it(console: Console) -> None:
    assert (await console.look()).status == 200


def test_an_empty_password_is_refused_instead_of_letting_everybody_in() -> None:
    with pytest.raises(ValueError, match="password"):
        routes_of(password="")


@pytest.mark.parametrize(
    ("path", "status"),
    [("/console", 200), ("/console/deliveries", 200), ("/console/dossiers/none", 404), ("/console/x", 404)],
)
async def test_every_page_is_safe_to_show_and_never_kept(console: Console, path: str, status: int) -> None:
    headers = (await console.look(path, status)).headers
    assert headers["content-security-policy"].startswith("default-src 'none'; style-src 'self'")
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-frame-options"] == "DENY"


async def test_the_refusal_carries_the_same_headers(console: Console) -> None:
    async with console.rig.http.get(console.rig.gateway.address + "/console") as response:
        assert response.headers["Cache-Control"] == "no-store"
        assert response.headers["Content-Security-Policy"].startswith("default-src 'none'")


async def test_nothing_but_looking_is_answered_and_the_commands_are_named(console: Console) -> None:
    for path in ("/console", "/console/deliveries", "/console/dossiers/x", "/console/no/such/page"):
        for method in ("POST", "PUT", "DELETE", "PATCH"):
            page = await console.look(path, 405, method)
            assert page.headers["allow"] == "GET, HEAD"
            assert "./run replay" in page.text


async def test_a_head_request_gets_the_head_only(console: Console) -> None:
    async with console.browser.head(console.rig.gateway.address + "/console") as response:
        assert response.status == 200
        assert await response.read() == b""


async def test_the_stylesheet_is_ours_and_may_be_kept(console: Console) -> None:
    [link] = (await console.look()).all("link")
    async with console.browser.get(console.rig.gateway.address + link.get("href", "")) as response:
        assert response.status == 200
        assert response.content_type == "text/css"
        assert response.headers["Cache-Control"] == "private, max-age=86400"
        style = await response.text()
    assert "url(" not in style and "@import" not in style


async def test_a_slash_at_the_end_leads_to_the_board(console: Console) -> None:
    page = await console.look("/console/")
    assert page.all("h1", "verdict")


@pytest.mark.parametrize(
    ("path", "vi", "en"),
    [
        ("/console/dossiers/000.00.16.H46-250612-9999", "Không có hồ sơ này", "Compare digit by digit"),
        ("/console/dossiers/%00%ed%a0%80", "Không có hồ sơ này", "No such dossier"),
        ("/console/messages/01a211d0-53c1-705f-9ee5-8dffe8cb89be", "Không có thông điệp này", "No such message"),
        ("/console/messages/..%2F..%2Fetc", "Không có thông điệp này", "No such message"),
        ("/console/elsewhere", "Không có trang này", "Check the address"),
    ],
)
async def test_what_is_not_there_is_a_page_that_says_what_to_check(
    console: Console, path: str, vi: str, en: str
) -> None:
    page = await console.look(path, 404)
    assert vi in page.text and en in page.text


@pytest.mark.parametrize("query", ["state=lost", "cursor=%27", "state=dead&cursor=x"])
async def test_a_list_that_cannot_be_is_a_page_that_says_so(console: Console, query: str) -> None:
    page = await console.look(f"/console/deliveries?{query}", 422)
    assert "Bộ lọc không đúng" in page.text


@pytest.mark.parametrize("path", ["/console", "/console/deliveries", "/console/dossiers/000.00.16.H46-250612-0001"])
async def test_a_ledger_that_is_away_is_a_plain_page_and_comes_back(console: Console, path: str) -> None:
    storage = console.rig.gateway.ledger._storage  # type: ignore[attr-defined]  # stands for a database that is away

    async def rename(before: str, after: str) -> None:
        await storage.write(lambda c: c.exec_driver_sql(f"ALTER TABLE {before} RENAME TO {after}"))

    for table in ("delivery", "message"):
        await rename(table, f"{table}_away")
    try:
        page = await console.look(path, 503)
        assert page.headers["retry-after"] == "5"
        assert "Sổ tạm thời không đọc được" in page.text and "The ledger cannot be read now" in page.text
        assert "Error" not in page.source and "Traceback" not in page.source
    finally:
        for table in ("message", "delivery"):
            await rename(f"{table}_away", table)
    await console.look("/console")


async def test_a_fault_of_our_own_is_a_plain_page_without_a_traceback(tmp_path: Path) -> None:
    def broken(_: str) -> float:
        raise KeyError("a secret of the inside")

    async with looking(tmp_path) as console:
        app = web.Application(middlewares=[problems(Metrics("test"))])
        app.add_routes(
            routes_of(ledger=console.rig.gateway.ledger, settings=console.rig.gateway.settings, breaker_seconds=broken)
        )
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}/console"
        async with (
            aiohttp.ClientSession(headers=signed_in("admin", PASSWORD)) as browser,
            browser.get(url) as response,
        ):
            page = await response.text()
        await runner.cleanup()
    assert (response.status, response.content_type) == (500, "text/html")
    assert "console.failed" in page and "secret" not in page and "Traceback" not in page


def routes_of(**changes: Any) -> list[web.AbstractRouteDef]:
    """The console's routes by themselves."""
    values = {
        "ledger": None,
        "settings": load_settings(environment={}),
        "password": PASSWORD,
        "breaker_seconds": lambda _: 0.0,
    }
    return console_routes(**(values | changes))
