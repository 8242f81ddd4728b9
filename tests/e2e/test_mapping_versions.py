"""Versions and code lists in a running gateway: in force without a restart, recorded, replayed as then or as now."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from adapters.national_portal.simulator import SimulatorSettings, build
from adapters.national_portal.simulator.effects import digest
from mappings.catalogue import today
from tests.e2e.rig import ADMIN, KEY, Rig, eventually, recorded, running
from tests.operations.candidates import ADDRESS, candidate
from tests.operations.conftest import MAPPING
from tests.operations.sheets import xlsx_of

FIELD = "DiaChiChuHoSo"
LOCAL = {"code": "1.001612.000.00.00.H47", "name": "Đăng ký thành lập hộ kinh doanh"}
OUTSIDER = {"code": "HKD-01", "name": "Mã nội bộ chưa ai biết"}


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    async with running(tmp_path) as made:
        yield made


async def call(rig: Rig, method: str, path: str, body: Any = None, key: str = ADMIN) -> tuple[int, Any]:
    headers = {"Authorization": f"Bearer {key}"}
    async with rig.http.request(method, rig.gateway.address + path, json=body, headers=headers) as response:
        return response.status, await response.json(content_type=None)


async def done(rig: Rig, path: str, **body: Any) -> Any:
    status, answer = await call(rig, "POST", path, body)
    assert status == 200, answer
    return answer


def dossier(number: int, **changes: Any) -> dict[str, Any]:
    address = {"address": "Thôn Mẫu, xã Thử Nghiệm"}
    event = recorded(1, code=f"000.00.16.H46-250612-{number:04}", **changes)
    event["data"]["applicant"] |= address
    return event


async def delivered(rig: Rig, number: int, **changes: Any) -> dict[str, Any]:
    answer = await rig.send(dossier(number, **changes))
    return await rig.reaches(answer["id"], "delivered")


async def publish(rig: Rig, text: str = "") -> Any:
    return await done(rig, "/v1/mappings/publish", table=text or candidate(ADDRESS), reason="công văn 999")


async def becomes(rig: Rig, event: dict[str, Any], version: str) -> str:
    """Digest of what a document becomes under a version, as the portal's effect log would hold it."""
    made = await done(rig, f"/v1/mappings/{MAPPING}/preview", document=event["data"], version=version)
    assert made["mapping"]["version"] == version
    return digest(made["document"])


# ---- in force ------------------------------------------------------------------------------------------------------


async def test_every_delivery_uses_the_version_in_force_and_records_it(rig: Rig) -> None:
    before = await delivered(rig, 1)
    await publish(rig)
    after = await delivered(rig, 2)
    assert (before["mapping"]["version"], after["mapping"]["version"]) == ("1", "2")
    expected = [await becomes(rig, dossier(number), str(number)) for number in (1, 2)]
    assert [effect.digest for effect in rig.portal.effects] == expected


async def test_a_version_of_tomorrow_is_not_used_today(rig: Rig) -> None:
    await publish(rig, candidate(ADDRESS, day=(today() + timedelta(days=1)).isoformat()))
    assert (await delivered(rig, 1))["mapping"]["version"] == "1"
    _, listed = await call(rig, "GET", "/v1/mappings")
    [versions] = [one["versions"] for one in listed["items"] if one["name"] == MAPPING]
    assert [(one["version"], one["in_force"], one["own"]) for one in versions] == [
        ("1", True, False),
        ("2", False, True),
    ]


async def test_a_file_laid_in_its_place_by_hand_is_taken_up_without_a_restart(rig: Rig, tmp_path: Path) -> None:
    path = tmp_path / "mappings" / "catalog" / MAPPING / "mapping.2.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(candidate(ADDRESS), "utf-8")

    async def taken() -> bool:
        _, found = await call(rig, "GET", f"/v1/mappings/{MAPPING}")
        return bool(found["version"] == "2")

    await eventually(taken)
    assert (await delivered(rig, 1))["mapping"]["version"] == "2"


async def test_a_restart_finds_what_was_published(tmp_path: Path) -> None:
    async with running(tmp_path) as rig:
        await publish(rig)
    async with running(tmp_path) as rig:
        assert (await delivered(rig, 1))["mapping"]["version"] == "2"


async def test_a_withdrawn_version_is_not_used_any_more(rig: Rig) -> None:
    await publish(rig)
    answer = await done(rig, f"/v1/mappings/{MAPPING}/withdraw", version="2", reason="công văn hoãn")
    assert answer["in_force"] == "1"
    assert (await delivered(rig, 1))["mapping"]["version"] == "1"


# ---- replay --------------------------------------------------------------------------------------------------------


async def dead(rig: Rig, number: int) -> dict[str, Any]:
    answer = await rig.send(dossier(number, procedure=LOCAL))
    return await rig.reaches(answer["id"], "dead")


async def confirm(rig: Rig) -> None:
    row = {"canonical": LOCAL["code"], "foreign": "1.001612"}
    planned = await done(rig, "/v1/codelists/procedures/import", rows=[row])
    how = {"fingerprint": planned["fingerprint"], "reason": "đã đối chiếu"}
    await done(rig, "/v1/codelists/procedures/import", rows=[row], **how)


@pytest.mark.parametrize(("choice", "version"), [({}, "2"), ({"mapping": "now"}, "2"), ({"mapping": "then"}, "1")])
async def test_a_replay_goes_through_the_version_of_now_or_of_then(
    rig: Rig, choice: dict[str, str], version: str
) -> None:
    old = await dead(rig, 1)
    await publish(rig)
    await confirm(rig)
    answer = await done(rig, f"/v1/deliveries/{old['id']}/replay", reason="đã bổ sung mã", **choice)
    new = await rig.reaches(old["message_id"], "delivered")
    assert (new["id"], new["mapping"]["version"]) == (answer["id"], version)
    assert rig.portal.effects[-1].digest == await becomes(rig, dossier(1, procedure=LOCAL), version)


async def test_a_replay_as_then_stays_with_its_version_when_it_has_to_be_replayed_again(rig: Rig) -> None:
    old = await dead(rig, 1)
    await publish(rig)
    again = await done(rig, f"/v1/deliveries/{old['id']}/replay", reason="thử lại", mapping="then")
    still_dead = await rig.reaches(old["message_id"], "dead")
    assert (still_dead["id"], still_dead["mapping"]["version"]) == (again["id"], "1")
    await confirm(rig)
    await done(rig, f"/v1/deliveries/{again['id']}/replay", reason="đã bổ sung mã", mapping="then")
    assert (await rig.reaches(old["message_id"], "delivered"))["mapping"]["version"] == "1"


async def test_a_version_that_is_gone_from_disk_leaves_the_replay_dead_with_its_cause(rig: Rig, tmp_path: Path) -> None:
    await publish(rig)
    old = await dead(rig, 1)
    await publish(rig, candidate(ADDRESS, version="3", day=(today() + timedelta(days=1)).isoformat()))
    (tmp_path / "mappings" / "catalog" / MAPPING / "mapping.2.yaml").unlink()
    await confirm(rig)
    await done(rig, f"/v1/deliveries/{old['id']}/replay", reason="như lúc đó", mapping="then")
    new = await rig.reaches(old["message_id"], "dead")
    assert (new["last_error"]["code"], new["last_error"]["class"]) == ("VERSION_GONE", "mapping")
    assert new["mapping"]["version"] == "2"


async def test_what_the_choice_may_be_is_said(rig: Rig) -> None:
    status, problem = await call(rig, "POST", "/v1/deliveries/x/replay", {"reason": "r", "mapping": "yesterday"})
    assert (status, problem["errors"][0]["pointer"]) == (422, "/mapping")


# ---- code lists ----------------------------------------------------------------------------------------------------


async def test_a_spreadsheet_opens_the_door_and_the_way_for_a_local_code(rig: Rig) -> None:
    event = dossier(1, procedure=OUTSIDER)
    assert (await rig.send(event, 422))["errors"][0]["code"] == "PROCEDURE_FORMAT"
    content = base64.b64encode(xlsx_of((OUTSIDER["code"], "1.001612", OUTSIDER["name"], *[None] * 4))).decode()
    body = {"file_name": "ma.xlsx", "content": content}
    planned = await done(rig, "/v1/codelists/procedures/import", **body)
    assert (planned["add"], await rig.send(event, 422) is not None) == (1, True)
    await done(
        rig, "/v1/codelists/procedures/import", **body, fingerprint=planned["fingerprint"], reason="bảng mã của sở"
    )
    answer = await rig.send(event)
    await rig.reaches(answer["id"], "delivered")
    assert rig.portal.effects[-1].digest == await becomes(rig, event, "1")
    _, found = await call(rig, "GET", "/v1/codelists/procedures")
    assert found["entries"][-1] == {"canonical": "HKD-01", "foreign": "1.001612", "vi": OUTSIDER["name"]}


async def test_an_unmapped_code_is_proposed_confirmed_and_replayed(rig: Rig) -> None:
    old = await dead(rig, 1)
    _, found = await call(rig, "GET", "/v1/suggestions?list=procedures")
    [one] = found["items"]
    assert (one["code"], one["deliveries"], one["proposals"][0]["foreign"]) == (LOCAL["code"], [old["id"]], "1.001612")
    await confirm(rig)
    _, found = await call(rig, "GET", "/v1/suggestions")
    assert found == {"items": [], "ready": 1}
    await done(rig, f"/v1/deliveries/{old['id']}/replay", reason="đã bổ sung mã")
    await rig.reaches(old["message_id"], "delivered")


async def test_a_plan_needs_no_reason_and_doing_it_does(rig: Rig) -> None:
    row = {"canonical": "X", "foreign": "1.000001"}
    planned = await done(rig, "/v1/codelists/procedures/import", rows=[row])
    body = {"rows": [row], "fingerprint": planned["fingerprint"]}
    status, problem = await call(rig, "POST", "/v1/codelists/procedures/import", body)
    assert (status, problem["errors"][0]["code"]) == (422, "REASON_REQUIRED")
    status, problem = await call(
        rig, "POST", "/v1/codelists/procedures/import", body | {"fingerprint": "other", "reason": "r"}
    )
    assert (status, problem["errors"][0]["code"]) == (409, "STATE")


# ---- the API -------------------------------------------------------------------------------------------------------


async def test_every_change_is_audited_with_who_why_and_what(rig: Rig) -> None:
    await publish(rig)
    await confirm(rig)
    await done(rig, f"/v1/mappings/{MAPPING}/withdraw", version="2", reason="công văn hoãn")
    entries = (await rig.gateway.ledger.audit_page(None, 10))["items"]
    assert [(one["actor"], one["action"], one["target"], one["reason"]) for one in entries] == [
        ("administrator", "mapping.withdraw", f"{MAPPING}@2", "công văn hoãn"),
        ("administrator", "codelist.import", "procedures", "đã đối chiếu"),
        ("administrator", "mapping.publish", f"{MAPPING}@2", "công văn 999"),
    ]


async def test_a_trial_over_http_tells_groups_and_no_person(rig: Rig) -> None:
    await delivered(rig, 1)
    answer = await done(rig, "/v1/mappings/trial", table=candidate(ADDRESS), reason="công văn 999")
    assert (answer["candidate"]["follows"], answer["messages"], answer["next"]) == ("1", 1, None)
    assert FIELD in [group["field"] for group in answer["report"]["groups"]]
    assert "Thôn Mẫu" not in str(answer) and "044999000123" not in str(answer)
    _, saw = await call(rig, "POST", "/v1/audit/who-saw", {"q": "044999000123", "purpose": "khiếu nại"})
    assert [(one["actor"], one["action"], one["target"], one["reason"]) for one in saw["items"]] == [
        ("administrator", "mapping.trial", f"{MAPPING}@2", "công văn 999")
    ]


async def test_a_client_may_look_and_preview_and_nothing_more(rig: Rig) -> None:
    text, preview = candidate(ADDRESS), f"/v1/mappings/{MAPPING}/preview"
    for path in ("/v1/mappings", f"/v1/mappings/{MAPPING}", "/v1/codelists", "/v1/codelists/channel"):
        assert (await call(rig, "GET", path, key=KEY))[0] == 200
    assert (await call(rig, "POST", preview, {"document": dossier(1)["data"]}, KEY))[0] == 200
    assert (await call(rig, "POST", preview, {"document": {}, "table": text}, KEY))[0] == 403
    for path, body in (
        ("/v1/mappings/trial", {"table": text, "reason": "r"}),
        ("/v1/mappings/publish", {"table": text, "reason": "r"}),
        (f"/v1/mappings/{MAPPING}/withdraw", {"version": "2", "reason": "r"}),
        ("/v1/codelists/channel/import", {"rows": [{"canonical": "fax", "foreign": "4"}]}),
    ):
        assert (await call(rig, "POST", path, body, KEY))[0] == 403
    assert (await call(rig, "GET", "/v1/suggestions", key=KEY))[0] == 403
    assert (await call(rig, "GET", "/v1/mappings", key="lt_nobody"))[0] == 401


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        (f"/v1/mappings/{MAPPING}/preview", {"document": {"code": 5}}, 422, "SCHEMA_TYPE"),
        (f"/v1/mappings/{MAPPING}/preview", {}, 422, "DOCUMENT_REQUIRED"),
        (f"/v1/mappings/{MAPPING}/preview", {"document": {}, "text": ""}, 422, "DOCUMENT_REQUIRED"),
        (f"/v1/mappings/{MAPPING}/preview", {"document": {}, "on": "2025-02-31"}, 422, "QUERY_PARAMETER"),
        (f"/v1/mappings/{MAPPING}/preview", {"document": {}, "onn": "2025-02-01"}, 422, "SCHEMA_ADDITIONALPROPERTIES"),
        ("/v1/mappings/nowhere/x/preview", {"document": {}}, 404, "NOT_FOUND"),
        ("/v1/mappings/publish", {"table": "name: x", "reason": "r"}, 422, "TABLE"),
        ("/v1/mappings/publish", {"table": "name: x"}, 422, "REASON_REQUIRED"),
        ("/v1/mappings/trial", {"table": "name: x"}, 422, "REASON_REQUIRED"),
        (f"/v1/mappings/{MAPPING}/withdraw", {"version": "1", "reason": "r"}, 409, "STATE"),
        ("/v1/codelists/nowhere/import", {"rows": [{"canonical": "a", "foreign": "b"}]}, 404, "NOT_FOUND"),
        ("/v1/codelists/channel/import", {"file_name": "a.csv", "content": "?"}, 422, "FILE_BASE64"),
        ("/v1/codelists/channel/import", {}, 422, "FILE_REQUIRED"),
        ("/v1/codelists/channel/import", {"rows": [{"canonical": "fax", "foreign": "1"}]}, 422, "CODE_AMBIGUOUS"),
    ],
)
async def test_what_cannot_be_done_is_said_in_both_languages(
    rig: Rig, path: str, body: dict[str, Any], status: int, code: str
) -> None:
    found, problem = await call(rig, "POST", path, body)
    assert found == status and code in [one["code"] for one in problem["errors"]]
    assert all(" / " in one["message"] for one in problem["errors"])


async def test_a_field_that_the_portal_demands_from_a_day_on_is_a_line_in_a_table(tmp_path: Path) -> None:
    portal = build(SimulatorSettings(also_required=(FIELD,)))
    async with running(tmp_path, portal) as rig:
        answer = await rig.send(dossier(1))
        await rig.reaches(answer["id"], "refused")
        await publish(rig)
        assert (await delivered(rig, 2))["mapping"]["version"] == "2"
