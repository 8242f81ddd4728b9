"""Who is behind the exchange: its own store, and the base URLs of the settings. Nothing else is ever called.

A call names its provider as its access style does: by the start of the path (A, B), by `dstcode` (C), by the service id
(D). What is left of the path is the provider's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from aiohttp import web
from yarl import URL

from adapters.ndxp.simulator.refusals import STYLE, Style
from adapters.ndxp.simulator.settings import SimulatorSettings
from adapters.transport.http import Answer, Call, Http

STORE: Mapping[Style, str] = {
    "oauth2": "khoGiayTo/1.0",
    "lgsp": "khoGiayTo",
    "forward": "VN:GOV:000.00.00.G22:khogiayto",
    "xroad": "VN/GOV/000.00.00.G22/khogiayto/giayto",
    "direct": "",
}
"""What the exchange's own store is called in each style."""

_OWN = frozenset(
    {
        "host", "user-agent", "connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade",
        "content-length", "accept-encoding", "dstcode", "lgspaccesstoken",
    }
)  # fmt: skip
"""Headers between two neighbours, which the exchange writes anew or keeps (§5)."""


@dataclass(frozen=True, slots=True)
class Provider:
    """One provider as a call reached it: its name, its base URL (empty: the exchange's own store), the path left."""

    name: str
    base: str
    path: str


class Providers:
    """The allow-list."""

    def __init__(self, settings: SimulatorSettings) -> None:
        self._known = {**dict.fromkeys(filter(None, STORE.values()), ""), **settings.providers}
        self._urls = settings.provider_urls | {base.rstrip("/") for base in settings.providers.values()}

    def by_code(self, dstcode: str, path: str) -> Provider | None:
        """C: the one this destination code names."""
        base = self._known.get(dstcode)
        return None if base is None else Provider(dstcode, base, path)

    def by_path(self, path: str) -> Provider | None:
        """A, B, D: the one whose name begins the path, the longest name first; parts are decoded one by one."""
        parts = path.strip("/").split("/")
        for length in range(len(parts), 0, -1):
            name = "/".join(unquote(part) for part in parts[:length])
            if name in self._known:
                rest = "".join(f"/{part}" for part in parts[length:])
                return Provider(name, self._known[name], rest)
        return None

    def knows_url(self, providerurl: str) -> bool:
        """Whether this `providerurl` is one of those known."""
        return providerurl.rstrip("/") in self._urls


async def carry(http: Http, provider: Provider, request: web.Request, query: str, body: bytes) -> Answer:
    """The inner call, to a base URL of the settings and nowhere else. Raises what `Http.send` raises."""
    where = URL(provider.base.rstrip("/") + provider.path + (f"?{query}" if query else ""), encoded=True)
    kept = _OWN | ({"authorization"} if request[STYLE] in ("oauth2", "lgsp") else frozenset())
    passed = {name: value for name, value in request.headers.items() if name.lower() not in kept}
    return await http.send(Call(where, passed, body, method=request.method, write=True))
