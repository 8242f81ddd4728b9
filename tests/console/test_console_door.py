"""Who gets in, and what every answer of the console carries, errors included."""

from __future__ import annotations

import itertools
import re
from collections.abc import AsyncIterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp.test_utils import make_mocked_request
from yarl import URL

from gateway.browser import Browser, ForgedRequestError
from tests.access.people import PASSWORD, a_user
from tests.console.looking import Console, a_browser, held_by, looking, sign_in
from tests.e2e.rig import ADMIN

OURS = {"Sec-Fetch-Site": "same-origin"}
SOMEBODYS = "lienthong_session=" + "A" * 43

PATHS = (
    "/console", "/console/messages", "/console/help", "/console/deliveries",
    "/console/dossiers/000.00.16.H46-250612-0001", "/console/messages/x", "/console/no/such/page",
)  # fmt: skip


@pytest.fixture
async def console(tmp_path: Path) -> AsyncIterator[Console]:
    async with looking(tmp_path) as found:
        yield found


async def test_without_a_session_there_is_one_page_and_it_asks_who_one_is(console: Console) -> None:
    answers = set()
    held = ({}, {"Authorization": f"Bearer {ADMIN}"}, {"Authorization": "Basic YWRtaW46eA=="}, {"Cookie": SOMEBODYS})
    for path, headers in itertools.product(PATHS, held):
        url = console.rig.gateway.address + path
        async with (
            aiohttp.ClientSession() as stranger,
            stranger.get(url, headers=headers, allow_redirects=False) as response,
        ):
            assert response.status == 401
            assert response.headers["WWW-Authenticate"].startswith("Session ")
            answers.add(re.sub(r'name="(?:back|next)" value="[^"]*"', "", await response.text()))
    [page] = {re.sub(r"<time.*?</time>", "", page) for page in answers}
    assert 'type="password"' in page and "admin.password" in page
    assert "H46" not in page and "<nav" not in page


async def test_who_signs_in_is_led_on_to_where_they_wanted_to_go_and_nowhere_else(console: Console) -> None:
    async with a_browser() as browser:
        for onward, where in (
            ("/console/deliveries?state=dead", "/console/deliveries?state=dead"),
            ("https://evil.example.invalid/console", "/console"),
            ("//evil.example.invalid/console", "/console"),
            ("/console/\\evil", "/console"),
            ("/v1/keys", "/console"),
        ):
            fields = {"name": " Admin ", "password": PASSWORD, "next": onward}
            url = f"{console.rig.gateway.address}/console/sign-in"
            async with browser.post(url, data=fields, headers=OURS, allow_redirects=False) as response:
                assert (response.status, response.headers["Location"]) == (303, where)
                for part in ("HttpOnly", "SameSite=Strict", "Path=/"):
                    assert part in response.headers["Set-Cookie"]


async def test_wrong_passwords_are_answered_alike_until_they_are_answered_no_more(console: Console) -> None:
    address = console.rig.gateway.address
    for name in ("admin", "nobody"):
        async with a_browser() as browser:
            assert [await sign_in(browser, address, name, "sai") for _ in range(6)] == [401] * 5 + [429]
            assert held_by(browser) == ""
    refused = {(one["actor"], one["action"], one["reason"]) for one in await refusals(console)}
    assert ("admin", "refused.console.signIn", "SIGN_IN_FAILED") in refused
    assert ("-", "refused.console.signIn", "SIGN_IN_LOCKED") in refused


async def test_a_form_without_the_sessions_own_token_does_nothing(console: Console) -> None:
    for token in ("", "A" * 43):
        fields = {"destination": "national_portal", "reason": "không phải tôi", "csrf": token}
        await console.fill("/console/destinations/pause", 403, **fields)
    assert (await console.rig.get("/v1/destinations"))["items"][0]["pause"] is None
    assert ("admin", "CSRF_TOKEN") in {(one["actor"], one["reason"]) for one in await refusals(console)}
    pages = [await console.look(path) for path in ("/console", "/console/help", "/console/password")]
    forms = [form for page in pages for form in page.all("form") if form.get("method") == "post"]
    assert len(forms) >= 6
    assert all([one for one in form.iter("input") if one.get("name") == "csrf"] for form in forms)


async def test_each_role_sees_its_pages_and_signing_out_ends_it(console: Console) -> None:
    await a_user(console.rig.gateway.ledger, "an", "viewer")
    async with a_browser() as browser:
        assert await sign_in(browser, console.rig.gateway.address, "an") == 303
        an = Console(console.rig, browser)
        assert "an" in (await an.look()).text
        await an.fill("/console/destinations/pause", 403, destination="national_portal", reason="thử")
        assert ("an", "ROLE_REQUIRED") in {(one["actor"], one["reason"]) for one in await refusals(console)}
        held = held_by(browser)
        await an.fill("/console/sign-out")
        assert held_by(browser) == ""
        browser.cookie_jar.update_cookies({"lienthong_session": held}, URL(console.rig.gateway.address))
        await an.look(status=401)


async def test_a_password_somebody_else_chose_is_changed_first(console: Console) -> None:
    await a_user(console.rig.gateway.ledger, "moi", "viewer", must_change=True)
    async with a_browser() as browser:
        assert await sign_in(browser, console.rig.gateway.address, "moi") == 303
        moi = Console(console.rig, browser)
        assert (await moi.look("/console/deliveries")).address.endswith("/console/password")
        new = {"old": PASSWORD, "new": "mot-mat-khau-khac", "again": "mot-mat-khau-khac"}
        for wrong in ({"old": "sai"}, {"again": "khac"}, {"new": "ngan", "again": "ngan"}):
            page = await moi.fill("/console/password", 422, **(new | wrong))
            assert [one for one in page.root.iter("p") if one.get("role") == "alert"]
        await moi.fill("/console/password", **new)
        assert (await moi.look("/console/deliveries")).address.endswith("/console/deliveries")


async def refusals(console: Console) -> list[dict[str, Any]]:
    """What the audit says was refused."""
    items: list[dict[str, Any]] = (await console.rig.gateway.ledger.audit_page(None, 100))["items"]
    return [one for one in items if not one["ok"]]


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
    assert headers["referrer-policy"] == "same-origin"
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


@pytest.mark.parametrize(
    ("headers", "answers", "takes_forms"),
    [
        ({}, True, False),
        ({"Sec-Fetch-Site": "none"}, True, False),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "https://truc.example.invalid"}, True, True),
        ({"Origin": "https://truc.example.invalid"}, True, True),
        ({"Origin": "http://ben-trong:8080"}, True, True),
        ({"Origin": "https://khac.example.invalid"}, False, False),
        ({"Origin": "null"}, False, False),
        ({"Sec-Fetch-Site": "same-site", "Origin": "https://truc.example.invalid"}, False, False),
    ],
)
def test_behind_a_proxy_the_pages_of_the_public_address_are_ours_by_one_rule_for_the_api_and_for_forms(
    headers: dict[str, str], answers: bool, takes_forms: bool
) -> None:
    browser = Browser(Nobody(), "https://truc.example.invalid")
    request = make_mocked_request("POST", "/", headers={"Host": "ben-trong:8080", **headers})
    for strict, expected in ((False, answers), (True, takes_forms)):
        with nullcontext() if expected else pytest.raises(ForgedRequestError):
            browser.refuse_foreign(request, strict=strict)


class Nobody:
    """No session is anybody's."""

    async def find(self, secret: str, *, uses: bool = True) -> None:
        return None


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


@pytest.mark.parametrize(
    "query",
    [
        "state=lost", "cursor=%27", "state=dead&cursor=x", "since=2025-13-45", "until=2025-06-12T25:00",
        "since=0001-01-01", "day=2025-02-30", "day=9999-12-31",
    ],
)  # fmt: skip
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
