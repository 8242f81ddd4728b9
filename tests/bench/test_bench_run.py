"""Tiny runs of the benchmark with real processes and servers: their figures add up. Nothing here judges speed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from gateway.bench.growth import measure_growth
from gateway.bench.latency import measure_latency
from gateway.bench.offices import EMBEDDED, PEER, PRODUCTION, SYSTEMS, Servers, servers
from gateway.bench.outcome import Outcome
from gateway.bench.proof_cost import measure_proof
from gateway.bench.rounds import measure
from gateway.bench.screens import measure_screens
from gateway.bench.stored import measure_stored

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(600),  # a dozen processes start, on a machine that may have other work
]
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
    made = await measure(served, SYSTEMS, MESSAGES, tmp_path, told.append)
    arrived = Outcome(sent=60, received=60, delivered=60, lost=0, doubled=0, out_of_order=0, balance=0)
    assert made.runs[EMBEDDED].outcome == made.runs[PRODUCTION].outcome == arrived
    assert made.runs[PEER].sound and made.runs[PEER].outcome.received == MESSAGES
    assert set(made.runs[PEER].cpu) == {"front", "worker", "rabbitmq", "sink", "senders"}
    assert set(made.runs[EMBEDDED].cpu) == {"gateway", "gateway, door", "sink", "senders"}
    assert set(made.runs[PRODUCTION].cpu) == {*made.runs[EMBEDDED].cpu, "postgresql", "rabbitmq"}
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
    made = await measure_stored(served, tmp_path, print, levels=(200,), template=50, live=60, engines=(EMBEDDED,))
    levels = made.engines[EMBEDDED]
    assert [level.stored for level in levels] == [200]
    assert made.sound and levels[0].cpu > 0


async def test_memory_is_read_after_every_lap(served: Servers, tmp_path: Path) -> None:
    made = await measure_growth(served, tmp_path, print, lap=40, laps=3, engines=(EMBEDDED,))
    assert {process: len(mib) for process, mib in made.engines[EMBEDDED].mib.items()} == {
        "gateway": 3, "gateway, door 1": 3,
    }  # fmt: skip


async def test_what_proof_costs_is_measured_beside_a_run_without_it(served: Servers, tmp_path: Path) -> None:
    enough_for_progress = 200  # whose parts are remembered with a digest each
    made = await measure_proof(served, enough_for_progress, 1, tmp_path, print, engines=(EMBEDDED,))
    (pair,) = made.engines[EMBEDDED]
    assert made.sound and pair.bare > 0 and pair.proven > 0
    assert set(made.goals()) == {EMBEDDED}


async def test_the_consoles_lists_are_opened_beside_stored_messages(served: Servers, tmp_path: Path) -> None:
    made = await measure_screens(served, tmp_path, print, count=200, template=100, times=2, engines=(EMBEDDED,))
    assert made.stored == 200 and set(made.goals()) == {EMBEDDED}
    assert all(0 < one.p50 <= one.p99 and one.bytes > 2_000 for one in made.engines[EMBEDDED].values())
