"""A process of its own that sends dossiers good, bad and refused, with its log on stderr for a test to read."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from adapters.national_portal.simulator import SimulatorSettings, build, faults
from gateway.settings import LogSettings
from gateway.telemetry import logging as log_setup
from tests.e2e.rig import recorded, running


async def main(folder: Path) -> None:
    """Everything that could tempt a log line into naming a person."""
    log_setup.configure(LogSettings(level="debug"))
    portal = build(SimulatorSettings())
    portal.next(faults.refuse("-1", "Chủ hồ sơ Lê Thị Mẫu Đơn 044999000123 không hợp lệ"), on="DongBoHoSoMC")
    async with running(folder, portal, retry_schedule=["1h"]) as rig:
        answer = await rig.send(recorded(1))
        await rig.send(recorded(1, code="000.00.16.H46-250612-0002", applicant={"kind": "citizen"}), status=422)
        await rig.reaches(answer["id"], "waiting")


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
