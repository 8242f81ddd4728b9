"""Moving off the system before: what it brought to the portal is loaded, and what it still owns is not overwritten."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from adapters.national_portal import simulator as portal
from adapters.national_portal.simulator import SimulatedPortal, faults
from tests.e2e.province import Province, province
from tests.e2e.rig import progressed, recorded
from tests.e2e.test_steering import REASON, post, storage

__all__ = ["storage"]

OLD, NEW = "000.00.16.H46-250612-0001", "000.00.16.H46-250612-0002"


def the_old_system_sent(cong: SimulatedPortal, *codes: str) -> None:
    """These dossiers are at the portal already."""
    for code in codes:
        cong.services.dossiers[code] = {"MaHoSo": code, "TrangThaiHoSo": "2"}


def asking(on_existing: str = "ask") -> dict[str, Any]:
    def section(url: str) -> dict[str, Any]:
        return {**portal.adapter_settings(url), "on_existing": on_existing}

    return {"section": section}


def system(cong: SimulatedPortal, on_existing: str = "ask") -> Mapping[str, Any]:
    return {"national_portal": (cong, asking(on_existing)["section"])}


async def send(rig: Province, code: str, number: int = 1, **changes: Any) -> dict[str, Any]:
    event = recorded(number, code=code, **changes)
    return await rig.send("dossier.recorded.v1", event["data"], event["id"])


async def load(rig: Province, *codes: str) -> dict[str, Any]:
    """Plan and do, as the command does."""
    text = "code,status,at\n" + "".join(f"{code},received,2025-06-12 08:15\n" for code in codes)
    body = {
        "destination": "national_portal", "file_name": "ho-so.csv", "content": base64.b64encode(text.encode()).decode()
    }  # fmt: skip
    plan = await post(rig, "/v1/cutover/import", body)
    assert plan["dossiers"] == len(codes)
    done: dict[str, Any] = await post(rig, "/v1/cutover/import", body | {"fingerprint": plan["fingerprint"]} | REASON)
    return done


async def test_another_systems_dossier_is_parked_for_a_person_and_taken_over_by_import_and_replay(
    tmp_path: Path, storage: Mapping[str, Any]
) -> None:
    cong = portal.build()
    the_old_system_sent(cong, OLD)
    async with province(tmp_path, system(cong), **storage) as rig:
        sent = await send(rig, OLD)
        parked = await rig.reaches(sent["id"], "dead")
        assert parked["last_error"]["code"] == "EXISTS_ELSEWHERE"
        assert "cutover import" in parked["last_error"]["vi"] and "discard" in parked["last_error"]["en"]
        assert cong.effects == []
        await load(rig, OLD)
        await post(rig, f"/v1/deliveries/{parked['id']}/replay", REASON)
        await rig.reaches(sent["id"], "delivered")
        assert (await rig.settled())["balance"] == 0
    assert [one.kind for one in cong.effects] == ["update"]


async def test_what_was_imported_is_updated_and_its_progress_flows(tmp_path: Path) -> None:
    cong = portal.build()
    the_old_system_sent(cong, OLD)
    async with province(tmp_path, system(cong)) as rig:
        assert (await load(rig, OLD))["new"] == 1
        passport = await rig.get(f"/v1/dossiers/{OLD}")
        assert [(one["operation"], one["status"]) for one in passport["last_confirmed"]] == [("import", "received")]
        event = progressed(2, "processing", code=OLD)
        progress = await rig.send("dossier.progressed.v1", event["data"], event["id"])
        await rig.reaches(progress["id"], "delivered")
        sent = await send(rig, OLD, 3)
        shown = await rig.reaches(sent["id"], "delivered")
        assert shown["attempt_log"][0]["warnings"] == []
        assert (await load(rig, OLD))["known"] == 1
        audited = await rig.audited()
    assert [one.kind for one in cong.effects] == ["progress", "update"]
    assert audited == ["cutover.imported", "cutover.import"] * 2


@pytest.mark.parametrize("unclear", [faults.cut_after_commit()])
async def test_what_may_be_our_own_repeat_is_not_taken_for_another_systems(tmp_path: Path, unclear: Any) -> None:
    cong = portal.build()
    cong.next(unclear, on="DongBoHoSoMC")
    async with province(tmp_path, system(cong)) as rig:
        sent = await send(rig, NEW)
        await rig.reaches(sent["id"], "delivered")
        again = await send(rig, NEW, 2, status="processing")
        await rig.reaches(again["id"], "delivered")
    assert [one.kind for one in cong.effects] == ["create", "update", "update"]


async def test_what_a_citizen_filed_on_the_portal_is_there_by_right(tmp_path: Path) -> None:
    cong = portal.build()
    the_old_system_sent(cong, OLD)
    async with province(tmp_path, system(cong)) as rig:
        sent = await send(rig, OLD, filed_at="national_portal", channel="online")
        await rig.reaches(sent["id"], "delivered")


async def test_where_nobody_is_asked_it_is_updated_with_a_warning_that_is_counted(tmp_path: Path) -> None:
    cong = portal.build()
    the_old_system_sent(cong, OLD)
    told = 'lienthong_delivery_warnings_total{code="EXISTED_ELSEWHERE",destination="national_portal"}'
    async with province(tmp_path, system(cong, "update")) as rig:
        assert f"{told} 0.0" in (await rig.get("/metrics")).decode()  # else Prometheus would not see the first one
        sent = await send(rig, OLD)
        shown = await rig.reaches(sent["id"], "delivered")
        assert [one["code"] for one in shown["attempt_log"][0]["warnings"]] == ["EXISTED_ELSEWHERE"]
        assert f"{told} 1.0" in (await rig.get("/metrics")).decode()


async def test_a_file_that_changed_after_its_plan_is_refused_and_audited(tmp_path: Path) -> None:
    cong = portal.build()
    body = {"destination": "national_portal", "file_name": "x.csv", "fingerprint": "seen before"}
    text = f"code,status,at\n{OLD},2,2025-06-12\n"
    async with province(tmp_path, system(cong)) as rig:
        content = {"content": base64.b64encode(text.encode()).decode()}
        await post(rig, "/v1/cutover/import", body | content | REASON, status=409)
        await post(rig, "/v1/cutover/import", body | content, status=422)  # without a reason
        await post(rig, "/v1/cutover/import", body | {"content": "=="} | REASON, status=422)
        await post(rig, "/v1/cutover/import", body | content | REASON | {"destination": "nowhere"}, status=404)
        assert await rig.gateway.ledger.known_among("national_portal", [OLD]) == {}
        entries = await rig.acted()
    assert [(one["action"], one["ok"]) for one in entries] == [("cutover.import", False)] * 2
