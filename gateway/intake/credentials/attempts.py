"""Wrong credentials, counted by the address they come from: bounded memory, constant work, each process for itself."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address, ip_network
from math import ceil

from gateway.client_settings import AttemptSettings
from gateway.errors import IntakeError
from gateway.intake.problem import refusal

_MOST_ADDRESSES = 20_000


class Attempts:
    """Says when an address has been wrong too often. Whoever shows a good key is let in all the same."""

    def __init__(self, settings: AttemptSettings, clock: Callable[[], float] = time.monotonic) -> None:
        self._settings = settings
        self._clock = clock
        self._owed: OrderedDict[str, float] = OrderedDict()
        """Address -> the moment from which on nothing counts against it; the one that was wrong longest ago first."""

    def look(self, address: str | None) -> None:
        """Raises `IntakeError` 429 for an address that was wrong too often, before anything dear is done for it."""
        seconds = self._over(_source(address), self._clock())
        if seconds > 0:
            raise _too_many(seconds)

    def failed(self, address: str | None) -> None:
        """Count a wrong one. Raises as `look` when it was one too many."""
        now, source = self._clock(), _source(address)
        over = self._over(source, now)
        if over > 0:
            raise _too_many(over)
        self._owed[source] = max(self._owed.get(source, now), now) + 1 / self._settings.per_second
        self._owed.move_to_end(source)
        if len(self._owed) > _MOST_ADDRESSES:
            self._owed.popitem(last=False)

    def _over(self, source: str, now: float) -> float:
        """Seconds until one more wrong one is answered as such."""
        owed = self._owed.get(source, now) - now
        return owed - (self._settings.burst - 1) / self._settings.per_second - 1e-6


def _source(address: str | None) -> str:
    """One caller: an IPv4 address, or the /64 that a provider gives to one customer."""
    try:
        parsed = ip_address(address or "")
    except ValueError:
        return "-"
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ip_network((int(parsed), 64), strict=False))
    return str(parsed)


def _too_many(seconds: float) -> IntakeError:
    said = refusal(
        429,
        "ATTEMPTS",
        "Quá nhiều lần sai khóa hoặc token từ địa chỉ này; hãy kiểm tra cấu hình của bên gửi rồi thử lại.",
        "Too many wrong keys or tokens from this address; check the sender's configuration, then try again.",
    )
    wait = max(1, ceil(seconds))
    return IntakeError(429, said.title, said.detail, said.problems, reason="ATTEMPTS", retry_after=wait)
