"""One call to a provider and the road it travels: what every access style has in common.

Systems above know paths of a provider; how a call is addressed and authorised on the way is the road's business.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple, Protocol
from urllib.parse import quote, urlencode

from yarl import URL

from adapters.transport.http import Answer

_LEGAL_IN_A_PATH = "/%:@!$&'()*+,;=~"


_NOTHING: Mapping[str, str] = MappingProxyType({})


class Ride(NamedTuple):  # a frozen dataclass takes three times as long to make, and there is one for every call
    """One call to a provider, before it is known how it travels.

    `path` begins with a slash (may be empty); `issue` is the case that caused the call (a dossier code), `user` the
    officer's number with its country prefix; roads that have a place for them carry them. `deadline` is loop time.
    """

    path: str = ""
    body: bytes | None = None
    headers: Mapping[str, str] = _NOTHING
    method: str = "POST"
    query: Mapping[str, str] = _NOTHING
    write: bool = False
    deadline: float = float("inf")
    issue: str = ""
    user: str = ""
    message_id: str = ""


class Road(Protocol):
    """One way to a provider."""

    async def send(self, ride: Ride) -> Answer:
        """Carry the call and give back the provider's own answer, of any status.

        What the road itself says (no right, throttled, provider down, its token refused) is raised as a
        `DeliveryError`; so is what `Http.send` raises.
        """

    async def close(self) -> None:
        """End what is under way outside a call."""


def address(base: str, ride: Ride, given: str = "") -> URL:
    """Where a ride goes: `base`, its path, and the query made of `given` (encoded already) and its own.

    Nothing encoded is encoded again or decoded. Raises ValueError for a path that would lead to another host.
    """
    return _address(base, ride.path, given, tuple(ride.query.items()))


@lru_cache(maxsize=256)
def _address(base: str, path: str, given: str, own: tuple[tuple[str, str], ...]) -> URL:
    """Kept, because nearly every call of a system goes to one of few addresses."""
    if path and not path.startswith("/"):
        raise ValueError("the path of a call begins with a slash; check the adapter's settings")
    query = "&".join(filter(None, (given, urlencode(own, quote_via=quote))))
    text = base + quote(path, safe=_LEGAL_IN_A_PATH)
    return URL(f"{text}?{query}" if query else text, encoded=True)
