"""What is asked of an OpenID Connect provider over HTTP: what it publishes of itself, and a code turned into tokens."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import urlencode

from yarl import URL

from adapters.contract import DeliveryError
from adapters.transport.http import Answer, Call, Http
from adapters.transport.networks import PrivateNetworks, barred
from adapters.transport.settings import HttpSettings
from gateway.access_settings import OidcSettings
from gateway.client_settings import IssuerSettings
from gateway.errors import IntakeError
from gateway.intake.credentials.tokens import Tokens
from gateway.intake.json_reader import read_json

_MOST_BYTES = 256 << 10
_KNOWN_FOR = 3600
"""Seconds after which what it publishes is read anew."""
_AGAIN_AFTER = 5
"""Seconds between two tries: whoever opens our page makes us call nobody faster."""


class ProviderAwayError(Exception):
    """It does not answer, or not as a provider does; the text says which, without content."""


class Provider(NamedTuple):
    """What a provider publishes of itself."""

    authorization: str
    token: str
    jwks: str
    names_itself: bool
    """Its answers by way of the browser say `iss` (RFC 9207): one that does not is not its own."""
    tokens: Tokens
    """Who reads its tokens."""


class Calls:
    """Calls one provider: no redirect is followed.

    The configured issuer may be anywhere. What it names itself is not reached on this machine unless it is here too:
    else whoever answers for it could make us call services that only hear this machine.
    """

    def __init__(
        self,
        settings: OidcSettings,
        clock: Callable[[], datetime],
        is_here: Callable[[str], Awaitable[bool]] | None = None,
    ) -> None:
        """`is_here`: whether a host is this machine, if not by what its name leads to."""
        self._settings = settings
        self._clock = clock
        self._is_here = is_here or leads_here
        self._named: PrivateNetworks = "elsewhere"
        """Where the addresses that it names may lead."""
        self._known: Provider | None = None
        self._until = self._not_before = 0.0
        self._reading = asyncio.Lock()

    async def provider(self) -> Provider:
        """Read once an hour, by one for all. Raises `ProviderAwayError`, and then for some seconds unasked."""
        async with self._reading:
            if self._known is None or time.monotonic() >= self._until:
                if time.monotonic() < self._not_before:
                    raise ProviderAwayError("it did not answer a moment ago")
                self._not_before = time.monotonic() + _AGAIN_AFTER
                self._known = await self._discovered()
                self._until = time.monotonic() + _KNOWN_FOR
            return self._known

    async def post(self, url: str, form: Mapping[str, str], headers: Mapping[str, str]) -> tuple[int, dict[str, Any]]:
        """Its status below 500 and the object it answers, if any. Raises `ProviderAwayError`."""
        sent = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json", **headers}
        answer = await self._send(Call(URL(url), sent, urlencode(form).encode(), write=True), self._named)
        if answer.status >= 500:
            raise ProviderAwayError(f"HTTP {answer.status}")
        return answer.status, _object(answer)

    async def _discovered(self) -> Provider:
        settings = self._settings
        url = URL(f"{settings.issuer.rstrip('/')}/.well-known/openid-configuration")
        answer = await self._send(Call(url, {"Accept": "application/json"}, method="GET"))
        if answer.status != 200:
            raise ProviderAwayError(f"HTTP {answer.status}")
        told = _object(answer)
        if told.get("issuer") != settings.issuer:
            raise ProviderAwayError("it names itself otherwise than console.oidc.issuer")
        places = [str(told.get(f"{one}", "")) for one in ("authorization_endpoint", "token_endpoint", "jwks_uri")]
        safe = ("https://",) if settings.issuer.startswith("https://") else ("https://", "http://")
        if not all(one.startswith(safe) and "#" not in one for one in places):
            raise ProviderAwayError("an address that it names is none, or not https")
        named: PrivateNetworks = "allow" if await self._is_here(url.host or "") else "elsewhere"
        names_itself = told.get("authorization_response_iss_parameter_supported") is True
        known = self._known
        if known is not None and known.jwks == places[2] and named == self._named:
            tokens = known.tokens  # with the keys it has
        else:
            tokens = Tokens([self._issuer(places[2], named)], self._clock)
        self._named = named
        return Provider(places[0], places[1], places[2], names_itself, tokens)

    def _issuer(self, jwks_url: str, networks: PrivateNetworks) -> IssuerSettings:
        settings = self._settings
        return IssuerSettings(
            issuer=settings.issuer, jwks_url=jwks_url, audience=settings.client_id, algorithms=settings.algorithms,
            leeway=settings.leeway, timeout=settings.timeout, ca_file=settings.ca_file, private_networks=networks,
        )  # fmt: skip

    async def _send(self, call: Call, networks: PrivateNetworks = "allow") -> Answer:
        settings = self._settings
        http = HttpSettings(
            timeout=settings.timeout, connect_timeout=settings.timeout, connect_tries=1,
            max_answer_bytes=_MOST_BYTES, ca_file=settings.ca_file, private_networks=networks,
        )  # fmt: skip
        try:
            async with Http(http) as line:
                return await line.send(call)
        except (DeliveryError, OSError, ValueError) as exc:
            raise ProviderAwayError(f"{type(exc).__name__}: {exc}") from exc


async def leads_here(host: str) -> bool:
    """Whether a name leads to this machine itself."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, None)
    except OSError:
        return False
    addresses = [str(address[0]) for *_, address in found]
    return any(barred(one, "elsewhere") and not barred(one, "allow") for one in addresses)


def _object(answer: Answer) -> dict[str, Any]:
    try:
        tree = read_json(answer.body)
    except IntakeError:
        return {}
    return tree if isinstance(tree, dict) else {}
