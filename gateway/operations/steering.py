"""Steering destinations: how each stands, pause and resume, a probe now, and the calendar of announced maintenance.

Each action leaves an audit entry with who and why, also where it fails.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from uuid_utils import uuid7

from gateway.errors import NotFoundError
from gateway.ledger.port import AuditEntry, Ledger
from gateway.ledger.shapes import iso
from gateway.ledger.steering.port import NewWindow, Probed, Steering, ToldClosed, Window
from gateway.message import DeliveryState
from gateway.settings import DestinationSettings

S = DeliveryState
_LOOK_EVERY = 0.1
PATIENCE = 30.0
"""Seconds that whoever asked for a probe waits for what came of it."""
_BACKLOG = (S.HELD, S.PENDING, S.DELIVERING, S.WAITING, S.UNCERTAIN)

NOBODY = Probed(
    ok=False,
    code="NO_WORKER",
    vi="Chưa có tiến trình worker nào trả lời; tiến trình đó đang chạy chứ? Xem lại kết quả: lienthong destinations.",
    en="No worker has answered yet; is one running? Look again: lienthong destinations.",
)


class SteeringOperations:
    """What people may see of destinations and do to them."""

    def __init__(
        self, ledger: Ledger, destinations: Mapping[str, DestinationSettings], *, patience: float = PATIENCE
    ) -> None:
        """`destinations`: everything that something may be owed to, by name."""
        self._ledger = ledger
        self._destinations = destinations
        self._patience = patience

    async def destinations(self) -> list[dict[str, Any]]:
        """How every destination stands, what waits for it, and how it did lately."""
        steering, board, held_for = await asyncio.gather(
            self._ledger.steering(), self._ledger.board(), self._ledger.held_for()
        )
        rows = {row["destination"]: row for row in board}
        names = sorted({*self._destinations, *(name for name, row in rows.items() if _is_owed(row["states"]))})
        now = datetime.now(UTC)
        return [
            _described(
                name,
                self._destinations.get(name),
                steering.get(name, Steering(name)),
                rows.get(name, {}),
                held_for.get(name, {}),
                now,
            )
            for name in names
        ]

    async def pause(self, name: str, actor: str, reason: str) -> dict[str, Any]:
        """Send nothing to a destination until it is resumed; what is under way ends, everything goes on being taken.

        Raises `NotFoundError`, `StateError`.
        """
        entry = await self._entry("destination.pause", name, actor, reason)
        await self._ledger.pause(name, entry)
        return await self._one(name)

    async def resume(self, name: str, actor: str, reason: str) -> dict[str, Any]:
        """What waits goes out in order, within the rate. Raises `NotFoundError`, `StateError`."""
        entry = await self._entry("destination.resume", name, actor, reason)
        await self._ledger.resume(name, entry)
        return await self._one(name)

    async def probe(self, name: str, actor: str, reason: str = "") -> dict[str, Any]:
        """Have whoever works a destination off try it now; what came of it. Raises `NotFoundError`.

        Success closes an open breaker. A pause stays.
        """
        entry = await self._entry("destination.probe", name, actor, reason)
        probe_id = str(uuid7())
        await self._ledger.ask_probe(name, probe_id, entry)
        result = await self._answer(name, probe_id)
        said = {"ok": result.ok, "code": result.code}
        await self._ledger.record_audit(
            replace(entry, action="destination.probed", ok=result.ok, details={"probe": probe_id} | said)
        )
        return said | {"destination": name, "vi": result.vi, "en": result.en}

    async def add_maintenance(
        self, name: str, starts_at: datetime | None, ends_at: datetime, actor: str, reason: str
    ) -> dict[str, Any]:
        """Announce maintenance; None: from now on. Raises `NotFoundError`, `StateError`."""
        entry = await self._entry("maintenance.add", name, actor, reason)
        made = await self._ledger.add_maintenance(NewWindow(str(uuid7()), name, starts_at, ends_at), entry)
        return window_dict(made)

    async def cancel_maintenance(self, window_id: str, actor: str, reason: str) -> dict[str, Any]:
        """Take an announcement back; what is under way ends now. Raises `NotFoundError`, `StateError`."""
        entry = AuditEntry(actor, "maintenance.cancel", window_id, reason)
        return window_dict(await self._ledger.cancel_maintenance(window_id, entry))

    async def maintenance(self, *, past: bool = False) -> list[dict[str, Any]]:
        """What is announced: under way or to come, or the latest of all."""
        return [window_dict(one) for one in await self._ledger.maintenance(past=past)]

    async def _one(self, name: str) -> dict[str, Any]:
        return next(one for one in await self.destinations() if one["name"] == name)

    async def _answer(self, name: str, probe_id: str) -> Probed:
        try:
            async with asyncio.timeout(self._patience):
                while True:
                    probe = (await self._ledger.steering())[name].probe
                    if probe is not None and probe.id == probe_id and probe.result is not None:
                        return probe.result
                    await asyncio.sleep(_LOOK_EVERY)
        except TimeoutError:
            return NOBODY

    async def _entry(self, action: str, name: str, actor: str, reason: str) -> AuditEntry:
        entry = AuditEntry(actor, action, name, reason)
        if name not in self._destinations:
            await self._ledger.record_audit(replace(entry, ok=False, details={"refused": "NotFoundError"}))
            known = ", ".join(sorted(self._destinations))
            raise NotFoundError(f"Không có nơi nhận {name}; có: {known}. / There is no {name}; there are: {known}.")
        return entry


def window_dict(window: Window) -> dict[str, Any]:
    """Announced maintenance as people see it."""
    return {
        "id": window.id,
        "destination": window.destination,
        "starts_at": iso(window.starts_at),
        "ends_at": iso(window.ends_at),
        "reason": window.reason,
        "who": window.who,
        "cancelled_at": iso(window.cancelled_at),
        "cancelled_by": window.cancelled_by,
    }


def _is_owed(states: Mapping[str, int]) -> bool:
    """Whether something of it is open or dead: it is shown even where the configuration knows it no more."""
    return any(states.get(state, 0) for state in (*_BACKLOG, S.DEAD))


def _described(
    name: str,
    settings: DestinationSettings | None,
    steering: Steering,
    row: Mapping[str, Any],
    held_for: Mapping[str, int],
    now: datetime,
) -> dict[str, Any]:
    hold = settings is not None and settings.mode == "hold" and set(settings.agencies.values()) <= {"hold"}
    standing, _ = steering.standing(hold=hold)
    states: Mapping[str, int] = row.get("states", {})
    oldest = row.get("oldest_open_at")
    window = steering.window()
    pause = steering.pause
    return {
        "name": name,
        "state": standing,
        "mode": settings.mode if settings else None,
        "agencies": dict(settings.agencies) if settings else {},
        "rate": settings.rate if settings else None,
        "concurrency": settings.concurrency if settings else None,
        "partitions": settings.partitions if settings else None,
        "pause": {"by": pause.by, "reason": pause.reason, "since": iso(pause.at)} if pause else None,
        "breaker": _closed(steering.closed, now) if steering.closed and steering.closed.by == "breaker" else None,
        "asked_to_wait": _closed(steering.closed, now) if steering.closed and steering.closed.by == "target" else None,
        "maintenance": window_dict(window) if window else None,
        "announced": [window_dict(one) for one in steering.windows if one is not window],
        "backlog": {"open": sum(states.get(state, 0) for state in _BACKLOG)}
        | {state.value: states.get(state, 0) for state in (*_BACKLOG, S.DEAD)},
        "held_for": dict(held_for),
        "oldest_open_at": oldest,
        "oldest_open_seconds": round((now - datetime.fromisoformat(oldest)).total_seconds()) if oldest else None,
        "last_success_at": row.get("last_success_at"),
        "last_failure_at": row.get("last_failure_at"),
        "last_probe": _probed(steering),
    }


def _closed(closed: ToldClosed, now: datetime) -> dict[str, Any]:
    return {
        "since": iso(closed.since),
        "until": iso(datetime.fromtimestamp(now.timestamp() + closed.seconds, UTC)),
        "code": closed.reason,
        "vi": closed.vi,
        "en": closed.en,
    }


def _probed(steering: Steering) -> dict[str, Any] | None:
    probe = steering.probe
    if probe is None or probe.result is None:
        return None
    result = probe.result
    return {"at": iso(probe.ended_at), "ok": result.ok, "code": result.code, "vi": result.vi, "en": result.en}
