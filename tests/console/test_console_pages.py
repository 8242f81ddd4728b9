"""What an administrator sees: the board, lists, a dossier, a message; in front of a gateway that really delivers."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urldefrag

import pytest

from gateway.ledger.port import AuditEntry
from gateway.ledger.steering.port import NewWindow
from gateway.message import OPEN
from tests.console.conftest import DEAD, LATER, REFUSED, seed
from tests.console.looking import Console, Document, looking, words
from tests.e2e.rig import CODE, eventually

PERSONAL = ("Lê Thị Mẫu Đơn", "Mẫu Đơn", "044999000123", "0900000001", "mau.don@example.invalid", "điều bí mật")
SHARED = pytest.mark.asyncio(loop_scope="session")
TILES = ("open", "held", "waiting", "uncertain", "dead", "refused", "delivered")


@pytest.fixture
async def console(tmp_path: Path) -> AsyncIterator[Console]:
    """A gateway of this test's own, where it is changed."""
    async with looking(tmp_path, retry_schedule=["1h"], mode="sandbox") as made:
        await seed(made)
        yield made


def tiles(page: Document) -> dict[str, tuple[int, str]]:
    """State -> the number shown for it and where it leads, of the first destination."""
    links = page.all("ul", "tiles")[0].iter("a")
    return {
        state: (int(words(link).split()[0]), link.get("href", "")) for state, link in zip(TILES, links, strict=True)
    }


@SHARED
async def test_the_board_shows_the_numbers_of_the_ledger(seeded: Console) -> None:
    shown = {state: number for state, (number, _) in tiles(await seeded.look()).items()}
    rows = {row["destination"]: row["states"] for row in await seeded.rig.gateway.ledger.board()}
    states = rows["national_portal"]
    assert shown == {
        "open": sum(states.get(state, 0) for state in OPEN),
        **{state: states.get(state, 0) for state in ("held", "waiting", "uncertain", "dead", "refused", "delivered")},
    }
    assert shown.pop("delivered") >= 2  # other tests of this process send dossiers that get through
    assert shown == {"open": 2, "held": 1, "waiting": 1, "uncertain": 0, "dead": 1, "refused": 1}


@SHARED
async def test_each_number_leads_to_as_many_rows(seeded: Console) -> None:
    for number, where in tiles(await seeded.look()).values():
        listed = await seeded.look(where)
        assert len(listed.root.findall(".//tbody/tr")) == number


@SHARED
async def test_the_board_names_what_waits_for_a_person_in_both_languages(seeded: Console) -> None:
    page, english = await seeded.look(), await seeded.look(language="en")
    assert words(page.all("h1")[0]) == "1 lượt gửi chờ người xem"
    assert words(english.all("h1")[0]) == "1 deliveries wait for a person"
    assert "(1)" in words(page.all("title")[0])


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


@SHARED
@pytest.mark.parametrize(
    ("mode", "vi", "en"), [("sandbox", "Mô phỏng", "Sandbox"), ("hold", "Giữ lại", "Hold"), ("live", "Thật", "Live")]
)
async def test_a_banner_says_in_which_mode_a_destination_is(tmp_path: Path, mode: str, vi: str, en: str) -> None:
    async with looking(tmp_path, mode=mode) as console:
        [banner] = (await console.look()).all("p", "banner")
        english = words((await console.look(language="en")).all("p", "banner")[0])
    assert mode in banner.get("class", "").split()
    assert words(banner).startswith(vi) and english.startswith(en)


async def test_an_open_breaker_is_told_with_its_hour(tmp_path: Path) -> None:
    async with looking(tmp_path, breaker_pause="1h") as console:
        assert "Đang chạy" in (await console.look()).text
        route = next(iter(console.rig.gateway.routes.values()))
        route.breaker.trip("PASSWORD_EXPIRED")

        async def shared() -> bool:
            return "Ngắt mạch" in (await console.look()).text

        await eventually(shared)
        page = await console.look()
    assert re.search(r"Ngắt mạch, tự thử lại sau (1 giờ|59 phút)", page.text)
    assert words(page.all("h1")[0]).startswith("Có nơi nhận đang ngừng")


async def test_a_gateway_that_has_received_nothing_is_ready(tmp_path: Path) -> None:
    async with looking(tmp_path) as console:
        page = await console.look()
    assert words(page.all("h1")[0]).startswith("Sẵn sàng")
    assert "Không có gì dừng hẳn" in page.text


@SHARED
@pytest.mark.parametrize("typed", [CODE, f"  {CODE.lower()} "])
async def test_the_search_leads_from_a_dossier_code_to_its_passport(seeded: Console, typed: str) -> None:
    page = await seeded.fill("/console/search", q=typed)
    assert page.address.endswith(f"/console/dossiers/{CODE}")


@SHARED
async def test_the_search_knows_messages_deliveries_and_the_ids_of_senders(seeded: Console) -> None:
    message = (await seeded.rig.gateway.ledger.messages_page({"subject": CODE}, None, 50))["items"][-1]
    where = f"/console/messages/{message['id']}"
    delivery = message["deliveries"][0]["id"]
    for typed in (message["id"].upper(), delivery, message["source_id"]):
        assert urldefrag((await seeded.fill("/console/search", q=typed)).address).url.endswith(where), typed


@SHARED
@pytest.mark.parametrize("typed", ["cong dich vu", "CỔNG DỊCH VỤ", "national portal", "Cổng  dịch"])
async def test_words_are_found_whatever_their_accents_and_case(seeded: Console, typed: str) -> None:
    page = await seeded.fill("/console/search", q=typed)
    assert "/console/deliveries?destination=national_portal" in page.links


@SHARED
async def test_a_persons_number_is_looked_for_with_a_purpose_and_stands_in_no_address(seeded: Console) -> None:
    asked = await seeded.fill("/console/search", q="044999000123")
    assert "số của một người" in asked.text and not asked.all("table")
    found = await seeded.fill("/console/search", q="044999000123", reason="người dân hỏi")
    assert f"/console/dossiers/{CODE}" in found.links
    for page in (asked, found):
        assert "044999000123" not in page.address
        [form] = [one for one in page.all("form") if one.get("role") == "search"]
        assert form.get("method") == "post"
    [entry] = (await seeded.rig.gateway.ledger.audit_page(None, 1))["items"]
    assert (entry["actor"], entry["action"], entry["reason"]) == ("admin", "search.person", "người dân hỏi")


@SHARED
async def test_an_empty_search_leads_to_the_board(seeded: Console) -> None:
    assert (await seeded.fill("/console/search", q=" ")).all("h1", "verdict")


@SHARED
async def test_whatever_is_typed_stays_what_was_typed(seeded: Console) -> None:
    for typed in ("a/../b?c#d", "%2e%2e", "<script>", "'; DROP TABLE message", "chữ lạ quá"):
        page = await seeded.fill("/console/search", 404, q=typed)
        assert [one.get("value") for one in page.all("input") if one.get("name") == "q"] == [typed]


@SHARED
async def test_the_passport_tells_a_dossier_in_the_order_of_acceptance(seeded: Console) -> None:
    page = await seeded.look(f"/console/dossiers/{CODE}")
    told = [words(one) for one in page.all("h3")]
    assert told[:1] == ["→vào trục Hồ sơ được ghi nhận"]
    assert sorted(told[1:]) == ["←từ trục về Trả lời: đã đồng bộ"] * 2 + ["→vào trục Tiến độ hồ sơ"]
    assert "Đã nhận" in page.text
    [confirmed] = [one for one in page.all("section") if one.get("aria-labelledby") == "confirmed"]
    assert "DongBoHoSoMC" in words(confirmed) and "CapNhatTienDoHoSoMC" in words(confirmed)
    assert re.search(r"\d\d:\d\d:\d\d", words(confirmed))


@SHARED
async def test_the_passport_says_why_a_dossier_stands_and_what_to_do_in_both_languages(seeded: Console) -> None:
    page = await seeded.look(f"/console/dossiers/{DEAD}")
    assert words(page.all("span", "chip")[0]) == "Cần người xem"
    error, *_ = page.all("div", "error")  # one more wherever its group was sent again
    assert "UNMAPPED_CODE" in words(error)
    assert "chưa có mã tương ứng" in words(error)
    error, *_ = (await seeded.look(f"/console/dossiers/{DEAD}", language="en")).all("div", "error")
    assert "unmapped procedure" in words(error)
    assert "Đang giữ" in page.text
    dead = (await seeded.rig.gateway.ledger.deliveries_page({"state": "dead"}, None, 1))["items"][0]
    actions = [one.get("action") for one in page.all("form")]
    for verb in ("replay", "discard", "skip"):
        assert f"/console/deliveries/{dead['id']}/{verb}" in actions


@SHARED
async def test_the_passport_says_when_the_next_try_is(seeded: Console) -> None:
    page = await seeded.look(f"/console/dossiers/{LATER}")
    assert re.search(r"gửi lại lúc (\d\d/\d\d/\d{4} )?\d\d:\d\d:\d\d, còn (1 giờ|5\d phút)", page.text)
    assert "Lần 1" in page.text and "Chưa được, hẹn gửi lại" in page.text


@SHARED
async def test_a_refusal_is_told_with_its_reason_and_its_answer(seeded: Console) -> None:
    page = await seeded.look(f"/console/dossiers/{REFUSED}")
    assert words(page.all("span", "chip")[0]) == "Bị từ chối"
    [error] = page.all("div", "error")
    assert "TenTTHC" in words(error)
    [answer] = [one for one in page.all("a") if words(one) == "Trả lời: bị từ chối"][:1]
    assert "Trả lời: bị từ chối" in (await seeded.look(answer.get("href", ""))).text


@SHARED
async def test_a_message_shows_its_names_attempts_and_answer(seeded: Console) -> None:
    items = (await seeded.rig.gateway.ledger.messages_page({"subject": CODE}, None, 10))["items"]
    first = items[-1]
    page = await seeded.look(f"/console/messages/{first['id']}")
    for value in (first["id"], first["source_id"], first["source"], first["type"], "mot-cua", "create"):
        assert value in page.text
    assert f"/console/dossiers/{CODE}" in page.links
    [reply] = first["replies"]
    assert f"/console/messages/{reply['id']}" in page.links


async def test_a_replay_needs_a_reason_and_what_it_replaces_points_at_it(console: Console) -> None:
    ledger = console.rig.gateway.ledger
    dead = (await ledger.deliveries_page({"state": "dead"}, None, 1))["items"][0]
    where = f"/console/deliveries/{dead['id']}/replay"
    refused = await console.fill(where, 422, reason="  ")
    assert "Cần lý do" in refused.text
    await console.fill(where, reason="đã bổ sung mã")
    [entry] = (await ledger.audit_page(None, 1))["items"]
    assert (entry["actor"], entry["action"], entry["reason"]) == ("admin", "delivery.replay", "đã bổ sung mã")
    await console.rig.reaches(dead["message_id"], "dead")
    page = await console.look(f"/console/messages/{dead['message_id']}")
    [old] = [one for one in page.all("div", "delivery") if one.get("id") == dead["id"]]
    [new] = {link.get("href", "") for link in old.iter("a")}
    assert new[1:] in page.ids and f"#{dead['id']}" in page.links
    again = await console.fill(where, 409, reason="lần nữa")
    assert "Không gì bị thay đổi" in again.text


async def test_a_delivery_is_discarded_from_its_page(console: Console) -> None:
    dead = (await console.rig.gateway.ledger.deliveries_page({"state": "dead"}, None, 1))["items"][0]
    page = await console.fill(f"/console/deliveries/{dead['id']}/discard", reason="hồ sơ thử")
    assert "Đã huỷ lượt gửi" in page.text
    assert (await console.rig.get(f"/v1/deliveries?message={dead['message_id']}"))["items"][0]["state"] == "cancelled"


async def test_a_destination_is_paused_and_resumed_from_the_board(console: Console) -> None:
    page = await console.fill("/console/destinations/pause", destination="national_portal", reason="Cổng nâng cấp")
    assert "Tạm dừng bởi admin: Cổng nâng cấp" in page.text and "Đã tạm dừng" in page.text
    page = await console.fill("/console/destinations/resume", destination="national_portal", reason="xong")
    assert "Tạm dừng bởi" not in page.text
    refused = await console.fill("/console/destinations/pause", 404, destination="nowhere", reason="x")
    assert "national_portal" in refused.text


@SHARED
async def test_every_page_is_sound_and_every_link_leads_somewhere(seeded: Console) -> None:
    pages = await seeded.crawl()
    assert len(pages) > 20
    for path, page in pages.items():
        assert page.root.get("lang") == "vi", path
        assert len(page.all("main")) == 1, path
        assert len(page.all("h1")) == 1, path
        named = [one.get("id") for one in page.root.iter() if one.get("id")]
        assert len(named) == len(set(named)), path
        for link in page.links:
            target, fragment = urldefrag(link)
            if fragment:
                assert fragment in (pages[target] if target else page).ids, (path, link)


@SHARED
async def test_no_page_has_a_script_or_a_style_inside_it_or_a_foreign_host(seeded: Console) -> None:
    for path, page in (await seeded.crawl()).items():
        for element in page.root.iter():
            assert element.tag not in {"style", "iframe", "object", "embed", "img"}, path
            assert element.tag != "script" or (element.get("src") and not words(element)), path
            assert not [name for name in element.attrib if name == "style" or name.startswith("on")], path
            for name in ("href", "src", "action"):
                assert element.get(name, "/")[0] in "/#", path


@SHARED
async def test_no_page_holds_anything_of_a_person(seeded: Console) -> None:
    pages = await seeded.crawl()
    assert any(CODE in page.source for page in pages.values())  # the scan would find it
    for path, page in pages.items():
        for value in PERSONAL:
            assert value not in page.source, path


@SHARED
async def test_what_can_be_typed_into_or_chosen_has_a_label(seeded: Console) -> None:
    page = await seeded.look("/console/deliveries")
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
        assert "Tạm dừng bởi admin: Cổng DVCQG báo nâng cấp" in (await console.look()).text
