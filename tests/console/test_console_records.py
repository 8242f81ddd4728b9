"""Files of lists, the balance sheet, code lists and the audit trail as the console shows them."""

from __future__ import annotations

import csv
import io
from urllib.parse import urlencode

import pytest
from openpyxl import load_workbook

from tests.console.looking import Console, words

pytestmark = pytest.mark.asyncio(loop_scope="session")
WHY = "họp giao ban"


async def exported(console: Console, kind: str, **fields: str) -> bytes:
    url, ours = f"{console.rig.gateway.address}/console/{kind}/export", {"Sec-Fetch-Site": "same-origin"}
    form = next(one for one in (await console.look(f"/console/{kind}")).all("form") if one.get("method") == "post")
    hidden = {one.get("name", ""): one.get("value", "") for one in form.iter("input") if one.get("name") == "csrf"}
    async with console.browser.post(url, data=hidden | {"reason": WHY} | fields, headers=ours) as response:
        assert response.status == 200, await response.text()
        assert response.headers["Content-Disposition"].startswith("attachment")
        return await response.read()


async def test_a_list_leaves_as_the_rows_that_are_shown_with_the_question_inside_and_an_audit_row(
    seeded: Console,
) -> None:
    shown = await seeded.look("/console/deliveries?state=dead")
    rows = list(csv.reader(io.StringIO((await exported(seeded, "deliveries", state="dead", format="csv")).decode())))
    told = {row[0].lstrip("\ufeff# "): row[1] for row in rows if row[0].lstrip("\ufeff").startswith("#")}
    assert (told["state"], told["by"], told["address"]) == ("dead", "admin", "/console/deliveries?state=dead")
    listed = [row for row in rows if len(row) == 11][1:]
    assert len(listed) == len(shown.root.findall(".//tbody/tr"))
    assert all(row[2] in shown.text for row in listed)
    [entry] = (await seeded.rig.gateway.ledger.audit_page(None, 1))["items"]
    assert (entry["action"], entry["target"], entry["reason"], entry["details"]["filters"]) == (
        "list.exported",
        "deliveries",
        WHY,
        {"state": "dead"},
    )


async def test_the_same_list_leaves_as_a_workbook(seeded: Console) -> None:
    book = load_workbook(io.BytesIO(await exported(seeded, "messages", format="xlsx")))
    assert book.sheetnames == ["Danh sách", "Truy vấn"]
    assert book["Danh sách"].max_row > 5
    assert [row[0].value for row in book["Truy vấn"].rows][:3] == ["lienthong", "at", "by"]


async def test_what_a_spreadsheet_would_take_for_a_formula_stays_text() -> None:
    from gateway.console.screens.exporting import _csv

    assert b"'=1+1" in _csv([["=1+1", "a"]], [])


async def test_what_no_file_can_hold_is_shown_as_such_in_a_workbook_too() -> None:
    from gateway.console.screens.exporting import _xlsx

    book = load_workbook(io.BytesIO(_xlsx([["a\x00\x08\x0b\x1f\ufffeb", "=1\x02", "được"]], [])))
    assert [cell.value for cell in next(book["Danh sách"].rows)] == ["a" + 5 * "\ufffd" + "b", "'=1\ufffd", "được"]


@pytest.mark.parametrize("fields", [{"format": "pdf"}, {"format": "csv", "state": "lost"}, {}])
async def test_a_file_that_cannot_be_is_refused(seeded: Console, fields: dict[str, str]) -> None:
    await seeded.fill("/console/deliveries/export", 422, reason=WHY, **fields)


@pytest.mark.parametrize("kind", ["messages", "deliveries"])
async def test_nobody_takes_a_list_away_without_saying_what_for(seeded: Console, kind: str) -> None:
    ledger = seeded.rig.gateway.ledger
    before = (await ledger.audit_page(None, 1))["items"]
    page = await seeded.fill(f"/console/{kind}/export", 422, format="csv", reason=" ")
    assert "Cần lý do" in page.text
    assert (await ledger.audit_page(None, 1))["items"] == before


@pytest.mark.parametrize("name", ["q", "subject"])
async def test_a_persons_number_is_no_filter_and_is_kept_nowhere(seeded: Console, name: str) -> None:
    ledger = seeded.rig.gateway.ledger
    before = (await ledger.audit_page(None, 1))["items"]
    for number in ("044999000123", "044 999 000 123", "Mẫu Đơn 044999000123", "mau.don@example.invalid"):
        asked = urlencode({name: number})
        pages = [
            await seeded.look(f"/console/messages?{asked}", 422),
            await seeded.fill("/console/messages/export", 422, format="csv", reason=WHY, **{name: number}),
            await seeded.fill("/console/messages/views", 422, name="của tôi", **{name: number}),
        ]
        assert all("ô tìm" in page.text and number not in page.text for page in pages)
        await seeded.look(f"/console/deliveries?{urlencode({'subject': number})}", 422)
        await seeded.look(f"/console/replays/plan?{urlencode({'subject': number})}", 422)
    assert (await ledger.audit_page(None, 1))["items"] == before
    assert not await ledger.saved_views("admin", "messages")


async def test_the_audit_of_an_export_keeps_that_something_was_typed_and_not_what(seeded: Console) -> None:
    await exported(seeded, "messages", format="csv", q="Lê Thị Mẫu Đơn", subject=" h46-250612-0001 ", state="accepted")
    [entry] = (await seeded.rig.gateway.ledger.audit_page(None, 1))["items"]
    assert entry["details"]["filters"] == {"subject": "•••", "state": "accepted", "q": "•••"}


async def test_the_balance_sheet_adds_up_and_every_number_leads_to_its_list(seeded: Console) -> None:
    page = await seeded.look("/console/balance")
    [total] = [row for row in page.root.iter("tr") if words(row).startswith("Tất cả")]
    accepted, *ended = [int(words(cell).replace(" ", "")) for cell in list(total)[1:-1]]
    assert accepted == sum(ended) > 0
    for link in total.iter("a"):
        await seeded.look(link.get("href", ""))
    for day in ("x", "2025-02-30", "9999-12-31"):
        await seeded.look(f"/console/balance?day={day}", 422)


async def test_what_is_planned_is_from_a_moment_that_there_is(seeded: Console) -> None:
    for since in ("2025-13-45", "2025-02-30T08:00"):
        await seeded.look(f"/console/replays/plan?since={since}", 422)
    await seeded.look("/console/replays/plan?since=2025-06-12T08:00")


async def test_a_code_list_is_searched_without_accents(seeded: Console) -> None:
    page = await seeded.look("/console/codes")
    lists = [link for link in page.links if link.startswith("/console/codes/")]
    assert len(lists) > 5
    found = await seeded.look("/console/codes/procedures?q=ho+kinh+doanh")
    assert "hộ kinh doanh" in found.text.lower()
    await seeded.look("/console/codes/none", 404)


async def test_the_audit_trail_is_narrowed_by_who_and_what(seeded: Console) -> None:
    await exported(seeded, "deliveries", format="csv")
    page = await seeded.look("/console/audit?action=list.exported&actor=admin")
    rows = page.root.findall(".//tbody/tr")
    assert rows and all("list.exported" in words(row) for row in rows)
    assert not (await seeded.look("/console/audit?actor=nobody")).root.findall(".//tbody/tr")
