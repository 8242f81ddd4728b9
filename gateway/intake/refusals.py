"""What the door refuses leaves an audit entry, and a flood of it neither fills the disk nor slows the door.

The first refusal of a kind is written before it is answered. Its repeats are counted, and written as one entry with
`count` when the window ends. A process that is killed loses the counts of the windows that were open, never a first.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Protocol

import structlog
from aiohttp import web

from gateway.browser import network_of
from gateway.caller import caller_address
from gateway.errors import IntakeError, LedgerUnavailable
from gateway.intake.gate import known_caller, route_of
from gateway.intake.surface.route import Route
from gateway.ledger.port import AuditEntry
from gateway.operations.refused import ContentRefused

log: Any = structlog.get_logger(__name__)

MOST_OPEN = 200
"""Kinds of refusal that are told apart within one window; what comes beyond them is counted together."""
_UNKNOWN = "-"
_BODIES = frozenset({400, 408, 413, 415})
"""A body that could not be read: also an attack looks like this."""
_CODES = frozenset({"PURPOSE_REQUIRED", "SIGN_IN_LOCKED"})


class Audits(Protocol):
    """What this asks of the ledger."""

    async def record_audit(self, entry: AuditEntry) -> None: ...


@dataclass(slots=True)
class _Window:
    """One kind of refusal, and how often it came again since it was written."""

    entry: AuditEntry
    ends_at: float
    repeats: int = 0


class Refusals:
    """Writes them. Holds at most `MOST_OPEN` windows and one more a code."""

    def __init__(self, ledger: Audits, window: timedelta) -> None:
        self._ledger = ledger
        self._seconds = window.total_seconds()
        self._windows: dict[tuple[str, ...], _Window] = {}
        self._ending: asyncio.Task[None] | None = None

    async def note(self, entry: AuditEntry, whence: str = "") -> None:
        """Write it, or count it where the same was written within the window. Never raises.

        The same: actor, action and reason, and `whence` it came.
        """
        key = (whence, entry.actor, entry.action, entry.reason)
        if key not in self._windows and len(self._windows) >= MOST_OPEN:
            key = ("", _UNKNOWN, "refused", entry.reason)
            entry = replace(entry, actor=_UNKNOWN, action="refused", target=_UNKNOWN)
        window = self._windows.get(key)
        if window is not None:
            window.repeats += 1
            return
        now = asyncio.get_running_loop().time()
        self._windows[key] = _Window(entry, now + self._seconds)
        if self._ending is None or self._ending.done():
            self._ending = asyncio.create_task(self._end_windows(), name="refusals")
        await self._write(entry)

    async def of(self, request: web.Request, error: IntakeError) -> None:
        """Write what this request was refused, where that is for the audit."""
        route = route_of(request)
        if route is not None and is_audited(route, error):
            caller, address = known_caller(request), caller_address(request)
            whence = "" if caller else network_of(address)
            codes = sorted({one.code for one in error.problems})
            details: dict[str, Any] = {"codes": codes[:_MOST_CODES]} if len(codes) > 1 else {}
            actor = caller.name if caller else _UNKNOWN
            target = f"{route.path} {address or _UNKNOWN}"
            action = f"refused.{route.name}"
            await self.note(AuditEntry(actor, action, target, code_of(error), ok=False, details=details), whence)

    async def close(self) -> None:
        """Write what was counted."""
        if self._ending is not None:
            self._ending.cancel()
            await asyncio.wait([self._ending])
        await self._end(list(self._windows))

    async def _end_windows(self) -> None:
        """Until none is open: a window that nothing came into again is forgotten."""
        while self._windows:
            now = asyncio.get_running_loop().time()
            await self._end([key for key, window in self._windows.items() if window.ends_at <= now])
            if self._windows:
                first = min(window.ends_at for window in self._windows.values())
                await asyncio.sleep(max(0.0, first - now))

    async def _end(self, keys: list[tuple[str, ...]]) -> None:
        for key in keys:
            window = self._windows.pop(key)
            if window.repeats:
                told: Mapping[str, Any] = {**window.entry.details, "count": window.repeats}
                await self._write(replace(window.entry, details=told))

    async def _write(self, entry: AuditEntry) -> None:
        try:
            await self._ledger.record_audit(entry)
        except LedgerUnavailable:  # the answer is no all the same
            log.warning("refusal.not_noted", action=entry.action, reason=entry.reason)


_MOST_CODES = 10


def is_audited(route: Route, error: IntakeError) -> bool:
    """Whether a refusal is for the audit: about who may, about a command, or a body nobody could read.

    What is wrong with the content of a message is answered and counted only, and so is what is not there. What an
    operation refuses, for its content or for the state of things (409), it has written itself.
    """
    if error.status in (401, 403) or error.reason in _CODES:
        return True
    if isinstance(error.__cause__, ContentRefused):
        return False
    if route.name == "takeCallback":
        return error.status < 500
    if route.method == "GET":
        return False
    return error.status in _BODIES or (error.status == 422 and route.name != "postMessages")


def code_of(error: IntakeError) -> str:
    """The code a refusal goes by."""
    return error.problems[0].code if error.problems else error.reason
