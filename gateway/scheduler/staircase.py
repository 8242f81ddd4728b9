"""How a replay job climbs: from how its present step is doing to what is done next. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from gateway.ledger.replays.port import StepLook

STAIRS = (1, 5, 20, 100, 500, 1000)
"""Deliveries of the first step, the second, and so on; the last is the size of all that follow."""
AT_ONCE = 100
"""Most of a step that are under way at a time: so many more may fail after the target has begun to refuse."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing now: outcomes are open, or nobody's turn it is."""


@dataclass(frozen=True, slots=True)
class Send:
    """So many more of the present step."""

    count: int


@dataclass(frozen=True, slots=True)
class Climb:
    """The step is over and was good: the next is of this size."""

    size: int


@dataclass(frozen=True, slots=True)
class Stop:
    """Too much failed, or it took too long. `verdict` says it in figures."""

    verdict: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Finish:
    """Nothing is left to do."""


Move = Wait | Send | Climb | Stop | Finish


def next_move(look: StepLook) -> Move:
    """What follows from how the step is doing: it is over when each of it got through, failed, or was not needed."""
    if look.state != "running":
        return Wait()
    if look.rung == 0:  # before the first step, or going on after a stop: what made it stop is history
        return _climb(look)
    return _stop(look) or (_send(look) if look.planned or look.under_way else _climb(look))


def _stop(look: StepLook) -> Stop | None:
    """What failed counts against the whole step, so one that can only end badly is not sent to its end."""
    bad = look.failed + look.failing
    size = bad + look.passed + look.under_way + look.planned
    if size and bad / size > look.max_failure_rate:
        return Stop({"why": "failures", "failed": bad, "of": size, "limit": look.max_failure_rate, "code": look.cause})
    if 0 < look.max_seconds < look.seconds:
        return Stop({"why": "latency", "seconds": round(look.seconds, 3), "limit": look.max_seconds})
    return None


def _send(look: StepLook) -> Move:
    count = min(AT_ONCE - look.under_way, look.planned)
    return Send(count) if count > 0 else Wait()


def _climb(look: StepLook) -> Move:
    if look.more:
        return Climb(STAIRS[min(look.rung, len(STAIRS) - 1)])
    return Wait() if look.sent else Finish()
