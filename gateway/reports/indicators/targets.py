"""The targets of a plan: a share reached or not, compared before rounding, and how much is missing. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from math import ceil
from typing import Any

from gateway.indicator_settings import TargetSettings
from gateway.reports.indicators.score import Totals, shown

_MEASURES: Mapping[str, tuple[str, str, str, tuple[tuple[str, str, str, str], ...]]] = {
    "full_services": (
        "Dịch vụ trực tuyến toàn trình (mức độ 4) / mọi TTHC",
        "Full online services (level 4) / all procedures",
        "procedures",
        (
            ("trên TTHC đủ điều kiện", "of eligible procedures", "procedures_full", "procedures_eligible"),
            ("trừ TTHC có nguyên nhân", "without procedures with a cause", "procedures_full", "procedures_free"),
        ),
    ),
    "online_dossiers": (
        "Hồ sơ trực tuyến / hồ sơ của dịch vụ trực tuyến đã xây dựng",
        "Online dossiers / dossiers of online services already built",
        "offered_received",
        (("trên mọi hồ sơ tiếp nhận", "of all dossiers received", "online", "received"),),
    ),
}
_NUMERATOR = {"full_services": "procedures_full", "online_dossiers": "offered_online"}


def in_force(targets: Iterable[TargetSettings], year: int) -> list[TargetSettings]:
    """Those of the year, else of the last year before it that has any."""
    known = [one for one in targets if one.year <= year]
    latest = max((one.year for one in known), default=None)
    return [one for one in known if one.year == latest]


def evaluate(targets: Sequence[TargetSettings], levels: Mapping[str, Totals]) -> list[dict[str, Any]]:
    """Each target with what was reached; `levels`: totals by level, and of `all` of them."""
    return [evaluated(one, levels.get(one.level, {})) for one in targets]


def evaluated(target: TargetSettings, totals: Totals) -> dict[str, Any]:
    """One target. `met` is None where there is nothing to measure; `gap` is how many more would reach it."""
    vi, en, below, variants = _MEASURES[target.measure]
    number, of = totals.get(_NUMERATOR[target.measure], 0), totals.get(below, 0)
    wanted = Fraction(target.share)
    return {
        "measure": target.measure,
        "vi": vi,
        "en": en,
        "year": target.year,
        "level": target.level,
        "target": float(target.share),
        "numerator": number,
        "denominator": of,
        "share": shown(Fraction(number, of)) if of else None,
        "met": number >= wanted * of if of else None,
        "gap": max(0, ceil(wanted * of - number)),
        "variants": [_variant(one, totals) for one in variants],
    }


def _variant(variant: tuple[str, str, str, str], totals: Totals) -> dict[str, Any]:
    vi, en, above, below = variant
    number, of = totals.get(above, 0), totals.get(below, 0)
    share = shown(Fraction(number, of)) if of else None
    return {"vi": vi, "en": en, "numerator": number, "denominator": of, "share": share}
