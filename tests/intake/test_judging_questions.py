"""Judging whole questions: what is only unusual, what must agree, and that nothing makes the rules stumble."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.acceptance.codes import moment
from gateway.acceptance.validation import Judgement
from tests.intake.documents import CODE
from tests.intake.judging import NOW, SETTINGS, as_read, codes, judge
from tests.intake.questions import (
    GOOD,
    LOOKUP,
    PAYMENT,
    REFRESH,
    REUSE,
    a_household,
    a_lookup,
    a_payment,
    a_person,
    a_refresh_request,
    a_reuse_request,
)

TODAY = moment.day_in_vietnam(NOW)
DOSSIER_OF_2026 = "H46.16-260301-0001"
always_the_same = settings(derandomize=True, max_examples=200, deadline=None)


@pytest.mark.parametrize(("type_", "data"), GOOD)
def test_nothing_is_said_against_a_good_question(type_: str, data: dict[str, Any]) -> None:
    assert judge(data, type_=type_) == Judgement()


@pytest.mark.parametrize(("type_", "data"), GOOD)
def test_a_code_is_the_same_code_however_it_was_typed(type_: str, data: dict[str, Any]) -> None:
    typed = {
        name: f" {value.lower()}\t" if name in ("dossier_code", "procedure_code", "result_code") else value
        for name, value in data.items()
    }
    assert typed != data
    assert as_read(typed) == data


@pytest.mark.parametrize(("type_", "data"), GOOD)
def test_the_subject_is_the_dossier_code_of_the_question(type_: str, data: dict[str, Any]) -> None:
    found = judge(data, type_=type_, subject=CODE.replace("0001", "0002"))
    assert codes(found) == ({("SUBJECT_MISMATCH", "/subject")}, set())


@pytest.mark.parametrize(("type_", "data"), GOOD)
def test_a_closed_agency_of_a_question_is_judged_by_the_date_of_the_dossier(type_: str, data: dict[str, Any]) -> None:
    later = {**data, "dossier_code": DOSSIER_OF_2026}
    about = {("AGENCY_LEVEL1_CLOSED", "/data/dossier_code")}
    assert codes(judge(later, type_=type_)) == (set(), about)
    refusing = SETTINGS.model_copy(update={"closed_agency": "refuse"})
    assert codes(judge(later, refusing, type_)) == (about, set())


def with_payer(number: str) -> dict[str, Any]:
    return {"payer": {"name": "Nguyễn Thị Thử Nghiệm", "id_number": number}}


@pytest.mark.parametrize(
    ("change", "warning"),
    [
        ({"agency": {"code": "H46.17", "name": "Sở Thử"}}, ("AGENCY_MISMATCH", "/data/agency/code")),
        ({"procedure": {"code": "3.000181.000.00.00.H22"}}, ("PROCEDURE_LOCAL", "/data/procedure/code")),
        ({"procedure": {"code": "8.000181"}}, ("PROCEDURE_FORMAT", "/data/procedure/code")),
        (with_payer("100085999123"), ("CITIZEN_ID_PROVINCE", "/data/payer/id_number")),
        (with_payer("3109999918"), ("TAX_CHECK_DIGIT", "/data/payer/id_number")),
        (with_payer("04408599912"), ("CITIZEN_ID_FORMAT", "/data/payer/id_number")),
        (with_payer("C1234567"), ("CITIZEN_ID_FORMAT", "/data/payer/id_number")),
    ],
)
def test_what_is_unusual_in_a_payment_is_a_warning(change: dict[str, Any], warning: tuple[str, str]) -> None:
    assert codes(judge(a_payment(**change), type_=PAYMENT)) == (set(), {warning})


@pytest.mark.parametrize(
    "change",
    [
        with_payer("194000123"),
        with_payer("3109999917"),
        with_payer("3109999917001"),
        {"payer": {"name": "Nguyễn Thị Thử Nghiệm"}},
        {"beneficiary": ...},
        {"fees": ...},
        {"fees": []},
        {"agency": {"code": "H46.16", "name": "Ủy ban nhân dân xã Thử Nghiệm"}},
        {"again": True},
    ],
)
def test_a_payment_may_say_less_or_in_another_way(change: dict[str, Any]) -> None:
    assert judge(a_payment(**change), type_=PAYMENT) == Judgement()


@always_the_same
@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=6), st.integers(-(10**9), 10**9))
def test_fees_make_up_the_amount_to_the_dong(parts: list[int], beside: int) -> None:
    due = sum(parts) + beside
    fees = [{"name": "Phí thử", "amount": one} for one in parts]
    errors, _ = codes(judge(a_payment(amount=due, fees=fees), type_=PAYMENT))
    if due < 1:
        assert errors == {("AMOUNT_FORMAT", "/data/amount")}
    else:
        assert errors == ({("AMOUNT_SUM", "/data/amount")} if beside else set())


def test_no_sum_is_spoken_of_while_a_fee_is_no_amount() -> None:
    data = a_payment(fees=[{"name": "Phí thử", "amount": "8000"}, {"name": "Phí thử", "amount": 1}])
    assert codes(judge(data, type_=PAYMENT))[0] == {("AMOUNT_FORMAT", "/data/fees/0/amount")}


@pytest.mark.parametrize(
    ("data", "warnings"),
    [
        (a_lookup(procedure_code="1.001193-QB"), {("PROCEDURE_LOCAL", "/data/procedure_code")}),
        (a_lookup(procedure_code="8.000181"), {("PROCEDURE_FORMAT", "/data/procedure_code")}),
        (a_lookup(officer={"id": "04408299910"}), {("CITIZEN_ID_FORMAT", "/data/officer/id")}),
        (a_lookup(officer={"id": "100082999100"}), {("CITIZEN_ID_PROVINCE", "/data/officer/id")}),
        (a_lookup(person=a_person(citizen_id="100085999123")), {("CITIZEN_ID_PROVINCE", "/data/person/citizen_id")}),
        (a_lookup(person=a_person(birth_date="1986")), {("CITIZEN_ID_MISMATCH", "/data/person/citizen_id")}),
        (
            a_household(a_person(), a_person(birth_date="1986-04-12", citizen_id="100085999123")),
            {(f"CITIZEN_ID_{what}", "/data/members/1/citizen_id") for what in ("MISMATCH", "PROVINCE")},
        ),
    ],
)  # fmt: skip
def test_what_is_unusual_in_a_look_up_is_a_warning(data: dict[str, Any], warnings: set[tuple[str, str]]) -> None:
    assert codes(judge(data, type_=LOOKUP)) == (set(), warnings)


@pytest.mark.parametrize(
    "data",
    [
        a_lookup(service="verify"),
        a_lookup(officer={"id": "canbo.thunghiem"}),
        a_lookup(person=a_person(birth_date="1985")),
        a_lookup(person=a_person(citizen_id=..., id_card="194000123")),
        a_household(person=a_person(birth_date=...)),
        a_household(a_person(birth_date=...), a_person(citizen_id=..., id_card="194000123", birth_date="2012")),
    ],
)
def test_a_look_up_may_ask_in_another_way(data: dict[str, Any]) -> None:
    assert judge(data, type_=LOOKUP) == Judgement()


def test_a_local_procedure_code_of_the_list_is_taken_in_questions_too() -> None:
    data = a_lookup(procedure_code="QB-TP-07")
    assert codes(judge(data, type_=LOOKUP)) == ({("PROCEDURE_FORMAT", "/data/procedure_code")}, set())
    found = codes(judge(data, type_=LOOKUP, local_procedures={"QB-TP-07"}))
    assert found == (set(), {("PROCEDURE_LOCAL", "/data/procedure_code")})


@always_the_same
@given(st.dates(date(1900, 1, 1), TODAY + timedelta(days=400)), st.booleans())
def test_people_are_born_until_today(born: date, year_alone: bool) -> None:
    written = str(born.year) if year_alone else born.isoformat()
    person = a_person(birth_date=written, citizen_id=..., id_card="194000123")
    possible = born.year <= TODAY.year if year_alone else born <= TODAY
    errors, _ = codes(judge(a_lookup(person=person), type_=LOOKUP))
    assert errors == (set() if possible else {("DATE_FORMAT", "/data/person/birth_date")})


@pytest.mark.parametrize(
    ("change", "warning"),
    [
        ({"owner": {"citizen_id": "100085999123"}}, ("CITIZEN_ID_PROVINCE", "/data/owner/citizen_id")),
        ({"result_code": "KQ.G15.AB"}, ("RESULT_CODE_FORMAT", "/data/result_code")),
        ({"component_code": "Giấy khai sinh"}, ("SCHEMA_PATTERN", "/data/component_code")),
        ({"officer": {"id": "1"}}, ("CITIZEN_ID_FORMAT", "/data/officer/id")),
    ],
)
def test_what_is_unusual_in_a_search_is_a_warning(change: dict[str, Any], warning: tuple[str, str]) -> None:
    assert codes(judge(a_reuse_request(**change), type_=REUSE)) == (set(), {warning})


@pytest.mark.parametrize(
    ("type_", "data", "advice"),
    [
        (LOOKUP, a_lookup(members=[a_person()]), "only with service = household"),
        (LOOKUP, a_lookup(person=a_person(citizen_id=...)), "Each person needs exactly one number"),
        (LOOKUP, a_household({"full_name": "Y Thử"}), "Each person needs exactly one number"),
        (REUSE, a_reuse_request(owner={}), "The owner needs exactly one number"),
        (REUSE, a_reuse_request(owner={"tax_code": "044085999123"}), "belongs in owner.citizen_id"),
        (PAYMENT, a_payment(amount=0, fees=...), "from 1 to 1000000000000"),
    ],
)
def test_what_the_schema_would_say_vaguely_is_said_with_advice(type_: str, data: dict[str, Any], advice: str) -> None:
    (error,) = judge(data, type_=type_).errors
    assert advice in error.message


@pytest.mark.parametrize("owner", [{"tax_code": "3109999917"}, {"tax_code": "3109999917-001"}])
def test_a_search_for_a_business_goes_by_its_tax_code(owner: dict[str, Any]) -> None:
    assert judge(a_reuse_request(owner=owner, component_code=...), type_=REUSE) == Judgement()


@pytest.mark.parametrize("subject", [CODE, "danh-muc", "H46"])
def test_a_catalogue_is_of_no_dossier_so_its_subject_is_free(subject: str) -> None:
    assert judge(a_refresh_request(), type_=REFRESH, subject=subject) == Judgement()


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (a_refresh_request(kind="provinces"), ("SCHEMA_ENUM", "/data/kind")),
        (a_refresh_request(procedure_code=...), ("SCHEMA_REQUIRED", "/data/procedure_code")),
        (a_refresh_request(procedure_code="KHAI-SINH"), ("PROCEDURE_FORMAT", "/data/procedure_code")),
        (a_refresh_request(kind="agency_procedures", agency_code="H-46"), ("AGENCY_FORMAT", "/data/agency_code")),
    ],
)
def test_a_wrong_question_for_a_catalogue_is_refused(data: dict[str, Any], error: tuple[str, str]) -> None:
    assert codes(judge(data, type_=REFRESH, subject="danh-muc"))[0] == {error}


def test_a_code_in_a_question_for_a_catalogue_may_be_typed_otherwise() -> None:
    typed = a_refresh_request(kind="agency_procedures", procedure_code=..., agency_code=" h46.16 ")
    assert as_read(typed)["agency_code"] == "H46.16"


_NAMES = ["code", "amount", "citizen_id", "id_card", "birth_date", "tax_code", "id"]
_JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(_NAMES), inner),
    max_leaves=8,
)


@always_the_same
@given(st.sampled_from(GOOD), st.data())
def test_no_shape_of_a_question_makes_the_rules_stumble(good: tuple[str, dict[str, Any]], drawn: st.DataObject) -> None:
    type_, data = good
    name = drawn.draw(st.sampled_from(sorted(data)))
    found = judge(as_read({**data, name: drawn.draw(_JUNK)}), type_=type_)
    pointers = [one.pointer for one in found.errors]
    assert all(pointer == "/subject" or pointer.startswith("/data") for pointer in pointers)
    assert all(" / " in one.message for one in (*found.errors, *found.warnings))
