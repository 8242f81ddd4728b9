"""Headers that every answer carries: what a browser may do with it, and nothing about what made it."""

from __future__ import annotations

from aiohttp import hdrs, web
from multidict import CIMultiDict

_ALWAYS = CIMultiDict(
    {
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Referrer-Policy": "no-referrer",
        "X-Frame-Options": "DENY",
        hdrs.CACHE_CONTROL: "no-store",
    }
)
_OVER_TLS = "max-age=31536000"


def harden(headers: CIMultiDict[str], *, tls: bool = False) -> None:
    """Add what is not there; a page that allows itself more has said so already."""
    headers.merge(_ALWAYS)
    headers[hdrs.SERVER] = "lienthong"
    if tls:
        headers.setdefault("Strict-Transport-Security", _OVER_TLS)


def harden_answers(app: web.Application, *, tls: bool) -> None:
    """Of an app, streams included. `tls`: others reach us by https, so browsers may insist on it."""

    async def prepare(_: web.Request, response: web.StreamResponse) -> None:
        harden(response.headers, tls=tls)

    app.on_response_prepare.append(prepare)
