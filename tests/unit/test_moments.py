"""What people and programs may say of when: real days and moments alone, in years that a ledger can reckon with."""

from __future__ import annotations

import pytest

from gateway.acceptance.codes import moment


@pytest.mark.parametrize(
    ("text", "day", "when", "here"),
    [
        ("2025-03-10", True, True, True),
        ("2024-02-29", True, True, True),
        ("2025-03-10T08:00:00+07:00", False, True, True),
        ("2025-03-10T08:00", False, False, True),
        ("2025-03-10T08:00:59", False, False, True),
        ("2025-03-10T24:01", False, False, False),
        ("2025-02-30T08:00", False, False, False),
        ("2025-02-30", False, False, False),
        ("2025-13-45", False, False, False),
        ("2025-W11-1", False, False, False),
        ("0001-01-01", False, False, False),
        ("9999-12-31", False, False, False),
        ("2025-03-10\n", False, False, False),
        ("", False, False, False),
    ],
)
def test_a_day_or_a_moment_is_one_that_there_is(text: str, day: bool, when: bool, here: bool) -> None:
    assert (moment.is_day(text), moment.says_when(text), moment.says_when_here(text)) == (day, when, here)
