"""The drill itself: the blackout and the replay, one after the other, and one report."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import aiohttp

from gateway.bootstrap import admin_token
from gateway.demo.outage.again import replay_the_dead
from gateway.demo.outage.blackout import black_out
from gateway.demo.outage.claims import Claim
from gateway.demo.outage.plan import Plan
from gateway.demo.outage.site import site
from gateway.demo.outage.stage import Stage, Track
from gateway.demo.outage.traffic import Senders


@dataclass(frozen=True, slots=True)
class Report:
    """How the drill ended."""

    plan: Plan
    claims: tuple[Claim, ...]
    seconds: float
    ledger: str
    broker: str

    @property
    def good(self) -> bool:
        """Every claim held."""
        return all(claim.good for claim in self.claims)

    def as_dict(self) -> dict[str, Any]:
        """The one JSON object of `lienthong drill outage --json`."""
        return {
            "good": self.good,
            **asdict(self.plan),
            "away_seconds": round(self.plan.away, 1),
            "compressed_rate": self.plan.compressed_rate,
            "ledger": self.ledger,
            "broker": self.broker,
            "seconds": round(self.seconds, 1),
            "claims": [asdict(claim) for claim in self.claims],
        }


async def rehearse_outage(plan: Plan, data_dir: Path, servers: Mapping[str, str], track: Track) -> Report:
    """Play it on a gateway of its own in `data_dir`, which must be empty. `track` shows how far each part is."""
    from gateway.bootstrap.gateway import run_gateway  # noqa: PLC0415 - loads everything, for this drill alone

    began = time.monotonic()
    async with (
        site(plan, data_dir, servers) as place,
        run_gateway(place.settings) as gateway,
        aiohttp.ClientSession() as http,
    ):
        senders = Senders(http, gateway.address)
        stage = Stage(plan, place, gateway, senders, http, admin_token(place.settings), track)
        claims = [*await black_out(stage), *await replay_the_dead(stage)]
    return Report(
        plan,
        tuple(claims),
        time.monotonic() - began,
        "postgresql" if place.settings.database_url else "sqlite",
        "rabbitmq" if place.settings.amqp_url else "in-process",
    )
