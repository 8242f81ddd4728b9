"""The road to a provider: how one HTTP call is addressed and authorised on the way, whatever it says.

Systems above this file know paths of a provider; which of the exchange's access styles carries them is configuration.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Protocol

from yarl import URL

from adapters.ndxp.settings import RoadSettings
from adapters.transport.http import Answer, Call, Http


@dataclass(frozen=True, slots=True)
class Ride:
    """One call to a provider, before it is known how it travels.

    `path` begins with a slash (may be empty); `issue` is the case that caused the call (a dossier code), `user` the
    officer's number with its country prefix; roads that have a place for them carry them. `deadline` is loop time.
    """

    path: str = ""
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    method: str = "POST"
    query: Mapping[str, str] = field(default_factory=dict)
    write: bool = False
    deadline: float = float("inf")
    issue: str = ""
    user: str = ""
    message_id: str = ""


class Road(Protocol):
    """One way to a provider."""

    async def send(self, ride: Ride) -> Answer:
        """Carry the call and give back the provider's own answer, of any status.

        What the road itself says (no right, throttled, provider down, its token refused) is raised as a
        `DeliveryError`; so is what `Http.send` raises.
        """


@asynccontextmanager
async def open_road(settings: RoadSettings, http: Http) -> AsyncIterator[Road]:
    """The road the settings name; nothing is sent until it is used."""
    yield DirectRoad(settings, http)


class DirectRoad:
    """No exchange in between: the address is the provider's own."""

    def __init__(self, settings: RoadSettings, http: Http) -> None:
        self._base = settings.address
        self._http = http

    async def send(self, ride: Ride) -> Answer:
        url = URL(self._base + ride.path).update_query(dict(ride.query))
        call = Call(url, ride.headers, ride.body, method=ride.method, write=ride.write, deadline=ride.deadline)
        return await self._http.send(call)
