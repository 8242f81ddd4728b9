"""The benchmark: what carrying a message costs on this machine, beside a reference peer and limits of the same run.

Every process is its own: senders, a minimal portal, the system under test (`offices`), PostgreSQL and RabbitMQ. Only
ratios within a run and CPU per message compare between machines. The dossiers are in `dossiers`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from gateway.bench.figures import Figure
from gateway.bench.growth import GrowthReport, measure_growth
from gateway.bench.latency import Latency, measure_latency
from gateway.bench.lookups import measure_lookups
from gateway.bench.offices import SYSTEMS, Servers, servers
from gateway.bench.process import BenchError
from gateway.bench.proof_cost import ProofReport, measure_proof
from gateway.bench.report import Report, report
from gateway.bench.rounds import measure
from gateway.bench.screens import ScreensReport, measure_screens
from gateway.bench.stored import StoredReport, measure_stored

__all__ = [
    "SYSTEMS",
    "BenchError",
    "Figure",
    "Report",
    "bench",
    "bench_growth",
    "bench_latency",
    "bench_proof",
    "bench_screens",
    "bench_stored",
]

Tell = Callable[[str], None]

LATENCY_ROUNDS = 3
LATENCY_SECONDS = 8


async def bench(
    messages: int,
    rounds: int,
    tell: Tell,
    cache: Path,
    *,
    folder: Path | None = None,
    systems: Sequence[str] = SYSTEMS,
    latency_rounds: int = LATENCY_ROUNDS,
) -> Report:
    """Measure speed, latency and limits: `rounds` rounds of `messages` messages each; `tell` hears what is going on.

    Needs only this machine: every address is 127.0.0.1, every file lies in a folder under `folder` (None: the system's
    temporary one) that is gone afterwards, every process is ended. Raises `BenchError`.
    """
    async with _open(cache, folder, tell) as (served, here):
        measured = [
            await measure(served, systems, messages, here, _prefixed(tell, number, rounds))
            for number in range(1, rounds + 1)
        ]
        latencies = await _latencies(served, systems, latency_rounds, here, tell)
        tell("tra cứu có chờ, cạnh hỏi thẳng / look-ups that wait, beside asking directly")
        lookup = await measure_lookups(here)
    return report(messages, measured, latencies, lookup)


async def bench_latency(rounds: int, tell: Tell, cache: Path, *, folder: Path | None = None) -> Report:
    """Measure only latency, of all systems in turn. Raises `BenchError`."""
    async with _open(cache, folder, tell) as (served, here):
        return report(1000, [], await _latencies(served, SYSTEMS, rounds, here, tell))


async def bench_stored(tell: Tell, cache: Path, *, folder: Path | None = None) -> StoredReport:
    """Measure what a message costs beside 10⁴ to 10⁶ stored ones, on both engines. Raises `BenchError`."""
    async with _open(cache, folder, tell) as (served, here):
        return await measure_stored(served, here, tell)


async def bench_growth(tell: Tell, cache: Path, *, folder: Path | None = None) -> GrowthReport:
    """Measure how memory grows over 300,000 messages, on both engines. Raises `BenchError`."""
    async with _open(cache, folder, tell) as (served, here):
        return await measure_growth(served, here, tell)


async def bench_proof(messages: int, pairs: int, tell: Tell, cache: Path, *, folder: Path | None = None) -> ProofReport:
    """Measure what sealing and receipts cost, on both engines. Raises `BenchError`."""
    async with _open(cache, folder, tell) as (served, here):
        return await measure_proof(served, messages, pairs, here, tell)


async def bench_screens(tell: Tell, cache: Path, *, folder: Path | None = None) -> ScreensReport:
    """Measure how long the console's lists take beside a million stored messages. Raises `BenchError`."""
    async with _open(cache, folder, tell) as (served, here):
        return await measure_screens(served, here, tell)


@asynccontextmanager
async def _open(cache: Path, folder: Path | None, tell: Tell) -> AsyncIterator[tuple[Servers, Path]]:
    with TemporaryDirectory(prefix="lienthong-bench-", dir=folder) as name:
        tell("khởi động PostgreSQL và RabbitMQ riêng / starting a private PostgreSQL and RabbitMQ")
        async with servers(cache, Path(name)) as served:
            yield served, Path(name)


async def _latencies(
    served: Servers, systems: Sequence[str], rounds: int, folder: Path, tell: Tell
) -> list[dict[str, Latency]]:
    made = []
    for number in range(1, rounds + 1):
        said = _prefixed(tell, number, rounds)
        latencies = {}
        for system in systems:
            said(f"độ trễ / latency: {system}")
            latencies[system] = await measure_latency(system, served, LATENCY_SECONDS, folder, said)
        made.append(latencies)
    return made


def _prefixed(tell: Tell, number: int, rounds: int) -> Tell:
    return lambda text: tell(f"Vòng / round {number}/{rounds}: {text}")
