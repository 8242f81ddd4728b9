"""What the door bears at once: connections, of all and of each address, and the bytes of bodies on their way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from aiohttp import web

from gateway.caller import within
from gateway.edge_settings import HttpSettings
from gateway.errors import IntakeError
from gateway.intake.problem import refusal


class Bounds:
    """Of one process. Counts what is there now; nothing of it outlives a connection or a request."""

    def __init__(self, settings: HttpSettings) -> None:
        self.settings = settings
        self._connections: Counter[str] = Counter()
        self._all = 0
        self._arriving = 0

    def enter(self, address: str | None) -> bool:
        """A connection came; whether there is room for it. `leave` follows in any case."""
        self._all += 1
        self._connections[address or ""] += 1
        if self._all > self.settings.max_connections:
            return False
        each = self._connections[address or ""]
        return each <= self.settings.max_connections_each or within(address, self.settings.proxies)

    def leave(self, address: str | None) -> None:
        """A connection went."""
        self._all -= 1
        self._connections[address or ""] -= 1
        if not self._connections[address or ""]:
            del self._connections[address or ""]

    def arrived(self, size: int) -> None:
        """So many bytes more are held (less, where negative). Raises `IntakeError` 503 above the bound."""
        self._arriving += size
        if size > 0 and self._arriving > self.settings.max_bodies_bytes:
            raise too_busy()


BOUNDS = web.AppKey("bounds", Bounds)


class Room:
    """What one body holds of the room for all."""

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self.rate = bounds.settings.body_rate
        self.held = 0

    def take(self, size: int) -> int:
        """Hold so many bytes more; how many in all. Raises `IntakeError` 503."""
        self.held += size
        self._bounds.arrived(size)
        return self.held


@contextmanager
def arriving(app: web.Application) -> Iterator[Room]:
    """Room for one body while it is on its way."""
    bounds = app[BOUNDS]
    room = Room(bounds)
    try:
        yield room
    finally:
        bounds.arrived(-room.held)


def too_busy() -> IntakeError:
    """The 503 for one connection or body too many."""
    return refusal(
        503,
        "TOO_BUSY",
        "Quá nhiều kết nối hoặc nội dung đang gửi cùng lúc; chưa có gì được lưu, hãy gửi lại sau.",
        "Too many connections or bodies at once; nothing was stored, send it again later.",
    )


def too_slow() -> IntakeError:
    """The 408 for headers that do not end."""
    return refusal(
        408,
        "HEADERS_STALLED",
        "Phần đầu yêu cầu gửi dở rồi dừng; chưa có gì được lưu, hãy gửi lại.",
        "The headers stopped in the middle; nothing was stored, send it again.",
    )
