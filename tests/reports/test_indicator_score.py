"""The worked example of the specification by hand, and what becomes of weights and targets at the edges."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from gateway.indicator_settings import CRITERIA, IndicatorSettings, TargetSettings
from gateway.reports.indicators.criteria import CRITERIA as NAMED
from gateway.reports.indicators.example import example
from gateway.reports.indicators.score import score
from gateway.reports.indicators.targets import evaluated, in_force
from gateway.settings import load_settings

SETTINGS = IndicatorSettings()


def by_id(report: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {one["id"]: one for one in report["criteria"]}


def test_the_worked_example_gives_the_figures_worked_out_by_hand() -> None:
    report = example(SETTINGS)
    found = {
        name: (one["numerator"], one["denominator"], one["ratio"], one["points"])
        for name, one in by_id(report).items()
        if one["state"] == "measured"
    }
    assert found == {
        "C4": (150, 200, 0.75, 3.00),
        "T1": (171, 184, 0.9293, 18.59),
        "O3": (120, 160, 0.75, 3.00),
        "P2": (33, 60, 0.55, 3.30),
    }
    assert (report["points"], report["of"], report["max"]) == (27.89, 34.0, 100.0)
    assert [(one["level"], one["share"], one["met"], one["gap"]) for one in report["targets"]] == [
        ("province", 0.75, True, 0),
        ("province", 0.2, False, 20),
        ("district", 0.2, True, 0),
    ]


def test_the_groups_are_those_of_the_decision_and_payment_is_a_part_of_its_own() -> None:
    report = score({}, SETTINGS)
    assert [(one["id"], one["max"]) for one in report["groups"]] == [
        ("C", 18.0), ("T", 20.0), ("S", 22.0), ("OP", 22.0), ("H", 18.0),
    ]  # fmt: skip
    assert [(part["id"], part["max"]) for part in report["groups"][3]["parts"]] == [("O", 12.0), ("P", 10.0)]
    assert tuple(one.id for one in NAMED) == CRITERIA
    assert (report["points"], report["of"]) == (0.0, 0.0), "nothing is known: nothing is scored"


def test_a_criterion_without_a_denominator_gives_its_weight_to_its_group() -> None:
    counts = {"received": 10, "digitised": 10, "results": 0, "electronic_results": 0, "reusable": 4, "reused": 1}
    found = by_id(score(counts, SETTINGS))
    assert (found["S1"]["state"], found["S1"]["weight"], found["S1"]["points"]) == ("empty", 0.0, None)
    assert (found["S2"]["weight"], found["S2"]["points"]) == (8.25, 8.25)  # 6 × 22 / 16
    assert (found["S3"]["weight"], found["S3"]["points"]) == (13.75, 3.44)  # 10 × 22 / 16, a quarter of it


def test_what_is_measured_elsewhere_gives_nothing_away() -> None:
    report = score({"received": 4, "synchronised": 4}, SETTINGS)
    assert by_id(report)["C4"]["points"] == 4.0
    assert report["groups"][0]["of"] == 4.0


def test_a_target_earns_all_points_and_no_more() -> None:
    settings = IndicatorSettings(score_targets={"P2": Decimal("0.5")})
    full = by_id(score({"fee_bearing": 60, "paid_online": 33}, settings))["P2"]
    half = by_id(score({"fee_bearing": 60, "paid_online": 15}, settings))["P2"]
    assert (full["points"], half["points"], half["ratio"], half["target"]) == (6.0, 3.0, 0.25, 0.5)


def test_what_counts_as_paid_online_is_a_setting_and_the_other_reading_stands_beside_it() -> None:
    counts = {"fee_bearing": 10, "paid_online": 2, "paid_declared": 7}
    confirmed = by_id(score(counts, SETTINGS))["P2"]
    declared = by_id(score(counts, IndicatorSettings(payment_evidence="declared")))["P2"]
    assert (confirmed["numerator"], confirmed["variants"][0]["numerator"]) == (2, 7)
    assert (declared["numerator"], declared["variants"][0]["numerator"]) == (7, 2)


@pytest.mark.parametrize(
    ("number", "met", "gap"), [(59, False, 1), (60, True, 0), (61, True, 0), (0, False, 60), (199, True, 0)]
)
def test_a_target_is_compared_before_rounding(number: int, met: bool, gap: int) -> None:
    target = TargetSettings(year=2022, measure="online_dossiers", share=Decimal("0.3"))
    found = evaluated(target, {"offered_received": 200, "offered_online": number, "received": 400, "online": number})
    assert (found["met"], found["gap"]) == (met, gap)
    assert found["variants"][0]["denominator"] == 400, "both denominators are shown"


def test_a_share_just_below_the_target_that_rounds_to_it_is_not_met() -> None:
    target = TargetSettings(year=2022, measure="online_dossiers", share=Decimal("0.3"))
    found = evaluated(target, {"offered_received": 100_001, "offered_online": 30_000})
    assert (found["share"], found["met"], found["gap"]) == (0.3, False, 1)


def test_without_anything_to_measure_a_target_is_neither_met_nor_missed() -> None:
    target = TargetSettings(year=2021, measure="full_services", share=Decimal("0.4"))
    assert evaluated(target, {})["met"] is None


def test_the_targets_of_the_plan_are_the_default() -> None:
    targets = load_settings(None, {}).indicators.targets
    assert [(one.measure, one.level, str(one.share)) for one in in_force(targets, 2021)] == [
        ("full_services", "all", "0.4"), ("online_dossiers", "all", "0.1"),
    ]  # fmt: skip
    assert [(one.measure, one.level, str(one.share)) for one in in_force(targets, 2026)] == [
        ("full_services", "province", "0.6"), ("full_services", "district", "0.5"), ("full_services", "commune", "0.4"),
        ("online_dossiers", "province", "0.3"), ("online_dossiers", "district", "0.2"),
        ("online_dossiers", "commune", "0.15"),
    ]  # fmt: skip
    assert in_force(targets, 2020) == []


def test_the_defaults_of_the_file_are_those_of_the_program() -> None:
    assert load_settings(None, {}).indicators.points == SETTINGS.points
    assert sum(SETTINGS.points.values()) == 100
