"""Style D: X-Road REST, `/r1` at the agency's security server (NDXP sheet §5).

Whatever the status, `X-Road-Error` decides whether the exchange or the provider speaks, and a reply that names another
call than ours is not believed.
"""

from __future__ import annotations

from urllib.parse import quote, unquote
from uuid import uuid4

from adapters.contract import UncertainError
from adapters.ndxp import xroad_errors
from adapters.ndxp.ride import Ride, address
from adapters.ndxp.road_texts import ROAD
from adapters.ndxp.settings import RoadSettings
from adapters.transport.http import Answer, Call, Http


class XroadRoad:
    """Asks one service of the exchange. Nothing is kept between calls."""

    def __init__(self, settings: RoadSettings, http: Http) -> None:
        self._http = http
        self._base = f"{settings.address}/r1/{_encoded(settings.xroad_service)}"
        self._client = _encoded(settings.xroad_client)
        self._echo = {"X-Road-Client": settings.xroad_client, "X-Road-Service": settings.xroad_service}

    async def send(self, ride: Ride) -> Answer:
        message_id = ride.message_id or str(uuid4())
        headers = {**ride.headers, "X-Road-Client": self._client, "X-Road-Id": message_id}
        if ride.user:
            headers["X-Road-UserId"] = ride.user
        if ride.issue:
            headers["X-Road-Issue"] = ride.issue
        url = address(self._base, ride)
        answer = await self._http.send(
            Call(url, headers, ride.body, method=ride.method, write=ride.write, deadline=ride.deadline)
        )
        if (error := xroad_errors.told(answer, write=ride.write)) is not None:
            raise error
        if not self._echoed(answer, message_id):
            # Not kept: it answers somebody else's question.
            raise ROAD["XROAD_INCONSISTENT"].error(UncertainError)
        return answer

    async def close(self) -> None:
        """Nothing is under way outside a call."""

    def _echoed(self, answer: Answer, message_id: str) -> bool:
        """Whether nothing in the reply's headers contradicts the request; a header left out contradicts nothing."""
        if answer.headers.get("X-Road-Id", message_id) != message_id:
            return False
        return all(unquote(answer.headers.get(name, asked)) == asked for name, asked in self._echo.items())


def _encoded(identifier: str) -> str:
    """An identifier with each part percent-encoded on its own; the separators are not (§5)."""
    return "/".join(quote(part, safe="") for part in identifier.split("/"))
