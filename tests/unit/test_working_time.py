"""Working time between two moments, over weekends, holidays, swapped days and Tết."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from gateway.settings import load_settings
from gateway.watch_settings import CalendarSettings
from gateway.working_time import WorkingTime
from mappings.convert import VIETNAM

CALENDAR = load_settings(environment={}).calendar.working_time()
HOUR = timedelta(hours=1)
A_DAY = timedelta(hours=7.5)
moments = st.datetimes(datetime(2024, 12, 1), datetime(2028, 3, 1)).map(lambda moment: moment.replace(tzinfo=VIETNAM))  # noqa: DTZ001


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=VIETNAM)


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        ("2025-06-12T08:00", "2025-06-12T10:30", 2.5),
        ("2025-06-12T11:00", "2025-06-12T14:00", 1),  # over noon
        ("2025-06-12T17:00", "2025-06-13T07:30", 0),  # a night
        ("2025-06-13T16:00", "2025-06-16T08:30", 2),  # a weekend
        ("2025-01-24T16:00", "2025-02-03T08:30", 2),  # Tết: nine days off
        ("2025-04-26T07:30", "2025-04-26T17:00", 7.5),  # a Saturday worked on for Friday, 2 May
        ("2025-04-29T16:30", "2025-05-05T08:00", 1),  # Reunification Day, Labour Day, the swapped Friday
        ("2027-04-29T16:30", "2027-05-04T08:00", 1),  # Labour Day on a Saturday: Monday is off, without being listed
        ("2026-04-24T16:30", "2026-04-28T08:00", 1),  # the Hùng Kings on a Sunday, their Monday
    ],
)
def test_only_working_hours_count(start: str, end: str, hours: float) -> None:
    assert CALENDAR.between(at(start), at(end)) == hours * HOUR


@given(moments, moments)
def test_time_between_is_never_negative_and_none_backwards(one: datetime, other: datetime) -> None:
    first, last = sorted((one, other))
    assert timedelta() <= CALENDAR.between(first, last) <= last - first
    assert CALENDAR.between(last, first) == timedelta()


@given(moments, moments, moments)
def test_time_between_adds_up(a: datetime, b: datetime, c: datetime) -> None:
    a, b, c = sorted((a, b, c))
    assert CALENDAR.between(a, b) + CALENDAR.between(b, c) == CALENDAR.between(a, c)


@given(st.dates(date(2025, 1, 1), date(2027, 12, 31)))
def test_a_whole_day_has_all_its_hours_or_none(day: date) -> None:
    midnight = datetime(day.year, day.month, day.day, tzinfo=VIETNAM)
    spent = CALENDAR.between(midnight, midnight + timedelta(days=1))
    assert spent == (A_DAY if CALENDAR.works_on(day) else timedelta())


@given(st.dates(date(2025, 1, 1), date(2035, 12, 31)))
def test_a_holiday_that_falls_on_a_weekend_is_made_up_for_and_no_other(day: date) -> None:
    yearly = WorkingTime(CALENDAR.hours, CALENDAR.weekend, CALENDAR.yearly)
    worked = sum(yearly.works_on(date(day.year, 1, 1) + timedelta(days=n)) for n in range(365))
    plain = WorkingTime(CALENDAR.hours, CALENDAR.weekend)
    without = sum(plain.works_on(date(day.year, 1, 1) + timedelta(days=n)) for n in range(365))
    assert without - worked == len(CALENDAR.yearly)


def test_the_same_moment_in_another_zone_is_the_same_moment() -> None:
    start = datetime.fromisoformat("2025-06-12T01:00:00+00:00")  # 08:00 in Việt Nam
    assert CALENDAR.between(start, start + HOUR) == HOUR


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"hours": []}, "no working hours"),
        ({"hours": ["09:00-08:00"]}, "must begin before"),
        ({"hours": ["07:00-12:00", "11:00-17:00"]}, "overlap"),
        ({"weekend": ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]}, "no working"),
        ({"yearly_holidays": ["13-01"]}, "pattern"),
    ],
)
def test_a_calendar_that_makes_no_sense_is_refused(wrong: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        CalendarSettings.model_validate(wrong)


def test_an_installation_may_work_around_the_clock() -> None:
    calendar = CalendarSettings.model_validate({"hours": ["00:00-24:00"], "weekend": []}).working_time()
    assert calendar.between(at("2025-06-13T00:00"), at("2025-06-16T00:00")) == timedelta(days=3)
