"""A destination is paused while everything else goes on (P6): on embedded storage and on servers, over real HTTP."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from adapters.citizen_db import simulator as citizen_db
from adapters.national_portal import simulator as portal
from adapters.national_portal.simulator import faults
from mappings.convert import VIETNAM
from tests.e2e.province import Province, province
from tests.e2e.rig import ADMIN, KEY, eventually, progressed, recorded
from tests.e2e.test_asking import a_lookup
from tests.passing import let_pass
from tests.services.databases import a_database

PORTAL = "/v1/destinations/national_portal"
REASON = {"reason": "Cổng DVCQG báo nâng cấp"}
CODES = [f"000.00.16.H46-250612-{number:04}" for number in range(1, 11)]


@pytest.fixture(params=["embedded", "servers"])
async def storage(request: pytest.FixtureRequest) -> AsyncIterator[Mapping[str, Any]]:
    """Settings that name a ledger and a broker of this test's own."""
    if request.param == "embedded":
        yield {}
        return
    amqp = request.getfixturevalue("rabbitmq_server")
    async with a_database(request.getfixturevalue("postgres_server")) as url:
        yield {"database_url": url, "amqp_url": amqp, "amqp": {"prefix": f"t{secrets.token_hex(4)}"}}


async def post(rig: Province, path: str, body: Mapping[str, Any], status: int = 200, key: str = ADMIN) -> Any:
    headers = {"Authorization": f"Bearer {key}"}
    async with rig.http.post(rig.gateway.address + path, json=body, headers=headers) as response:
        answer = await response.json(content_type=None)
        assert response.status == status, answer
        return answer


async def destination(rig: Province, name: str = "national_portal") -> dict[str, Any]:
    items = (await rig.get("/v1/destinations"))["items"]
    return next(dict(one) for one in items if one["name"] == name)


async def send_dossier(rig: Province, code: str) -> None:
    for event in (recorded(1, code=code), progressed(2, "received", code=code)):
        await rig.send(event["type"].removeprefix("vn.lienthong."), event["data"], event["id"])


def both() -> tuple[Any, Any, dict[str, Any]]:
    people, cong = citizen_db.build(), portal.build()
    systems = {
        "citizen_db": (people, citizen_db.adapter_settings),
        "national_portal": (cong, portal.adapter_settings),
    }
    return people, cong, systems


async def test_a_paused_destination_gets_nothing_others_feel_nothing_and_it_drains_in_order(
    tmp_path: Path, storage: Mapping[str, Any]
) -> None:
    _, cong, systems = both()
    async with province(tmp_path, systems, **storage) as rig:
        paused = await post(rig, f"{PORTAL}/pause", REASON)
        assert (paused["state"], paused["pause"]["by"]) == ("paused", "administrator")
        for number, code in enumerate(CODES):
            await send_dossier(rig, code)
            asked = a_lookup(dossier_code=code)
            reply = await rig.send("citizen.lookup_requested.v1", asked, f"tra-{number}", status=200, wait=10)
            assert reply["type"] == "vn.lienthong.citizen.found.v1"
        waiting = await destination(rig)
        assert waiting["backlog"]["open"] == 2 * len(CODES)
        assert waiting["oldest_open_seconds"] >= 0
        assert cong.effects == []
        assert (await post(rig, f"{PORTAL}/resume", REASON))["state"] == "running"
        assert (await rig.settled())["balance"] == 0
        assert await rig.gateway.ledger.outbox_depth() == 0
        actions = await rig.audited()
    for code in CODES:
        assert [one.kind for one in cong.effects if one.key == code] == ["create", "progress"]
    assert actions[:2] == ["destination.resume", "destination.pause"]


async def test_a_pause_holds_over_a_restart_and_burns_no_try(tmp_path: Path) -> None:
    _, cong, systems = both()
    async with province(tmp_path, systems) as rig:
        await post(rig, f"{PORTAL}/pause", REASON)
        await send_dossier(rig, CODES[0])
    async with province(tmp_path, systems) as rig:
        await send_dossier(rig, CODES[1])
        people = await rig.send("citizen.lookup_requested.v1", a_lookup(), "tra-1", status=200, wait=10)
        assert people["type"] == "vn.lienthong.citizen.found.v1"
        page = await rig.gateway.ledger.deliveries_page({"destination": "national_portal"}, None, 10)
        assert {one["attempts"] for one in page["items"]} == {0}
        assert cong.effects == []
        metrics = (await rig.get("/metrics")).decode()
        await post(rig, f"{PORTAL}/resume", REASON)
        await rig.settled()
    assert 'lienthong_breaker_state{destination="national_portal"} 3.0' in metrics
    assert len(cong.effects) == 4


async def test_announced_maintenance_closes_and_opens_by_itself(tmp_path: Path, storage: Mapping[str, Any]) -> None:
    _, cong, systems = both()
    async with province(tmp_path, systems, **storage) as rig:
        until = (datetime.now(VIETNAM) + timedelta(hours=2)).isoformat()
        made = await post(rig, "/v1/maintenance", {"destination": "national_portal", "until": until, **REASON})
        assert made["ends_at"][:19] == until[:19] and made["ends_at"].endswith("+07:00")
        await send_dossier(rig, CODES[0])
        there = await destination(rig)
        assert (there["state"], there["maintenance"]["id"]) == ("maintenance", made["id"])
        assert [one["id"] for one in (await rig.get("/v1/maintenance"))["items"]] == [made["id"]]
        assert cong.effects == []
        await let_pass(rig.gateway.ledger, timedelta(hours=3))
        await rig.settled()
        assert (await destination(rig))["state"] == "running"
        page = await rig.gateway.ledger.deliveries_page({"destination": "national_portal"}, None, 10)
    assert {one["attempts"] for one in page["items"]} == {1}


async def test_a_cancelled_maintenance_lets_everything_go(tmp_path: Path) -> None:
    _, cong, systems = both()
    async with province(tmp_path, systems) as rig:
        until = (datetime.now(VIETNAM) + timedelta(hours=2)).isoformat()
        made = await post(rig, "/v1/maintenance", {"destination": "national_portal", "until": until, **REASON})
        await send_dossier(rig, CODES[0])
        await post(rig, f"/v1/maintenance/{made['id']}/cancel", REASON)
        await rig.settled()
        await post(rig, f"/v1/maintenance/{made['id']}/cancel", REASON, status=409)
        assert (await rig.get("/v1/maintenance"))["items"] == []
        assert len((await rig.get("/v1/maintenance?past=true"))["items"]) == 1
    assert len(cong.effects) == 2


async def test_a_probe_asks_the_target_now_and_closes_its_breaker(tmp_path: Path, storage: Mapping[str, Any]) -> None:
    _, cong, systems = both()
    how = {"destinations": {"national_portal": {"breaker_failures": 1, "breaker_pause": "1h", "timeout": "5s"}}}
    async with province(tmp_path, systems, **storage, **how) as rig:
        assert (await post(rig, f"{PORTAL}/probe", {}))["ok"] is True
        cong.next(faults.http_status(503), times=2)
        await send_dossier(rig, CODES[0])

        async def broken() -> bool:
            return bool((await destination(rig))["state"] == "breaker_open")

        await eventually(broken)
        seen = (await destination(rig))["breaker"]
        assert seen["code"] == "HTTP_503" and seen["vi"] and seen["en"] and seen["since"] < seen["until"]
        failed = await post(rig, f"{PORTAL}/probe", {})
        assert (failed["ok"], failed["code"]) == (False, "HTTP_503")
        assert (await post(rig, f"{PORTAL}/probe", {"reason": "Cổng báo đã xong"}))["ok"] is True

        async def running() -> bool:
            return bool((await destination(rig))["state"] == "running")

        await eventually(running)
        assert (await destination(rig))["last_probe"]["ok"] is True


async def test_what_cannot_be_done_is_refused_in_words(tmp_path: Path) -> None:
    _, _, systems = both()
    async with province(tmp_path, systems) as rig:
        missing = await post(rig, "/v1/destinations/nowhere/pause", REASON, status=404)
        assert "national_portal" in missing["detail"]
        assert (await post(rig, f"{PORTAL}/pause", {}, status=422))["errors"][0]["code"] == "REASON_REQUIRED"
        await post(rig, f"{PORTAL}/pause", REASON, status=403, key=KEY)
        await post(rig, f"{PORTAL}/resume", REASON, status=409)
        await post(rig, "/v1/maintenance", {"destination": "payment", "until": "hôm qua", **REASON}, status=422)
        past = {"destination": "national_portal", "until": "2025-01-01T00:00:00+07:00", **REASON}
        await post(rig, "/v1/maintenance", past, status=409)
        entries = await rig.acted()
    assert [(one["action"], one["ok"]) for one in entries] == [
        ("maintenance.add", False), ("destination.resume", False), ("destination.pause", False),
    ]  # fmt: skip
