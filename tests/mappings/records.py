"""The portal's records made from good documents: name what matters to the test."""

from __future__ import annotations

from typing import Any

from tests.intake.documents import a_dossier, a_progress
from tests.mappings.canonical import CATALOGUE, Document

RECORDED = CATALOGUE.get("national_portal/dossier.recorded.v1")
PROGRESSED = CATALOGUE.get("national_portal/dossier.progressed.v1")
NUMBERS = {"citizen_id": "044999000123", "id_card": "194000123", "tax_code": "3109999917001"}


def record(**changes: Any) -> Document:
    return RECORDED.forward(a_dossier(**changes)).document


def an_applicant(**members: str) -> Document:
    return {"kind": "citizen", "name": "Nguyễn Thị Thử Nghiệm", **members}


def step(**members: str) -> Document:
    one = {"at": "2025-03-10T09:00:00+07:00", "status": "processing", "content": "Chuyển bộ phận chuyên môn", **members}
    made: Document = PROGRESSED.forward(a_progress(steps=[one])).document["data"][0]
    return made


def every_scalar(node: Any, name: str = "") -> list[tuple[str, Any]]:
    if isinstance(node, dict):
        return [pair for key, value in node.items() for pair in every_scalar(value, key)]
    return [pair for value in node for pair in every_scalar(value, name)] if isinstance(node, list) else [(name, node)]
