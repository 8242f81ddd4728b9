"""The roads to a provider: which of the exchange's access styles carries a system's calls is configuration.

`ride.py` has what all roads share; each style is a file of its own.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from adapters.ndxp.forward import ForwardRoad
from adapters.ndxp.lgsp import lgsp_road
from adapters.ndxp.oauth2 import oauth2_road
from adapters.ndxp.ride import Ride, Road, address
from adapters.ndxp.settings import RoadSettings
from adapters.ndxp.xroad import XroadRoad
from adapters.transport.http import Answer, Call, Http

__all__ = ["Ride", "Road", "build_road", "open_road"]


@asynccontextmanager
async def open_road(settings: RoadSettings, http: Http) -> AsyncIterator[Road]:
    """The road the settings name; nothing is sent until it is used. On leaving, a token fetch under way ends."""
    road = build_road(settings, http)
    try:
        yield road
    finally:
        await road.close()


def build_road(settings: RoadSettings, http: Http) -> Road:
    """The road the settings name, for those who call `close` themselves."""
    match settings.style:
        case "direct":
            return DirectRoad(settings, http)
        case "oauth2":
            return oauth2_road(settings, http)
        case "lgsp":
            return lgsp_road(settings, http)
        case "forward":
            return ForwardRoad(settings, http)
        case "xroad":
            return XroadRoad(settings, http)


class DirectRoad:
    """No exchange in between: the address is the provider's own."""

    def __init__(self, settings: RoadSettings, http: Http) -> None:
        self._base = settings.address
        self._http = http

    async def send(self, ride: Ride) -> Answer:
        url = address(self._base, ride)
        call = Call(url, ride.headers, ride.body, method=ride.method, write=ride.write, deadline=ride.deadline)
        return await self._http.send(call)

    async def close(self) -> None:
        """Nothing is under way outside a call."""
