"""Who calls, by address: behind the TLS servers in front it is whom they name, and from anybody else it is the peer.

Source: the list that proxies append to is X-Forwarded-For; what callers wrote there themselves stands further left.
"""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from aiohttp import web

Networks = Sequence[IPv4Network | IPv6Network]
PROXIES = web.AppKey("proxies", tuple[IPv4Network | IPv6Network, ...])
"""The networks of the proxies in front: `http.proxies`."""
_HEADER = "X-Forwarded-For"
_MOST_HOPS = 20


def caller_address(request: web.Request) -> str | None:
    """The last address that is no proxy's, as the proxies tell it; what cannot be read leaves the peer's own."""
    peer, proxies = request.remote, request.config_dict.get(PROXIES, ())
    if not within(peer, proxies):
        return peer  # whoever is no proxy may write there what they like
    for one in reversed(",".join(request.headers.getall(_HEADER, ())).split(",")[-_MOST_HOPS:]):
        found = _address(_bare(one))
        if found is None:
            return peer
        if not within(str(found), proxies):
            return str(found)
    return peer


def within(address: str | None, networks: Networks) -> bool:
    """Whether an address is of one of the networks; what is no address is of none."""
    found = _address(address or "")
    return found is not None and any(found in one for one in networks if one.version == found.version)


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        found = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found


def _bare(entry: str) -> str:
    """Without the port that some proxies add."""
    text = entry.strip()
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.partition(":")[0] if text.count(":") == 1 else text
