"""The sandbox profile: simulators of all systems around the gateway, and the settings that lead a gateway to them.

What the simulators did is kept beside the ledger, so that a gateway started again finds the systems as it left them.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import orjson

from adapters.citizen_db import simulator as citizen_db
from adapters.national_portal import simulator as national_portal
from adapters.national_portal.simulator import SimulatedPortal
from adapters.ndxp import simulator as ndxp
from adapters.onestop import simulator as onestop
from adapters.payment import simulator as payment
from adapters.payment.simulator import SimulatedPayment
from adapters.simulation.system import Simulation

SENDER = "motcua-sandbox"
SOURCE = "urn:quangbinh:motcua"
ONESTOP = "onestop"
ADDRESSES = "addresses.json"
"""In the sandbox's folder: where each simulator listens, for the commands that upset them."""


@dataclass(frozen=True, slots=True)
class Kind:
    """How one system is imitated: a simulator that keeps its effects in a file, and the section that leads to it."""

    build: Callable[[Path | None], Simulation]
    section: Callable[[str], dict[str, Any]]


KINDS: Mapping[str, Kind] = {
    "national_portal": Kind(
        lambda log: national_portal.build(national_portal.SimulatorSettings(log=log)), national_portal.adapter_settings
    ),
    "payment": Kind(lambda log: payment.build(payment.SimulatorSettings(log=log)), payment.adapter_settings),
    "citizen_db": Kind(
        lambda log: citizen_db.build(citizen_db.SimulatorSettings(log=log)), citizen_db.adapter_settings
    ),
    "ndxp": Kind(lambda log: ndxp.build(ndxp.SimulatorSettings(log=log)), ndxp.adapter_settings),
    ONESTOP: Kind(lambda log: onestop.build(onestop.SimulatorSettings(log=log)), onestop.adapter_settings),
}
"""All five peers, in the order in which people meet them. `onestop` is the province's own system, called back."""


@dataclass(frozen=True, slots=True)
class Sandbox:
    """Running simulators. `overrides` are the settings by which a gateway reaches them; `key` is a sender's API key."""

    systems: Mapping[str, Simulation]
    urls: Mapping[str, str]
    key: str
    overrides: Mapping[str, Any] = field(repr=False)

    @property
    def portal(self) -> SimulatedPortal:
        return cast("SimulatedPortal", self.systems["national_portal"])

    @property
    def payment(self) -> SimulatedPayment:
        return cast("SimulatedPayment", self.systems["payment"])

    def connect(self, gateway: str) -> None:
        """Tell the systems that call the gateway where it is."""
        connect(self.systems, gateway)


def connect(systems: Mapping[str, Simulation], gateway: str) -> None:
    """Tell simulators that call a gateway where it is."""
    for name, system in systems.items():
        if isinstance(system, SimulatedPayment):
            system.notices.callbacks = f"{gateway}/v1/callbacks/{name}"


@asynccontextmanager
async def sandbox(data_dir: Path, instead: Mapping[str, Simulation] | None = None) -> AsyncIterator[Sandbox]:
    """Simulators on free ports of this machine until left; `instead` replaces some by simulators of another kind."""
    folder = data_dir / "sandbox"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    key = _key(folder / "sender.key")
    systems = {name: (instead or {}).get(name) or kind.build(log_of(data_dir, name)) for name, kind in KINDS.items()}
    async with running(systems) as urls:
        (folder / ADDRESSES).write_bytes(orjson.dumps(urls))
        yield Sandbox(systems, urls, key, _overrides(urls, key))


@asynccontextmanager
async def running(systems: Mapping[str, Simulation], first_port: int = 0) -> AsyncIterator[dict[str, str]]:
    """Serve simulators until left; where each listens. Ports follow each other from the first; 0: any free ones."""
    async with AsyncExitStack() as stack:
        urls = {}
        for place, (name, system) in enumerate(systems.items()):
            port = first_port + place if first_port else 0
            urls[name] = await stack.enter_async_context(system.running(port=port))
        yield urls


def log_of(data_dir: Path, name: str) -> Path:
    """Where a simulator writes down what it did."""
    return data_dir / "sandbox" / f"{name}.ndjson"


def sections(urls: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """The section `[adapters.<system>]` of every national system."""
    return {name: KINDS[name].section(url) for name, url in urls.items() if name != ONESTOP}


def _overrides(urls: Mapping[str, str], key: str) -> dict[str, Any]:
    adapters = sections(urls)
    client = {
        "name": SENDER,
        "key_sha256": hashlib.sha256(key.encode()).hexdigest(),
        "sources": [SOURCE],
        "replies": KINDS[ONESTOP].section(urls[ONESTOP]),
    }
    names = [*adapters, f"{ONESTOP}/{SENDER}"]
    return {"adapters": adapters, "destinations": {name: {"mode": "sandbox"} for name in names}, "clients": [client]}


def _key(path: Path) -> str:
    """The sandbox sender's API key, made once, readable by its owner only."""
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text("lt_" + secrets.token_urlsafe(24) + "\n")
    return path.read_text().strip()
