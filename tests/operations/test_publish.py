"""Publishing and withdrawing a version: checked, audited, whole or not at all, and never a label twice."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway.errors import NotFoundError, StateError
from gateway.ledger.port import AuditEntry
from gateway.operations import own_files
from gateway.operations.refused import ContentRefused
from mappings.catalogue import today
from tests.intake.documents import PROGRESSED, a_dossier, a_progress
from tests.operations.candidates import ADDRESS, TEXT, candidate
from tests.operations.conftest import MAPPING, Desk

REQUIRED = ADDRESS.replace("applicant.address", "applicant.address, required: true")
TOMORROW = (today() + timedelta(days=1)).isoformat()
YESTERDAY = (today() - timedelta(days=1)).isoformat()


async def refusal(desk: Desk, text: str, **how: Any) -> list[str]:
    """The codes for which a candidate is not published; nothing may have changed."""
    before = sorted(path.name for path in desk.own.rglob("*"))
    with pytest.raises(ContentRefused) as caught:
        await desk.mappings.publish(text, "an", "công văn 999", **how)
    assert sorted(path.name for path in desk.own.rglob("*")) == before
    return [problem.code for problem in caught.value.problems]


def file(desk: Desk, version: str = "2") -> Path:
    return desk.own / "catalog" / MAPPING / f"mapping.{version}.yaml"


async def test_a_version_is_published_as_it_was_written_and_in_force_from_its_day(desk: Desk) -> None:
    text = candidate(ADDRESS + "  # asked by phone", day=TOMORROW)
    done = await desk.mappings.publish(text, "an", "công văn 999")
    assert file(desk).read_text("utf-8") == text
    assert (done["version"], done["follows"], done["effective_from"]) == ("2", "1", TOMORROW)
    assert desk.live.get(MAPPING).version == "1"
    assert desk.live.get(MAPPING, today() + timedelta(days=1)).version == "2"


async def test_a_version_of_today_is_in_force_at_once(desk: Desk) -> None:
    await desk.mappings.publish(candidate(ADDRESS), "an", "công văn 999")
    assert desk.live.get(MAPPING).forward(a_dossier()).document["DiaChiChuHoSo"] == a_dossier()["applicant"]["address"]


async def test_the_day_may_be_given_when_publishing_and_only_that_line_changes(desk: Desk) -> None:
    text = candidate(ADDRESS, day="2099-01-01     # chưa rõ ngày")
    await desk.mappings.publish(text, "an", "r", effective_from=today())
    assert file(desk).read_text("utf-8") == text.replace("2099-01-01     #", f"{today()}     #")
    assert desk.live.get(MAPPING).version == "2"


async def test_the_audit_says_who_why_and_what(desk: Desk) -> None:
    await desk.store(a_dossier(), a_dossier())
    text = candidate(ADDRESS, day=TOMORROW)
    await desk.mappings.publish(text, "an", "công văn 999", last=1)
    entry, tried = await desk.audit()
    assert (tried["action"], tried["details"]["messages"]) == ("mapping.trial", 1)
    assert (entry["actor"], entry["action"], entry["target"]) == ("an", "mapping.publish", f"{MAPPING}@2")
    assert (entry["reason"], entry["ok"]) == ("công văn 999", True)
    assert entry["details"]["sha256"] == hashlib.sha256(text.encode()).hexdigest()
    assert entry["details"]["effective_from"] == TOMORROW
    assert entry["details"]["trial"]["broken"] == 0


async def test_only_stored_messages_of_the_type_are_tried_newest_first_and_no_more_than_asked(desk: Desk) -> None:
    await desk.store(*[a_dossier(code=f"000.00.16.H46-250310-{number:04}") for number in range(1, 8)])
    await desk.store(a_progress(), type_=PROGRESSED)
    done = await desk.mappings.publish(candidate(ADDRESS), "an", "r", last=3)
    examples = (await desk.mappings.trial_page(TEXT, "an", "r", None, 0))["report"]["messages"]
    assert done["report"]["messages"] == examples + 3


async def test_a_trial_goes_on_where_its_last_page_ended(desk: Desk) -> None:
    ids = await desk.store(*[a_dossier(code=f"000.00.16.H46-250310-{number:04}") for number in range(1, 6)])
    text, place, seen = candidate(ADDRESS), None, 0
    first = await desk.mappings.trial_page(text, "an", "r", None, 2)
    assert (first["messages"], first["candidate"]["follows"]) == (2, "1")
    examples = [name for group in first["report"]["groups"] for name in group["examples"]]
    assert ids[0] not in examples
    while True:
        page = await desk.mappings.trial_page(text, "an", "r", place, 2)
        seen, place = seen + page["messages"], page["next"]
        if place is None:
            break
    assert seen == 5


async def test_a_version_may_name_a_schema_of_the_provinces_own(desk: Desk) -> None:
    schema = desk.own / "schemas" / "ours.json"
    schema.parent.mkdir(parents=True)
    schema.write_text('{"type": "object", "required": ["DiaChiChuHoSo"]}', "utf-8")
    line = next(line for line in TEXT.splitlines() if line.startswith("schema: "))
    await desk.mappings.publish(candidate(ADDRESS, instead={line: "schema: ours.json"}), "an", "r")
    mapping = desk.live.get(MAPPING)
    assert mapping.table.schema == schema
    assert [misfit.code for misfit in mapping.validate({})] == ["SCHEMA_REQUIRED"]
    assert [path.name for path in (desk.own / "catalog").iterdir()] == ["national_portal"]


# ---- refused -------------------------------------------------------------------------------------------------------


async def test_a_version_under_which_stored_messages_fail_is_not_published_and_that_is_audited(desk: Desk) -> None:
    without = a_dossier()
    del without["applicant"]["address"]
    await desk.store(without)
    assert await refusal(desk, candidate(REQUIRED)) == ["TRIAL_FAILS"]
    entry, _ = await desk.audit()
    assert (entry["ok"], entry["details"]) == (False, {"refused": ["TRIAL_FAILS"]})
    assert desk.live.get(MAPPING).version == "1"


async def test_a_person_may_publish_it_all_the_same(desk: Desk) -> None:
    without = a_dossier()
    del without["applicant"]["address"]
    await desk.store(without)
    done = await desk.mappings.publish(candidate(REQUIRED), "an", "theo công văn", accept_failures=True)
    assert done["report"]["broken"] > 0
    assert desk.live.get(MAPPING).version == "2"


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        (candidate(version="1"), ["VERSION_TAKEN"]),
        (candidate(day="2020-04-20"), ["SAME_DAY"]),
        (candidate(day="2019-01-01"), ["NEVER_IN_FORCE"]),
        (candidate(version="../2"), ["TABLE_NAME"]),
        (candidate(instead={"name: national_portal/": "name: ../"}), ["TABLE_NAME"]),
        (candidate("  - {to: X, frm: y}"), ["TABLE"]),
        (candidate("  - {to: X, from: applicant.adress}"), ["FIELD_UNKNOWN"]),
        (candidate("  - {to: X, from: y, as: code, list: nowhere}"), ["TABLE"]),
        ("fields: [", ["TABLE"]),
        ("x" * 600_000, ["TABLE_TOO_LARGE"]),
    ],
)
async def test_what_could_not_be_used_is_not_published(desk: Desk, text: str, codes: list[str]) -> None:
    assert await refusal(desk, text) == codes


async def test_a_complaint_names_the_line_in_both_languages(desk: Desk) -> None:
    with pytest.raises(ContentRefused) as caught:
        await desk.mappings.publish(candidate("  - {to: X, frm: y}"), "an", "r")
    line = candidate("  - {to: X, frm: y}").splitlines().index("  - {to: X, frm: y}") + 1
    assert caught.value.problems[0].pointer == f"/lines/{line}"
    assert f"dòng {line}" in str(caught.value) and f"mapping.yaml:{line}" in str(caught.value)


async def test_what_only_may_be_meant_is_told_and_published(desk: Desk) -> None:
    done = await desk.mappings.publish(candidate(ADDRESS), "an", "r")
    assert {"LOSS_CARRIED", "FOREIGN_UNKNOWN"} <= {one["code"] for one in done["findings"]}
    assert {one["severity"] for one in done["findings"]} == {"warning"}


async def test_two_versions_for_one_day_are_refused_until_one_is_withdrawn(desk: Desk) -> None:
    await desk.mappings.publish(candidate(ADDRESS), "an", "r")
    assert await refusal(desk, candidate(version="3")) == ["SAME_DAY"]
    await desk.mappings.withdraw(MAPPING, "2", "an", "sai")
    await desk.mappings.publish(candidate(version="3"), "an", "r")
    assert desk.live.get(MAPPING).version == "3"


async def test_nothing_is_published_on_top_of_a_file_that_is_written_wrongly(desk: Desk) -> None:
    broken = desk.own / "codelists" / "channel.yaml"
    broken.parent.mkdir(parents=True)
    broken.write_text("name: channel\n", "utf-8")
    with pytest.raises(StateError, match=r"mappings/codelists/channel\.yaml:1"):
        await desk.mappings.publish(candidate(ADDRESS), "an", "r")
    assert not file(desk).exists()
    broken.unlink()
    await desk.mappings.publish(candidate(ADDRESS), "an", "r")
    assert desk.live.get(MAPPING).version == "2"


async def test_a_disk_that_does_not_take_the_file_leaves_no_half_and_an_audited_failure(desk: Desk) -> None:
    in_the_way = desk.own / "mapping.yaml"
    (in_the_way / "something").mkdir(parents=True)
    with pytest.raises(OSError):
        await own_files.put_in_force(desk.ledger, in_the_way, TEXT, AuditEntry("an", "mapping.publish", "x", "r"))
    assert [(entry["ok"], entry["details"]) for entry in await desk.audit()] == [
        (False, {"failed": "IsADirectoryError"}),
        (True, None),
    ]
    assert [path.name for path in desk.own.iterdir()] == ["mapping.yaml"]


# ---- withdrawing ---------------------------------------------------------------------------------------------------


async def test_a_withdrawn_version_is_out_of_force_at_once_and_still_known(desk: Desk) -> None:
    await desk.mappings.publish(candidate(ADDRESS), "an", "r")
    done = await desk.mappings.withdraw(MAPPING, "2", "bình", "công văn hoãn")
    assert done == {"name": MAPPING, "withdrawn": "2", "in_force": "1"}
    assert desk.live.get(MAPPING).version == "1"
    assert "DiaChiChuHoSo" in desk.live.get(MAPPING, None, "2").forward(a_dossier()).document
    entry = (await desk.audit())[0]
    assert (entry["action"], entry["actor"], entry["reason"]) == ("mapping.withdraw", "bình", "công văn hoãn")


async def test_a_label_is_never_used_twice(desk: Desk) -> None:
    await desk.mappings.publish(candidate(ADDRESS), "an", "r")
    await desk.mappings.withdraw(MAPPING, "2", "an", "r")
    assert await refusal(desk, candidate(ADDRESS, day=TOMORROW)) == ["VERSION_TAKEN"]


async def test_packaged_versions_and_withdrawn_ones_are_not_withdrawn(desk: Desk) -> None:
    with pytest.raises(StateError, match="packaged"):
        await desk.mappings.withdraw(MAPPING, "1", "an", "r")
    await desk.mappings.publish(candidate(ADDRESS), "an", "r")
    await desk.mappings.withdraw(MAPPING, "2", "an", "r")
    with pytest.raises(StateError, match="withdrawn before"):
        await desk.mappings.withdraw(MAPPING, "2", "an", "r")
    with pytest.raises(NotFoundError):
        await desk.mappings.withdraw(MAPPING, "9", "an", "r")


async def test_the_only_version_in_force_is_not_withdrawn(desk: Desk) -> None:
    text = candidate(version="1", day=YESTERDAY, instead={"name: national_portal/": "name: land/"})
    await desk.mappings.publish(text, "an", "r")
    with pytest.raises(StateError, match="No other version"):
        await desk.mappings.withdraw("land/dossier.recorded.v1", "1", "an", "r")
    assert desk.live.get("land/dossier.recorded.v1", date.fromisoformat(YESTERDAY)).version == "1"
