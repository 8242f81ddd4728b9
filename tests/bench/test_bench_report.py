"""A tiny run of the whole benchmark: its figures add up. Nothing here judges speed."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import orjson
import pytest

from gateway.bench import Figure, Report, bench
from gateway.bench.report import report
from gateway.bench.rounds import Outcome, Round

MESSAGES = 60
SOUND = Outcome(sent=60, received=60, delivered=60, lost=0, doubled=0, out_of_order=0, balance=0)


def a_round(end_to_end: float = 800, post: float = 20_000, outcome: Outcome = SOUND) -> Round:
    names = [field.name for field in dataclasses.fields(Round) if field.name != "outcome"]
    values = dict.fromkeys(names, 1.0) | {"end_to_end": end_to_end, "post": post}
    return Round(**values, outcome=outcome)


async def test_a_small_run_delivers_everything_once_and_says_so(tmp_path: Path) -> None:
    told: list[str] = []
    made = await bench(MESSAGES, 1, told.append, tmp_path)
    assert made.outcome == SOUND
    assert made.sound
    figures = [getattr(made, field.name) for field in dataclasses.fields(made) if field.type == "Figure"]
    assert made.gateway_cpu in figures
    assert all(0 < figure.low <= figure.median <= figure.high for figure in figures)
    assert made.ratio.median == pytest.approx(made.end_to_end.median / made.post.median)
    assert any("1/1" in line for line in told)
    assert list(tmp_path.iterdir()) == []


def test_the_report_as_json_has_every_figure_beside_goal_and_reference() -> None:
    tree = orjson.loads(orjson.dumps(report(MESSAGES, [a_round()]).as_dict()))
    assert {field.name for field in dataclasses.fields(Report)} <= set(tree)
    assert (tree["goal"], tree["reference"], tree["connections"]) == (0.075, 0.15, 32)
    assert tree["ratio"] == {"median": 0.04, "low": 0.04, "high": 0.04}
    assert tree["leaf_fields"] >= 40
    assert tree["outcome"]["sent"] == MESSAGES
    assert (tree["reached"], tree["sound"]) == (False, True)


def test_figures_are_medians_with_their_range() -> None:
    made = report(MESSAGES, [a_round(900, 30_000), a_round(2_000, 20_000), a_round(1_000, 10_000)])
    assert made.end_to_end == Figure(1_000, 900, 2_000)
    assert made.ratio == Figure(0.1, 0.03, 0.1)
    assert made.outcome.sent == 3 * MESSAGES
    assert made.reached


@pytest.mark.parametrize(
    "language", ["Trọn đường", "end to end", "CPU mỗi thông điệp", "CPU per message", "0.075", "0.15"]
)
def test_the_report_for_people_speaks_both_languages_and_names_the_goal(language: str) -> None:
    assert language in report(MESSAGES, [a_round()]).as_text()


@pytest.mark.parametrize(
    "wrong", [{"lost": 1}, {"doubled": 1}, {"out_of_order": 1}, {"balance": 1}, {"received": 59}, {"delivered": 59}]
)
def test_one_message_amiss_is_not_sound(wrong: dict[str, int]) -> None:
    made = report(MESSAGES, [a_round(), a_round(outcome=dataclasses.replace(SOUND, **wrong))])
    assert not made.sound
    assert made.as_text().splitlines()[-1].startswith("✗")
