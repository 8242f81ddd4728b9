"""An imitation of the population database over real HTTP, for the sandbox, the tests and load runs.

`build` makes one, `db.running()` serves it once, `db.next(faults.html())` upsets it, and `db.effects` is what it gave
out. All its people are invented.
"""

from __future__ import annotations

from typing import Any

from adapters.citizen_db.simulator import faults
from adapters.citizen_db.simulator.app import SimulatedCitizenDb
from adapters.citizen_db.simulator.people import PEOPLE, Person
from adapters.citizen_db.simulator.settings import SimulatorSettings

__all__ = [
    "PEOPLE",
    "Person",
    "SimulatedCitizenDb",
    "SimulatorSettings",
    "adapter_settings",
    "build",
    "faults",
]


def build(settings: SimulatorSettings | None = None) -> SimulatedCitizenDb:
    """A simulated database, not yet serving; its aiohttp application is `.app`."""
    return SimulatedCitizenDb(settings)


def adapter_settings(url: str, settings: SimulatorSettings | None = None, port: str = "xroad") -> dict[str, Any]:
    """The section `[adapters.citizen_db]` that fits a simulated database at `url`."""
    known = settings or SimulatorSettings()
    return {
        "road": {"style": "direct", "address": url},
        "port": port,
        "path": f"/{port}",
        "xroad_client": next(iter(known.consumers)),
        "xroad_service": known.service,
        "username": known.username,
        "secret_key": known.secret_key,
        "sv_url": known.sv_url,
        "timestamp_unit": known.timestamp_unit,
        "api_key": known.api_key,
        "bearer": known.bearer,
        "service_account": known.service_account,
        "audit_key": "sandbox",
        "probe_officer": "044082999100",
    }
