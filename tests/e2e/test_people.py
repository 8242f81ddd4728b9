"""People in a whole gateway: found by their numbers, shown masked, opened with a purpose, and told who looked."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import pytest

from gateway.edge_settings import RetentionSettings
from gateway.scheduler.keeping import Keeper
from tests.e2e.rig import ADMIN, CODE, KEY, Rig, recorded, running

ME = "044999000123"
WHY = "đơn khiếu nại số 12"


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    async with running(tmp_path) as made:
        yield made


async def post(rig: Rig, path: str, body: dict[str, Any], key: str = ADMIN) -> tuple[int, dict[str, Any]]:
    headers = {"Authorization": f"Bearer {key}"}
    async with rig.http.post(rig.gateway.address + path, json=body, headers=headers) as response:
        return response.status, await response.json(content_type=None)


async def found(rig: Rig, text: str, **more: Any) -> tuple[str, list[str]]:
    status, page = await post(rig, "/v1/searches", {"q": text, **more})
    assert status == 200, page
    return page["kind"], [one["id"] for one in page["items"]]


async def seen(rig: Rig, number: str = ME) -> list[tuple[str, str, str]]:
    status, page = await post(rig, "/v1/audit/who-saw", {"q": number, "purpose": "thanh tra"})
    assert status == 200, page
    return [(one["action"], one["target"], one["reason"]) for one in page["items"]]


async def test_a_person_is_found_by_every_spelling_of_every_number(rig: Rig) -> None:
    accepted = await rig.send(recorded(1))
    await rig.send(recorded(2, code="000.00.16.H46-250612-0002", applicant={"kind": "citizen", "name": "Người Khác"}))
    for text in (ME, "044 999 000 123", "0900000001", "+84 900 000 001", "84900000001", "Mau.Don@example.invalid"):
        assert await found(rig, text, purpose=WHY) == ("person", [accepted["id"]]), text
    assert await found(rig, "044999000999", purpose=WHY) == ("person", [])


async def test_codes_and_ids_are_found_without_a_purpose(rig: Rig) -> None:
    accepted = await rig.send(recorded(1))
    delivery = await rig.reaches(accepted["id"], "delivered")
    kind, ids = await found(rig, CODE.lower())
    assert kind == "dossier" and accepted["id"] in ids
    assert await found(rig, accepted["id"]) == ("message", [accepted["id"]])
    assert await found(rig, delivery["id"]) == ("delivery", [accepted["id"]])
    assert await found(rig, "không có mã này") == ("message", [])
    audited = [one["action"] for one in await rig.acted()]
    assert audited == []


async def test_a_number_is_looked_for_with_a_purpose_only_and_never_written_down(rig: Rig) -> None:
    await rig.send(recorded(1))
    for purpose in ({}, {"purpose": "  "}):
        status, problem = await post(rig, "/v1/searches", {"q": ME, **purpose})
        assert (status, problem["errors"][0]["code"]) == (422, "PURPOSE_REQUIRED")
    await found(rig, ME, purpose=WHY)
    [entry] = await rig.acted()
    assert (entry["action"], entry["target"], entry["reason"]) == ("search.person", "0449••••••23", WHY)
    assert ME not in orjson.dumps(entry).decode()


async def test_a_body_is_masked_until_somebody_says_what_for(rig: Rig) -> None:
    accepted = await rig.send(recorded(1))
    await rig.reaches(accepted["id"], "delivered")
    path = f"/v1/messages/{accepted['id']}/body"
    masked = await rig.get(path)
    assert masked["masked"] and masked["document"]["applicant"] == {
        "kind": "citizen", "name": "•••", "citizen_id": "0449••••••23", "phone": "••••••••01", "email": "•••",
    }  # fmt: skip
    assert masked["document"]["procedure"]["code"] == "1.001612" and masked["document"]["status"] == "received"
    assert (await post(rig, path, {}))[0] == 422
    status, whole = await post(rig, path, {"purpose": WHY})
    assert status == 200 and whole["document"]["applicant"]["citizen_id"] == ME
    assert orjson.loads(whole["received"]["text"])["data"]["applicant"]["name"] == "Lê Thị Mẫu Đơn"
    [attempt] = whole["attempts"]
    assert attempt["as_sent"] and attempt["document"]["SoGiayToChuHoSo"] == ME and attempt["answer"]
    assert (await post(rig, path, {"purpose": WHY}, KEY))[0] == 403


async def test_who_saw_somebody_is_one_question_and_is_itself_seen(rig: Rig) -> None:
    accepted = await rig.send(recorded(1))
    await post(rig, f"/v1/messages/{accepted['id']}/body", {"purpose": WHY})
    await found(rig, ME, purpose="tra cứu cho bộ phận một cửa")
    opened = ("message.body_opened", accepted["id"], WHY)
    looked = ("search.person", "0449••••••23", "tra cứu cho bộ phận một cửa")
    assert await seen(rig) == [looked, opened]
    assert await seen(rig) == [("audit.who_saw", "0449••••••23", "thanh tra"), looked, opened]
    assert await seen(rig, "0900000001") == [opened]
    assert await seen(rig, "044999000999") == []


async def test_shredding_ends_finding_and_opening_but_not_who_saw_it(rig: Rig) -> None:
    accepted = await rig.send(recorded(1))
    await rig.settled()
    path = f"/v1/messages/{accepted['id']}/body"
    await post(rig, path, {"purpose": WHY})
    await rig.gateway.ledger.shred(datetime.now(UTC) + timedelta(days=1), 100)
    status, problem = await post(rig, path, {"purpose": WHY})
    assert (status, problem["errors"][0]["code"]) == (410, "BODY_SHREDDED")
    assert (await rig.gateway.ledger.audit_page(None, 1))["items"][0]["details"] == {"refused": "ShreddedError"}
    assert await found(rig, ME, purpose=WHY) == ("person", [])
    assert ("message.body_opened", accepted["id"], WHY) in await seen(rig)


async def test_after_a_rotation_of_the_search_key_everything_is_found_as_before(rig: Rig) -> None:
    accepted = await rig.send(recorded(1))
    await rig.settled()
    await post(rig, f"/v1/messages/{accepted['id']}/body", {"purpose": WHY})
    status, told = await post(rig, "/v1/keys/search/rotate", {"reason": "định kỳ"})
    assert (status, told["id"], told["searches"]) == (200, "s2", True)
    assert await found(rig, ME, purpose=WHY) == ("person", [accepted["id"]])
    await Keeper(rig.gateway.ledger, rig.gateway.ring, RetentionSettings()).look(datetime.now(UTC))
    assert await found(rig, ME, purpose=WHY) == ("person", [accepted["id"]])
    assert ("message.body_opened", accepted["id"], WHY) in await seen(rig)
    status, problem = await post(rig, "/v1/keys/s1/drop", {"reason": "thử"})
    assert status == 409, problem


async def test_nobody_but_those_who_work_here_may_ask(rig: Rig) -> None:
    for path, body in (("/v1/searches", {"q": CODE}), ("/v1/audit/who-saw", {"q": ME, "purpose": WHY})):
        assert (await post(rig, path, body, KEY))[0] == 403
        async with aiohttp.ClientSession() as http, http.post(rig.gateway.address + path, json=body) as response:
            assert response.status == 401
