"""What a table cannot say: a few named functions, each a pair of directions, used by `function:` lines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from mappings.convert import ShapeError, read_text, tax_code

Document = dict[str, Any]

CITIZEN_ID, ID_CARD = "1", "2"


@dataclass(frozen=True, slots=True)
class Function:
    """`forward` gives the field's value from the canonical row at hand; both directions may raise `ShapeError`.

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


_NUMBERS = ("applicant.citizen_id", "applicant.id_card")

FUNCTIONS: dict[str, Function] = {
    "owner_number": Function((*_NUMBERS, "applicant.tax_code"), _owner_number, _owner_number_back),
    "identities": Function(_NUMBERS, _identities, _identities_back),
    "any_digitised": Function(("documents[].digitised", "documents[].deleted"), _any_digitised),
    "databases": Function(("consulted_databases",), _databases, _databases_back),
}
