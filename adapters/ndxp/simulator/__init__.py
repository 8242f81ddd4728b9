"""An imitation of the exchange over real HTTP, for the sandbox and the tests: all four access styles.

`build` makes one, `async with exchange.running() as url` serves it once, `exchange.next(faults.provider_down())` upsets
it, and `exchange.effects` is what it handed out or carried on to the providers of its settings.
"""

from __future__ import annotations

from typing import Any

from adapters.ndxp.simulator import faults
from adapters.ndxp.simulator.app import SimulatedExchange
from adapters.ndxp.simulator.papers import PAPERS, StoredPaper
from adapters.ndxp.simulator.providers import STORE
from adapters.ndxp.simulator.refusals import Style
from adapters.ndxp.simulator.settings import SimulatorSettings

__all__ = [
    "PAPERS",
    "SimulatedExchange",
    "SimulatorSettings",
    "StoredPaper",
    "adapter_settings",
    "build",
    "faults",
    "road_settings",
]


def build(settings: SimulatorSettings | None = None) -> SimulatedExchange:
    """A simulated exchange, not yet serving; its aiohttp application is `.app`."""
    return SimulatedExchange(settings)


def road_settings(
    url: str, style: Style, provider: str | None = None, settings: SimulatorSettings | None = None
) -> dict[str, Any]:
    """The section `[adapters.<system>.road]` to a provider by its name on a simulated exchange at `url`.

    Without a name: to the exchange's own store.
    """
    known, name = settings or SimulatorSettings(), STORE[style] if provider is None else provider
    key = next(iter(known.consumers))
    match style:
        case "direct":
            return {"style": style, "address": f"{url}/store"}
        case "oauth2":
            tokens = {"token_url": f"{url}/gateway/token", "consumer_key": key, "consumer_secret": known.secret}
            return {"style": style, "address": f"{url}/gateway/{name}", **tokens}
        case "lgsp":
            tokens = {"token_url": f"{url}/lgsp/token", "access_key": key, "secret_key": known.secret}
            return {"style": style, "address": f"{url}/lgsp/{name}", "relay": known.relay, **tokens}
        case "forward":
            return {"style": style, "address": url, "dstcode": name}
        case "xroad":
            client = next(iter(known.clients))
            return {"style": style, "address": url, "xroad_client": client, "xroad_service": name}


def adapter_settings(url: str, settings: SimulatorSettings | None = None, style: Style = "xroad") -> dict[str, Any]:
    """The section `[adapters.ndxp]` that fits a simulated exchange at `url`."""
    return {"road": road_settings(url, style, settings=settings), "probe_officer": "044082999100"}
