"""What a dead process left in mid-attempt: sent or not, nobody knows, so each is treated as unclear (P4)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import structlog

from adapters.contract import UncertainError
from gateway.delivery.decide import decide
from gateway.delivery.deliver import OpenRoute
from gateway.ledger.port import Abandoned, Ledger, Settlement
from gateway.message import Delivery, MessageId, Waiting

log = structlog.get_logger(__name__)


async def recover(ledger: Ledger, routes: Mapping[str, OpenRoute], *, at_start: bool) -> int:
    """Settle abandoned attempts; how many. At start nobody else lives, so all that are under way were abandoned."""
    now = datetime.now(UTC)
    left = [a for a in await ledger.abandoned(None if at_start else now) if a.route in routes]
    for one in left:
        await ledger.settle(_settlement(one, routes[one.route], now))
    if left:
        log.warning("recovered.abandoned_attempts", count=len(left))
    return len(left)


def _settlement(one: Abandoned, route: OpenRoute, now: datetime) -> Settlement:
    exc = UncertainError(
        "PROCESS_LOST",
        vi="Tiến trình dừng giữa lần gửi; có thể hệ thống đích đã nhận. Cổng sẽ tự gửi lại nếu thao tác cho phép lặp.",
        en="The process stopped in mid-attempt; the target may have taken it. The gateway repeats it by itself where "
        "the operation may be repeated.",
    )
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
    unclear = isinstance(decision, Waiting)
    return Settlement(
        delivery_id=one.delivery_id,
        fence=one.fence,
        decision=decision,
        at=now,
        after_dead=route.settings.after_dead,
        after_refused=route.settings.after_refused,
        clear_at=now + route.destination.unclear_gap if unclear else None,
    )
