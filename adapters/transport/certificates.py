"""Until when the certificates hold that systems showed us in calls: noted in passing, for whoever watches the days."""

from __future__ import annotations

import ssl
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

_MOST = 1000
_shown: dict[str, tuple[str, datetime]] = {}


def note(host: str, certificate: Mapping[str, object] | None) -> bool:
    """What a connection's `peercert` says (None: not encrypted); whether that is news. A lookup where it is none."""
    ends = certificate.get("notAfter") if certificate else None
    if not isinstance(ends, str) or (host in _shown and _shown[host][0] == ends):
        return False
    if host not in _shown and len(_shown) >= _MOST:
        return False
    _shown[host] = ends, datetime.fromtimestamp(ssl.cert_time_to_seconds(ends), UTC)
    return True


def forget(hosts: Iterable[str]) -> None:
    """Who called them calls no more; whoever else does notes them again."""
    for host in hosts:
        _shown.pop(host, None)


def shown() -> dict[str, datetime]:
    """Host -> when its certificate ends, of those this process calls."""
    return {host: ends_at for host, (_, ends_at) in _shown.items()}
