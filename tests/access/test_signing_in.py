"""Signing in and out over real HTTP: who gets a session, what it is good for, and what ends it."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway.operations import sessions
from gateway.operations.sessions import digest_of
from gateway.telemetry import streaming
from tests.access.people import PASSWORD, Person, a_user, at_a_browser
from tests.e2e.rig import ADMIN, Rig, recorded, running

OPERATOR, VIEWER, ADMINISTRATOR = "lan", "an", "root"
PAUSE = "/v1/destinations/national_portal/pause"
WHY = {"reason": "thử"}


class Place:
    """A gateway with one person of each role, each at a browser, signed in where asked."""

    def __init__(self, rig: Rig, stack: AsyncExitStack) -> None:
        self.rig = rig
        self._stack = stack

    async def browser(self, name: str = "", password: str = PASSWORD) -> Person:
        person = await self._stack.enter_async_context(at_a_browser(self.rig.gateway.address))
        if name:
            status, told = await person.sign_in(name, password)
            assert status == 200, told
        return person

    async def refusals(self) -> list[tuple[str, str, str]]:
        items: list[dict[str, Any]] = (await self.rig.gateway.ledger.audit_page(None, 100))["items"]
        return [(one["actor"], one["action"], one["reason"]) for one in items if one["action"].startswith("refused.")]


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    async with AsyncExitStack() as stack:
        rig = await stack.enter_async_context(running(tmp_path))
        for name, role in ((OPERATOR, "operator"), (VIEWER, "viewer"), (ADMINISTRATOR, "administrator")):
            await a_user(rig.gateway.ledger, name, role)  # type: ignore[arg-type]
        yield Place(rig, stack)


def code(told: Any) -> str:
    return str(told["errors"][0]["code"])


async def test_a_session_is_good_for_what_its_role_may_do_and_signs_what_is_done(place: Place) -> None:
    lan = await place.browser(OPERATOR)
    assert (await lan.call("GET", "/v1/me"))[1] == {"name": OPERATOR, "role": "operator", "csrf": lan.csrf}
    assert (await lan.call("GET", "/v1/messages"))[0] == 200
    assert (await lan.call("POST", PAUSE, WHY))[0] == 200
    assert (await place.rig.acted())[0]["actor"] == OPERATOR
    for path in ("/v1/users", "/v1/keys"):
        status, told = await lan.call("GET", path)
        assert (status, code(told)) == (403, "ROLE_REQUIRED")
    an = await place.browser(VIEWER)
    status, told = await an.call("POST", PAUSE, WHY)
    assert (status, code(told)) == (403, "ROLE_REQUIRED")
    assert (VIEWER, "refused.pauseDestination", "ROLE_REQUIRED") in await place.refusals()


async def test_the_cookie_is_for_this_site_alone_and_is_not_in_the_ledger(place: Place) -> None:
    person = await place.browser()
    async with person.http.post(
        f"{person.address}/v1/session", json={"name": OPERATOR, "password": PASSWORD}
    ) as response:
        header = response.headers["Set-Cookie"]
    for part in ("HttpOnly", "SameSite=Strict", "Path=/"):
        assert part in header
    secret = person.cookie
    assert len(secret) >= 43
    data = place.rig.gateway.settings.data_dir
    found = b"".join(one.read_bytes() for one in data.glob("ledger.db*"))
    assert secret.encode() not in found and PASSWORD.encode() not in found
    assert hashlib.sha256(secret.encode()).digest() in found


async def test_a_sign_in_gives_a_new_session_and_ends_the_one_the_browser_held(place: Place) -> None:
    lan = await place.browser(OPERATOR)
    first = lan.cookie
    await lan.sign_in(OPERATOR)
    assert lan.cookie != first
    status, told = await with_cookie(place, first)
    assert (status, code(told)) == (401, "SESSION_ENDED")


async def with_cookie(place: Place, secret: str) -> tuple[int, Any]:
    """Somebody who holds a cookie and nothing else."""
    person = await place.browser()
    return await person.call("GET", "/v1/me", headers={"Cookie": f"lienthong_session={secret}"})


async def test_a_cookie_that_is_nobodys_opens_nothing(place: Place) -> None:
    for secret in ("x", "A" * 43, "%00" * 20, "é" * 43, "A" * 3000):
        status, told = await with_cookie(place, secret)
        assert (status, code(told)) == (401, "SESSION_ENDED"), secret


async def test_who_signs_out_is_out_and_may_not_come_back_by_the_old_cookie(place: Place) -> None:
    lan = await place.browser(OPERATOR)
    old = lan.cookie
    assert (await lan.call("POST", "/v1/session/end", {}))[0] == 200
    assert lan.cookie == ""
    assert (await with_cookie(place, old))[0] == 401
    assert [one["action"] for one in (await place.rig.acted())[:2]] == ["user.signed_out", "user.signed_in"]


FORGED = (
    ({"X-CSRF-Token": ""}, "CSRF_TOKEN"),
    ({"X-CSRF-Token": "A" * 43}, "CSRF_TOKEN"),
    ({"Origin": "https://evil.example"}, "CSRF_ORIGIN"),
    ({"Origin": "null"}, "CSRF_ORIGIN"),
    ({"Sec-Fetch-Site": "cross-site"}, "CSRF_ORIGIN"),
    ({"Sec-Fetch-Site": "same-site"}, "CSRF_ORIGIN"),
)


async def test_what_another_site_makes_a_browser_send_changes_nothing(place: Place) -> None:
    lan, an = await place.browser(OPERATOR), await place.browser(VIEWER)
    for headers, expected in (*FORGED, ({"X-CSRF-Token": an.csrf}, "CSRF_TOKEN")):
        status, told = await lan.call("POST", PAUSE, WHY, headers)
        assert (status, code(told)) == (403, expected), headers
        assert (OPERATOR, "refused.pauseDestination", expected) in await place.refusals()
    steering = await place.rig.gateway.ledger.steering()
    assert not any(one.pause for one in steering.values())


async def test_another_site_cannot_sign_anybody_in(place: Place) -> None:
    person = await place.browser()
    wanted = {"name": OPERATOR, "password": PASSWORD}
    status, told = await person.call("POST", "/v1/session", wanted, {"Origin": "https://evil.example"})
    assert (status, code(told), person.cookie) == (403, "CSRF_ORIGIN", "")


async def test_wrong_names_and_wrong_passwords_are_answered_alike_and_locked_alike(place: Place) -> None:
    answers = {}
    for name in (OPERATOR, "nobody", "Không có ai"):
        person = await place.browser()
        answers[name] = [await person.sign_in(name, "sai") for _ in range(6)]
    assert [status for status, _ in answers[OPERATOR]] == [401] * 5 + [429]
    assert answers[OPERATOR] == answers["nobody"] == answers["Không có ai"]
    assert code(answers[OPERATOR][5][1]) == "SIGN_IN_LOCKED"
    status, told = await (await place.browser()).sign_in(OPERATOR)
    assert (status, code(told)) == (429, "SIGN_IN_LOCKED")  # the right one is not even compared
    found = await place.refusals()
    assert {(OPERATOR, "refused.signIn", "SIGN_IN_FAILED"), ("-", "refused.signIn", "SIGN_IN_FAILED")} <= set(found)
    assert (OPERATOR, "refused.signIn", "SIGN_IN_LOCKED") in found
    root = await place.browser(ADMINISTRATOR)
    status, told = await root.call("POST", f"/v1/users/{OPERATOR}/password", WHY)
    assert status == 200
    assert (await (await place.browser()).sign_in(OPERATOR, told["password"]))[0] == 200


async def test_a_password_somebody_else_chose_is_changed_before_anything_else(place: Place) -> None:
    root = await place.browser(ADMINISTRATOR)
    status, made = await root.call("POST", "/v1/users", {"name": "huy", "role": "viewer", **WHY})
    assert (status, made["must_change"]) == (201, True)
    huy = await place.browser("huy", made["password"])
    status, told = await huy.call("GET", "/v1/messages")
    assert (status, code(told)) == (403, "PASSWORD_CHANGE")
    new = {"old": made["password"], "new": "mot-mat-khau-khac"}
    status, told = await huy.call("POST", "/v1/me/password", new | {"old": "sai"})
    assert (status, code(told)) == (401, "SIGN_IN_FAILED")
    status, told = await huy.call("POST", "/v1/me/password", new | {"new": "ngan"})
    assert status == 409
    status, told = await huy.call("POST", "/v1/me/password", new)
    assert status == 200
    assert (await huy.call("GET", "/v1/messages"))[0] == 200
    assert made["password"] not in str(await place.rig.gateway.ledger.audit_page(None, 100))


async def test_another_role_being_disabled_and_being_told_so_end_every_session(place: Place) -> None:
    root = await place.browser(ADMINISTRATOR)
    for path, more in (("role", {"role": "viewer"}), ("sessions/end", {}), ("disable", {})):
        lan = await place.browser(OPERATOR)
        status, told = await root.call("POST", f"/v1/users/{OPERATOR}/{path}", WHY | more)
        assert status == 200, told
        status, told = await lan.call("GET", "/v1/me")
        assert (status, code(told)) == (401, "SESSION_ENDED")
    assert (await (await place.browser()).sign_in(OPERATOR))[0] == 401
    assert (await root.call("POST", f"/v1/users/{OPERATOR}/enable", WHY))[0] == 200
    assert (await (await place.browser()).sign_in(OPERATOR))[0] == 200


@pytest.mark.parametrize("path", ["/v1/stream", "/console/stream", "/console/stream?kinds=board"])
async def test_what_is_watched_live_ends_with_the_session_and_asking_does_not_keep_it(
    place: Place, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streaming, "ASK_EVERY", 0.0)
    monkeypatch.setattr(sessions, "TOUCH_EVERY", timedelta(0))
    an = await place.browser(VIEWER)
    async with an.http.get(an.address + path) as stream, asyncio.timeout(30):
        assert stream.status == 200
        began = await place.rig.gateway.ledger.session(digest_of(an.cookie))
        told = [await place.rig.send(recorded(1))]
        await place.rig.settled()
        heard = b""
        while b"event: " not in heard:
            heard += await stream.content.readany()
        assert (await place.rig.gateway.ledger.session(digest_of(an.cookie))) == began
        root = await place.browser(ADMINISTRATOR)
        assert (await root.call("POST", f"/v1/users/{VIEWER}/disable", WHY))[0] == 200
        told.append(await place.rig.send(recorded(2, note="khác")))
        rest = heard + await stream.content.read()
    assert told[1]["id"].encode() not in rest


async def test_no_more_watch_live_at_once_than_one_process_bears(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streaming, "MOST_OPEN", 1)
    an = await place.browser(VIEWER)
    async with an.http.get(f"{an.address}/v1/stream") as stream:
        assert (stream.status, await stream.content.readany()) == (200, b"retry: 2000\n\n")
        for path in ("/v1/stream", "/console/stream"):
            async with an.http.get(an.address + path) as refused:
                assert (refused.status, refused.headers["Retry-After"]) == (503, "15"), path


async def test_one_watcher_does_not_take_the_place_of_all(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streaming, "MOST_OF_ONE", 1)
    an, lan = await place.browser(VIEWER), await place.browser(OPERATOR)
    async with an.http.get(f"{an.address}/v1/stream") as stream, lan.http.get(f"{lan.address}/v1/stream") as other:
        assert (stream.status, other.status) == (200, 200)
        async with an.http.get(f"{an.address}/console/stream") as refused:
            assert refused.status == 503


async def test_what_cannot_be_done_about_users_says_why(place: Place) -> None:
    root = await place.browser(ADMINISTRATOR)
    for path, body, expected in (
        ("/v1/users", {"name": "lan", "role": "viewer", **WHY}, 409),
        ("/v1/users", {"name": "Có dấu", "role": "viewer", **WHY}, 409),
        ("/v1/users", {"name": "mot-cua", "role": "viewer", **WHY}, 409),
        ("/v1/users", {"name": "huy", "role": "king", **WHY}, 422),
        ("/v1/users/lan/password", {"password": "ngan", **WHY}, 409),
        ("/v1/users", {"name": "huy", "role": "viewer"}, 422),
        ("/v1/users/nobody/disable", WHY, 404),
        (f"/v1/users/{ADMINISTRATOR}/disable", WHY, 409),
        (f"/v1/users/{ADMINISTRATOR}/role", WHY | {"role": "viewer"}, 409),
    ):
        status, told = await root.call("POST", path, body)
        assert status == expected, (path, told)
    listed = await place.rig.get("/v1/users")
    assert [(one["name"], one["role"]) for one in listed["items"]] == [
        ("an", "viewer"), ("lan", "operator"), ("root", "administrator"),
    ]  # fmt: skip
    assert "argon2" not in str(listed)
    page = await place.rig.gateway.ledger.audit_page(None, 100)
    refused = [(one["action"], one["target"]) for one in page["items"] if not one["ok"]]
    for name in ("lan", "Có dấu", "mot-cua"):
        assert ("user.add", name) in refused, "what was refused is audited, wherever it was"
    assert ("user.password", "lan") in refused


async def test_a_key_beside_a_cookie_is_who_is_calling(place: Place) -> None:
    lan = await place.browser(OPERATOR)
    status, told = await lan.call("GET", "/v1/me", headers={"Authorization": f"Bearer {ADMIN}"})
    assert (status, told["name"]) == (200, "administrator")
    status, told = await lan.call("GET", "/v1/me", headers={"Authorization": "Bearer lt_wrong"})
    assert (status, code(told)) == (401, "CREDENTIALS_UNKNOWN")
