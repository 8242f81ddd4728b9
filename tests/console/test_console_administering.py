"""Users, sending systems and code lists from the console: done by the operations of commands and API, and audited."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from tests.access.people import a_user
from tests.console.looking import Console, Document, a_browser, looking, sign_in
from tests.e2e.rig import STRUCTURED, recorded

pytestmark = pytest.mark.asyncio(loop_scope="module")
WHY = {"reason": "theo phiếu 12"}
UNKNOWN = "9.999998.000.00.00.H46"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def console(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Console]:
    folder: Path = tmp_path_factory.mktemp("administering")
    async with looking(folder) as found:
        yield found


def secret_in(page: Document) -> str:
    """What is told once."""
    [field] = [one for one in page.all("input") if one.get("id") == "secret"]
    return str(field.get("value"))


async def audited(console: Console, target: str) -> list[tuple[str, str, bool, str]]:
    """(action, actor, ok, reason) of what an administrator did to it, oldest first."""
    items: list[dict[str, Any]] = (await console.rig.gateway.ledger.audit_page(None, 100))["items"]
    return [
        (one["action"], one["actor"], one["ok"], one["reason"])
        for one in reversed(items)
        if (one["target"], one["actor"]) == (target, "admin")
    ]


async def test_a_user_is_added_with_a_password_that_is_shown_once_and_has_to_be_changed(console: Console) -> None:
    made = await console.fill("/console/users", name="lan.nguyen", role="operator", **WHY)
    assert made.headers["cache-control"] == "no-store"
    password = secret_in(made)
    for path in ("/console/users", "/console/users/lan.nguyen", "/console/audit?target=lan.nguyen"):
        assert password not in (await console.look(path)).source
    async with a_browser() as browser:
        assert await sign_in(browser, console.rig.gateway.address, "lan.nguyen", password) == 303
        assert (await Console(console.rig, browser).look("/console")).address.endswith("/console/password")
    await console.fill("/console/users", 409, name="lan.nguyen", role="viewer", **WHY)
    assert [one[:3] for one in await audited(console, "lan.nguyen")] == [
        ("user.add", "admin", True), ("user.add", "admin", False),
    ]  # fmt: skip


async def test_what_is_done_about_a_user_ends_their_sessions_and_is_audited(console: Console) -> None:
    password = secret_in(await console.fill("/console/users", name="huy", role="viewer", **WHY))
    for path, fields, shown in (
        ("role", {"role": "operator"}, "người vận hành"),
        ("sessions/end", {}, "huy"),
        ("disable", {}, "đã ngưng"),
        ("enable", {}, "huy"),
    ):
        page = await console.fill(f"/console/users/huy/{path}", **fields, **WHY)
        assert shown in page.text and page.address.startswith(f"{console.rig.gateway.address}/console/users/huy")
    another = secret_in(await console.fill("/console/users/huy/password", **WHY))
    async with a_browser() as browser:
        assert await sign_in(browser, console.rig.gateway.address, "huy", password) == 401
        assert await sign_in(browser, console.rig.gateway.address, "huy", another) == 303
    assert await audited(console, "huy") == [
        (action, "admin", True, WHY["reason"])
        for action in ("user.add", "user.role", "user.sessions_ended", "user.disable", "user.enable", "user.password")
    ]


async def test_nothing_is_done_without_a_reason_or_to_nobody_or_to_the_last_administrator(console: Console) -> None:
    await console.fill("/console/users", 422, name="khong-ly-do", role="viewer")
    await console.fill("/console/users", 422, name="khong-vai-tro", role="owner", **WHY)
    await console.fill("/console/users/khong-co/disable", 404, **WHY)
    await console.look("/console/users/khong-co", 404)
    await console.fill("/console/users/admin/disable", 409, **WHY)
    await console.fill("/console/users/admin/role", 409, role="viewer", **WHY)
    assert "khong-" not in (await console.look("/console/users")).text


async def may_send(console: Console, key: str, number: int) -> int:
    """What a sender with this key is answered."""
    headers = STRUCTURED | {"Authorization": f"Bearer {key}"}
    event = recorded(number, code=f"000.00.16.H46-250612-00{number}")
    url = f"{console.rig.gateway.address}/v1/messages"
    async with aiohttp.ClientSession() as http, http.post(url, json=event, headers=headers) as response:
        return response.status


async def test_a_client_is_added_rotated_and_revoked_with_keys_that_count_at_once(console: Console) -> None:
    fields = {"name": "xa-moi", "sources": "urn:test:mot-cua, urn:test:xa", "agencies": "000.00.16.H46", "rate": "50"}
    made = await console.fill("/console/clients", **fields, **WHY)
    first = secret_in(made)
    assert await may_send(console, first, 21) == 202
    second = secret_in(await console.fill("/console/clients/xa-moi/rotate", keep="7d", **WHY))
    assert [await may_send(console, key, 22) for key in (first, second)] == [202, 202]
    page = await console.look("/console/clients/xa-moi")
    assert "urn:test:mot-cua, urn:test:xa" in page.text and first not in page.source and second not in page.source
    keys = [str(one.get("value")) for one in page.all("input") if one.get("name") == "key"]
    [key] = [one for one in keys if first.startswith(one)]
    await console.fill("/console/clients/xa-moi/revoke", what="key", key=key, **WHY)
    assert [await may_send(console, key, 23) for key in (first, second)] == [401, 202]
    await console.fill("/console/clients/xa-moi/revoke", 422, what="key", **WHY)
    assert await may_send(console, second, 24) == 202
    await console.fill("/console/clients/xa-moi/revoke", what="client", **WHY)
    assert await may_send(console, second, 25) == 401
    done = [one[0] for one in await audited(console, "xa-moi") if one[2]]
    assert done == ["client.add", "client.rotate", "client.revoke", "client.revoke"]


async def test_a_client_that_cannot_be_is_refused_with_everything_that_is_wrong(console: Console) -> None:
    page = await console.fill("/console/clients", 422, name="Xã", agencies="khong-phai", types="x.y", **WHY)
    assert all(code in page.source for code in ("CLIENT_NAME", "AGENCY_FORMAT", "TYPE_UNKNOWN"))
    await console.fill("/console/clients", 422, name="xa-hai", rate="nhieu", **WHY)
    await console.fill("/console/clients/mot-cua/rotate", 422, keep="1y", **WHY)
    await console.look("/console/clients/khong-co", 404)


def hidden(page: Document, path: str) -> dict[str, str]:
    """What the form that leads to a path carries."""
    [form] = [one for one in page.all("form") if str(one.get("action")).endswith(path)]
    return {str(one.get("name")): str(one.get("value")) for one in form.iter("input") if one.get("type") == "hidden"}


async def test_an_unmapped_code_is_seen_planned_and_put_into_its_list(console: Console) -> None:
    rig = console.rig
    sent = await rig.send(recorded(1, code="000.00.16.H46-250612-0031", procedure={"code": UNKNOWN, "name": "Thử"}))
    await rig.reaches(sent["id"], "dead")
    assert UNKNOWN in (await console.look("/console/unmapped")).text
    typed = {"canonical": UNKNOWN, "foreign": "1.001612", "valid_from": "2025-01-01"}
    planned = await console.fill("/console/codes/procedures/plan", **typed)
    assert "thêm 1" in planned.text and UNKNOWN in planned.text
    ours = hidden(planned, "/import")
    del ours["csrf"]
    await console.fill("/console/codes/procedures/import", 422, **ours)
    await console.fill("/console/codes/procedures/import", 409, **ours | {"fingerprint": "0"}, **WHY)
    done = await console.fill("/console/codes/procedures/import", **ours, **WHY)
    assert "Đã nhập" in done.text
    assert UNKNOWN in (await console.look(f"/console/codes/procedures?q={UNKNOWN}")).text
    assert "đã có mã, chỉ cần gửi lại" in (await console.look("/console/unmapped")).text
    assert await audited(console, "procedures") == [("codelist.import", "admin", True, WHY["reason"])]


async def test_a_file_is_planned_and_what_begins_later_is_told_as_upcoming(console: Console) -> None:
    form = aiohttp.FormData({"csrf": console.token})
    content = b"canonical,foreign,valid_from\r\n9.999997.000.00.00.H46,1.001612,2999-01-01\r\n"
    form.add_field("file", io.BytesIO(content), filename="ma.csv", content_type="text/csv")
    url, ours = f"{console.rig.gateway.address}/console/codes/procedures/plan", {"Sec-Fetch-Site": "same-origin"}
    async with console.browser.post(url, data=form, headers=ours | {"Accept-Language": "vi"}) as response:
        planned = await console._read(response, 200)
    sent = hidden(planned, "/import")
    del sent["csrf"]
    await console.fill("/console/codes/procedures/import", **sent, **WHY)
    [ahead] = [
        one
        for one in (await console.look("/console/codes/procedures")).all("section")
        if "Sắp thay đổi" in "".join(one.itertext())
    ]
    assert "2999-01-01" in "".join(ahead.itertext())
    await console.fill("/console/codes/procedures/plan", 422)
    await console.fill("/console/codes/procedures/import", 422, rows="[1]", fingerprint="0", **WHY)
    assert "Chưa lấy danh mục nào" in (await console.look("/console/codes/procedures/refreshed")).text
    await console.look("/console/codes/nothing-of-this-name/refreshed", 404)


async def test_views_are_somebodys_own_or_everybodys_and_those_are_an_operators(console: Console) -> None:
    query = {"state": "dead", "destination": "national_portal", "size": "100"}
    page = await console.fill("/console/deliveries/views", name=" của  tổ ", shared="true", **query)
    assert "Đã lưu" in page.text and "state=dead" in page.address
    await console.fill("/console/deliveries/views", name="của admin", state="open")
    await a_user(console.rig.gateway.ledger, "xem", "viewer")
    async with a_browser() as browser:
        await sign_in(browser, console.rig.gateway.address, "xem")
        xem = Console(console.rig, browser)
        page = await xem.look("/console/deliveries")
        assert "của tổ" in page.text and "của admin" not in page.text
        [where] = [one.get("href") for one in page.all("a") if "của tổ" in "".join(one.itertext())]
        assert where == "/console/deliveries?state=dead&destination=national_portal&size=100"
        await xem.fill("/console/deliveries/views", 422, name="chung", shared="true", state="open")
        await xem.fill("/console/deliveries/views/drop", 422, name="của tổ", shared="true")
        await xem.fill("/console/deliveries/views/drop", 404, name="của tổ")
        assert "của riêng" in (await xem.fill("/console/deliveries/views", name="của riêng", state="open")).text
        assert "của riêng" not in (await xem.fill("/console/deliveries/views/drop", name="của riêng")).text
    await console.fill("/console/deliveries/views", 422, name="sai", state="nowhere")
    await console.fill("/console/deliveries/views", 409, state="open")
    await console.fill("/console/deliveries/views/drop", name="của tổ", shared="true")
    assert [one[:3] for one in await audited(console, "của tổ")] == [
        ("view.save", "admin", True), ("view.drop", "admin", True),
    ]  # fmt: skip
