"""An imitation of the national portal over real HTTP, for the sandbox, the tests and load runs.

`build` makes one, `portal.running()` serves it once, `portal.next(faults.html())` upsets it, `portal.file(…, to=url)`
makes it call the province, `portal.catalogue` is what it publishes, and `portal.effects` is what it really did.
"""

from __future__ import annotations

from typing import Any

from adapters.national_portal.simulator import faults, samples
from adapters.national_portal.simulator.app import SimulatedPortal
from adapters.national_portal.simulator.effects import Effect, content_digest, digest
from adapters.national_portal.simulator.filing import Filed
from adapters.national_portal.simulator.samples import Push
from adapters.national_portal.simulator.settings import SimulatorSettings

__all__ = [
    "Effect",
    "Filed",
    "Push",
    "SimulatedPortal",
    "SimulatorSettings",
    "adapter_settings",
    "build",
    "content_digest",
    "digest",
    "faults",
    "samples",
]


def build(settings: SimulatorSettings | None = None) -> SimulatedPortal:
    """A simulated portal, not yet serving; its aiohttp application is `.app`."""
    return SimulatedPortal(settings)


def adapter_settings(url: str, settings: SimulatorSettings | None = None, style: str = "header") -> dict[str, Any]:
    """The section `[adapters.national_portal]` that fits a simulated portal at `url`."""
    known = settings or SimulatorSettings()
    return {
        "style": style,
        "adapter_url": url,
        "username": known.username,
        "password": known.password,
        "gateway_token": known.gateway_token,
        "callback_key": known.security_key,
        "dstcode": known.dstcode or "VN:GOV:000.00.00.G22:vpcpdvcprovider",
        "madonvi": min(known.agencies, default="000.00.00.H46"),
    }
