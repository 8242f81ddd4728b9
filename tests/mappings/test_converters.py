"""Each converter, there and back, and what it does not take."""

from __future__ import annotations

from typing import Any

import pytest

from mappings.convert import CONVERTERS, ShapeError

MOMENT = "a real moment like 2025-06-12T08:15:30+07:00 is expected"


@pytest.mark.parametrize(
    ("name", "value", "foreign"),
    [
        ("text", "Đăng ký", "Đăng ký"),
        ("text", 'a\n"b" \\ <c>', 'a\n"b" \\ <c>'),
        ("moment", "2025-06-12T08:15:30+07:00", "20250612081530"),
        ("moment", "1969-03-01T00:00:00+07:00", "19690301000000"),
        ("amount", 0, "0"),
        ("amount", 1_000_000_000_000, "1000000000000"),
        ("integer", 12, 12),
        ("flag", True, "1"),
        ("flag", False, "0"),
        ("true_false", True, "True"),
        ("true_false", False, "False"),
        ("tax_code", "3109999917", "3109999917"),
        ("tax_code", "3109999917-001", "3109999917-001"),
        ("tax_code", "044999000123", "044999000123"),
    ],
)
def test_a_value_goes_out_and_comes_back(name: str, value: Any, foreign: Any) -> None:
    made = CONVERTERS[name].forward(value)
    assert (made, type(made)) == (foreign, type(foreign))
    back = CONVERTERS[name].backward(made)
    assert (back, type(back)) == (value, type(value))


@pytest.mark.parametrize(
    ("moment", "sent"),
    [
        ("2025-06-12T01:15:30Z", "20250612081530"),
        ("2024-12-31T17:00:00Z", "20250101000000"),
        ("2025-01-01T00:00:00+14:00", "20241231170000"),
        ("2025-06-12T08:15:30.999999999+07:00", "20250612081530"),
        ("2025-06-12T01:15:30.5Z", "20250612081530"),
        ("2024-02-29T23:59:59-12:00", "20240301185959"),
        # The south kept +08:00 from 1960 to 1975; the wire knows one time for the whole country.
        ("1965-01-01T05:00:00Z", "19650101120000"),
    ],
)
def test_a_moment_in_any_offset_goes_out_in_vietnamese_time_without_fractions(moment: str, sent: str) -> None:
    assert CONVERTERS["moment"].forward(moment) == sent


def test_text_goes_out_and_comes_back_in_composed_form() -> None:
    pieces = "Ho\u0323\u0302 ti\u0323ch"
    assert CONVERTERS["text"].forward(pieces) == "Hộ tịch"
    assert CONVERTERS["text"].backward(pieces) == "Hộ tịch"


@pytest.mark.parametrize("written", ["3109999917001", "3109999917-001", "310 999 9917 001", "3109999917.001"])
def test_a_branch_goes_out_with_its_dash_however_it_was_written(written: str) -> None:
    assert CONVERTERS["tax_code"].forward(written) == "3109999917-001"


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("text", 7, "text is expected"),
        ("text", None, "text is expected"),
        ("moment", "2025-06-12T08:15:30", MOMENT),
        ("moment", "2025-06-12", MOMENT),
        ("moment", "2025-02-30T08:15:30+07:00", MOMENT),
        ("moment", "2025-06-12T25:15:30+07:00", MOMENT),
        ("moment", "20250612T081530+07:00", MOMENT),
        ("moment", "2025-W24-4T08:15:30+07:00", MOMENT),
        ("moment", "0001-01-01T00:00:00+14:00", MOMENT),
        ("moment", 20250612, MOMENT),
        ("moment", "", MOMENT),
        ("amount", "8000", "a whole number is expected"),
        ("amount", True, "a whole number is expected"),
        ("amount", 8000.0, "a whole number is expected"),
        ("integer", "1", "a whole number is expected"),
        ("flag", 1, "true or false is expected"),
        ("flag", "true", "true or false is expected"),
        ("true_false", None, "true or false is expected"),
        ("tax_code", 3109999917, "text is expected"),
    ],
)
def test_what_a_converter_does_not_take_going_out(name: str, value: Any, expected: str) -> None:
    with pytest.raises(ShapeError) as caught:
        CONVERTERS[name].forward(value)
    assert caught.value.en == expected
    assert caught.value.vi.startswith("cần ")


@pytest.mark.parametrize(
    ("name", "value", "back"),
    [
        ("text", 70001, "70001"),
        ("moment", 20250612081530, "2025-06-12T08:15:30+07:00"),
        ("amount", 8000, 8000),
        ("amount", " 8000 ", 8000),
        ("integer", "2", 2),
        ("integer", "-2", -2),
        ("flag", 1, True),
        ("flag", 0, False),
        ("true_false", "true", True),
        ("true_false", False, False),
        ("true_false", " FALSE ", False),
        ("tax_code", 3109999917, "3109999917"),
    ],
)
def test_the_other_side_may_send_numbers_for_texts_and_texts_for_numbers(name: str, value: Any, back: Any) -> None:
    made = CONVERTERS[name].backward(value)
    assert (made, type(made)) == (back, type(back))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("text", ["a"]),
        ("text", True),
        ("moment", "20250230081530"),
        ("moment", "20250612240000"),
        ("moment", "2025061208153"),
        ("moment", "20250612081530\n"),
        ("moment", "\uff12\uff10\uff12\uff150612081530"),
        ("amount", "8.000"),
        ("amount", "--8"),
        ("amount", "\u0663"),
        ("amount", 8000.5),
        ("integer", True),
        ("flag", "2"),
        ("flag", "yes"),
        ("true_false", "1"),
    ],
)
def test_what_a_converter_does_not_take_coming_back(name: str, value: Any) -> None:
    with pytest.raises(ShapeError, match="expected"):
        CONVERTERS[name].backward(value)
