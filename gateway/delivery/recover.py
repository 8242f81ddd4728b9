"""What a dead process left in mid-attempt: sent or not, nobody knows, so each is treated as unclear (P4)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime

import structlog

from adapters.contract import UncertainError
from gateway.delivery.decide import clear_at, decide, fault_of
from gateway.delivery.deliver import OpenRoute
from gateway.ledger.port import Abandoned, Ledger, Settlement
from gateway.message import Delivery, MessageId, Uncertain

log = structlog.get_logger(__name__)


async def recover(ledger: Ledger, routes: Mapping[str, OpenRoute], *, at_start: bool) -> int:
    """Settle abandoned attempts; how many. `at_start`: where nobody else can live, all under way were abandoned.

    One that cannot be settled now is logged and met again: at the next round, or at the next start.
    """
    now = datetime.now(UTC)
    left = await ledger.abandoned(at_start=at_start)
    settled = await asyncio.gather(
        *(ledger.settle(_settlement(one, routes.get(one.route), now)) for one in left), return_exceptions=True
    )
    for one, outcome in zip(left, settled, strict=True):
        if isinstance(outcome, BaseException):
            log.error("recover.failed", **_ids(one), exc_info=outcome)
        elif outcome:
            log.info("recover.settled", **_ids(one), destination=one.destination, attempt=one.fence)
    if left:
        log.warning("recovered.abandoned_attempts", count=settled.count(True))
    return settled.count(True)


def _ids(one: Abandoned) -> dict[str, str]:
    """By which its lines are found."""
    return {"message_id": one.message_id, "correlation_id": one.correlation_id, "delivery_id": one.delivery_id}


def _settlement(one: Abandoned, route: OpenRoute | None, now: datetime) -> Settlement:
    exc = UncertainError(
        "PROCESS_LOST",
        vi="Tiến trình dừng giữa lần gửi; có thể hệ thống đích đã nhận. Cổng sẽ tự gửi lại nếu thao tác cho phép lặp.",
        en="The process stopped in mid-attempt; the target may have taken it. The gateway repeats it by itself where "
        "the operation may be repeated.",
    )
    if route is None:  # nobody knows any more whether it may be repeated
        return Settlement(one.delivery_id, one.fence, Uncertain(fault_of(exc)), now, "hold", "hold")
    delivery = Delivery(
        id=one.delivery_id,
        message_id=MessageId(""),
        destination=one.destination,
        operation=one.operation,
        route=one.route,
        attempts=one.fence,
        tries=one.tries,
    )
    decision = decide(exc, delivery, route.destination, repeatable=route.repeatable, now=now)
    return Settlement(
        delivery_id=one.delivery_id,
        fence=one.fence,
        decision=decision,
        at=now,
        after_dead=route.settings.after_dead,
        after_refused=route.settings.after_refused,
        clear_at=clear_at(decision, route.destination, now),
    )
