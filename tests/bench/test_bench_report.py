"""What the benchmark makes of its rounds. Nothing here judges speed."""

from __future__ import annotations

import dataclasses
from typing import Any

import orjson
import pytest

from gateway.bench.figures import Figure, Ratio
from gateway.bench.growth import Growth
from gateway.bench.latency import Latency
from gateway.bench.lookups import LookupCost
from gateway.bench.offices import EMBEDDED, PEER, PRODUCTION, SYSTEMS
from gateway.bench.outcome import Outcome
from gateway.bench.report import Report, report
from gateway.bench.rounds import Limits, Round
from gateway.bench.run import Run
from gateway.bench.stored import Level, StoredReport

MESSAGES = 60
SOUND = Outcome(sent=60, received=60, delivered=60, lost=0, doubled=0, out_of_order=0, balance=0)
LIMITS = Limits(**dict.fromkeys((field.name for field in dataclasses.fields(Limits)), 1.0) | {"post": 20_000.0})
LOOKUP = LookupCost(system=0.100, gateway=0.120)


def a_run(system: str, end_to_end: float = 800, micro: float = 500, outcome: Outcome = SOUND) -> Run:
    books = system != PEER
    return Run(system, end_to_end, end_to_end, {"gateway": micro, "sink": 0.0}, 1.0, 2**27, outcome, books)


def a_round(**speeds: tuple[float, float]) -> Round:
    """Speed and CPU per message by system; 800/s and 500 µs where nothing is said."""
    return Round(LIMITS, {system: a_run(system, *speeds.get(system, ())) for system in SYSTEMS})


def a_latency(system: str, p50: float, p99: float) -> Latency:
    return Latency(system, p50, p99, p50 / 2, p99 / 2, SOUND, system != PEER)


def a_report(*rounds: Round) -> Report:
    latencies = {system: a_latency(system, 0.004, 0.010) for system in SYSTEMS}
    return report(MESSAGES, rounds or [a_round()], [latencies], LOOKUP)


def test_the_report_as_json_has_every_figure_by_system_beside_its_goal() -> None:
    tree = orjson.loads(orjson.dumps(a_report().as_dict()))
    assert set(tree["speed"]) == set(tree["latency"]) == set(SYSTEMS)
    assert tree["ratio"][PRODUCTION] | {"throughput": 0, "by_cpu": 0} == {
        "throughput": 0, "by_cpu": 0, "must": 1.5, "aim": 2.0,
    }  # fmt: skip
    assert tree["speed"][EMBEDDED]["cpu_by_process"]["gateway"] == {"median": 500, "low": 500, "high": 500}
    assert tree["goals"][f"{EMBEDDED} speed"] is False and tree["goals"]["lookup"] is True
    assert tree["sound"] is True and tree["leaf_fields"] >= 40


def test_ratios_are_of_runs_of_the_same_round() -> None:
    made = a_report(
        a_round(faststream=(1_000, 900), embedded=(1_500, 600)),
        a_round(faststream=(500, 1_000), embedded=(1_000, 500)),
        a_round(faststream=(2_000, 800), embedded=(2_000, 800)),
    )
    assert made.ratio[EMBEDDED].throughput == Figure(1.5, 1.0, 2.0)
    assert made.ratio[EMBEDDED].by_cpu == Figure(1.5, 1.0, 2.0)
    assert made.speed[PEER].end_to_end == Figure(1_000, 500, 2_000)


@pytest.mark.parametrize(
    ("throughput", "by_cpu", "reached"),
    [(1.81, 1.0, True), (1.79, 1.49, False), (1.3, 1.51, True), (1.1, 2.0, False)],
)
def test_near_the_goal_cpu_per_message_decides(throughput: float, by_cpu: float, reached: bool) -> None:
    ratio = Ratio(Figure(throughput, 0, 9), Figure(by_cpu, 0, 9), must=1.5, aim=2.0)
    assert ratio.reached is reached


@pytest.mark.parametrize(
    ("p50", "p99", "reached"), [(0.008, 0.040, True), (0.009, 0.040, False), (0.008, 0.041, False)]
)
def test_latency_is_judged_by_both_percentiles(p50: float, p99: float, reached: bool) -> None:
    measured = {PEER: a_latency(PEER, 0.004, 0.010), PRODUCTION: a_latency(PRODUCTION, p50, p99)}
    assert report(MESSAGES, [], [measured]).latency[PRODUCTION].reached is reached


@pytest.mark.parametrize(
    "words", ["Trọn đường", "end to end", "CPU mỗi thông điệp", "CPU per message", "độ trễ", "latency", "0.075", "1.5"]
)
def test_the_report_for_people_speaks_both_languages_and_names_the_goals(words: str) -> None:
    assert words.lower() in a_report().as_text().lower()


@pytest.mark.parametrize(
    "wrong", [{"lost": 1}, {"doubled": 1}, {"out_of_order": 1}, {"balance": 1}, {"received": 59}, {"delivered": 59}]
)
def test_one_message_amiss_is_not_sound(wrong: dict[str, int]) -> None:
    amiss = dataclasses.replace(SOUND, **wrong)
    made = a_report(Round(LIMITS, {PEER: a_run(PEER), EMBEDDED: a_run(EMBEDDED, outcome=amiss)}))
    assert not made.sound
    assert "✗ gửi" in made.as_text()


@pytest.mark.parametrize(("wrong", "sound"), [({"out_of_order": 3, "delivered": 0}, True), ({"lost": 1}, False)])
def test_of_the_peer_only_completeness_is_asked(wrong: dict[str, int], sound: bool) -> None:
    made = a_report(
        Round(LIMITS, {PEER: a_run(PEER, outcome=dataclasses.replace(SOUND, **wrong)), EMBEDDED: a_run(EMBEDDED)})
    )
    assert made.sound is sound


def a_level(stored: int, micro: float) -> Level:
    return Level(stored, micro, {"gateway": micro}, 1_000, 100, sound=True)


def test_a_message_may_cost_a_fifth_more_beside_a_million() -> None:
    levels: dict[str, Any] = {
        EMBEDDED: [a_level(10_000, 500), a_level(100_000, 900), a_level(1_000_000, 600)],
        PRODUCTION: [a_level(10_000, 500), a_level(1_000_000, 601)],
    }
    made = StoredReport(100, levels)
    assert made.as_dict()["goals"] == {EMBEDDED: True, PRODUCTION: False}
    assert "✗ chưa đạt" in made.as_text() and "1 000 000" in made.as_text()


def test_growth_is_counted_after_the_first_hundred_thousand() -> None:
    settling = [50.0, 90.0, 100.0, 120.0, 130.0]
    steady = Growth(20_000, {"gateway": [*settling, *[130.0] * 10]})
    leaking = Growth(20_000, {"gateway": [*settling, *[130.0 + step for step in range(10)]]})
    assert steady.grown("gateway") == 0
    assert leaking.grown("gateway") == pytest.approx(5)
