"""Latency at a steady rate: from the moment a message was due to be sent until the sink had it."""

from __future__ import annotations

import asyncio
import statistics
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from gateway.bench import senders
from gateway.bench.dossiers import scripts
from gateway.bench.offices import START_WITHIN, Servers, office
from gateway.bench.outcome import Outcome, judge
from gateway.bench.process import child
from gateway.bench.run import CONNECTIONS, Tell, all_accepted, all_arrived, balance_of, bound, settled

RATE = 200
"""Messages a second."""
_WARM_UP_SECONDS = 2
_PACE = {"rate": RATE, "warm_up": _WARM_UP_SECONDS}


@dataclass(frozen=True, slots=True)
class Latency:
    """Seconds at p50 and p99, from due to delivered and from due to answered with 202."""

    system: str
    p50: float
    p99: float
    answered_p50: float
    answered_p99: float
    outcome: Outcome
    books: bool

    @property
    def sound(self) -> bool:
        return self.outcome.sound if self.books else self.outcome.complete


async def measure_latency(system: str, served: Servers, seconds: int, folder: Path, tell: Tell) -> Latency:
    """Send `RATE` messages a second for `seconds` after a warm-up. Raises `BenchError`."""
    warm_up = _WARM_UP_SECONDS * RATE
    messages = seconds * RATE + warm_up
    async with AsyncExitStack() as stack:
        portal = await stack.enter_async_context(child("portal", {"expected": messages}, folder))
        port = (await portal.hear("port", START_WITHIN))["port"]
        tested = await stack.enter_async_context(office(system, served, port, messages, folder))
        orders = senders.orders(tested.port, tested.key, messages, CONNECTIONS)
        sending = await stack.enter_async_context(child("paced", orders | _PACE, folder))
        await sending.hear("ready", START_WITHIN)
        arriving = asyncio.create_task(all_arrived(portal, messages, tell))
        try:
            sent = all_accepted(await sending.ask("go", bound(messages)), messages, by=tested.front)
            await arriving
        finally:
            arriving.cancel()
        await settled(tested, bound(messages))
        balance = await balance_of(tested)
        effects = (await portal.ask("effects"))["effects"]
        times = (await portal.ask("times"))["times"]
    carried = latencies(effects, times, sent["first"])[warm_up:]
    return Latency(
        system=system,
        p50=statistics.median(carried),
        p99=percentile(carried, 0.99),
        answered_p50=statistics.median(sent["answered"]),
        answered_p99=percentile(sent["answered"], 0.99),
        outcome=judge(scripts(messages, CONNECTIONS), effects, balance),
        books=tested.books is not None,
    )


def latencies(effects: Sequence[str], times: Sequence[float], first: float) -> list[float]:
    """How long each message took from the moment it was due, in the order in which they were due."""
    made = scripts(len(effects), CONNECTIONS)
    in_turn = [script[row] for row in range(max(map(len, made))) for script in made if row < len(script)]
    came = dict(zip(reversed(effects), reversed(times), strict=True))  # of a doubled one the first counts
    return [
        came[sample.effect] - first - number / RATE for number, sample in enumerate(in_turn) if sample.effect in came
    ]


def percentile(values: Sequence[float], share: float) -> float:
    """The value that `share` of all do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
