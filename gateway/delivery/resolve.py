"""What may have happened is asked for: proof settles an uncertain delivery, and nothing else does (P4).

Taken settles it, proven not taken sends it again, unknown is asked again on a schedule that grows, and then it stays
uncertain for a person. Every question is stored, so another process goes on where this one was killed. A lease and the
time limit of the call must have passed first: until then the call itself may still arrive.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import cast

import structlog

from adapters.contract import DeliveryError, NotTaken, Queries, Taken
from gateway.delivery.route import OpenRoute
from gateway.errors import LedgerUnavailable
from gateway.ledger.doubts.port import Asked
from gateway.ledger.port import Ledger, Settlement, Unproven
from gateway.message import Decision, Delivered, Fault, Returned
from gateway.operations.barred import barred
from gateway.telemetry.correlation import correlate

log = structlog.get_logger(__name__)

_EVERY = 1.0
_AT_ONCE = 500
_SCHEDULE = tuple(timedelta(seconds=s) for s in (0, 30, 120, 600, 1800, 7200, 21600, 86400))
"""Pauses between two questions; after the last one a person decides."""

CANNOT_ASK = "CANNOT_ASK"
"""Stands for the answer of a system that cannot be asked: a person decides from the start."""

_PROVEN_NOT = Fault(
    "uncertain",
    "PROVEN_NOT_TAKEN",
    "Hệ thống đích xác nhận chưa nhận; trục gửi lại.",
    "The target proves that it has not taken it; it is sent again.",
)


class Resolver:
    """Asks about uncertain deliveries whose adapter can ask."""

    def __init__(
        self, ledger: Ledger, routes: Mapping[str, OpenRoute], every: float = _EVERY, at_once: int = _AT_ONCE
    ) -> None:
        """`every`: seconds between two looks at what is uncertain. `at_once`: how many one look takes."""
        self._ledger = ledger
        self._routes = routes
        self._every = every
        self._at_once = at_once
        self._after = ""
        """Where the last look ended: what cannot be asked about now must not stand before what can."""

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await asyncio.sleep(self._every)
            try:
                await self.look(datetime.now(UTC))
            except LedgerUnavailable as exc:
                log.warning("resolve.ledger_unavailable", error=str(exc))
            except Exception:
                log.exception("resolve.failed")

    async def look(self, now: datetime) -> int:
        """Ask about what is due on the next page of the uncertain ones; how many were settled by proof."""
        unproven = await self._ledger.unproven(self._at_once, self._after, now)
        self._after = unproven[-1].delivery_id if len(unproven) == self._at_once else ""
        settled = await asyncio.gather(*(self._ask(one, now) for one in unproven if self._is_due(one, now)))
        return sum(settled)

    def _is_due(self, one: Unproven, now: datetime) -> bool:
        route = self._routes.get(one.route)
        return route is not None and (one.asked > 0 or one.since + route.destination.unclear_gap <= now)

    async def _ask(self, one: Unproven, now: datetime) -> bool:
        correlate(message_id=one.message_id, correlation_id=one.correlation_id, traceparent=None)
        route = self._routes[one.route]
        if not hasattr(route.adapter, "query"):
            await self._ledger.note_asked(Asked(one.delivery_id, one.fence, 0, None, CANNOT_ASK, None))
            return False
        deadline = asyncio.get_running_loop().time() + route.destination.timeout.total_seconds()
        try:
            async with route.gates[0].slots:
                proof = await cast("Queries", route.adapter).query(one.keys, deadline)
        except DeliveryError as exc:
            await self._note(one, exc.code, now)
            return False
        decision: Decision
        match proof:
            case Taken():
                decision = Delivered()
            case NotTaken():
                decision = Returned(now, _PROVEN_NOT)
            case _:
                await self._note(one, proof.code, now)
                return False
        settlement = Settlement(
            delivery_id=one.delivery_id,
            fence=one.fence,
            decision=decision,
            at=now,
            after_dead=route.settings.after_dead,
            after_refused=route.settings.after_refused,
        )
        resolved = await self._ledger.resolve(settlement)
        if resolved:
            log.info("delivery.resolved", delivery_id=one.delivery_id, decision=type(decision).__name__.lower())
        return resolved

    async def _note(self, one: Unproven, answer: str, now: datetime) -> None:
        """The word proved nothing: when to ask again, or that a person decides."""
        times = one.asked + 1
        next_at = now + _SCHEDULE[times] if times < len(_SCHEDULE) else None
        await self._ledger.note_asked(Asked(one.delivery_id, one.fence, times, now, answer, next_at))
        about = {"destination": self._routes[one.route].settings.destination, "attempt": one.fence}
        if (entry := barred(answer, "worker", one.delivery_id, about)) is not None:
            await self._ledger.record_audit(entry)
        left = "asked_again" if next_at else "left_to_person"
        log.info("resolve.not_proven", delivery_id=one.delivery_id, attempt=one.fence, code=answer, decision=left)
