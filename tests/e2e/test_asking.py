"""Questions through the whole gateway: look-ups and document reuse, answered on the same call or later, never twice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from adapters.citizen_db import simulator as citizen_db
from adapters.national_portal import simulator as portal
from adapters.ndxp import simulator as ndxp
from mappings import Catalogue
from tests.e2e.province import province
from tests.e2e.rig import recorded

DOSSIER = "000.00.16.H46-250612-0001"
OFFICER = {"id": "044082999100"}
MAU = {"citizen_id": "044085999001", "full_name": "Nguyễn Văn Mẫu", "birth_date": "1985-04-12"}
NOBODY = {"citizen_id": "044085999099", "full_name": "Nguyễn Không Có", "birth_date": "1985"}
BIRTH = "KQ.G15.000031"


def a_lookup(person: dict[str, str] | None = None, service: str = "lookup", **changes: Any) -> dict[str, Any]:
    return {
        "service": service,
        "dossier_code": DOSSIER,
        "procedure_code": "1.001193",
        "officer": OFFICER,
        "person": dict(MAU if person is None else person),
        **changes,
    }


def a_search(citizen_id: str = "044999000123", **changes: Any) -> dict[str, Any]:
    return {
        "dossier_code": DOSSIER,
        "owner": {"citizen_id": citizen_id},
        "result_code": BIRTH,
        "component_code": "KHAISINH",
        "officer": OFFICER,
        "purpose": "Đăng ký kết hôn",
        **changes,
    }


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        (a_lookup(), "citizen.found.v1"),
        (a_lookup(NOBODY), "citizen.not_found.v1"),
        (a_lookup(service="verify"), "citizen.verified.v1"),
        (
            a_lookup(service="household", members=[{"citizen_id": "044188999002", "full_name": "Lê Thị Vợ Mẫu"}]),
            "citizen.verified.v1",
        ),
    ],
)
async def test_a_lookup_is_answered_on_the_same_call(tmp_path: Path, question: dict[str, Any], answer: str) -> None:
    database = citizen_db.build()
    async with province(tmp_path, {"citizen_db": (database, citizen_db.adapter_settings)}) as rig:
        reply = await rig.send("citizen.lookup_requested.v1", question, "tra-1", status=200, wait=10)
        assert reply["type"] == f"vn.lienthong.{answer}"
        assert reply["data"]["dossier_code"] == DOSSIER
        assert (await rig.settled())["balance"] == 0


async def test_an_answer_too_late_for_its_call_is_found_later(tmp_path: Path) -> None:
    database = citizen_db.build()
    database.next(citizen_db.faults.FAULTS["http_status"](status=503), times=3)
    async with province(tmp_path, {"citizen_db": (database, citizen_db.adapter_settings)}) as rig:
        sent = await rig.send("citizen.lookup_requested.v1", a_lookup(), "tra-1", wait=0)
        assert sent["state"] == "accepted"
        [found] = await rig.told("citizen.found.v1")
        assert found["causation_id"] == sent["id"]


async def test_a_lookup_can_be_traced_to_officer_and_dossier_and_names_nobody(tmp_path: Path) -> None:
    database = citizen_db.build()
    async with province(tmp_path, {"citizen_db": (database, citizen_db.adapter_settings)}) as rig:
        sent = await rig.send("citizen.lookup_requested.v1", a_lookup(), "tra-1")
        await rig.reaches(sent["id"], "delivered")
        view = await rig.get(f"/v1/messages/{sent['id']}")
    [attempt] = view["deliveries"][0]["attempt_log"]
    assert attempt["facts"]["dossier"] == DOSSIER
    assert attempt["facts"]["officer"]
    assert OFFICER["id"] not in str(view)
    assert MAU["citizen_id"] not in str(view)


async def test_an_officer_without_a_number_is_refused_before_anything_is_sent(tmp_path: Path) -> None:
    database = citizen_db.build()
    async with province(tmp_path, {"citizen_db": (database, citizen_db.adapter_settings)}) as rig:
        question = a_lookup(officer={"id": "canbo.ad", "account": "canbo.ad"})
        reply = await rig.send("citizen.lookup_requested.v1", question, "tra-1", status=200, wait=10)
    assert reply["type"] == "vn.lienthong.citizen.refused.v1"
    assert reply["data"]["error"]["vi"] and reply["data"]["error"]["en"]
    assert database.calls == 0


async def test_a_result_the_state_holds_is_provided_and_carried_into_the_dossier(tmp_path: Path) -> None:
    exchange, dvcqg = ndxp.build(), portal.build()
    systems = {
        "ndxp": (exchange, ndxp.adapter_settings),
        "national_portal": (dvcqg, portal.adapter_settings),
    }
    async with province(tmp_path, systems) as rig:
        reply = await rig.send("document.reuse_requested.v1", a_search(), "tim-1", status=200, wait=10)
        assert reply["type"] == "vn.lienthong.document.provided.v1"
        found = reply["data"]["document"]
        assert found["id"] == "90012"  # the newest that is valid, signed and neither revoked nor expired
        paper = {
            "id": found["id"],
            "name": found["name"],
            "component_code": reply["data"]["component_code"],
            "url": found["url"],
            "digitised": True,
            "reuse": "replaced_by_result",
            "from_store": True,
            "replacing_result_code": found["result_code"],
        }
        dossier = recorded(code=DOSSIER, documents=[paper])["data"]
        sent = await rig.send("dossier.recorded.v1", dossier, "hs-1")
        await rig.reaches(sent["id"], "delivered")
        assert (await rig.settled())["balance"] == 0
    mapped = Catalogue.load().get("national_portal/dossier.recorded.v1").forward(dossier).document
    assert [effect.digest for effect in dvcqg.effects] == [portal.digest(mapped)]  # what arrived is what was mapped
    [submitted] = mapped["TaiLieuNop"]
    assert (submitted["DuocTaiSuDung"], submitted["DuocLayTuKhoDMQG"]) == ("2", "1")
    assert submitted["MaKetQuaThayThe"] == BIRTH


async def test_a_result_nobody_may_reuse_is_not_found(tmp_path: Path) -> None:
    exchange = ndxp.build()
    async with province(tmp_path, {"ndxp": (exchange, ndxp.adapter_settings)}) as rig:
        reply = await rig.send("document.reuse_requested.v1", a_search("044999000124"), "tim-1", status=200, wait=10)
    assert reply["type"] == "vn.lienthong.document.not_found.v1"
    assert reply["data"]["result_code"] == BIRTH


async def test_another_persons_document_is_never_given_out(tmp_path: Path) -> None:
    exchange = ndxp.build()
    async with province(tmp_path, {"ndxp": (exchange, ndxp.adapter_settings)}) as rig:
        sent = await rig.send("document.reuse_requested.v1", a_search("044999000125"), "tim-1")
        delivery = await rig.reaches(sent["id"], "dead")
    assert delivery["last_error"]["code"] == "OTHER_OWNER"
