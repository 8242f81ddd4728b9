"""A road that wants a token: styles A and B once their credentials are known (NDXP sheet §2, §3).

A refused token is fetched anew once and the call repeated once: the gateway turned it away before the provider saw it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from adapters.ndxp import relay, wso2
from adapters.ndxp.ride import Ride, address
from adapters.ndxp.settings import RoadSettings
from adapters.transport.http import Answer, Call, Http


class Tokens(Protocol):
    """Where a road has its token from (`Token`, `FixedToken`)."""

    async def token(self) -> str: ...

    async def renewed(self, spent: str) -> str: ...

    async def close(self) -> None: ...


class FixedToken:
    """A token handed out for good; there is no other."""

    def __init__(self, token: str) -> None:
        self._token = token

    async def token(self) -> str:
        return self._token

    async def renewed(self, spent: str) -> str:
        return spent

    async def close(self) -> None:
        """Nothing is under way."""


class TokenRoad:
    """Calls with a token that all calls of the road share; `headers` go with every call, over the ride's own."""

    def __init__(
        self, settings: RoadSettings, http: Http, tokens: Tokens, headers: Mapping[str, str] | None = None
    ) -> None:
        self._base = settings.address
        self._relay = settings.relay
        self._http = http
        self._tokens = tokens
        self._headers = dict(headers or {})

    async def send(self, ride: Ride) -> Answer:
        self._http.check(ride.deadline)  # before a token is fetched for nothing
        token = await self._tokens.token()
        answer = await self._call(ride, token)
        if wso2.token_spent(answer):
            fresh = await self._tokens.renewed(token)
            # The issuer may hand out the one just refused: it would be refused again.
            answer = answer if fresh == token else await self._call(ride, fresh)
        if (error := wso2.told(answer, self._base + ride.path, write=ride.write)) is not None:
            raise error
        return relay.unwrapped(answer, self._relay, write=ride.write)

    async def close(self) -> None:
        await self._tokens.close()

    async def _call(self, ride: Ride, token: str) -> Answer:
        headers = {**ride.headers, **self._headers, "Authorization": f"Bearer {token}"}
        url = address(self._base, ride)
        return await self._http.send(
            Call(url, headers, ride.body, method=ride.method, write=ride.write, deadline=ride.deadline)
        )
