"""Points from counts: ratios are exact, and rounded only to be shown. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

from gateway.indicator_settings import IndicatorSettings
from gateway.reports.indicators.criteria import GROUPS, PARTS, Criterion, Variant, criteria

Totals = Mapping[str, int]


def shown(value: Fraction | None, places: int = 4) -> float | None:
    """A ratio or points as people and programs read it: rounded half up, None where there is none."""
    if value is None:
        return None
    step = Decimal(1).scaleb(-places)
    return float((Decimal(value.numerator) / Decimal(value.denominator)).quantize(step, ROUND_HALF_UP))


def ratio(totals: Totals, numerator: str, denominators: Sequence[str]) -> tuple[int, int, Fraction | None]:
    """(numerator, denominator, ratio); no ratio of nothing. Never more than 1."""
    above = totals.get(numerator, 0)
    below = sum(totals.get(name, 0) for name in denominators)
    return above, below, min(Fraction(1), Fraction(above, below)) if below else None


def score(totals: Totals, settings: IndicatorSettings) -> dict[str, Any]:
    """Criteria, groups and the sum: `points` of `of`, the most that can be earned by what is measured here.

    A criterion whose denominator is 0 is not applicable: its weight is shared out pro rata inside its group. One whose
    counts are not known here (nothing that flows through tells of them, or the register of services is not there) is
    measured elsewhere: its points are in nobody's sum.
    """
    rows = [_criterion(one, totals, settings) for one in criteria(settings.payment_evidence)]
    for letters in GROUPS:
        _share_out([row for row in rows if row["id"][0] in letters])
    groups = [_group(letters, rows) for letters in GROUPS]
    return {
        "criteria": [_shown(row) for row in rows],
        "groups": groups,
        "points": shown(sum((row["points"] for row in rows if row["points"] is not None), Fraction(0)), 2),
        "of": shown(sum((row["weight"] for row in rows), Fraction(0)), 2),
        "max": shown(sum((row["max"] for row in rows), Fraction(0)), 2),
    }


def _criterion(one: Criterion, totals: Totals, settings: IndicatorSettings) -> dict[str, Any]:
    known = bool(one.numerator) and _is_known(one, totals)
    above, below, share = ratio(totals, one.numerator, one.denominators) if known else (None, None, None)
    state = "elsewhere" if not known else "empty" if share is None else "measured"
    goal = settings.score_targets.get(one.id)
    return {
        "id": one.id,
        "part": one.part,
        "vi": one.vi,
        "en": one.en,
        "max": Fraction(settings.points_of(one.id)),
        "state": state,
        "numerator": above,
        "denominator": below,
        "ratio": share,
        "earned": min(Fraction(1), share / Fraction(goal)) if share is not None and goal else share,
        "target": float(goal) if goal else None,
        "variants": [_variant(other, totals) for other in one.variants if _is_known(other, totals)],
    }


def _is_known(one: Criterion | Variant, totals: Totals) -> bool:
    return all(name in totals for name in (one.numerator, *one.denominators))


def _variant(variant: Variant, totals: Totals) -> dict[str, Any]:
    above, below, share = ratio(totals, variant.numerator, variant.denominators)
    return {"vi": variant.vi, "en": variant.en, "numerator": above, "denominator": below, "ratio": shown(share)}


def _share_out(rows: Sequence[dict[str, Any]]) -> None:
    """Weights inside a group: those of criteria that are not applicable go to those that are."""
    here = sum((row["max"] for row in rows if row["state"] != "elsewhere"), Fraction(0))
    applicable = sum((row["max"] for row in rows if row["state"] == "measured"), Fraction(0))
    for row in rows:
        measured = row["state"] == "measured" and applicable
        row["weight"] = row["max"] * here / applicable if measured else Fraction(0)
        row["points"] = row["weight"] * row["earned"] if measured else None


def _group(letters: str, rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    key, vi, en = GROUPS[letters]
    mine = [row for row in rows if row["part"] in letters]
    made = {"id": key, "vi": vi, "en": en, **_summed(mine)}
    if len(letters) > 1:
        made["parts"] = [
            {"id": part, "vi": PARTS[part][0], "en": PARTS[part][1], **_summed([r for r in mine if r["part"] == part])}
            for part in letters
        ]
    return made


def _summed(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    earned = [row["points"] for row in rows if row["points"] is not None]
    return {
        "max": shown(sum((row["max"] for row in rows), Fraction(0)), 2),
        "of": shown(sum((row["weight"] for row in rows), Fraction(0)), 2),
        "points": shown(sum(earned, Fraction(0)), 2) if earned else None,
    }


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    points = {name: shown(row[name], 2) for name in ("max", "weight", "points")}
    return {name: value for name, value in row.items() if name != "earned"} | points | {"ratio": shown(row["ratio"])}
