"""An imitation of a province's one-stop system that takes signed events, for the sandbox, the tests and trials.

`build` makes one, `onestop.running()` serves it once, `onestop.next(faults.gone())` upsets it, and `onestop.effects` is
what it really did.
"""

from __future__ import annotations

from typing import Any

from adapters.onestop.simulator import faults
from adapters.onestop.simulator.app import SimulatedOneStop
from adapters.onestop.simulator.settings import SimulatorSettings

__all__ = ["SimulatedOneStop", "SimulatorSettings", "adapter_settings", "build", "faults"]


def build(settings: SimulatorSettings | None = None) -> SimulatedOneStop:
    """A simulated one-stop system, not yet serving; its aiohttp application is `.app`."""
    return SimulatedOneStop(settings)


def adapter_settings(url: str, settings: SimulatorSettings | None = None) -> dict[str, Any]:
    """The `replies` of a client that fit a simulated one-stop system at `url`."""
    known = settings or SimulatorSettings()
    return {
        "mode": "callback",
        "url": url + known.path,
        "secrets": list(known.secrets[:2]),
        "plain_http": True,
    }
