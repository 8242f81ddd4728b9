"""The rules for Vietnamese codes, one by one: what passes and what does not."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from gateway.acceptance.codes import agency, amount, birth, citizen, dossier, moment, procedure, result, tax
from gateway.acceptance.codes.procedure import Procedure

ARABIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
FULL_WIDTH = {ord("0") + digit: 0xFF10 + digit for digit in range(10)}


@pytest.mark.parametrize(
    ("code", "path"),
    [
        ("000.00.00.H46", ("H46",)),
        ("000.00.16.H46", ("H46", "16")),
        ("000.05.16.H46", ("H46", "16", "05")),
        ("012.05.16.H46", ("H46", "16", "05", "012")),
        ("H46", ("H46",)),
        ("H46.16", ("H46", "16")),
        ("H46.16.00", ("H46", "16")),
        ("H37.DN.002", ("H37", "DN", "002")),
    ],
)
def test_an_agency_is_the_same_in_the_old_and_the_new_form(code: str, path: tuple[str, ...]) -> None:
    found = agency.parse(code)
    assert found is not None
    assert (found.path, found.hierarchical) == (path, True)


@pytest.mark.parametrize(
    "code",
    [
        "", "H4", "Z46", "h46.16", "H46.", "H46..16", "00.00.16.H46", "000.00.16.H46\n", "H46\n", " H46", "H46-16",
        "000.00.16.H46".translate(ARABIC), "H46.Đ1", "H46." + "1" * 32,
    ],
)  # fmt: skip
def test_what_is_in_neither_form_is_no_agency(code: str) -> None:
    assert agency.parse(code) is None


@pytest.mark.parametrize("code", ["000.05.00.H46", "012.00.16.H46", "012.05.00.H46", "H46.00.05"])
def test_a_level_below_an_empty_one_is_not_hierarchical(code: str) -> None:
    found = agency.parse(code)
    assert found is not None
    assert not found.hierarchical


def test_what_is_too_long_for_a_code_is_not_kept_in_memory() -> None:
    kept = agency._parse.cache_info().currsize, dossier._parse.cache_info().currsize
    assert agency.parse("H46." + "1" * 100_000) is None
    assert dossier.parse("H46." + "1" * 100_000 + "-250310-0001") is None
    assert (agency._parse.cache_info().currsize, dossier._parse.cache_info().currsize) == kept


def test_an_agency_covers_itself_and_what_is_below_it() -> None:
    commune, below, beside = (agency.parse(code) for code in ("000.05.16.H46", "H46.16.05.012", "H46.16.06"))
    assert commune is not None
    assert below is not None
    assert beside is not None
    assert commune.covers(commune)
    assert commune.covers(below)
    assert not commune.covers(beside)
    assert not below.covers(commune)


@pytest.mark.parametrize(
    ("code", "day", "number"),
    [
        ("000.00.16.H46-210820-0001", date(2021, 8, 20), 1),
        ("H46.16-210820-0001", date(2021, 8, 20), 1),
        ("000.00.16.H46-240229-123456", date(2024, 2, 29), 123456),
        ("000.00.16.H46-250229-0001", None, 1),
    ],
)
def test_a_dossier_code_is_taken_apart(code: str, day: date | None, number: int) -> None:
    found = dossier.parse(code)
    assert found is not None
    assert (found.agency.path, found.day, found.number) == (("H46", "16"), day, number)


@pytest.mark.parametrize(
    "code",
    [
        "", "000.00.16.H46", "000.00.16.H46-210820", "000.00.16.H46-210820-0000", "000.00.16.H46-210820-000000",
        "000.00.16.H46-210820-001", "000.00.16.H46-210820-1234567", "000.00.16.H46-20210820-0001",
        "000.00.16.H46-210820-0001\n", "000.00.16.h46-210820-0001", "000.00.16.H46–210820–0001",
        "000.00.16.H46-210820-0001".translate(FULL_WIDTH), "H46.1.2.3.4.5.6.7-210820-0001",
    ],
)  # fmt: skip
def test_what_is_no_dossier_code_has_no_parts(code: str) -> None:
    assert dossier.parse(code) is None


@pytest.mark.parametrize(
    ("day", "plausible"),
    [
        (date(2018, 1, 1), True), (date(2017, 12, 31), False), (date(2025, 6, 1), True), (date(2025, 6, 2), False),
        (None, False),
    ],
)  # fmt: skip
def test_the_date_of_a_dossier_lies_between_2018_and_today(day: date | None, plausible: bool) -> None:
    assert dossier.is_plausible(day, date(2025, 6, 1)) is plausible


def test_a_day_begins_at_midnight_in_vietnam() -> None:
    assert moment.day_in_vietnam(datetime(2025, 5, 31, 16, 59, 59, tzinfo=UTC)) == date(2025, 5, 31)
    assert moment.day_in_vietnam(datetime(2025, 5, 31, 17, 0, tzinfo=UTC)) == date(2025, 6, 1)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("1.001193", Procedure.NATIONAL),
        ("3.000181", Procedure.NATIONAL),
        ("7.000001", Procedure.UNUSUAL),
        ("3.000181.000.00.00.H22", Procedure.LOCAL),
        ("1.001193-QB", Procedure.LOCAL),
        ("QB-TP-07", Procedure.LOCAL),
        ("QB-TP-08", Procedure.MALFORMED),
        ("0.001193", Procedure.MALFORMED),
        ("1.00119", Procedure.MALFORMED),
        ("1.0011930", Procedure.MALFORMED),
        ("1.001193\n", Procedure.MALFORMED),
        ("1.001193".translate(ARABIC), Procedure.MALFORMED),
        ("", Procedure.MALFORMED),
    ],
)
def test_procedure_codes_are_national_local_or_malformed(code: str, kind: Procedure) -> None:
    assert procedure.judge(code, {"QB-TP-07"}) is kind


@pytest.mark.parametrize(
    ("number", "good"),
    [
        ("044999000123", True), ("04499900012", False), ("0449990001234", False), ("044999000123\n", False),
        ("044 999000123", False), ("044999000123".translate(ARABIC), False), ("04499900012x", False), ("", False),
    ],
)  # fmt: skip
def test_a_citizen_number_is_twelve_ascii_digits(number: str, good: bool) -> None:
    assert citizen.is_citizen_number(number) is good


def test_the_province_of_a_citizen_number_is_only_known_or_not() -> None:
    assert citizen.has_known_province("044999000123")
    assert not citizen.has_known_province("100999000123")
    assert len(citizen.PROVINCES) == 63


@pytest.mark.parametrize(
    ("number", "year"),
    [("044085999123", 1985), ("044199999123", 1999), ("044200999123", 2000), ("044312999123", 2012),
     ("044999000123", 2399)],
)  # fmt: skip
def test_a_citizen_number_tells_the_year_of_birth(number: str, year: int) -> None:
    assert citizen.birth_year(number) == year


@pytest.mark.parametrize(
    ("text", "day"),
    [("1985-04-12", date(1985, 4, 12)), ("1985", date(1985, 1, 1)), ("2024-02-29", date(2024, 2, 29)),
     ("1985-02-29", None), ("1985-00-10", None), ("1985-4-12", None), ("1985-04", None), ("19850412", None),
     ("1985-04-12\n", None), ("12/04/1985", None), ("1799", None), ("2200", None), ("", None),
     ("1985".translate(ARABIC), None)],
)  # fmt: skip
def test_a_birth_date_is_a_day_or_a_year(text: str, day: date | None) -> None:
    assert birth.parse(text) == day


@pytest.mark.parametrize(
    ("number", "good"),
    [("194000001", True), ("19400000", False), ("1940000011", False), ("194000001\n", False), ("19400000A", False)],
)
def test_an_old_identity_card_number_is_nine_digits(number: str, good: bool) -> None:
    assert citizen.is_cmnd(number) is good


@pytest.mark.parametrize(
    ("number", "flaw"),
    [
        ("3109999917", None),
        ("3109999917-001", None),
        ("3109999917001", None),
        ("310 999 9917", None),
        ("31.099.999.17", None),
        ("3109999918", "TAX_CHECK_DIGIT"),
        ("3109999918-001", "TAX_CHECK_DIGIT"),
        ("3109999917-000", "TAX_FORMAT"),
        ("3100000000", "TAX_FORMAT"),
        ("310999991", "TAX_FORMAT"),
        ("31099999170", "TAX_FORMAT"),
        ("3109999917\n", "TAX_FORMAT"),
        ("310999991\uff17", "TAX_FORMAT"),
        ("", "TAX_FORMAT"),
    ],
)
def test_a_tax_code_is_right_in_form_and_check_digit(number: str, flaw: str | None) -> None:
    assert tax.judge(number) == flaw


def test_a_tax_serial_whose_check_comes_out_as_10_fits_no_digit() -> None:
    weights = (31, 29, 23, 19, 17, 13, 7, 5, 3)
    serial = next(
        text
        for text in (f"{number:09}" for number in range(310_000_001, 310_000_999))
        if sum(w * int(d) for w, d in zip(weights, text, strict=True)) % 11 == 0
    )
    assert {tax.judge(f"{serial}{check}") for check in range(10)} == {"TAX_CHECK_DIGIT"}


@pytest.mark.parametrize(
    ("value", "good"),
    [(0, True), (8000, True), (10**12, True), (10**12 + 1, False), (-1, False), (1.5, False), ("8000", False),
     (True, False), (None, False)],
)  # fmt: skip
def test_an_amount_is_a_whole_number_of_dong(value: object, good: bool) -> None:
    assert amount.is_amount(value) is good


@pytest.mark.parametrize(
    ("value", "good"), [(1, True), (10**12, True), (0, False), (10**12 + 1, False), (True, False), ("1", False)]
)
def test_only_one_dong_or_more_can_be_asked_for(value: object, good: bool) -> None:
    assert amount.is_payable(value) is good


@pytest.mark.parametrize(
    ("text", "plain"),
    [("3109999917", True), ("3109999917-001", True), ("3109999917001", False), ("310 999 9917", False),
     ("3109999917-001\n", False), ("3109999917-01", False)],
)  # fmt: skip
def test_systems_write_a_tax_code_with_a_dash_before_the_branch(text: str, plain: bool) -> None:
    assert tax.is_plain(text) is plain


@pytest.mark.parametrize(
    "text",
    [
        "2025-03-10T08:30:00+07:00",
        "2025-03-10T01:30:00Z",
        "2024-02-29T00:00:00-05:30",
        "2025-03-10T08:30:00.123456789Z",
    ],
)
def test_a_moment_has_a_date_a_time_and_an_offset(text: str) -> None:
    found = moment.parse(text)
    assert found is not None
    assert found.utcoffset() is not None


@pytest.mark.parametrize(
    "text",
    [
        "", "2025-03-10", "2025-03-10T08:30:00", "2025-03-10 08:30:00+07:00", "2025-02-29T08:30:00Z",
        "2025-03-10T24:00:00Z", "2025-03-10T08:60:00Z", "2025-03-10T08:30:00+07", "20250310T083000Z",
        "2025-03-10T08:30:00Z\n", "0001-01-01T00:00:00+07:00", "2025-03-10T08:30:00+25:00", "10/03/2025",
        "2025-03-10T08:30:00Z".translate(ARABIC),
    ],
)  # fmt: skip
def test_what_is_no_moment_is_refused(text: str) -> None:
    assert moment.parse(text) is None


@pytest.mark.parametrize(
    ("code", "good", "usual"),
    [
        ("KQ.G15.000031", True, True), ("KQ.G15.A1", True, False), ("KQ.G15.", False, False),
        ("KQ.G15.000031\n", False, False), ("KQ.Z15.000031", False, False), ("kq.G15.000031", False, False),
        ("KQ.G15." + "1" * 21, False, False), ("KQ.G15.٠٠٠٠٣١", False, False),
    ],
)  # fmt: skip
def test_a_result_code_is_kq_level1_and_a_tail(code: str, good: bool, usual: bool) -> None:
    assert (result.is_result_code(code), result.has_usual_tail(code)) == (good, usual)


@pytest.mark.parametrize(
    ("reuse", "replacing", "flaw"),
    [
        ("none", None, None),
        ("reused", None, None),
        ("replaced_by_result", "KQ.G15.000031", None),
        ("replaced_by_result", None, "REUSE_MISSING"),
        ("reused", "KQ.G15.000031", "REUSE_UNEXPECTED"),
        ("none", "KQ.G15.000031", "REUSE_UNEXPECTED"),
    ],
)
def test_a_replacing_code_stands_exactly_where_a_result_replaced_the_paper(
    reuse: str, replacing: str | None, flaw: str | None
) -> None:
    assert result.reuse_flaw(reuse, replacing) == flaw
