"""Tiny runs of the benchmark with real processes and servers: their figures add up. Nothing here judges speed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from gateway.bench.dossiers import scripts
from gateway.bench.growth import measure_growth
from gateway.bench.latency import latencies, measure_latency, percentile
from gateway.bench.offices import EMBEDDED, PEER, Servers, servers
from gateway.bench.outcome import Outcome
from gateway.bench.rounds import measure
from gateway.bench.run import CONNECTIONS
from gateway.bench.stored import measure_stored

pytestmark = pytest.mark.asyncio(loop_scope="module")
MESSAGES = 60
CACHE = Path(".cache")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def served(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Servers]:
    async with servers(CACHE, tmp_path_factory.mktemp("servers")) as both:
        yield both


async def test_a_round_of_every_system_delivers_everything_once_and_counts_every_process(
    served: Servers, tmp_path: Path
) -> None:
    told: list[str] = []
    made = await measure(served, (PEER, EMBEDDED), MESSAGES, tmp_path, told.append)
    assert made.runs[EMBEDDED].outcome == Outcome(
        sent=60, received=60, delivered=60, lost=0, doubled=0, out_of_order=0, balance=0
    )
    assert made.runs[PEER].sound and made.runs[PEER].outcome.received == MESSAGES
    assert set(made.runs[PEER].cpu) == {"front", "worker", "rabbitmq", "sink", "senders"}
    assert set(made.runs[EMBEDDED].cpu) == {"gateway", "gateway, door", "sink", "senders"}
    assert made.runs[EMBEDDED].total == pytest.approx(sum(made.runs[EMBEDDED].cpu.values()))
    assert all(one.cpu["sink"] > 0 and one.end_to_end <= one.accepted * 1.01 for one in made.runs.values())
    assert made.limits.post > 0 and made.limits.mapping > 0
    assert EMBEDDED in told


async def test_latency_at_a_fixed_rate_counts_from_the_moment_a_message_was_due(
    served: Servers, tmp_path: Path
) -> None:
    made = await measure_latency(EMBEDDED, served, 1, tmp_path, print)
    assert made.sound and made.outcome.received == 600
    assert 0 < made.answered_p50 <= made.answered_p99
    assert 0 < made.p50 <= made.p99


async def test_a_message_costs_and_arrives_beside_copies_of_stored_ones(served: Servers, tmp_path: Path) -> None:
    made = await measure_stored(served, tmp_path, print, levels=(200, 500), template=50, live=60, engines=(EMBEDDED,))
    levels = made.engines[EMBEDDED]
    assert [level.stored for level in levels] == [200, 510]
    assert made.sound and all(level.cpu > 0 for level in levels)


async def test_memory_is_read_after_every_lap(served: Servers, tmp_path: Path) -> None:
    made = await measure_growth(served, tmp_path, print, lap=40, laps=3, engines=(EMBEDDED,))
    assert {process: len(mib) for process, mib in made.engines[EMBEDDED].mib.items()} == {
        "gateway": 3, "gateway, door 1": 3,
    }  # fmt: skip


def test_a_late_sender_does_not_hide_the_wait() -> None:
    """Every second message was due 5 ms after the one before, whenever it was sent."""
    effects = [script[0].effect for script in scripts(4, CONNECTIONS)]
    assert latencies(effects, [10.0, 10.1, 10.1, 10.1], first=10.0) == pytest.approx([0.0, 0.095, 0.09, 0.085])


def test_a_percentile_is_a_value_that_was_measured() -> None:
    assert percentile([float(one) for one in range(200)], 0.99) == 198
    assert percentile([3.0], 0.99) == 3
