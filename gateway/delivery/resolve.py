"""What may have happened is asked for: proof settles an uncertain delivery, and nothing else does (P4).

Taken settles it, proven not taken sends it again, unknown is asked again on a schedule that grows, and then it stays
uncertain for a person. A lease and the time limit of the call must have passed first: until then the call itself may
still arrive.
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
from gateway.ledger.port import Ledger, Settlement, Unproven
from gateway.message import Decision, Delivered, DeliveryId, Fault, Returned

log = structlog.get_logger(__name__)

_EVERY = 1.0
_AT_ONCE = 500
_SCHEDULE = tuple(timedelta(seconds=s) for s in (0, 30, 120, 600, 1800, 7200, 21600, 86400))
"""Pauses between two questions; after the last one a person decides."""

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
        """Where the last look ended: what waits for a person must not stand before what can be asked about."""
        self._there: set[DeliveryId] = set()
        """Seen since looking began at the oldest."""
        self._asked: dict[DeliveryId, tuple[int, datetime]] = {}
        """How often each was asked about, and when next. Forgotten with the process: then it is asked once more."""

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
        if not any(hasattr(route.adapter, "query") for route in self._routes.values()):
            return 0
        unproven = await self._ledger.unproven(self._at_once, self._after)
        self._there.update(one.delivery_id for one in unproven)
        if len(unproven) == self._at_once:
            self._after = unproven[-1].delivery_id
        else:
            self._asked = {known: told for known, told in self._asked.items() if known in self._there}
            self._after, self._there = "", set()
        settled = await asyncio.gather(*(self._ask(one, now) for one in unproven if self._is_due(one, now)))
        return sum(settled)

    def _is_due(self, one: Unproven, now: datetime) -> bool:
        route = self._routes.get(one.route)
        if route is None or not hasattr(route.adapter, "query"):
            return False
        times, due = self._asked.get(one.delivery_id, (0, one.since + route.destination.unclear_gap))
        return times < len(_SCHEDULE) and due <= now

    async def _ask(self, one: Unproven, now: datetime) -> bool:
        route = self._routes[one.route]
        times, _ = self._asked.get(one.delivery_id, (0, now))
        pause = _SCHEDULE[min(times + 1, len(_SCHEDULE) - 1)]
        self._asked[one.delivery_id] = (times + 1, now + pause)
        deadline = asyncio.get_running_loop().time() + route.destination.timeout.total_seconds()
        try:
            async with route.gates[0].slots:
                proof = await cast("Queries", route.adapter).query(one.keys, deadline)
        except DeliveryError as exc:
            log.info("resolve.no_answer", delivery_id=one.delivery_id, code=exc.code)
            return False
        decision: Decision
        match proof:
            case Taken():
                decision = Delivered()
            case NotTaken():
                decision = Returned(now, _PROVEN_NOT)
            case _:
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
