"""What a browser holds and must show: the cookie of a session, and with every change a token no other site knows.

Cookies travel with whatever a browser sends here, also where another site made it send that; so a change counts only
with the session's own token, from a page of ours. Sources: RFC 6265bis (`__Host-`, SameSite), Fetch Metadata.
"""

from __future__ import annotations

import hmac
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any, Protocol
from urllib.parse import urlsplit

from aiohttp import hdrs, web

from gateway.errors import GatewayError
from gateway.ledger.users.port import Session
from gateway.operations.sessions import Opened, csrf_of

TOKEN_HEADER = "X-CSRF-Token"  # noqa: S105 - a header's name
SAFE = frozenset({"GET", "HEAD"})
_COOKIE = "lienthong_session"
_LENT = "lienthong_oidc"


class ForgedRequestError(GatewayError):
    """A change that does not carry the session's token, or comes from a page that is not ours. `code` says which."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class FindsSessions(Protocol):
    """What this needs of `gateway.operations.sessions.Sessions`."""

    async def find(self, secret: str, *, uses: bool = True) -> Session | None: ...


class Browser:
    """Reads and writes what browsers hold. `public_url`: where they reach us, if not by the address they name."""

    def __init__(self, sessions: FindsSessions, public_url: str = "") -> None:
        self._sessions = sessions
        place = urlsplit(public_url)
        self._secure = place.scheme == "https"
        self._host = place.netloc
        self._public_url = public_url
        prefix = "__Host-" if self._secure else ""
        self.cookie = prefix + _COOKIE
        self._lent = prefix + _LENT

    def secret_of(self, request: web.Request) -> str | None:
        """What the browser holds."""
        return request.cookies.get(self.cookie) or None

    async def session_of(self, request: web.Request, *, uses: bool = True) -> Session | None:
        """Whose session the request belongs to; `uses`: that keeps it from being idle."""
        secret = self.secret_of(request)
        return await self._sessions.find(secret, uses=uses) if secret else None

    def refuse_forged(self, request: web.Request, token: str | None) -> None:
        """Raises `ForgedRequestError` for a change that this session's own pages did not make."""
        self.refuse_foreign(request)
        secret = self.secret_of(request) or ""
        if not token or not hmac.compare_digest(token.encode("utf-8", "surrogateescape"), csrf_of(secret).encode()):
            raise ForgedRequestError("CSRF_TOKEN")

    def refuse_foreign(self, request: web.Request, *, strict: bool = False) -> None:
        """Raises `ForgedRequestError` for what a page of another site made a browser send.

        `strict`: for forms. Browsers say of each which page it was on, so one that does not say is foreign too.
        """
        site = request.headers.get("Sec-Fetch-Site")
        origin = request.headers.get(hdrs.ORIGIN)
        if site is not None:
            ours = site == "same-origin" or (site == "none" and not strict)
        elif origin is not None:
            ours = urlsplit(origin).netloc in {request.host, self._host} - {""}
        else:
            ours = not strict
        if not ours:
            raise ForgedRequestError("CSRF_ORIGIN")

    def keep(self, response: web.StreamResponse, opened: Opened) -> None:
        """Give the browser its session; it forgets it when it is closed."""
        response.set_cookie(self.cookie, opened.secret, path="/", secure=self._secure, httponly=True, samesite="Strict")

    def lend(self, response: web.StreamResponse, value: str, seconds: int) -> None:
        """What it brings back from a provider of sign-ins: `Lax`, because another site sends it here."""
        how: Any = {"secure": self._secure, "httponly": True, "samesite": "Lax"}
        response.set_cookie(self._lent, value, path="/", max_age=seconds, **how)

    def lent_to(self, request: web.Request) -> str:
        """What it brings back; empty where it has nothing."""
        return request.cookies.get(self._lent, "")

    def take_back(self, response: web.StreamResponse) -> None:
        """It served once."""
        response.del_cookie(self._lent, path="/", secure=self._secure, httponly=True, samesite="Lax")

    def address_of(self, request: web.Request) -> str:
        """Where browsers reach us."""
        return self._public_url.rstrip("/") or str(request.url.origin())

    def drop(self, response: web.StreamResponse) -> None:
        """Take it away."""
        response.del_cookie(self.cookie, path="/", secure=self._secure, httponly=True, samesite="Strict")


def network_of(address: str | None) -> str:
    """Whom an address belongs to, as far as one can tell: of IPv6, everybody has a whole /64."""
    try:
        found = ip_address(address or "")
    except ValueError:
        return "-"
    if isinstance(found, IPv6Address):
        mapped = found.ipv4_mapped
        return str(mapped) if mapped else str(ip_network((found, 64), strict=False))
    return str(found)
