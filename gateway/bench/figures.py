"""What many rounds come to: medians with their spread, ratios within a round, and whether a goal was reached."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from gateway.bench.latency import Latency
from gateway.bench.lookups import LookupCost
from gateway.bench.offices import EMBEDDED, PEER, PRODUCTION
from gateway.bench.outcome import Outcome, total
from gateway.bench.rounds import Round
from gateway.bench.run import Run

MUST = {PRODUCTION: 1.5, EMBEDDED: 1.3}
"""Times the peer's throughput that each engine must reach…"""
AIM = {PRODUCTION: 2.0, EMBEDDED: 1.6}
"""…and should."""
NOISE = 0.2
"""A ratio of throughputs nearer to its goal says little; then CPU per message, the steadier figure, decides."""
P50_MOST = 2.0
P99_MOST = 4.0
"""Times the peer's latency that ours may be."""


@dataclass(frozen=True, slots=True)
class Figure:
    """The median of the rounds, with the lowest and the highest."""

    median: float
    low: float
    high: float


def figure(values: Sequence[float]) -> Figure:
    return Figure(statistics.median(values), min(values), max(values))


@dataclass(frozen=True, slots=True)
class Speed:
    """A system at full speed. Rates are per second, CPU is microseconds per message."""

    end_to_end: Figure
    accepted: Figure
    cpu: Figure
    cpu_by_process: Mapping[str, Figure]
    cores: Figure
    peak_mib: Figure
    outcome: Outcome
    sound: bool


def speeds(rounds: Sequence[Round]) -> dict[str, Speed]:
    """The figures of every system that ran."""
    return {system: _speed([one.runs[system] for one in rounds]) for system in rounds[0].runs}


def _speed(runs: Sequence[Run]) -> Speed:
    def over(read: Callable[[Run], float]) -> Figure:
        return figure([read(one) for one in runs])

    return Speed(
        end_to_end=over(lambda one: one.end_to_end),
        accepted=over(lambda one: one.accepted),
        cpu=over(lambda one: one.total),
        cpu_by_process={name: over(lambda one, name=name: one.cpu[name]) for name in runs[0].cpu},  # type: ignore[misc]
        cores=over(lambda one: one.cores),
        peak_mib=over(lambda one: one.peak / 2**20),
        outcome=total([one.outcome for one in runs]),
        sound=all(one.sound for one in runs),
    )


@dataclass(frozen=True, slots=True)
class Ratio:
    """An engine beside the peer in the same rounds: times its throughput, times less CPU per message."""

    throughput: Figure
    by_cpu: Figure
    must: float
    aim: float

    @property
    def reached(self) -> bool:
        """Whether the goal was reached; by CPU per message where throughput is too near to the goal to tell."""
        by_throughput = self.throughput.median / self.must
        if abs(by_throughput - 1) <= NOISE:
            return self.by_cpu.median >= self.must
        return by_throughput > 1


def ratios(rounds: Sequence[Round]) -> dict[str, Ratio]:
    """Every engine that ran beside the peer."""
    return {
        system: Ratio(
            figure([one.runs[system].end_to_end / one.runs[PEER].end_to_end for one in rounds]),
            figure([one.runs[PEER].total / one.runs[system].total for one in rounds]),
            MUST[system],
            AIM[system],
        )
        for system in rounds[0].runs
        if system != PEER
    }


@dataclass(frozen=True, slots=True)
class Wait:
    """Latency of a system at the fixed rate in milliseconds, and over the peer's in the same rounds."""

    p50: Figure
    p99: Figure
    answered_p50: Figure
    answered_p99: Figure
    p50_ratio: Figure
    p99_ratio: Figure
    sound: bool

    @property
    def reached(self) -> bool:
        return self.p50_ratio.median <= P50_MOST and self.p99_ratio.median <= P99_MOST


def waits(rounds: Sequence[Mapping[str, Latency]]) -> dict[str, Wait]:
    """The latency of every system that was measured, in rounds of all."""
    return {system: _wait([(one[system], one[PEER]) for one in rounds]) for system in (rounds[0] if rounds else ())}


def _wait(pairs: Sequence[tuple[Latency, Latency]]) -> Wait:
    ours = [one for one, _ in pairs]
    return Wait(
        p50=figure([one.p50 * 1e3 for one in ours]),
        p99=figure([one.p99 * 1e3 for one in ours]),
        answered_p50=figure([one.answered_p50 * 1e3 for one in ours]),
        answered_p99=figure([one.answered_p99 * 1e3 for one in ours]),
        p50_ratio=figure([one.p50 / peer.p50 for one, peer in pairs]),
        p99_ratio=figure([one.p99 / peer.p99 for one, peer in pairs]),
        sound=all(one.sound for one in ours),
    )


@dataclass(frozen=True, slots=True)
class LimitFigures:
    """This machine at its best, and the embedded engine beside it. Rates are per second, CPU is microseconds."""

    post: Figure
    post_cpu: Figure
    post_cores: Figure
    post_senders_cores: Figure
    insert: Figure
    insert_cpu: Figure
    sync_ms: Figure
    mapping: Figure
    mapping_by_hand: Figure
    mapping_ratio: Figure
    lookup_ms: float
    lookup_directly_ms: float
    ratio: Figure
    cpu_ratio: Figure


def limit_figures(rounds: Sequence[Round], lookup: LookupCost) -> LimitFigures:
    """Over all rounds; `lookup` was measured once."""

    def over(read: Callable[[Round], float]) -> Figure:
        return figure([read(one) for one in rounds])

    return LimitFigures(
        post=over(lambda one: one.limits.post),
        post_cpu=over(lambda one: one.limits.post_cpu),
        post_cores=over(lambda one: one.limits.post_cores),
        post_senders_cores=over(lambda one: one.limits.post_senders_cores),
        insert=over(lambda one: one.limits.insert),
        insert_cpu=over(lambda one: one.limits.insert_cpu),
        sync_ms=over(lambda one: one.limits.sync * 1e3),
        mapping=over(lambda one: one.limits.mapping),
        mapping_by_hand=over(lambda one: one.limits.mapping_by_hand),
        mapping_ratio=over(lambda one: one.limits.mapping_ratio),
        lookup_ms=lookup.gateway * 1e3,
        lookup_directly_ms=lookup.system * 1e3,
        ratio=over(lambda one: one.runs[EMBEDDED].end_to_end / one.limits.post),
        cpu_ratio=over(lambda one: one.limits.post_cpu / _gateway(one.runs[EMBEDDED])),
    )


def _gateway(one: Run) -> float:
    """What the gateway's own processes used."""
    return sum(micro for name, micro in one.cpu.items() if name.startswith("gateway"))
