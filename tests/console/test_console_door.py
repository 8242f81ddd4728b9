"""Who gets in, and what every answer of the console carries, errors included."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from gateway.console.auth import Door
from tests.console.looking import PASSWORD, Console, looking, signed_in
from tests.e2e.rig import ADMIN, KEY

PATHS = (
    "/console", "/console/messages", "/console/help", "/console/deliveries",
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
            answers.add(re.sub(r'name="back" value="[^"]*"', "", await response.text()))
    pages = {re.sub(r"<time.*?</time>", "", page) for page in answers}
    [page] = pages
    assert "./run in ra" in page and "admin.token" in page
    assert "H46" not in page and "<nav" not in page


async def test_the_name_admin_and_the_generated_token_open_it(console: Console) -> None:
    assert (await console.look()).status == 200


def test_an_empty_password_is_refused_instead_of_letting_everybody_in() -> None:
    with pytest.raises(ValueError, match="password"):
        Door("")


@pytest.mark.parametrize(
    ("path", "status"),
    [("/console", 200), ("/console/deliveries", 200), ("/console/dossiers/none", 404), ("/console/x", 404)],
)
async def test_every_page_is_safe_to_show_and_never_kept(console: Console, path: str, status: int) -> None:
    headers = (await console.look(path, status)).headers
    assert headers["content-security-policy"].startswith("default-src 'none'; script-src 'self'; style-src 'self'")
    assert "unsafe" not in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-frame-options"] == "DENY"


async def test_the_refusal_carries_the_same_headers(console: Console) -> None:
    async with console.rig.http.get(console.rig.gateway.address + "/console") as response:
        assert response.headers["Cache-Control"] == "no-store"
        assert response.headers["Content-Security-Policy"].startswith("default-src 'none'")


async def test_a_method_that_a_page_does_not_take_is_answered_with_those_it_takes(console: Console) -> None:
    for path in ("/console", "/console/deliveries", "/console/dossiers/x"):
        for method in ("POST", "PUT", "DELETE", "PATCH"):
            page = await console.look(path, 405, method)
            assert page.headers["allow"] == "GET, HEAD"
    assert (await console.look("/console/destinations/pause", 405)).headers["allow"] == "POST"


@pytest.mark.parametrize(
    "headers",
    [{}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "none"}, {"Origin": "https://evil.example.invalid"}],
)
async def test_a_form_that_was_not_sent_from_a_page_of_ours_does_nothing(
    console: Console, headers: dict[str, str]
) -> None:
    url = f"{console.rig.gateway.address}/console/destinations/pause"
    fields = {"destination": "national_portal", "reason": "không phải tôi"}
    async with console.browser.post(url, data=fields, headers=headers) as response:
        assert response.status == 403
    assert (await console.rig.get("/v1/destinations"))["items"][0]["pause"] is None


async def test_a_head_request_gets_the_head_only(console: Console) -> None:
    async with console.browser.head(console.rig.gateway.address + "/console") as response:
        assert response.status == 200
        assert await response.read() == b""


async def test_what_a_page_loads_is_ours_and_may_be_kept_for_ever(console: Console) -> None:
    page = await console.look()
    loaded = [one.get("href", "") for one in page.all("link")] + [one.get("src", "") for one in page.all("script")]
    assert len(loaded) >= 4
    for address in loaded:
        async with console.browser.get(console.rig.gateway.address + address) as response:
            assert response.status == 200, address
            assert "immutable" in response.headers["Cache-Control"]
            text = await response.text()
            assert response.content_type == "text/javascript" or ("url(" not in text and "@import" not in text)


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
    assert vi in (await console.look(path, 404)).text
    assert en in (await console.look(path, 404, language="en")).text


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
        assert "Sổ tạm thời không đọc được" in page.text
        assert "Error" not in page.source and "Traceback" not in page.source
    finally:
        for table in ("message", "delivery"):
            await rename(f"{table}_away", table)
    await console.look("/console")


async def test_a_fault_of_our_own_is_a_plain_page_without_a_traceback(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> None:
        raise KeyError("a secret of the inside")

    monkeypatch.setattr(console.rig.gateway.ledger, "board", broken)  # stands for a fault nobody thought of
    page = await console.look(status=500)
    assert "console.failed" in page.text and "secret" not in page.source and "Traceback" not in page.source
