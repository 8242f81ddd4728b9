"""Converters of days, years, names, numbers and texts for banks: there and back, and what they do not take."""

from __future__ import annotations

from typing import Any

import pytest

from mappings.convert import CONVERTERS, ShapeError


@pytest.mark.parametrize(
    ("name", "value", "foreign"),
    [
        ("day_compact", "1985-04-12", "19850412"),
        ("day_iso", "1985-04-12", "1985-04-12"),
        ("year", "1985", "1985"),
        ("year_alone", "1985", "1985"),
        ("name", "Nguyễn Văn Mẫu", "Nguyễn Văn Mẫu"),
        ("name_whole", "Nguyễn Văn Mẫu", {"Ho": "", "ChuDem": "", "Ten": "Nguyễn Văn Mẫu"}),
        ("name_split", "Nguyễn Văn Anh Mẫu", {"Ho": "Nguyễn", "ChuDem": "Văn Anh", "Ten": "Mẫu"}),
        ("name_split", "Nguyễn Mẫu", {"Ho": "Nguyễn", "Ten": "Mẫu"}),
        ("name_split", "Y", {"Ten": "Y"}),
        ("date_time", "2025-03-10T08:30:00.5Z", "2025-03-10T08:30:00.5Z"),
        ("boolean", True, "true"),
        ("boolean", False, "false"),
        ("number", 3, 3),
        ("number", 2.5, 2.5),
    ],
)
def test_a_value_goes_out_and_comes_back(name: str, value: Any, foreign: Any) -> None:
    made = CONVERTERS[name].forward(value)
    assert (made, type(made)) == (foreign, type(foreign))
    back = CONVERTERS[name].backward(made)
    assert (back, type(back)) == (value, type(value))


@pytest.mark.parametrize(
    ("name", "value", "foreign"),
    [
        ("day_compact", "1985", ""),
        ("day_iso", "1985", ""),
        ("year", "1985-04-12", "1985"),
        ("year_alone", "1985-04-12", ""),
        ("name", " Nguyễn\t Mẫu ", "Nguyễn Mẫu"),
        ("bank_text", "Đặng ở H46.16", "DANG O H46.16"),
    ],
)
def test_what_a_form_cannot_say_goes_as_far_as_it_can(name: str, value: Any, foreign: Any) -> None:
    assert CONVERTERS[name].forward(value) == foreign


@pytest.mark.parametrize(
    ("name", "foreign", "value"),
    [
        ("day_compact", "1985-04-12", "1985-04-12"),
        ("day_iso", " 19850412 ", "1985-04-12"),
        ("day_compact", 19850412, "1985-04-12"),
        ("year", 1985, "1985"),
        ("name", {"Ho": "NGUYỄN", "ChuDem": None, "Ten": " MẪU "}, "NGUYỄN MẪU"),
        ("name_split", "NGUYỄN  MẪU", "NGUYỄN MẪU"),
        ("name_whole", {"Ten": ""}, ""),
        ("boolean", "1", True),
        ("boolean", "FALSE", False),
        ("boolean", True, True),
        ("number", "2.50", 2.5),
        ("number", "3", 3),
        ("date_time", "2025-03-10T08:30:00", "2025-03-10T08:30:00+07:00"),
    ],
)
def test_the_other_sides_spellings_are_understood(name: str, foreign: Any, value: Any) -> None:
    back = CONVERTERS[name].backward(foreign)
    assert (back, type(back)) == (value, type(value))


@pytest.mark.parametrize("name", ["day_compact", "day_iso"])
@pytest.mark.parametrize("foreign", ["19850230", "1985-13-01", "850412", "1985-W15-5", "1985", "x", 1.5, ["19850412"]])
def test_what_is_no_day_does_not_come_back_as_one(name: str, foreign: Any) -> None:
    with pytest.raises(ShapeError):
        CONVERTERS[name].backward(foreign)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("day_compact", "1985-02-30"), ("day_compact", 1985), ("day_iso", "19850412"), ("year", "85"), ("year", 1985),
        ("name", 7), ("name_whole", ["a"]), ("name_split", {"Ten": "a"}), ("number", "3"), ("number", True),
        ("boolean", "true"), ("bank_text", "…"), ("bank_text", "\u0301"), ("bank_text", 7), ("date_time", 7),
    ],
)  # fmt: skip
def test_what_is_no_value_of_ours_does_not_go_out(name: str, value: Any) -> None:
    with pytest.raises(ShapeError):
        CONVERTERS[name].forward(value)


@pytest.mark.parametrize(
    ("name", "foreign"),
    [
        ("year", "85"), ("year", "1985-04"), ("number", "1e5"), ("number", "x"), ("number", None), ("boolean", "2"),
        ("name", {"Ten": ["a"]}), ("name", 7.5), ("date_time", "2025-03-10"), ("date_time", "2025-02-30T00:00:00"),
    ],
)  # fmt: skip
def test_what_is_no_value_of_theirs_does_not_come_back(name: str, foreign: Any) -> None:
    with pytest.raises(ShapeError):
        CONVERTERS[name].backward(foreign)
