"""Importing into a code list: seen first, then confirmed, audited, in force at once; proposals for unmapped codes."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from gateway.errors import NotFoundError, StateError
from gateway.operations.code_lists import NewList
from gateway.operations.list_rows import ListRow
from gateway.operations.refused import ContentRefused
from mappings.codelists import Entry
from tests.intake.documents import a_dossier
from tests.operations.candidates import PACKAGED
from tests.operations.conftest import MAPPING, Desk

LIST = "procedures"
UNMAPPED = {"code": "1.001612.000.00.00.H47", "name": "Đăng ký thành lập hộ kinh doanh"}


def rows(*entries: Entry) -> list[ListRow]:
    return [ListRow(number, entry) for number, entry in enumerate(entries, 2)]


NEW = rows(Entry("1.001612.000.00.00.H47", "1.001612", vi="Đăng ký thành lập hộ kinh doanh"))


async def imported(desk: Desk, what: list[ListRow], name: str = LIST, **how: Any) -> dict[str, Any]:
    planned = await desk.code_lists.plan(name, what, **how)
    return await desk.code_lists.apply(name, what, planned["fingerprint"], "an", "công văn 999", **how)


async def test_a_plan_changes_nothing(desk: Desk) -> None:
    planned = await desk.code_lists.plan(LIST, NEW)
    assert (planned["add"], planned["change"], planned["unchanged"]) == (1, 0, 0)
    assert not desk.own.exists()
    assert await desk.audit() == []


async def test_a_packaged_list_is_copied_with_its_comments_and_the_row_behind(desk: Desk) -> None:
    await imported(desk, NEW)
    packaged = PACKAGED.path(PACKAGED.lists[LIST]).read_text("utf-8")
    own = (desk.own / "codelists" / f"{LIST}.yaml").read_text("utf-8")
    row = '  - {canonical: "1.001612.000.00.00.H47", foreign: "1.001612", vi: "Đăng ký thành lập hộ kinh doanh"}\n'
    assert own == packaged + row
    assert desk.live.get(MAPPING).forward(a_dossier(procedure=UNMAPPED)).document["MaTTHC"] == "1.001612"
    assert UNMAPPED["code"] in desk.live.local_procedures


async def test_a_second_import_goes_on_from_the_first(desk: Desk) -> None:
    await imported(desk, NEW)
    await imported(desk, rows(Entry("1.000000.H99", "1.000000")))
    codes = [entry.canonical for entry in desk.live.current.lists[LIST].entries]
    assert codes[-2:] == ["1.001612.000.00.00.H47", "1.000000.H99"]


async def test_the_audit_says_who_why_and_which_rows(desk: Desk) -> None:
    await imported(desk, NEW)
    [entry] = await desk.audit()
    assert (entry["actor"], entry["action"], entry["target"]) == ("an", "codelist.import", LIST)
    assert (entry["reason"], entry["details"]["add"]) == ("công văn 999", 1)
    assert entry["details"]["steps"] == ["add 1.001612.000.00.00.H47 → 1.001612"]


async def test_importing_what_stands_there_already_writes_nothing(desk: Desk) -> None:
    old = PACKAGED.lists[LIST].entries[0]
    done = await imported(desk, rows(Entry(old.canonical, old.foreign)))
    assert (done["steps"], done["unchanged"]) == ([], 1)
    assert not desk.own.exists()
    assert await desk.audit() == []


async def test_what_was_confirmed_is_what_is_done_or_nothing(desk: Desk) -> None:
    planned = await desk.code_lists.plan(LIST, NEW)
    await imported(desk, rows(Entry("1.000000.H99", "1.000000")))
    with pytest.raises(StateError, match="has changed since"):
        await desk.code_lists.apply(LIST, NEW, planned["fingerprint"], "an", "r")
    other = rows(Entry("1.001612.000.00.00.H47", "1.009999"))
    with pytest.raises(StateError, match="has changed since"):
        await desk.code_lists.apply(LIST, other, (await desk.code_lists.plan(LIST, NEW))["fingerprint"], "an", "r")


async def test_a_list_that_a_mapping_could_not_be_compiled_with_is_refused(desk: Desk) -> None:
    packaged = PACKAGED.path(PACKAGED.lists["channel"]).read_text("utf-8")
    own = desk.own / "codelists" / "channel.yaml"
    own.parent.mkdir(parents=True)
    own.write_text(packaged.replace("entries:", "one_way: true\nentries:"), "utf-8")
    with pytest.raises(StateError, match="one-way"):
        await desk.code_lists.plan("channel", rows(Entry("fax", "4")))


async def test_an_unknown_list_is_answered_with_those_known_and_a_new_one_is_made_by_name(desk: Desk) -> None:
    with pytest.raises(NotFoundError, match="procedures"):
        await desk.code_lists.plan("colours", rows(Entry("red", "1")))
    await imported(desk, rows(Entry("red", "1")), "colours", new=NewList("Màu", "colour"))
    found = desk.live.current.lists["colours"]
    assert (found.vi, found.entries[0].foreign, found.file) == ("Màu", "1", "mappings/codelists/colours.yaml")


async def test_a_name_that_is_a_path_makes_no_list(desk: Desk) -> None:
    with pytest.raises(NotFoundError):
        await desk.code_lists.plan("../colours", rows(Entry("red", "1")), new=NewList("Màu", "colour"))


async def test_flaws_of_rows_are_told_and_nothing_is_written(desk: Desk) -> None:
    with pytest.raises(ContentRefused, match="CODE_CUT"):
        await desk.code_lists.plan(LIST, rows(Entry("X", "1.00119")))
    assert not desk.own.exists()


# ---- suggestions ---------------------------------------------------------------------------------------------------


async def test_unmapped_codes_are_found_with_their_count_and_the_nearest_codes(desk: Desk) -> None:
    deliveries = [await desk.die(a_dossier(procedure=UNMAPPED)) for _ in range(2)]
    await desk.die(a_dossier(procedure={"code": "1.001193", "field": {"code": "HKX"}}))
    first, second = (await desk.code_lists.suggest())["items"]
    assert (first["list"], first["code"], first["count"]) == (LIST, UNMAPPED["code"], 2)
    assert (first["name"], first["deliveries"]) == (UNMAPPED["name"], deliveries)
    assert [one["foreign"] for one in first["proposals"]] == ["1.001612"]
    assert (second["list"], second["code"]) == ("fields", "HKX")
    assert (await desk.code_lists.suggest("fields"))["items"] == [second]


async def test_nothing_is_written_until_a_person_confirms(desk: Desk) -> None:
    await desk.die(a_dossier(procedure=UNMAPPED))
    await desk.code_lists.suggest()
    assert not desk.own.exists() and await desk.audit() == []
    await imported(desk, NEW)
    assert await desk.code_lists.suggest() == {"items": [], "ready": 1}


async def test_deliveries_dead_of_something_else_are_not_looked_at(desk: Desk) -> None:
    await desk.die(a_dossier(procedure=UNMAPPED), "VALUE_MISSING")
    assert await desk.code_lists.suggest() == {"items": [], "ready": 0}


async def test_what_does_not_look_like_a_code_is_not_shown(desk: Desk) -> None:
    for procedure in ({"code": "Lê Thị Mẫu Đơn"}, {"code": "044999000123"}):
        await desk.die(a_dossier(procedure=procedure))
    found = await desk.code_lists.suggest()
    assert [(one["code"], one["pointer"], one["proposals"]) for one in found["items"]] == [
        (None, "/procedure/code", [])
    ]
    written = orjson.dumps(found).decode()
    assert "Mẫu" not in written and "044999000123" not in written


async def test_only_the_names_of_procedures_fields_and_agencies_are_shown(desk: Desk) -> None:
    await desk.die(a_dossier(fees=[{"name": "Lê Thị Mẫu Đơn", "collected_at": "never"}]))
    [one] = (await desk.code_lists.suggest())["items"]
    assert (one["list"], one["code"], one["pointer"], one["name"]) == (
        "fee_collection",
        "never",
        "/fees/…/collected_at",
        None,
    )
