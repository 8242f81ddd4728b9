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
    """What follows from how the step is doing. A step is over when each of it got through, failed, or was not needed.

    What failed counts against the size of the whole step, so a step that can only end badly is not sent to its end.
    """
    if look.state != "running":
        return Wait()
    bad = look.failed + look.failing
    size = bad + look.passed + look.under_way + look.planned
    begun = look.rung > 0  # else the job goes on after a stop, and what made it stop is history
    if begun and size and bad / size > look.max_failure_rate:
        return Stop({"why": "failures", "failed": bad, "of": size, "limit": look.max_failure_rate, "code": look.cause})
    if begun and 0 < look.max_seconds < look.seconds:
        return Stop({"why": "latency", "seconds": round(look.seconds, 3), "limit": look.max_seconds})
    if look.planned:
        room = AT_ONCE - look.under_way
        return Send(min(room, look.planned)) if room > 0 else Wait()
    if begun and look.under_way:
        return Wait()
    if look.more:
        return Climb(STAIRS[min(look.rung, len(STAIRS) - 1)])
    return Wait() if look.sent else Finish()
