"""How a province moves off its old job: one agency held, one in shadow, the others live; through the whole gateway."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from adapters.national_portal import simulator as portal
from adapters.national_portal.simulator import SimulatedPortal
from tests.e2e.province import FAST, Province, province
from tests.e2e.rig import eventually, progressed, recorded
from tests.e2e.test_steering import destination, storage

__all__ = ["storage"]

HELD, SHADOWED, LIVE = "000.00.16.H46", "000.00.17.H46", "000.00.18.H46"


def modes(mode: str = "live", **agencies: str) -> dict[str, Any]:
    named = {"held": HELD, "shadowed": SHADOWED, "live": LIVE}
    units = {named[name]: mode for name, mode in agencies.items()}
    return {"destinations": {"national_portal": {**FAST, "mode": mode, "agencies": units}}}


def dossier(agency: str, number: int = 1) -> str:
    return f"{agency}-250612-{number:04}"


async def send(rig: Province, code: str, **changes: Any) -> dict[str, Any]:
    agency = {"agency": {"code": code.partition("-")[0], "name": "Đơn vị giả lập"}}
    event = recorded(1, code=code, **(agency | changes))
    return await rig.send("dossier.recorded.v1", event["data"], event["id"])


async def progress(rig: Province, code: str, number: int = 2) -> dict[str, Any]:
    event = progressed(number, "received", code=code)
    return await rig.send("dossier.progressed.v1", event["data"], event["id"])


def effects(cong: SimulatedPortal, code: str) -> list[str]:
    return [one.kind for one in cong.effects if one.key == code]


async def test_one_agency_is_held_while_the_others_flow_and_released_in_order(
    tmp_path: Path, storage: Mapping[str, Any]
) -> None:
    cong = portal.build()
    systems = {"national_portal": (cong, portal.adapter_settings)}
    async with province(tmp_path, systems, **storage, **modes(held="hold")) as rig:
        for agency in (HELD, LIVE):
            await send(rig, dossier(agency))
            last = await progress(rig, dossier(agency))
        await rig.reaches(last["id"], "delivered")
        shown = await destination(rig)
        assert (shown["state"], shown["agencies"], shown["held_for"]) == ("running", {HELD: "hold"}, {HELD: 1})
        assert shown["backlog"] | {"open": 2, "pending": 1, "held": 1} == shown["backlog"]
        assert effects(cong, dossier(HELD)) == []
        assert await rig.gateway.ledger.outbox_depth() == 0
    assert effects(cong, dossier(LIVE)) == ["create", "progress"]
    async with province(tmp_path, systems, **storage, **modes()) as rig:
        assert (await rig.settled())["balance"] == 0
    assert effects(cong, dossier(HELD)) == ["create", "progress"]


async def test_a_destination_that_is_held_lets_one_agency_through(tmp_path: Path) -> None:
    cong = portal.build()
    systems = {"national_portal": (cong, portal.adapter_settings)}
    async with province(tmp_path, systems, **modes("hold", live="live")) as rig:
        await send(rig, dossier(HELD))
        sent = await send(rig, dossier(LIVE))
        await rig.reaches(sent["id"], "delivered")
        assert (await destination(rig))["held_for"] == {"*": 1}
    assert [one.key for one in cong.effects] == [dossier(LIVE)]


async def test_a_shadow_maps_and_checks_and_sends_nothing(tmp_path: Path, storage: Mapping[str, Any]) -> None:
    cong = portal.build()
    systems = {"national_portal": (cong, portal.adapter_settings)}
    async with province(tmp_path, systems, **storage, **modes(shadowed="shadow")) as rig:
        first = await send(rig, dossier(SHADOWED), summary="Đ" * 1200)
        second = await progress(rig, dossier(SHADOWED))
        live = await send(rig, dossier(LIVE))
        await rig.reaches(live["id"], "delivered")
        shown = await rig.reaches(first["id"], "cancelled")
        await rig.reaches(second["id"], "cancelled")
        assert (await rig.settled())["balance"] == 0
        message = await rig.get(f"/v1/messages/{first['id']}")
    assert shown["last_error"]["code"] == "SHADOW"
    [attempt] = shown["attempt_log"]
    assert attempt["outcome"] == "shadow" and attempt["request_digest"]
    assert attempt["facts"] == {"mode": "shadow", "mapping": "ok", "compared": "absent"}
    assert [one["pointer"] for one in attempt["warnings"]] != []  # what would have been cut off is told
    assert message["replies"] == [] and message["state"] == "completed"
    assert [one.key for one in cong.effects] == [dossier(LIVE)]


async def test_what_a_shadow_cannot_map_is_dead_as_it_would_be_live(tmp_path: Path) -> None:
    cong = portal.build()
    systems = {"national_portal": (cong, portal.adapter_settings)}
    async with province(tmp_path, systems, **modes(shadowed="shadow")) as rig:
        unknown = {"code": "1.001612-XYZ", "name": "Thủ tục riêng của đơn vị"}
        sent = await send(rig, dossier(SHADOWED), procedure=unknown)

        async def over() -> bool:
            return bool((await rig.delivery(sent["id"]))["state"] in ("dead", "cancelled"))

        await eventually(over)
        assert (await rig.delivery(sent["id"]))["state"] == "dead"
    assert cong.effects == []
