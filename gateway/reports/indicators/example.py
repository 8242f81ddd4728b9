"""The worked example: invented figures of one unit in one month, through the same formulas.

What the example does not speak of is left out, so it counts as measured elsewhere.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from gateway.indicator_settings import IndicatorSettings, TargetSettings
from gateway.reports.indicators.score import score
from gateway.reports.indicators.targets import evaluated

COUNTS = {
    "received": 200, "synchronised": 150, "finished": 180, "judged": 180, "in_time": 171, "overdue": 4,
    "offered_received": 160, "offered_online": 120, "online": 120, "fee_bearing": 60, "paid_online": 33,
}  # fmt: skip
OTHER_MONTH = {"offered_received": 200, "offered_online": 40, "received": 200, "online": 40}
"""A month in which fewer filed online."""


def example(settings: IndicatorSettings) -> dict[str, Any]:
    """A report of the example."""
    province = TargetSettings(year=2022, measure="online_dossiers", level="province", share=Decimal("0.30"))
    district = TargetSettings(year=2022, measure="online_dossiers", level="district", share=Decimal("0.20"))
    return {
        "query": {"example": "đơn vị U, tháng M / unit U, month M"},
        "counts": dict(COUNTS),
        **score(COUNTS, settings),
        "targets": [evaluated(province, COUNTS), evaluated(province, OTHER_MONTH), evaluated(district, OTHER_MONTH)],
    }
