"""Bad questions as a table: payments, receipts, look-ups and searches that are read, but wrong."""

from __future__ import annotations

from typing import Any

from tests.intake.bad_requests import Case
from tests.intake.conftest import NARROW_KEY
from tests.intake.documents import CODE
from tests.intake.questions import (
    LOOKUP,
    PAYMENT,
    RECEIPT,
    REUSE,
    a_household,
    a_lookup,
    a_payment,
    a_person,
    a_receipt_request,
    a_reuse_request,
    asking,
    asking_with,
)

OTHER = "000.00.16.H46-250310-0002"
TOMORROW = "000.00.16.H46-250602-0001"


def payment(name: str, pointer: str, value: Any, code: str, at: str | None = None) -> Case:
    """A 422 for one value at one place of a payment request; of the others likewise."""
    return _wrong(name, PAYMENT, a_payment(), pointer, value, code, at)


def receipt(name: str, pointer: str, value: Any, code: str) -> Case:
    return _wrong(name, RECEIPT, a_receipt_request(), pointer, value, code)


def lookup(name: str, pointer: str, value: Any, code: str, at: str | None = None) -> Case:
    return _wrong(name, LOOKUP, a_lookup(), pointer, value, code, at)


def household(name: str, pointer: str, value: Any, code: str, at: str | None = None) -> Case:
    return _wrong(name, LOOKUP, a_household(), pointer, value, code, at)


def reuse(name: str, pointer: str, value: Any, code: str, at: str | None = None) -> Case:
    return _wrong(name, REUSE, a_reuse_request(), pointer, value, code, at)


def _wrong(
    name: str, type_: str, data: dict[str, Any], pointer: str, value: Any, code: str, at: str | None = None
) -> Case:
    return Case(f"{type_}: {name}", asking_with(type_, data, pointer, value), 422, {(code, at or pointer)})


def subject(type_: str, data: dict[str, Any]) -> Case:
    body = asking(type_, data, subject=OTHER)
    return Case(f"{type_}: subject of another dossier", body, 422, {("SUBJECT_MISMATCH", "/subject")})


def dated(type_: str, data: dict[str, Any], code: str, error: str) -> Case:
    body = asking(type_, {**data, "dossier_code": code}, subject=code)
    return Case(f"{type_}: dossier code {code}", body, 422, {(error, "/data/dossier_code")})


_EACH = ((PAYMENT, a_payment()), (RECEIPT, a_receipt_request()), (LOOKUP, a_lookup()), (REUSE, a_reuse_request()))

DOSSIER_CODES = [
    *(subject(*each) for each in _EACH),
    *(dated(*each, "000.00.16.H46-250310-0000", "DOSSIER_FORMAT") for each in _EACH),
    *(dated(*each, TOMORROW, "DOSSIER_DATE") for each in _EACH),
    *(dated(*each, "000.05.00.H46-250310-0001", "AGENCY_HIERARCHY") for each in _EACH[1:]),
    *(_wrong("no dossier code", *each, "/data/dossier_code", ..., "SCHEMA_REQUIRED") for each in _EACH),
    *(_wrong("dossier code as a number", *each, "/data/dossier_code", 5, "SCHEMA_TYPE") for each in _EACH),
    *(_wrong("unknown field", *each, "/data/again_", True, "SCHEMA_ADDITIONALPROPERTIES") for each in _EACH),
]

PAYMENTS = [
    payment("no amount", "/data/amount", ..., "SCHEMA_REQUIRED"),
    payment("amount 0", "/data/amount", 0, "AMOUNT_FORMAT"),
    payment("amount negative", "/data/amount", -158000, "AMOUNT_FORMAT"),
    payment("amount as text", "/data/amount", "158.000", "AMOUNT_FORMAT"),
    payment("amount with a fraction", "/data/amount", 158000.5, "AMOUNT_FORMAT"),
    payment("amount too large", "/data/amount", 10**12 + 1, "AMOUNT_FORMAT"),
    payment("amount true", "/data/amount", True, "SCHEMA_TYPE"),
    payment("amount is not the sum", "/data/amount", 158001, "AMOUNT_SUM"),
    payment("a fee is missing in the sum", "/data/fees/1/amount", 0, "AMOUNT_SUM", "/data/amount"),
    payment("fee as text", "/data/fees/0/amount", "8000", "AMOUNT_FORMAT"),
    payment("fee negative", "/data/fees/0/amount", -8000, "AMOUNT_FORMAT"),
    payment("fee without a name", "/data/fees/0/name", ..., "SCHEMA_REQUIRED"),
    payment("fee of unknown kind", "/data/fees/0/kind", "tax", "SCHEMA_ENUM"),
    payment("fee name of blanks", "/data/fees/0/name", " ", "SCHEMA_PATTERN"),
    payment("no description", "/data/description", ..., "SCHEMA_REQUIRED"),
    payment("description of blanks", "/data/description", " \t", "SCHEMA_PATTERN"),
    payment("no procedure", "/data/procedure", ..., "SCHEMA_REQUIRED"),
    payment("no procedure code", "/data/procedure/code", ..., "SCHEMA_REQUIRED"),
    payment("procedure code malformed", "/data/procedure/code", "KHAI-SINH", "PROCEDURE_FORMAT"),
    payment("no agency", "/data/agency", ..., "SCHEMA_REQUIRED"),
    payment("no agency code", "/data/agency/code", ..., "SCHEMA_REQUIRED"),
    payment("no agency name", "/data/agency/name", ..., "SCHEMA_REQUIRED"),
    payment("agency code malformed", "/data/agency/code", "H-46", "AGENCY_FORMAT"),
    payment("agency with a hole in its levels", "/data/agency/code", "000.05.00.H46", "AGENCY_HIERARCHY"),
    payment("no payer", "/data/payer", ..., "SCHEMA_REQUIRED"),
    payment("payer without a name", "/data/payer/name", ..., "SCHEMA_REQUIRED"),
    payment("payer's number with blanks", "/data/payer/id_number", "044 085 999 123", "SCHEMA_PATTERN"),
    payment("beneficiary without an account", "/data/beneficiary/account", ..., "SCHEMA_REQUIRED"),
    payment("beneficiary without a bank", "/data/beneficiary/bank_code", ..., "SCHEMA_REQUIRED"),
    payment("beneficiary without a name", "/data/beneficiary/name", ..., "SCHEMA_REQUIRED"),
    payment("bank of blanks", "/data/beneficiary/bank_code", "  ", "SCHEMA_PATTERN"),
    payment("again as text", "/data/again", "true", "SCHEMA_TYPE"),
    receipt("no reference", "/data/reference", ..., "SCHEMA_REQUIRED"),
    receipt("reference with a bar", "/data/reference", "LT|1", "SCHEMA_PATTERN"),
    receipt("reference empty", "/data/reference", "", "SCHEMA_PATTERN"),
]

LOOKUPS = [
    lookup("unknown service", "/data/service", "search", "SCHEMA_ENUM"),
    lookup("no service", "/data/service", ..., "SCHEMA_REQUIRED"),
    lookup("no procedure code", "/data/procedure_code", ..., "SCHEMA_REQUIRED"),
    lookup("procedure code malformed", "/data/procedure_code", "KHAI-SINH", "PROCEDURE_FORMAT"),
    lookup("no officer", "/data/officer", ..., "SCHEMA_REQUIRED"),
    lookup("officer without an id", "/data/officer/id", ..., "SCHEMA_REQUIRED"),
    lookup("officer's id with blanks", "/data/officer/id", "044082 999100", "SCHEMA_PATTERN"),
    lookup("officer's account of blanks", "/data/officer/account", " ", "SCHEMA_PATTERN"),
    lookup("no person", "/data/person", ..., "SCHEMA_REQUIRED"),
    lookup("person is a list", "/data/person", [], "SCHEMA_TYPE"),
    lookup("person with both numbers", "/data/person/id_card", "194000123", "SCHEMA_ONEOF", "/data/person"),
    lookup("person without a number", "/data/person/citizen_id", ..., "SCHEMA_ONEOF", "/data/person"),
    lookup("citizen number of 11 digits", "/data/person/citizen_id", "04408599912", "CITIZEN_ID_FORMAT"),
    lookup("citizen number as a number", "/data/person/citizen_id", 44085999123, "SCHEMA_TYPE"),
    lookup("identity card of 12 digits", "/data/person", a_person(citizen_id=..., id_card="044085999123"),
           "CMND_FORMAT", "/data/person/id_card"),
    lookup("no full name", "/data/person/full_name", ..., "SCHEMA_REQUIRED"),
    lookup("full name of blanks", "/data/person/full_name", "  ", "SCHEMA_PATTERN"),
    lookup("no birth date", "/data/person/birth_date", ..., "SCHEMA_REQUIRED"),
    lookup("birth date that does not exist", "/data/person/birth_date", "1985-02-31", "DATE_FORMAT"),
    lookup("birth date of tomorrow", "/data/person/birth_date", "2025-06-02", "DATE_FORMAT"),
    lookup("birth year of next year", "/data/person/birth_date", "2026", "DATE_FORMAT"),
    lookup("birth date as on the screen", "/data/person/birth_date", "12/04/1985", "DATE_FORMAT"),
    lookup("birth date without a day", "/data/person/birth_date", "1985-04", "DATE_FORMAT"),
    lookup("birth date with a time", "/data/person/birth_date", "1985-04-12T00:00:00Z", "DATE_FORMAT"),
    lookup("birth year as a number", "/data/person/birth_date", 1985, "SCHEMA_TYPE"),
    lookup("members of no household", "/data/members", [a_person()], "SCHEMA_FALSESCHEMA"),
    household("no members", "/data/members", ..., "SCHEMA_REQUIRED"),
    household("empty members", "/data/members", [], "SCHEMA_MINITEMS"),
    household("member without a number", "/data/members/0/id_card", ..., "SCHEMA_ONEOF", "/data/members/0"),
    household("member with both numbers", "/data/members/0/citizen_id", "044085999123", "SCHEMA_ONEOF",
              "/data/members/0"),
    household("member with a malformed card", "/data/members/0/id_card", "19400012", "CMND_FORMAT"),
    household("member born on 30 February", "/data/members/0/birth_date", "2012-02-30", "DATE_FORMAT"),
    household("head without a number", "/data/person/citizen_id", ..., "SCHEMA_ONEOF", "/data/person"),
]  # fmt: skip

SEARCHES = [
    reuse("no owner", "/data/owner", ..., "SCHEMA_REQUIRED"),
    reuse("owner without a number", "/data/owner", {}, "SCHEMA_ONEOF"),
    reuse("owner with both numbers", "/data/owner/tax_code", "3109999917", "SCHEMA_ONEOF", "/data/owner"),
    reuse("owner with a malformed number", "/data/owner/citizen_id", "0440859991234", "CITIZEN_ID_FORMAT"),
    reuse("tax code with a wrong check digit", "/data/owner", {"tax_code": "3109999918"}, "TAX_CHECK_DIGIT",
          "/data/owner/tax_code"),
    reuse("tax code that is a citizen number", "/data/owner", {"tax_code": "044085999123"}, "TAX_FORMAT",
          "/data/owner/tax_code"),
    reuse("tax branch without a dash", "/data/owner", {"tax_code": "3109999917001"}, "TAX_FORMAT",
          "/data/owner/tax_code"),
    reuse("tax branch 000", "/data/owner", {"tax_code": "3109999917-000"}, "TAX_FORMAT", "/data/owner/tax_code"),
    reuse("no result code", "/data/result_code", ..., "SCHEMA_REQUIRED"),
    reuse("result code malformed", "/data/result_code", "KQ-31", "RESULT_CODE_FORMAT"),
    reuse("result code with a long tail", "/data/result_code", "KQ.G15." + "1" * 21, "RESULT_CODE_FORMAT"),
    reuse("component code empty", "/data/component_code", "", "SCHEMA_MINLENGTH"),
    reuse("component code of blanks", "/data/component_code", " ", "SCHEMA_PATTERN"),
    reuse("no officer", "/data/officer", ..., "SCHEMA_REQUIRED"),
    reuse("no purpose", "/data/purpose", ..., "SCHEMA_REQUIRED"),
    reuse("purpose of blanks", "/data/purpose", " ", "SCHEMA_PATTERN"),
]  # fmt: skip

QUESTIONS_OF_STRANGERS = [
    Case("a payment not granted", asking(PAYMENT, a_payment()), 403,
         {("TYPE_NOT_GRANTED", "/type"), ("AGENCY_NOT_GRANTED", "/data/agency/code"),
          ("AGENCY_NOT_GRANTED", "/data/dossier_code")}, key=NARROW_KEY),
    *(Case(f"{type_} not granted", asking(type_, data), 403,
           {("TYPE_NOT_GRANTED", "/type"), ("AGENCY_NOT_GRANTED", "/data/dossier_code")}, key=NARROW_KEY)
      for type_, data in _EACH[1:]),
]  # fmt: skip

SEVERAL = [
    Case("several faults of a look-up at once",
         asking(LOOKUP, a_household({"full_name": "Y Thử"}, {"id_card": "1", "full_name": ""}, dossier_code=CODE,
                                    procedure_code="x", person=a_person(birth_date="2099"))), 422,
         {("PROCEDURE_FORMAT", "/data/procedure_code"), ("DATE_FORMAT", "/data/person/birth_date"),
          ("SCHEMA_ONEOF", "/data/members/0"), ("CMND_FORMAT", "/data/members/1/id_card"),
          ("SCHEMA_MINLENGTH", "/data/members/1/full_name")}),
]  # fmt: skip

QUESTIONS = [*DOSSIER_CODES, *PAYMENTS, *LOOKUPS, *SEARCHES, *QUESTIONS_OF_STRANGERS, *SEVERAL]
