"""What a table cannot say: a few named functions, each a pair of directions, used by `function:` lines."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from mappings.convert import ShapeError, integer, read_integer, read_text, tax_code, text

Document = dict[str, Any]

CITIZEN_ID, ID_CARD = "1", "2"


@dataclass(frozen=True, slots=True)
class Function:
    """`forward` gives the field's value from the canonical row at hand; both directions may raise `ShapeError`.

    A value of `""` is none: what the table puts where a value is absent goes in its place.

    `reads` are the canonical paths it looks at. `backward` puts what the value tells into the row made so far and
    returns nothing; None where the field tells nothing that other fields do not.
    """

    reads: tuple[str, ...]
    forward: Callable[[Document], Any]
    backward: Callable[[Any, Document], None] | None = None


def _owner_number(document: Document) -> str:
    """`SoGiayToChuHoSo`: citizen number, else identity card, else tax code (integration sheet §6)."""
    applicant = document.get("applicant", {})
    number = applicant.get("citizen_id") or applicant.get("id_card")
    if number:
        return str(number)
    return tax_code(applicant["tax_code"]) if applicant.get("tax_code") else ""


def _owner_number_back(value: Any, document: Document) -> None:
    """A tax code is read from here; personal numbers came back from `DinhDanhCHS` already, which names their kind."""
    number = read_text(value)
    applicant = document.get("applicant", {})
    if number and number not in (applicant.get("citizen_id"), applicant.get("id_card")):
        document.setdefault("applicant", {})["tax_code"] = number


def _identities(document: Document) -> list[Document]:
    """`DinhDanhCHS`: the known personal numbers with their kind, no dummies."""
    applicant = document.get("applicant", {})
    known = ((CITIZEN_ID, applicant.get("citizen_id")), (ID_CARD, applicant.get("id_card")))
    return [{"LoaiDinhDanh": kind, "SoDinhDanh": number} for kind, number in known if number]


def _identities_back(value: Any, document: Document) -> None:
    fields = {CITIZEN_ID: "citizen_id", ID_CARD: "id_card"}
    for row in rows(value):
        field, number = fields.get(read_text(row.get("LoaiDinhDanh", ""))), read_text(row.get("SoDinhDanh", ""))
        if field and number:
            document.setdefault("applicant", {})[field] = number


def _any_digitised(document: Document) -> str:
    """`HoSoCoThanhPhanSoHoa`: whether any document that is not deleted was digitised."""
    documents = document.get("documents", ())
    return "1" if any(row.get("digitised") and not row.get("deleted") for row in documents) else "0"


def _databases(document: Document) -> list[Document]:
    """`DSKetNoiCSDL`: the national databases consulted."""
    return [{"MaCSDL": code} for code in document.get("consulted_databases", ())]


def _databases_back(value: Any, document: Document) -> None:
    codes = [read_text(row.get("MaCSDL", "")) for row in rows(value)]
    if any(codes):
        document["consulted_databases"] = [code for code in codes if code]


def rows(value: Any) -> list[Document]:
    """The rows of the other side's list, an absent one as none. Raises `ShapeError`."""
    if value is None or value == "":
        return []
    if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
        raise ShapeError("cần danh sách các đối tượng", "a list of objects is expected")
    return value


UNIT_LENGTHS = {2: "province_code", 3: "district_code", 5: "commune_code"}
"""Administrative units by the length of their code (codes sheet §7)."""


def _unit_code(address: Document) -> str:
    """`MaDonViHanhChinh` of the national standard: the smallest unit known (citizen database sheet §4)."""
    return next((address[name] for name in reversed(UNIT_LENGTHS.values()) if name in address), "")


def _unit_code_back(value: Any, address: Document) -> None:
    code = read_text(value)
    if code and len(code) not in UNIT_LENGTHS:
        raise ShapeError("cần mã đơn vị hành chính 2, 3 hoặc 5 chữ số", "a unit code of 2, 3 or 5 digits is expected")
    if code:
        address[UNIT_LENGTHS[len(code)]] = code


def _agency_of_dossier(document: Document) -> str:
    """`MaDonVi`: the agency in the dossier code, for a question names no other (codes sheet §2)."""
    return text(document.get("dossier_code", "")).partition("-")[0]


_LAWFUL_CODE = re.compile(
    r"([0-9]{3}\.[0-9]{2}\.[0-9]{2}\.[A-Y][0-9]{2}|[A-Y][0-9]{2}(?:\.[0-9A-Z]+){0,6})-[0-9]{6}-[0-9]{4,6}"
)
"""A dossier code as the circular has it, its agency first (codes sheet §2)."""


def _filed_code(document: Document) -> str:
    """`MaHoSo` of what the portal sends to the province."""
    return text(document["code"])


def _filed_code_back(value: Any, document: Document) -> None:
    """The code, and the agency that it names: nothing else on the wire does, and who hears of it goes by the agency."""
    code = read_text(value)
    if code:
        document["code"] = code
    if found := _LAWFUL_CODE.fullmatch(code):
        document.setdefault("agency", {})["code"] = found[1]


def _count(document: Document) -> str:
    """`SoCongDan`: how many people the answer holds."""
    return str(len(document.get("citizens", ())))


def _payment_items(payment: Document) -> list[Document]:
    """`DSKhoanNop`: one line with the whole amount, as both attested clients send it (payment sheet §3.1)."""
    fees = payment.get("fees", ())
    name = (fees[0].get("name") if len(fees) == 1 else None) or payment["description"]
    return [{"NoiDung": text(name), "SoTien": str(integer(payment["amount"]))}]


def _payment_items_back(value: Any, payment: Document) -> None:
    """The amount, where no other field tells it: the sum of the lines."""
    amounts = [read_integer(row.get("SoTien")) for row in rows(value)]
    if amounts:
        payment.setdefault("amount", sum(amounts))


PAID, OTHER_ERROR = "00", "99"
"""`MaLoi` of the payment platform (payment sheet §8)."""


def _payment_outcome(document: Document) -> str:
    """`MaLoi` of a notification: 00 is paid, anything else says why not (payment sheet §4)."""
    if document.get("outcome") == "paid":
        return PAID
    return text(document.get("error", {}).get("code", OTHER_ERROR))


def _payment_outcome_back(value: Any, document: Document) -> None:
    code = read_text(value)
    if code == PAID:
        document["outcome"] = "paid"
    elif code:
        document["outcome"], document["error"] = "failed", {"code": code}


def _payment_as_fee(payment: Document) -> list[Document]:
    """`PhiLePhi` of a payment without fees: the platform demands a line, so the whole amount is one."""
    return [{"kind": "fee", "name": payment["description"], "amount": payment["amount"]}]


_NUMBERS = ("applicant.citizen_id", "applicant.id_card")

FUNCTIONS: dict[str, Function] = {
    "owner_number": Function((*_NUMBERS, "applicant.tax_code"), _owner_number, _owner_number_back),
    "identities": Function(_NUMBERS, _identities, _identities_back),
    "any_digitised": Function(("documents[].digitised", "documents[].deleted"), _any_digitised),
    "databases": Function(("consulted_databases",), _databases, _databases_back),
    "unit_code": Function(tuple(UNIT_LENGTHS.values()), _unit_code, _unit_code_back),
    "agency_of_dossier": Function(("dossier_code",), _agency_of_dossier),
    "filed_code": Function(("code", "agency.code"), _filed_code, _filed_code_back),
    "count": Function(("citizens",), _count),
    "payment_items": Function(("amount", "description", "fees[].name"), _payment_items, _payment_items_back),
    "payment_outcome": Function(("outcome", "error.code"), _payment_outcome, _payment_outcome_back),
}

STAND_INS: dict[str, Callable[[Document], list[Document]]] = {"payment_as_fee": _payment_as_fee}
"""Rows for a list that must not be empty, made from the object around it."""
