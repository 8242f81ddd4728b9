"""What an administrator sees: the board, lists, a dossier, a message; in front of a gateway that really delivers."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urldefrag

import pytest

from adapters.national_portal.simulator import SimulatorSettings, build, faults
from gateway.ledger.port import AuditEntry
from gateway.ledger.steering.port import NewWindow
from gateway.message import OPEN
from tests.console.looking import Console, Document, looking, read, words
from tests.e2e.rig import CODE, progressed, recorded

REFUSED, DEAD, LATER = (f"000.00.16.H46-250612-000{n}" for n in (2, 3, 4))
UNMAPPED = {"code": "9.999999.000.00.00.H46", "name": "Thủ tục nội bộ"}
PERSONAL = ("Lê Thị Mẫu Đơn", "Mẫu Đơn", "044999000123", "0900000001", "mau.don@example.invalid", "điều bí mật")


@pytest.fixture
async def console(tmp_path: Path) -> AsyncIterator[Console]:
    """One dossier went through, one was refused, one is dead and holds its progress, one waits for its next try."""
    portal = build(SimulatorSettings())
    async with looking(tmp_path, portal, retry_schedule=["1h"], mode="sandbox") as console:
        rig = console.rig
        await rig.send(recorded(1, note="điều bí mật"))
        await rig.send(progressed(2, "received", "processing"))
        await rig.settled()
        portal.next(faults.refuse("-1", "Thiếu trường TenTTHC: Lê Thị Mẫu Đơn, 044999000123"), on="DongBoHoSoMC")
        await rig.send(recorded(1, code=REFUSED))
        await rig.settled()
        dead = await rig.send(recorded(1, code=DEAD, procedure=UNMAPPED))
        await rig.reaches(dead["id"], "dead")
        await rig.send(progressed(2, "received", code=DEAD))
        portal.next(faults.http_status(503), on="DongBoHoSoMC")
        later = await rig.send(recorded(1, code=LATER))
        await rig.reaches(later["id"], "waiting")
        yield console


def tiles(page: Document) -> dict[str, tuple[int, str]]:
    """State -> the number shown for it and where it leads, of the first destination."""
    found = {}
    for link in page.all("ul", "tiles")[0].iter("a"):
        number, state = words(link).split()[0], words(link).split()[-1]
        found[state] = int(number), link.get("href", "")
    return found


async def test_the_board_shows_the_numbers_of_the_ledger(console: Console) -> None:
    shown = {state: number for state, (number, _) in tiles(await console.look()).items()}
    rows = {row["destination"]: row["states"] for row in await console.rig.gateway.ledger.board()}
    states = rows["national_portal"]
    assert shown == {
        "open": sum(states.get(state, 0) for state in OPEN),
        **{state: states.get(state, 0) for state in ("held", "waiting", "uncertain", "dead", "refused", "delivered")},
    }
    assert shown == {"open": 2, "held": 1, "waiting": 1, "uncertain": 0, "dead": 1, "refused": 1, "delivered": 2}


async def test_each_number_leads_to_as_many_rows(console: Console) -> None:
    for number, where in tiles(await console.look()).values():
        listed = await console.look(where)
        assert len(listed.root.findall(".//tbody/tr")) == number


async def test_the_board_names_what_waits_for_a_person_and_the_cause_in_both_languages(console: Console) -> None:
    page = await console.look()
    assert words(page.all("h1")[0]) == "1 lượt gửi chờ người xem 1 wait for a person"
    assert "(1)" in words(page.all("title")[0])
    assert "UNMAPPED_CODE" in page.text
    assert "hãy bổ sung vào danh mục" in page.text
    assert "add it to the code list" in page.text
    [count] = [link for link in page.links if "code=UNMAPPED_CODE" in link]
    assert DEAD in (await console.look(count)).text


async def test_the_books_balance_in_green_and_a_difference_is_red(console: Console) -> None:
    page = await console.look()
    assert "Cân, lệch 0" in words(page.all("span", "good")[-1])
    storage = console.rig.gateway.ledger._storage  # type: ignore[attr-defined]  # nothing of ours can do this
    await storage.write(
        lambda c: c.exec_driver_sql("UPDATE delivery SET replaced_by = 'nothing' WHERE state = 'refused'")
    )
    page = await console.look()
    assert "Lệch 1" in words(page.all("span", "bad")[0])
    assert words(page.all("h1", "bad")[0]).startswith("Sổ không cân")


@pytest.mark.parametrize(
    ("mode", "vi", "en"), [("sandbox", "Mô phỏng", "Sandbox"), ("hold", "Giữ lại", "Hold"), ("live", "Thật", "Live")]
)
async def test_a_banner_says_in_which_mode_a_destination_is(tmp_path: Path, mode: str, vi: str, en: str) -> None:
    async with looking(tmp_path, mode=mode) as console:
        [banner] = (await console.look()).all("p", "banner")
    assert mode in banner.get("class", "").split()
    assert words(banner).startswith(f"{vi} {en}")


async def test_an_open_breaker_is_told_with_its_hour(tmp_path: Path) -> None:
    async with looking(tmp_path, breaker_pause="1h") as console:
        assert "Đang chạy running" in (await console.look()).text
        route = next(iter(console.rig.gateway.routes.values()))
        route.breaker.trip("PASSWORD_EXPIRED")
        page = await console.look()
    assert re.search(r"Ngắt mạch mở đến (\d\d/\d\d/\d{4} )?\d\d:\d\d:\d\d, rồi tự thử lại", page.text)
    assert words(page.all("h1")[0]).startswith("Có nơi nhận đang ngừng")


async def test_a_gateway_that_has_received_nothing_is_ready(tmp_path: Path) -> None:
    async with looking(tmp_path) as console:
        page = await console.look()
    assert words(page.all("h1")[0]).startswith("Sẵn sàng")
    assert "Nothing is dead" in page.text


async def test_the_board_renews_itself_and_can_be_told_to_stand_still(console: Console) -> None:
    def renews(page: Document) -> bool:
        return any(one.get("http-equiv") == "refresh" for one in page.all("meta"))

    board = await console.look()
    assert renews(board)
    assert board.all("input") == []  # renewing would take away what was typed
    [box] = board.all("a", "find")
    still = await console.look(box.get("href", ""))
    assert not renews(still)
    [field] = [one for one in still.all("input") if one.get("name") == "q"]
    assert field.get("autofocus") is not None
    assert "/console" in still.links
    assert not renews(await console.look("/console/deliveries"))


@pytest.mark.parametrize("typed", [CODE, f"  {CODE.lower()} "])
async def test_the_search_leads_from_a_dossier_code_to_its_passport(console: Console, typed: str) -> None:
    async with console.browser.get(
        console.rig.gateway.address + "/console/search", params={"q": typed}, allow_redirects=False
    ) as response:
        assert (response.status, response.headers["Location"]) == (303, f"/console/dossiers/{CODE}")


async def test_the_search_leads_from_a_message_id_to_the_message(console: Console) -> None:
    message_id = (await console.rig.gateway.ledger.messages_page({}, None, 1))["items"][0]["id"]
    page = await console.look(f"/console/search?q={message_id.upper()}")
    assert message_id in page.ids


async def test_an_empty_search_leads_to_the_board(console: Console) -> None:
    assert (await console.look("/console/search?q=")).all("h1", "verdict")


async def test_whatever_is_typed_stays_what_was_typed(console: Console) -> None:
    url = console.rig.gateway.address + "/console/search"
    for typed in ("a/../b?c#d", "%2e%2e", "<script>", "'; DROP TABLE message", "hồ sơ"):
        async with console.browser.get(url, params={"q": typed}) as response:
            page = read(await response.text())
        assert response.status == 404
        assert "Không có hồ sơ này" in words(page)
        assert [field.get("value") for field in page.iter("input")] == [typed.upper() if typed.isascii() else typed]


async def test_the_passport_tells_a_dossier_in_the_order_of_acceptance(console: Console) -> None:
    page = await console.look(f"/console/dossiers/{CODE}")
    told = [words(one) for one in page.all("h3")]
    assert told[:1] == ["Hồ sơ được ghi nhận Dossier recorded"]
    assert sorted(told[1:]) == ["Tiến độ hồ sơ Dossier progressed"] + ["Trả lời: đã đồng bộ Answer: synchronised"] * 2
    assert "Đã nhận delivered" in page.text
    [confirmed] = [one for one in page.all("section") if one.get("aria-labelledby") == "confirmed"]
    assert "DongBoHoSoMC" in words(confirmed) and "CapNhatTienDoHoSoMC" in words(confirmed)
    assert re.search(r"\d\d:\d\d:\d\d", words(confirmed))


async def test_the_passport_says_why_a_dossier_stands_and_what_to_do_in_both_languages(console: Console) -> None:
    page = await console.look(f"/console/dossiers/{DEAD}")
    assert words(page.all("span", "chip")[0]) == "Cần người xem needs a person"
    [error] = page.all("div", "error")
    assert "UNMAPPED_CODE" in words(error)
    assert "chưa có mã tương ứng" in words(error)
    assert "unmapped procedure" in words(error)
    assert "Đang giữ held" in page.text
    dead = (await console.rig.gateway.ledger.deliveries_page({"state": "dead"}, None, 1))["items"][0]
    assert f'./run replay {dead["id"]} --reason "…"' in page.text


async def test_the_passport_says_when_the_next_try_is(console: Console) -> None:
    page = await console.look(f"/console/dossiers/{LATER}")
    assert re.search(r"gửi lại lúc (\d\d/\d\d/\d{4} )?\d\d:\d\d:\d\d, còn (1 giờ|5\d phút)", page.text)
    assert "Lần 1" in page.text and "Chưa được, hẹn gửi lại not yet, will try again" in page.text


async def test_a_refusal_is_told_with_its_reason_and_its_answer(console: Console) -> None:
    page = await console.look(f"/console/dossiers/{REFUSED}")
    assert words(page.all("span", "chip")[0]) == "Bị từ chối refused"
    [error] = page.all("div", "error")
    assert "TenTTHC" in words(error)
    [answer] = [one for one in page.all("a") if words(one) == "Trả lời: bị từ chối Answer: refused"][:1]
    assert "Trả lời: bị từ chối" in (await console.look(answer.get("href", ""))).text


async def test_a_message_shows_its_names_attempts_and_answer(console: Console) -> None:
    items = (await console.rig.gateway.ledger.messages_page({"subject": CODE}, None, 10))["items"]
    first = items[-1]
    page = await console.look(f"/console/messages/{first['id']}")
    for value in (first["id"], first["source_id"], first["source"], first["type"], "mot-cua", "create"):
        assert value in page.text
    assert f"/console/dossiers/{CODE}" in page.links
    [reply] = first["replies"]
    assert f"/console/messages/{reply['id']}" in page.links


async def test_a_replay_and_what_it_replaces_point_at_each_other(console: Console) -> None:
    ledger = console.rig.gateway.ledger
    dead = (await ledger.deliveries_page({"state": "dead"}, None, 1))["items"][0]
    headers = {"Authorization": "Bearer lt_admin_test"}
    url = f"{console.rig.gateway.address}/v1/deliveries/{dead['id']}/replay"
    async with console.rig.http.post(url, json={"reason": "thử"}, headers=headers) as response:
        new = (await response.json())["id"]
    await console.rig.reaches(dead["message_id"], "dead")
    page = await console.look(f"/console/messages/{dead['message_id']}")
    assert {f"#{dead['id']}", f"#{new}"} <= set(page.links)
    assert page.text.count("./run replay 0") == 1


async def test_every_page_is_sound_and_every_link_leads_somewhere(console: Console) -> None:
    pages = await console.crawl()
    assert len(pages) > 20
    for path, page in pages.items():
        assert page.root.get("lang") == "vi", path
        assert len(page.all("main")) == 1, path
        assert len(page.all("h1")) == 1, path
        assert page.source.count(' id="') == len(page.ids), path  # no id twice
        for link in page.links:
            target, fragment = urldefrag(link)
            if fragment:
                assert fragment in (pages[target] if target else page).ids, (path, link)


async def test_no_page_has_a_script_a_style_of_its_own_or_a_foreign_host(console: Console) -> None:
    for path, page in (await console.crawl()).items():
        for element in page.root.iter():
            assert element.tag not in {"script", "style", "iframe", "object", "embed", "img"}, path
            assert not [name for name in element.attrib if name == "style" or name.startswith("on")], path
            for name in ("href", "src", "action"):
                assert element.get(name, "/")[0] in "/#", path


async def test_every_page_speaks_both_languages_and_says_what_is_not_there_yet(console: Console) -> None:
    for path, page in (await console.crawl()).items():
        english = [one for one in page.root.iter() if one.get("lang") == "en"]
        assert len(english) > 5, path
        footer = words(page.all("footer")[0])
        assert "Chưa có: điều khiển, người dùng và vai trò, cập nhật trực tiếp" in footer
        assert "come with the console step" in footer
        assert "./run replay" in footer


async def test_no_page_holds_anything_of_a_person(console: Console) -> None:
    pages = await console.crawl()
    assert any(CODE in page.source for page in pages.values())  # the scan would find it
    for path, page in pages.items():
        for value in PERSONAL:
            assert value not in page.source, path


async def test_what_can_be_typed_into_or_chosen_has_a_label(console: Console) -> None:
    page = await console.look("/console/deliveries")
    labelled = {one.get("for") for one in page.all("label")}
    inside = {id(field) for label in page.all("label") for field in label.iter()}
    for field in page.all("input") + page.all("select"):
        assert field.get("id") in labelled or id(field) in inside


async def test_a_pause_and_announced_maintenance_are_told_on_the_board(tmp_path: Path) -> None:
    entry = AuditEntry("admin", "destination.pause", "national_portal", "Cổng DVCQG báo nâng cấp")
    async with looking(tmp_path) as console:
        ledger = console.rig.gateway.ledger
        await ledger.add_maintenance(
            NewWindow("w", "national_portal", None, datetime.now(UTC) + timedelta(hours=1)), entry
        )
        assert "Bảo trì đã báo đến" in (await console.look()).text
        await ledger.pause("national_portal", entry)
        assert "Tạm dừng bởi admin paused by admin" in (await console.look()).text
