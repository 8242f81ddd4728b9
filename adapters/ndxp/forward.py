"""Style C: the forward service of the agency's own exchange adapter (NDXP sheet §4).

The destination is named by `dstcode`, in a header or in the query; the provider's own login is the system's business.
"""

from __future__ import annotations

from urllib.parse import quote

from adapters.ndxp import xroad_errors
from adapters.ndxp.ride import Ride, address
from adapters.ndxp.settings import RoadSettings
from adapters.transport.http import Answer, Call, Http


class ForwardRoad:
    """Sends through `…/RestService/forward`. Nothing is kept between calls."""

    def __init__(self, settings: RoadSettings, http: Http) -> None:
        self._http = http
        self._base = settings.address + settings.forward_path
        # Not a header of HTTP, but live clients send it.
        self._headers = {"Charset": "utf-8"}
        named = ""
        if settings.dstcode_in == "header":
            self._headers["dstcode"] = settings.dstcode
        else:
            named = "dstcode=" + quote(settings.dstcode, safe="" if settings.encode_colons else ":")
        provider = "providerurl=" + quote(settings.providerurl, safe="") if settings.providerurl else ""
        self._query = "&".join(filter(None, (named, provider)))

    async def send(self, ride: Ride) -> Answer:
        url, headers = address(self._base, ride, self._query), {**ride.headers, **self._headers}
        answer = await self._http.send(
            Call(url, headers, ride.body, method=ride.method, write=ride.write, deadline=ride.deadline)
        )
        if (error := xroad_errors.told(answer, write=ride.write)) is not None:
            raise error
        return answer

    async def close(self) -> None:
        """Nothing is under way outside a call."""
