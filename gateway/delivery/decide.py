"""From what came back to what follows: any exception and the schedule give one `Decision`. Pure."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from adapters.contract import DeliveryError, PermanentError, RefusedError, TransientError, UncertainError
from gateway.delivery.storable import storable
from gateway.message import Dead, Decision, Delivery, Fault, Refused, Returned, Uncertain, Waiting
from gateway.settings import DestinationSettings
from mappings import MappingError

_JITTER = 0.1


def decide(
    exc: Exception, delivery: Delivery, settings: DestinationSettings, *, repeatable: bool, now: datetime
) -> Decision:
    """What becomes of a delivery whose attempt ended with `exc`. The text of the result holds no personal data."""
    fault = fault_of(exc)
    match exc:
        case RefusedError():
            return Refused(fault)
        case PermanentError(scope="destination"):
            return Returned(now + settings.breaker_pause, fault)
        case UncertainError() if not repeatable:
            return Uncertain(fault)
        case UncertainError() | TransientError():
            return _again(exc, delivery, settings, fault, now)
    return Dead(fault)


def clear_at(decision: Decision, settings: DestinationSettings, now: datetime) -> datetime | None:
    """When the lane may go on after an unclear call: a late effect of it must not land on top of a newer one."""
    fault: Fault | None = getattr(decision, "fault", None)
    return now + settings.unclear_gap if fault is not None and fault.kind == "uncertain" else None


def fault_of(exc: Exception) -> Fault:
    """The fault as people will read it."""
    if isinstance(exc, DeliveryError):
        return _told(_kind(exc), exc, exc.field)
    if isinstance(exc, MappingError):
        return _told("mapping", exc, exc.foreign)
    return Fault(
        "unclassified",
        type(exc).__name__.upper(),
        "Lỗi chưa được phân loại trong trục; xem log theo mã lượt gửi và báo nhà phát triển.",
        "An error nobody classified, inside the gateway; see the log by delivery id and report it.",
    )


def _told(kind: str, exc: DeliveryError | MappingError, field: str | None) -> Fault:
    return Fault(kind, storable(exc.code), storable(exc.vi), storable(exc.en), field and storable(field))


def _again(
    exc: UncertainError | TransientError, delivery: Delivery, settings: DestinationSettings, fault: Fault, now: datetime
) -> Decision:
    pause = _next_pause(delivery, settings)
    if pause is None:
        return Dead(fault)
    if isinstance(exc, UncertainError):
        return Waiting(now + max(pause, settings.unclear_gap), fault, unclear=True)
    in_a_row = delivery.error_tries + 1 if delivery.error_code == exc.code else 1
    if exc.max_tries is not None and in_a_row >= exc.max_tries:
        return Dead(fault)
    return Waiting(now + max(pause, exc.retry_after or timedelta(0)), fault)


def _next_pause(delivery: Delivery, settings: DestinationSettings) -> timedelta | None:
    """The schedule's next step with some jitter; None when it is used up."""
    if delivery.tries >= len(settings.retry_schedule):
        return None
    return settings.retry_schedule[delivery.tries] * random.uniform(1 - _JITTER, 1 + _JITTER)  # noqa: S311


def _kind(exc: DeliveryError) -> str:
    match exc:
        case TransientError():
            return "transient"
        case UncertainError():
            return "uncertain"
        case RefusedError():
            return "refused"
        case _:
            return "permanent"
