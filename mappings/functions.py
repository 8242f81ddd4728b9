"""What a table cannot say: a few named functions, each a pair of directions, used by `function:` lines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from mappings.convert import CONVERTERS

Document = dict[str, Any]

CITIZEN_ID, ID_CARD = "1", "2"


@dataclass(frozen=True, slots=True)
class Function:
    """`forward` gives the field's value from the canonical document; `backward` puts what it tells into one.

    `backward` gets (value, canonical document so far); `covers` are the canonical paths it carries.
    """

    forward: Callable[[Document], Any]
    backward: Callable[[Any, Document], None]
    covers: tuple[str, ...] = ()


def _owner_number(document: Document) -> str:
    """`SoGiayToChuHoSo`: citizen number, else identity card, else tax code (integration sheet §6)."""
    applicant = document.get("applicant", {})
    number = applicant.get("citizen_id") or applicant.get("id_card")
    if number:
        return str(number)
    tax = applicant.get("tax_code")
    return str(CONVERTERS["tax_code"].forward(tax)) if tax else ""


def _owner_number_back(value: Any, document: Document) -> None:
    """A tax code is read from here; personal numbers came back from `DinhDanhCHS` already, which names their kind."""
    applicant = document.setdefault("applicant", {})
    if value and value not in (applicant.get("citizen_id"), applicant.get("id_card")):
        applicant["tax_code"] = str(value)


def _identities(document: Document) -> list[Document]:
    """`DinhDanhCHS`: the known personal numbers with their kind, no dummies."""
    applicant = document.get("applicant", {})
    known = ((CITIZEN_ID, applicant.get("citizen_id")), (ID_CARD, applicant.get("id_card")))
    return [{"LoaiDinhDanh": kind, "SoDinhDanh": number} for kind, number in known if number]


def _identities_back(value: Any, document: Document) -> None:
    fields = {CITIZEN_ID: "citizen_id", ID_CARD: "id_card"}
    for row in value or []:
        field = fields.get(str(row.get("LoaiDinhDanh")))
        if field and row.get("SoDinhDanh"):
            document.setdefault("applicant", {})[field] = row["SoDinhDanh"]


def _any_digitised(document: Document) -> str:
    """`HoSoCoThanhPhanSoHoa`: whether any document that is not deleted was digitised."""
    rows = document.get("documents", [])
    return "1" if any(row.get("digitised") and not row.get("deleted") for row in rows) else "0"


def _databases(document: Document) -> list[Document]:
    """`DSKetNoiCSDL`: the national databases consulted."""
    return [{"MaCSDL": code} for code in document.get("consulted_databases", [])]


def _databases_back(value: Any, document: Document) -> None:
    codes = [str(row["MaCSDL"]) for row in value or [] if row.get("MaCSDL")]
    if codes:
        document["consulted_databases"] = codes


def _nothing(value: Any, document: Document) -> None:
    """The field tells nothing that other fields do not."""


FUNCTIONS: dict[str, Function] = {
    "owner_number": Function(_owner_number, _owner_number_back, ("applicant.tax_code",)),
    "identities": Function(_identities, _identities_back, ("applicant.citizen_id", "applicant.id_card")),
    "any_digitised": Function(_any_digitised, _nothing),
    "databases": Function(_databases, _databases_back, ("consulted_databases",)),
}
