"""A pause that one process is told of binds the others, each in a process of its own; other destinations go on (P6)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.e2e.rig import ADMIN, progressed, recorded
from tests.production.rig import at_portal
from tests.production.test_roles import LOOKUP, Province, province

PAUSE = "/v1/destinations/national_portal/pause"
CODES = [f"000.00.16.H46-250612-{number:04}" for number in range(1, 21)]


async def post(here: Province, process: str, path: str) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {ADMIN}"}
    body = {"reason": "Cổng DVCQG báo nâng cấp"}
    async with here.http.post(here.roles[process].address + path, json=body, headers=headers) as answer:
        found: dict[str, Any] = await answer.json()
        assert answer.status == 200, found
        return found


async def test_a_pause_at_the_door_stops_relay_and_workers_and_outlives_one_that_starts_anew(
    tmp_path: Path, database_url: str, rabbitmq_server: str
) -> None:
    async with province(tmp_path, database_url, rabbitmq_server) as here:
        for role, name in (("intake", "intake"), ("relay", "relay"), ("worker", "first")):
            await here.start(role, name)
        assert (await post(here, "intake", PAUSE))["state"] == "paused"
        for code in CODES:
            assert (await here.send(recorded(1, code=code)))[0] == 202
            assert (await here.send(progressed(2, "received", code=code)))[0] == 202
        await here.start("worker", "second")
        await here.roles["first"].stop()
        event = recorded(1) | {"id": "q1", "type": "vn.lienthong.citizen.lookup_requested.v1", "data": LOOKUP}
        assert (await here.send(event, Prefer="wait=20"))[0] == 200
        assert here.portal.effects == []
        assert (await post(here, "intake", PAUSE.replace("pause", "probe")))["ok"] is True  # by the second worker
        await post(here, "intake", PAUSE.replace("pause", "resume"))
        balance = await here.settled()
    assert at_portal(balance) == (40, 40, 0)
    for code in CODES:
        assert [effect.kind for effect in here.portal.effects if effect.key == code] == ["create", "progress"]
