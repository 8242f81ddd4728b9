"""Whom a failed attempt speaks against: one message, or the destination as a whole, which its breaker must hear."""

from __future__ import annotations

import structlog

from adapters.contract import DeliveryError, PermanentError, TransientError, UncertainError
from gateway.delivery.breaker import Breaker
from mappings import MappingError

log = structlog.get_logger(__name__)


def tell(breaker: Breaker, destination: str, exc: Exception) -> None:
    """Tell the breaker of a failed attempt. Only what the target did counts: never a refusal, never a fault of ours."""
    opened = False
    match exc:
        case PermanentError(scope="destination"):
            breaker.trip(exc.code, exc.vi, exc.en)
            log.error("destination.stopped", destination=destination, code=exc.code, error=exc.en)
        case TransientError(scope="destination"):
            seconds = exc.retry_after.total_seconds() if exc.retry_after else 1.0
            breaker.wait_at_least(seconds, exc.code, exc.vi, exc.en)
            opened = breaker.failure(exc.code, exc.vi, exc.en)
        case UncertainError() | TransientError(max_tries=None):
            opened = breaker.failure(exc.code, exc.vi, exc.en)
        case TransientError():  # it answered, though in words that no rule names
            breaker.answered()
        case DeliveryError():
            breaker.success()
    if opened:
        log.error("destination.breaker_opened", destination=destination, code=breaker.reason)


def no_accident(breaker: Breaker, destination: str, exc: Exception, code: str) -> bool:
    """Whether a message would die for a reason that nobody can explain and that several in a row have died of.

    Then the reason is not the message, and the breaker opens until somebody or something mends it.
    """
    explained = isinstance(exc, MappingError | DeliveryError) and not isinstance(exc, TransientError)
    if explained or not breaker.unexplained(code):
        return False
    breaker.trip(code)
    log.error("destination.stopped", destination=destination, code=code, reason="several in a row died of this")
    return True
