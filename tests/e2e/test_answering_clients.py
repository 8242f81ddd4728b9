"""Answers reach the province's own systems: signed, in order, each once, and one dead endpoint holds nobody else up."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from adapters.national_portal import simulator as portal
from adapters.onestop import simulator as onestop
from adapters.onestop.simulator import SimulatedOneStop
from adapters.simulation import faults
from tests.e2e.province import Province, province
from tests.e2e.rig import eventually, recorded

CODES = [f"000.00.16.H46-250612-{number:04}" for number in range(1, 6)]


def systems(one_stop: SimulatedOneStop) -> dict[str, Any]:
    return {
        "national_portal": (portal.build(), portal.adapter_settings),
        "onestop": (one_stop, lambda url: onestop.adapter_settings(url, one_stop.settings)),
    }


async def send_dossiers(rig: Province, status: str = "received", number: int = 1) -> None:
    for code in CODES:
        await rig.send("dossier.recorded.v1", recorded(number, status, code=code)["data"], f"{code}/{number}")


async def heard(one_stop: SimulatedOneStop, count: int) -> None:
    async def enough() -> bool:
        return len(one_stop.effects) >= count

    await eventually(enough)


async def test_an_answer_is_called_back_signed_and_names_its_question(tmp_path: Path) -> None:
    one_stop = onestop.build()
    async with province(tmp_path, systems(one_stop)) as rig:
        sent = await rig.send("dossier.recorded.v1", recorded()["data"], "hs-1")
        await heard(one_stop, 1)
        [reply] = await rig.told("dossier.synchronised.v1")
        await rig.settled()
    assert reply["causation_id"] == sent["id"]
    assert (one_stop.forged, one_stop.events.repeats) == (0, 0)
    assert [(effect.kind, effect.key) for effect in one_stop.effects] == [("event", recorded()["subject"])]


async def test_a_client_that_is_away_loses_nothing_and_gets_everything_in_order(tmp_path: Path) -> None:
    one_stop = onestop.build()
    one_stop.next(faults.http_status(503), times=6)
    one_stop.next(faults.cut_after_commit(), times=2)
    async with province(tmp_path, systems(one_stop)) as rig:
        await send_dossiers(rig)
        await send_dossiers(rig, "processing", 2)
        balance = await rig.settled()
        assert balance["balance"] == 0
    assert one_stop.counts()["out_of_order"] == 0
    assert one_stop.counts()["changed"] == 0
    assert len(one_stop.effects) == 2 * len(CODES)


async def test_an_answer_the_client_will_not_take_is_dead_and_its_next_goes_on(tmp_path: Path) -> None:
    one_stop = onestop.build()
    one_stop.next(faults.http_status(400))
    async with province(tmp_path, systems(one_stop)) as rig:
        await rig.send("dossier.recorded.v1", recorded()["data"], "hs-1")
        await rig.told("dossier.synchronised.v1")
        await rig.settled()
        await rig.send("dossier.recorded.v1", recorded(2, "processing")["data"], "hs-2")
        await heard(one_stop, 1)
        balance = await rig.settled()
        # Nobody is told that an answer was not taken: that would be an answer again.
        assert await rig.told("dossier.refused.v1", 0) == []
    assert (balance["dead"], balance["balance"]) == (1, 0)
