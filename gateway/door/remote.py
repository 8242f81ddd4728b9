"""What the front door needs of the gateway, at the other end of a link: ledger, counts, health, how destinations do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any, cast

from gateway.door.link import Link
from gateway.ledger.port import Ledger, StoredMessage
from gateway.telemetry.metrics import Metrics
from gateway.telemetry.tail import Place, Seen

COUNT_EVERY = 0.2
"""Seconds after which counts made at the door are told to the gateway, which owns the metrics."""

_LEDGER = frozenset(name for name in dir(Ledger) if not name.startswith("_")) - {
    "on_pending",
    "on_reply",
    "on_news",
    "close",
}
"""What a door may ask of the ledger."""


class _RemoteLedger:
    """Asks the other end for every method of the port, by its name."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        if name not in _LEDGER:
            raise AttributeError(name)
        return partial(self._link.call, "ledger", name)


def remote_ledger(link: Link) -> Ledger:
    """The ledger at the other end of a link: as its port says, but that a lost link is `LedgerUnavailable` too."""
    return cast("Ledger", _RemoteLedger(link))


class RemoteMetrics:
    """The counts of the door, told to the gateway in bundles."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._counts: Counter[tuple[str, ...]] = Counter()
        self._commits: list[tuple[int, float]] = []

    def accepted(self, type_: str, source: str) -> None:
        self._counts["accepted", type_, source] += 1

    def rejected(self, reason: str) -> None:
        self._counts["rejected", reason] += 1

    def committed(self, items: int, seconds: float) -> None:
        self._commits.append((items, seconds))

    def tell(self) -> None:
        """Hand over what was counted since the last time."""
        if self._counts or self._commits:
            self._link.tell("count", dict(self._counts), self._commits)
            self._counts.clear()
            self._commits = []

    async def exposition(self) -> bytes:
        """The gateway's whole exposition, the latest counts included."""
        self.tell()
        rendered: bytes = await self._link.call("exposition")
        return rendered


class RemoteTail:
    """Watches at the other end, where things happen."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def after(self, place: Place | None, wait: float, limit: int) -> Seen:
        """See `gateway.telemetry.tail.Watched`."""
        seen: Seen = await self._link.call("tail", place, wait, limit)
        return seen


class RemoteWaiting:
    """Waits at the other end, where the answers are stored."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def wait(self, message_id: str, seconds: float) -> StoredMessage | None:
        """See `gateway.delivery.waiting`."""
        found: StoredMessage | None = await self._link.call("wait", message_id, seconds)
        return found


class News:
    """What the gateway last said of its destinations: whether senders should wait, and which are closed how long."""

    def __init__(self) -> None:
        self._full = False
        self._closed: Mapping[str, float] = {}

    def full(self) -> bool:
        return self._full

    def closed(self, destination: str) -> float:
        return self._closed.get(destination, 0.0)

    def hear(self, full: bool, closed: Mapping[str, float]) -> None:
        self._full, self._closed = full, closed


class Attendant:
    """The gateway's end: answers what the door asks."""

    def __init__(
        self,
        ledger: Ledger,
        metrics: Metrics,
        refresh: Callable[[], Awaitable[object]],
        wait: Callable[..., Any],
        ready: Callable[[], Awaitable[Mapping[str, str | None]]],
        tail: Callable[..., Any],
    ) -> None:
        """`refresh` looks at once at the mappings and code lists, which the door has just changed."""
        self._wait = wait
        self._tail = tail
        self._ready = ready
        self._ledger = ledger
        self._metrics = metrics
        self._refresh = refresh

    def handle(self, name: str, *arguments: Any, **named: Any) -> Any:
        """See `gateway.door.link.Handle`."""
        match name:
            case "ledger" if arguments[0] in _LEDGER:
                return getattr(self._ledger, arguments[0])(*arguments[1:], **named)
            case "count":
                return self._count(*arguments)
            case "refresh":
                return self._refresh()
            case "wait" | "tail":
                return (self._wait if name == "wait" else self._tail)(*arguments)
            case "readiness":
                return self._ready()
            case "exposition":
                return self._metrics.exposition()
        raise LookupError(f"the gateway answers no {name!r}")

    def _count(self, counts: Mapping[tuple[str, ...], int], commits: Sequence[tuple[int, float]] = ()) -> None:
        for items, seconds in commits:
            self._metrics.committed(items, seconds)
        for (what, *labels), times in counts.items():
            match what:
                case "accepted":
                    self._metrics.accepted(*labels, times=times)
                case "event_dropped":
                    self._metrics.event_dropped(times=times)
                case _:
                    self._metrics.rejected(*labels, times=times)
