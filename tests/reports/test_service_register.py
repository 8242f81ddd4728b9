"""The periods of the plan: 45 days to set a service up, 15, 30 or 60 to try it out; what is due, what is overdue."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from gateway.indicator_settings import IndicatorSettings
from gateway.ledger.services.port import Service
from gateway.reports.indicators.register import next_step, procedure_counts, register_rows

SETTINGS = IndicatorSettings()


def step(today: str, level: str = "commune", **days: Any) -> tuple[str, str | None, int]:
    found = next_step(Service("1.000001", level, **days), SETTINGS, date.fromisoformat(today))
    return found["step"], found["due"], found["overdue_days"]


def test_a_service_is_to_be_set_up_within_45_days_of_the_approval() -> None:
    assert step("2021-10-16", approved_on="2021-09-01") == ("set_up", "2021-10-16", 0)
    assert step("2021-10-18", approved_on="2021-09-01") == ("set_up", "2021-10-16", 2)


@pytest.mark.parametrize(
    ("level", "due"), [("province", "2021-11-16"), ("district", "2021-12-01"), ("commune", "2021-12-31")]
)
def test_it_is_to_be_tried_out_within_the_period_of_its_level(level: str, due: str) -> None:
    days = {"approved_on": "2021-09-01", "set_up_on": "2021-10-20", "notified_on": "2021-11-01"}
    assert step("2021-11-01", level, **days) == ("try", due, 0)
    assert step("2022-01-01", level, **days)[2] == (date(2022, 1, 1) - date.fromisoformat(due)).days


def test_the_latest_step_that_was_taken_says_what_comes_next() -> None:
    assert step("2022-01-01") == ("approve", None, 0)
    assert step("2022-01-01", set_up_on="2021-10-01") == ("notify", None, 0)
    assert step("2022-01-01", approved_on="2021-01-01", tried_on="2021-10-01") == ("offer", None, 0)
    assert step("2022-01-01", offered_on="2021-10-01") == ("connect", None, 0)
    assert step("2022-01-01", connected_on="2021-10-01") == ("done", None, 0)


def test_procedures_are_counted_as_of_a_day() -> None:
    services = [
        Service("1.1", "commune", eligible=True, grade="full", offered_on="2021-12-01", connected_on="2022-02-01"),
        Service("1.2", "commune", eligible=True, grade="partial", offered_on="2021-12-01"),
        Service("1.3", "commune", cause="chờ luật"),
    ]
    assert procedure_counts(services, "2021-12-31") == {
        "procedures": 3, "procedures_eligible": 2, "procedures_free": 2, "procedures_offered": 2,
        "procedures_full": 1, "procedures_connected": 0,
    }  # fmt: skip
    assert procedure_counts(services, "2021-11-30")["procedures_offered"] == 0
    assert procedure_counts(services, "2022-02-01")["procedures_connected"] == 1


def test_the_list_may_be_narrowed_to_what_is_overdue() -> None:
    late = Service("1.1", "commune", approved_on="2021-09-01")
    services = [late, Service("1.2", "district", approved_on="2021-12-20")]
    rows = register_rows(services, SETTINGS, date(2022, 1, 1), {"overdue": "true"})
    assert [(row["procedure"], row["overdue_days"]) for row in rows] == [("1.1", 77)]
    assert len(register_rows(services, SETTINGS, date(2022, 1, 1), {"step": "set_up", "level": "district"})) == 1
