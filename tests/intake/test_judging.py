"""Judging whole documents: warnings, switches, and which rule speaks where."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.acceptance.validation import Judgement, Validator
from gateway.message import Event
from tests.intake.documents import CODE, PROGRESSED, RECORDED, SOURCE, a_dossier, a_progress
from tests.intake.judging import NOW, SETTINGS, codes, judge


def test_a_good_dossier_and_good_progress_have_nothing_against_them() -> None:
    assert judge(a_dossier()) == Judgement()
    assert judge(a_progress(), type_=PROGRESSED) == Judgement()


def applicant(kind: str = "citizen", **more: str) -> dict[str, Any]:
    return {"applicant": {"kind": kind, "name": "Nguyễn Thị Thử Nghiệm", **more}}


@pytest.mark.parametrize(
    ("change", "warning"),
    [
        ({"received_at": "2025-03-11T08:30:00+07:00"}, ("DOSSIER_DATE_MISMATCH", "/data/received_at")),
        ({"agency": {"code": "H46.17", "name": "Sở Thử"}}, ("AGENCY_MISMATCH", "/data/agency/code")),
        ({"procedure": {"code": "3.000181.000.00.00.H22"}}, ("PROCEDURE_LOCAL", "/data/procedure/code")),
        ({"procedure": {"code": "8.000181"}}, ("PROCEDURE_FORMAT", "/data/procedure/code")),
        (applicant(citizen_id="100999000123"), ("CITIZEN_ID_PROVINCE", "/data/applicant/citizen_id")),
        (applicant(tax_code="3109999918"), ("TAX_CHECK_DIGIT", "/data/applicant/tax_code")),
        (applicant(tax_code="100999000123"), ("CITIZEN_ID_PROVINCE", "/data/applicant/tax_code")),
        ({"results": [{"code": "KQ.G15.AB"}]}, ("RESULT_CODE_FORMAT", "/data/results/0/code")),
        ({"results": [{"component_code": "Giấy khai sinh"}]}, ("SCHEMA_PATTERN", "/data/results/0/component_code")),
    ],
)
def test_what_is_only_unusual_is_a_warning(change: dict[str, Any], warning: tuple[str, str]) -> None:
    assert codes(judge(a_dossier(**change))) == (set(), {warning})


@pytest.mark.parametrize(
    "change",
    [
        {"received_at": "2025-03-09T17:00:00Z"},  # midnight of the tenth in Vietnam
        {"agency": {"code": "H46.16", "name": "Ủy ban nhân dân xã Thử Nghiệm"}},
        applicant(tax_code="044999000123"),
        applicant(kind="business", tax_code="3109999917-001"),
        {"documents": [{"name": "a", "reuse": "reused"}, {"name": "b"}]},
    ],
)
def test_what_only_looks_different_is_not_even_a_warning(change: dict[str, Any]) -> None:
    assert judge(a_dossier(**change)) == Judgement()


@pytest.mark.parametrize("kind", ["business", "agency", "organisation"])
def test_a_wrong_check_digit_is_an_error_for_everybody_but_persons(kind: str) -> None:
    found = codes(judge(a_dossier(**applicant(kind, tax_code="3109999918"))))
    assert found == ({("TAX_CHECK_DIGIT", "/data/applicant/tax_code")}, set())


def test_a_citizen_number_is_no_tax_code_of_a_business() -> None:
    found = codes(judge(a_dossier(**applicant("business", tax_code="044999000123"))))
    assert found == ({("TAX_FORMAT", "/data/applicant/tax_code")}, set())


def test_a_local_procedure_code_of_the_list_is_taken_with_a_warning() -> None:
    data = a_dossier(procedure={"code": "QB-TP-07"})
    assert codes(judge(data)) == ({("PROCEDURE_FORMAT", "/data/procedure/code")}, set())
    found = codes(judge(data, local_procedures={"QB-TP-07"}))
    assert found == (set(), {("PROCEDURE_LOCAL", "/data/procedure/code")})


@pytest.mark.parametrize(
    ("written", "closed"), [("000.00.16.H46-250630-0001", False), ("000.00.16.H46-250701-0001", True)]
)
def test_a_closed_agency_code_is_judged_by_the_date_of_the_dossier(written: str, closed: bool) -> None:
    data = a_dossier(code=written, received_at=f"2025-0{written[17:18]}-{written[18:20]}T08:00:00+07:00")
    about = {("AGENCY_LEVEL1_CLOSED", "/data/code")} if closed else set()
    assert codes(judge(data)) == (set(), about)
    refusing = SETTINGS.model_copy(update={"closed_agency": "refuse"})
    assert codes(judge(data, refusing)) == (about, set())


def test_a_closed_agency_beside_an_open_dossier_code_is_named_where_it_stands() -> None:
    data = a_dossier(code="H50.16-250701-0001", received_at="2025-07-01T08:00:00+07:00")
    assert codes(judge(data))[1] == {
        ("AGENCY_LEVEL1_CLOSED", "/data/agency/code"),
        ("AGENCY_MISMATCH", "/data/agency/code"),
    }


@pytest.mark.parametrize("status", ["filed", "refused"])
def test_a_dossier_that_was_never_received_needs_no_reception(status: str) -> None:
    data = a_dossier(status=status)
    del data["received_at"]
    assert judge(data) == Judgement()


def test_supplements_are_judged_like_the_dossier_itself() -> None:
    supplement = {
        "requested_at": "2025-02-30T00:00:00Z",
        "fees": [{"amount": "1"}],
        "documents": [{"reuse": "replaced_by_result"}],
    }
    assert codes(judge(a_dossier(supplements=[supplement])))[0] == {
        ("DATE_FORMAT", "/data/supplements/0/requested_at"),
        ("AMOUNT_FORMAT", "/data/supplements/0/fees/0/amount"),
        ("REUSE_INCONSISTENT", "/data/supplements/0/documents/0/replacing_result_code"),
    }


def test_only_routed_types_are_taken_and_the_text_names_them() -> None:
    validator = Validator(SETTINGS, routed_types={RECORDED, "vn.lienthong.payment.watch_requested.v1"})
    assert validator.types == {RECORDED}
    event = Event(SOURCE, "hs-1", PROGRESSED, CODE, None, a_progress(), b"")
    (error,) = validator.judge(event, NOW).errors
    assert (error.code, error.pointer) == ("TYPE_UNKNOWN", "/type")
    assert RECORDED in error.message
    assert validator.judge(event._replace(type=RECORDED, data=a_dossier()), NOW) == Judgement()


@pytest.mark.parametrize("junk", [5, "x", [], {}, [5], [[]], {"a": 1}, True, 1.5])
def test_no_shape_of_a_document_makes_the_rules_stumble(junk: Any) -> None:
    for name in a_dossier():
        judgement = judge(a_dossier(**{name: junk}))
        assert name == "consulted_databases" or judgement.errors or junk in (True, "x", [])
    for name in a_progress():
        assert judge(a_progress(**{name: junk}), type_=PROGRESSED).errors


def test_a_misspelt_field_is_told_its_likely_name() -> None:
    (error,) = judge(a_dossier(aplicant_note="x") | {"sumary": "x"}).errors[-1:]
    assert "summary" in error.message or "applicant" in error.message
