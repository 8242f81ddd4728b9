"""A day of a whole province on one sheet: every destination against its sender's count and its system's own log."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from adapters.citizen_db import simulator as citizen_db
from adapters.national_portal import simulator as portal
from adapters.ndxp import simulator as ndxp
from adapters.onestop import simulator as onestop
from adapters.simulation import faults
from mappings.convert import VIETNAM
from tests.e2e.province import province
from tests.e2e.rig import recorded
from tests.e2e.test_asking import a_lookup, a_search

RECORDED, LOOKUP, REUSE = "dossier.recorded.v1", "citizen.lookup_requested.v1", "document.reuse_requested.v1"


def today() -> str:
    return str(datetime.now(UTC).astimezone(VIETNAM).date())


async def test_every_destination_agrees_with_the_sender_and_with_its_own_systems_log(tmp_path: Path) -> None:
    one_stop = onestop.build()
    one_stop.next(faults.http_status(503), times=3)
    one_stop.next(faults.cut_after_commit(), times=2)
    systems: dict[str, Any] = {
        "national_portal": (portal.build(), portal.adapter_settings),
        "citizen_db": (citizen_db.build(), citizen_db.adapter_settings),
        "ndxp": (ndxp.build(), ndxp.adapter_settings),
        "onestop": (one_stop, lambda url: onestop.adapter_settings(url, one_stop.settings)),
    }
    events = [(RECORDED, recorded(1, code=f"000.00.16.H46-250612-{number:04}")["data"]) for number in range(1, 6)]
    events += [(LOOKUP, a_lookup()), (LOOKUP, a_lookup(service="verify")), (REUSE, a_search()), (REUSE, a_search())]
    sent = Counter(type_ for type_, _ in events)
    async with province(tmp_path, systems) as rig:
        day = today()
        for number, (type_, data) in enumerate(events):
            await rig.send(type_, data, f"event-{number}")
        await rig.settled()
        sheet = await rig.get(f"/v1/balance?day={day}")
        assert day == today(), "a new day began in the middle of this test"
    lines = {row["destination"]: row for row in sheet["by"]}
    assert {name: line["balance"] for name, line in lines.items()} == dict.fromkeys(lines, 0)
    accepted = {one["type"]: one["accepted"] for row in lines.values() for one in row["types"]}
    assert {type_: accepted[f"vn.lienthong.{type_}"] for type_ in sent} == sent
    done = {name: len(system.effects) for name, (system, _) in systems.items()}
    delivered = {name: lines[f"{name}/mot-cua" if name == "onestop" else name]["delivered"] for name in systems}
    assert delivered == done
