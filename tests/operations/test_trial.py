"""What a trial tells: fields, causes, counts and ids, and never what stands in a document of a person."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from gateway.operations.candidate import read_candidate
from gateway.operations.differences import differences
from gateway.operations.trial import Group, Sample, Trial, TrialReport
from tests.intake.documents import a_dossier
from tests.operations.candidates import ADDRESS, PACKAGED, TEXT, candidate
from tests.operations.conftest import Desk

NOTHING: frozenset[str] = frozenset()
WHO = ("an", "công văn 999")


def tried(text: str, *documents: dict[str, Any] | None) -> TrialReport:
    read = read_candidate(text, PACKAGED)
    samples = [Sample(f"m-{number}", document) for number, document in enumerate(documents, 1)]
    return Trial(read.before, read.mapping, PACKAGED.lists).run(samples)


def causes(report: TrialReport) -> list[tuple[str, str, int]]:
    return [(group.field, group.cause, group.count) for group in report.groups]


def told(old: Any, new: Any, public: frozenset[str] = NOTHING) -> list[tuple[str, str, str]]:
    return sorted((one.field, one.cause, one.en) for one in differences(old, new, public))


# ---- differences ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ({"a": "x"}, {"a": "x"}, []),
        ({}, {"a": "x"}, [("a", "appears", "a new field: text")]),
        ({"a": "x"}, {}, [("a", "vanishes", "the field is gone")]),
        ({"a": ""}, {"a": "x"}, [("a", "changed", "empty → text")]),
        ({"a": "20250612081530"}, {"a": "20250612"}, [("a", "cut", "the text is cut")]),
        ({"a": "20250612"}, {"a": "12062025"}, [("a", "changed", "8 digits → 8 digits")]),
        ({"a": "Lê Thị"}, {"a": "Lê"}, [("a", "cut", "the text is cut")]),
        ({"a": "Lê"}, {"a": "Lê Thị"}, [("a", "extended", "the text goes on longer")]),
        ({"a": 1}, {"a": "1"}, [("a", "changed", "number → 1 digits")]),
        ({"a": {"b": "x"}}, {"a": {"b": "y"}}, [("a.b", "changed", "text → text")]),
        ({"a": [{"b": "x"}]}, {"a": [{"b": "y"}]}, [("a[].b", "changed", "text → text")]),
        ({"a": []}, {"a": [{"b": "x"}]}, [("a", "rows_more", "more rows")]),
        ({"a": ["x", "y"]}, {"a": ["x"]}, [("a", "rows_fewer", "fewer rows")]),
        ({"a": []}, {"a": ""}, [("a", "changed", "list → empty")]),
    ],
)
def test_a_difference_is_told_by_field_and_shape(old: Any, new: Any, expected: list[tuple[str, str, str]]) -> None:
    assert told(old, new) == expected


def test_many_rows_with_the_same_difference_are_one() -> None:
    rows = [[{"b": f"{letter}{number}"} for number in range(9)] for letter in "xy"]
    assert told({"a": rows[0]}, {"a": rows[1]}) == [("a[].b", "changed", "text → text")]


def test_only_codes_that_the_tables_hold_are_shown() -> None:
    public = frozenset({"1", "2"})
    assert told({"a": "1"}, {"a": "2"}, public) == [("a", "changed", "'1' → '2'")]
    assert told({"a": "1"}, {"a": "3"}, public) == [("a", "changed", "'1' → 1 digits")]


# ---- reports -------------------------------------------------------------------------------------------------------


def test_a_candidate_that_changes_nothing_says_so() -> None:
    report = tried(candidate(), a_dossier(), a_dossier())
    assert (report.messages, report.same, report.broken, report.groups) == (2, 2, 0, ())


def test_a_new_field_is_one_group_with_its_count_and_some_messages() -> None:
    report = tried(candidate(ADDRESS), *[a_dossier()] * 5)
    assert causes(report) == [("DiaChiChuHoSo", "appears", 5)]
    assert report.groups[0].examples == ("m-1", "m-2", "m-3")
    assert (report.same, report.broken) == (0, 0)


def test_a_field_that_is_now_demanded_breaks_the_messages_without_it() -> None:
    without = a_dossier()
    del without["applicant"]["address"]
    required = ADDRESS.replace("applicant.address", "applicant.address, required: true")
    report = tried(candidate(required), without, a_dossier())
    assert causes(report) == [("DiaChiChuHoSo", "fails", 1), ("DiaChiChuHoSo", "appears", 1)]
    assert report.broken == 1
    assert "VALUE_MISSING" in report.groups[0].vi and report.groups[0].examples == ("m-1",)


def test_a_message_that_failed_before_is_not_newly_broken_and_one_that_is_healed_is_told() -> None:
    unmapped = a_dossier(result_method="fax")
    assert tried(candidate(), unmapped).broken == 0
    line = next(line for line in TEXT.splitlines() if "to: HinhThuc," in line)
    text = candidate(instead={line: '  - {to: HinhThuc, constant: "0"}'})
    report = tried(text, unmapped)
    assert [(group.field, group.cause) for group in report.groups] == [("HinhThuc", "heals")]


def test_a_code_of_a_list_is_shown_when_it_changes() -> None:
    text = candidate(instead={'default: "0", note: "§6: demanded': 'default: "1", note: "§6: demanded'})
    document = a_dossier()
    del document["result_method"]
    [group] = tried(text, document).groups
    assert (group.field, group.en) == ("HinhThuc", "'0' → '1'")


def test_what_is_lost_on_the_way_and_was_not_lost_before_is_told() -> None:
    text = candidate(instead={"limit: 1999": "limit: 5"})
    assert ("GhiChu", "warned", 1) in causes(tried(text, a_dossier(note="dài hơn năm chữ")))


def test_rows_of_one_list_that_fail_alike_are_one_group() -> None:
    line = "{to: MaKetQuaThayThe, from: replacing_result_code"
    text = candidate(instead={line: f"{line}, required: true"})
    first, second = a_dossier(), a_dossier(documents=[a_dossier()["documents"][1], {"name": "b"}])
    [group] = tried(text, first, second).groups
    assert (group.cause, group.count) == ("fails", 2)


def test_a_body_that_does_not_open_and_a_document_of_another_shape_do_not_end_the_trial() -> None:
    odd = {"code": 5, "procedure": "not an object"}
    report = tried(candidate(ADDRESS), None, odd, a_dossier())
    assert (report.messages, report.broken) == (3, 0)
    assert ("", "unreadable", 1) in causes(report)


SWAPPED = {
    "{to: ChuHoSo, from: applicant.name": "{to: ChuHoSo, from: applicant.address",
    "{to: Email, from: applicant.email": "{to: Email, from: applicant.phone",
    "{to: GhiChu, from: note": "{to: GhiChu, from: applicant.name",
}
FAILING = {"{to: ChuHoSo, from: applicant.name,": "{to: ChuHoSo, from: applicant.name, as: moment,"}
UNMAPPABLE = {"{to: ChuHoSo, from: applicant.name,": "{to: ChuHoSo, from: applicant.name, as: code, list: channel,"}


@pytest.mark.parametrize(
    ("changes", "fields"),
    [(SWAPPED, {"ChuHoSo", "Email", "GhiChu"}), (FAILING, {"ChuHoSo"}), (UNMAPPABLE, {"ChuHoSo"})],
)
def test_no_report_holds_a_value_of_a_document(changes: dict[str, str], fields: set[str]) -> None:
    report = tried(candidate(instead=changes), a_dossier())
    assert {group.field for group in report.groups} == fields
    written = orjson.dumps(report.as_dict()).decode()
    values = (*a_dossier()["applicant"].values(), a_dossier()["summary"], a_dossier()["note"])
    assert [value for value in values if value in written and value != "citizen"] == []


def test_pages_of_a_trial_add_up_to_the_whole() -> None:
    text, documents = candidate(ADDRESS), [a_dossier(), a_dossier(note="x"), a_dossier()]
    whole = tried(text, *documents)
    pages = TrialReport()
    for document in documents:
        pages = pages.plus(TrialReport.from_dict(orjson.loads(orjson.dumps(tried(text, document).as_dict()))))
    assert (pages.messages, pages.same, causes(pages)) == (whole.messages, whole.same, causes(whole))


def test_what_breaks_is_told_first() -> None:
    small, large = Group("a", "fails", "v", "e", 1, ("m",)), Group("b", "changed", "v", "e", 9, ("m",))
    assert TrialReport(9, 0, 1, (large,)).plus(TrialReport(1, 0, 1, (small,))).groups == (small, large)


def test_a_mapping_that_is_new_is_compared_with_nothing() -> None:
    text = candidate(instead={"name: national_portal/dossier.recorded.v1": "name: land/dossier.recorded.v1"})
    report = tried(text, a_dossier())
    assert (report.same, report.groups) == (1, ())


# ---- every mapping there is ------------------------------------------------------------------------------------------


def copied(name: str) -> str:
    """The packaged version of a mapping under another label."""
    text = PACKAGED.path(PACKAGED.in_force(name)).read_text("utf-8")
    assert text.count('\nversion: "1"\n') == 1
    return text.replace('\nversion: "1"\n', '\nversion: "2"\n')


@pytest.mark.parametrize("name", PACKAGED.names)
async def test_a_copy_of_a_packaged_version_changes_nothing_in_either_direction(desk: Desk, name: str) -> None:
    page = await desk.mappings.trial_page(copied(name), *WHO)
    assert (page["candidate"]["name"], page["candidate"]["follows"]) == (name, "1")
    assert page["report"]["messages"] >= 1
    assert (page["report"]["broken"], page["report"]["groups"]) == (0, ())


async def test_what_comes_back_otherwise_is_told_with_an_arrow(desk: Desk) -> None:
    text = copied("onestop/dossier.recorded.v1").replace(
        "{to: TrichYeuHoSo, from: summary}", "{to: TrichYeuHoSo, from: note2}"
    )
    groups = (await desk.mappings.trial_page(text, *WHO))["report"]["groups"]
    assert {("TrichYeuHoSo", "vanishes"), ("← summary", "vanishes"), ("← note2", "appears")} <= {
        (group["field"], group["cause"]) for group in groups
    }


async def test_a_document_the_other_sides_schema_does_not_allow_breaks_the_candidate(desk: Desk) -> None:
    text = copied("onestop/dossier.recorded.v1").replace("{to: TenTTHC, from", "{to: TenThuTuc, from")
    report = (await desk.mappings.trial_page(text, *WHO))["report"]
    assert report["broken"] > 0
    assert "invalid" in [group["cause"] for group in report["groups"]]
