"""Where the drill is played: simulators, two clients with an endpoint each, and the settings that join them."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from adapters.national_portal.simulator import SimulatedPortal
from adapters.onestop import simulator as onestop
from adapters.onestop.simulator import SimulatedOneStop
from adapters.simulation.faults import Fault
from adapters.simulation.system import Simulation
from gateway.demo.outage.plan import CITIZENS, DOCUMENTS, ONESTOP, PORTAL, Plan
from gateway.demo.sandbox import KINDS, running, sections
from gateway.settings import Settings, load_settings

WELL, UNWELL = "motcua-thuong", "motcua-chet"
"""The client whose endpoint is there all the time, and the one whose endpoint is dead while the portal is away."""
_FOR_EVER = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Office:
    """A client: its name and key, and where it is called back."""

    name: str
    endpoint: SimulatedOneStop
    key: str = field(repr=False)

    @property
    def source(self) -> str:
        return f"urn:drill:{self.name}"

    @property
    def destination(self) -> str:
        return f"{ONESTOP}/{self.name}"


@dataclass(frozen=True, slots=True)
class Site:
    """Running simulators around a gateway that is yet to be started with `settings`."""

    portal: SimulatedPortal
    portal_url: str
    offices: tuple[Office, Office]
    settings: Settings = field(repr=False)

    @property
    def unwell(self) -> SimulatedOneStop:
        return self.offices[1].endpoint

    def expire_password(self) -> None:
        """The account's password is not the one we know any more, and its sessions are gone."""
        self.portal.sessions.settings = self.portal.settings.model_copy(update={"password": secrets.token_hex(8)})
        self.portal.sessions.lose()

    def renew_password(self) -> None:
        """It is the one we know again."""
        self.portal.sessions.settings = self.portal.settings


def break_down(system: Simulation, fault: Fault) -> None:
    """Every call meets this fault, log-ins and questions for life too, until `mend`."""
    mend(system)
    system.next(fault, times=_FOR_EVER)
    for kind in system.apart:
        system.next(fault, times=_FOR_EVER, on=str(kind))


def mend(system: Simulation) -> None:
    """Nothing goes wrong any more."""
    system.pending.clear()


@asynccontextmanager
async def site(plan: Plan, data_dir: Path, servers: Mapping[str, str]) -> AsyncIterator[Site]:
    """Simulators on free ports until left. `servers`: addresses of PostgreSQL and RabbitMQ, where these take part."""
    systems: dict[str, Simulation] = {name: KINDS[name].build(None) for name in (PORTAL, CITIZENS, DOCUMENTS)}
    endpoints = {name: onestop.build() for name in (WELL, UNWELL)}
    async with running({**systems, **endpoints}) as urls:
        well, unwell = (Office(name, one, f"lt_{secrets.token_urlsafe(24)}") for name, one in endpoints.items())
        offices = (well, unwell)
        clients = [
            {
                "name": one.name,
                "key_sha256": hashlib.sha256(one.key.encode()).hexdigest(),
                "sources": [one.source],
                "replies": onestop.adapter_settings(urls[one.name]),
            }
            for one in offices
        ]
        configured = load_settings(environment={}).destinations
        names = (PORTAL, CITIZENS, DOCUMENTS, ONESTOP)
        settings = load_settings(
            environment={},
            overrides={
                "data_dir": str(data_dir),
                "http": {"port": 0},
                "log": {"level": "warning"},
                "clients": clients,
                "adapters": sections({name: urls[name] for name in systems}),
                "destinations": plan.destinations({name: configured[name] for name in names}),
                "ledger": {"sweep_every": "100ms"},
                **servers,
            },
        )
        yield Site(cast("SimulatedPortal", systems[PORTAL]), urls[PORTAL], offices, settings)
