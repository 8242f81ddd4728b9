"""The code rules of each message type, run over a canonical document that may still break its schema.

They never raise on odd shapes: what is not there or not text is left to the schema to complain about.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from gateway.acceptance.codes import agency, amount, citizen, dossier, moment, procedure, result, tax
from gateway.acceptance.codes.dossier import DossierCode
from gateway.acceptance.codes.findings import Findings

Rule = Callable[[dict[str, Any], "Context", Findings], None]

_NOTHING: dict[str, Any] = {}
_RECORDED_MOMENTS = ("submitted_at", "received_at", "due_at", "finished_at", "returned_at", "refused_at")
_SUPPLEMENT_MOMENTS = ("requested_at", "received_at", "previous_due_at", "new_due_at")
_STEP_MOMENTS = ("at", "started_at", "due_at")


@dataclass(frozen=True, slots=True)
class Context:
    """What the rules need beside the document: today in Vietnam, the configured switches and lists."""

    today: date
    closed_agency: Literal["warn", "refuse"]
    level1_valid: Mapping[str, tuple[date | None, date | None]]
    local_procedures: Collection[str]


def dossier_recorded(data: dict[str, Any], context: Context, found: Findings) -> None:
    """`dossier.recorded.v1`: every code of the dossier, and whether they agree with each other."""
    code = _dossier_code(data, context, found)
    _agency(data, code, context, found)
    _procedure(data, context, found)
    _applicant(_part(data, "applicant"), found)
    moments = _moments(data, "/data", _RECORDED_MOMENTS, found)
    received = moments.get("received_at")
    if received and code and code.day and moment.day_in_vietnam(received) != code.day:
        found.warn("/data/received_at", "DOSSIER_DATE_MISMATCH")
    _papers(data, "/data", found)
    for at, supplement in _rows(data, "supplements", "/data"):
        _moments(supplement, at, _SUPPLEMENT_MOMENTS, found)
        _papers(supplement, at, found)
    for at, row in _rows(data, "results", "/data"):
        _result_code(row, "code", at, found)
        _component(row, at, found)


def dossier_progressed(data: dict[str, Any], context: Context, found: Findings) -> None:
    """`dossier.progressed.v1`: the dossier code and the moments of the steps."""
    _dossier_code(data, context, found)
    for at, step in _rows(data, "steps", "/data"):
        _moments(step, at, _STEP_MOMENTS, found)


RULES: Mapping[str, Rule] = {
    "dossier.recorded.v1": dossier_recorded,
    "dossier.progressed.v1": dossier_progressed,
}


def _dossier_code(data: dict[str, Any], context: Context, found: Findings) -> DossierCode | None:
    written = data.get("code")
    if type(written) is not str:
        return None
    code = dossier.parse(written)
    if code is None:
        found.error("/data/code", "DOSSIER_FORMAT")
        return None
    if not code.agency.hierarchical:
        found.error("/data/code", "AGENCY_HIERARCHY")
    if not dossier.is_plausible(code.day, context.today):
        found.error("/data/code", "DOSSIER_DATE")
    else:
        _level1(code.agency.level1, "/data/code", code.day, context, found)
    return code


def _agency(data: dict[str, Any], code: DossierCode | None, context: Context, found: Findings) -> None:
    written = _part(data, "agency").get("code")
    if type(written) is not str:
        return
    unit = agency.parse(written)
    if unit is None:
        found.error("/data/agency/code", "AGENCY_FORMAT")
        return
    if not unit.hierarchical:
        found.error("/data/agency/code", "AGENCY_HIERARCHY")
    if code is None:
        return
    if unit.path != code.agency.path:
        found.warn("/data/agency/code", "AGENCY_MISMATCH")
    if unit.level1 != code.agency.level1 and dossier.is_plausible(code.day, context.today):
        _level1(unit.level1, "/data/agency/code", code.day, context, found)


def _level1(level1: str, pointer: str, day: date | None, context: Context, found: Findings) -> None:
    """Level-1 codes are judged by the dossier's own date, so historic dossiers stay right (QĐ 09/2025/QĐ-TTg)."""
    span = context.level1_valid.get(level1)
    if span is None or day is None:
        return
    first, last = span
    if (first is None or first <= day) and (last is None or day <= last):
        return
    tell = found.error if context.closed_agency == "refuse" else found.warn
    tell(pointer, "AGENCY_LEVEL1_CLOSED", level1=level1, span=f"{first or '…'} – {last or '…'}")


def _procedure(data: dict[str, Any], context: Context, found: Findings) -> None:
    written = _part(data, "procedure").get("code")
    if type(written) is not str:
        return
    pointer = "/data/procedure/code"
    match procedure.judge(written, context.local_procedures):
        case procedure.Procedure.MALFORMED:
            found.error(pointer, "PROCEDURE_FORMAT")
        case procedure.Procedure.LOCAL:
            found.warn(pointer, "PROCEDURE_LOCAL")
        case procedure.Procedure.UNUSUAL:
            found.warn(pointer, "PROCEDURE_LEADING")


def _applicant(applicant: dict[str, Any], found: Findings) -> None:
    citizen_id, id_card, tax_code = (applicant.get(name) for name in ("citizen_id", "id_card", "tax_code"))
    if type(citizen_id) is str:
        if not citizen.is_citizen_number(citizen_id):
            found.error("/data/applicant/citizen_id", "CITIZEN_ID_FORMAT")
        elif not citizen.has_known_province(citizen_id):
            found.warn("/data/applicant/citizen_id", "CITIZEN_ID_PROVINCE")
    if type(id_card) is str and not citizen.is_cmnd(id_card):
        found.error("/data/applicant/id_card", "CMND_FORMAT")
    if type(tax_code) is str:
        _tax_code(tax_code, applicant.get("kind") == "citizen", found)


def _tax_code(written: str, person: bool, found: Findings) -> None:
    pointer = "/data/applicant/tax_code"
    if person and citizen.is_citizen_number(tax.bare(written)):
        # From 1/7/2025 the citizen number is a person's tax code (codes.md §6).
        if not citizen.has_known_province(tax.bare(written)):
            found.warn(pointer, "CITIZEN_ID_PROVINCE")
        return
    flaw = tax.judge(written)
    if flaw is None:
        return
    if flaw == "TAX_CHECK_DIGIT" and person:
        found.warn(pointer, flaw)
    else:
        found.error(pointer, flaw)


def _papers(holder: dict[str, Any], at: str, found: Findings) -> None:
    for where, fee in _rows(holder, "fees", at):
        value = fee.get("amount")
        # Text, fractions and numbers out of range are a clerk's amount mistakes; other JSON types are the schema's.
        if type(value) in (int, float, str) and not amount.is_amount(value):
            found.error(f"{where}/amount", "AMOUNT_FORMAT")
    for where, document in _rows(holder, "documents", at):
        _result_code(document, "replacing_result_code", where, found)
        _component(document, where, found)
        replacing = document.get("replacing_result_code")
        flaw = result.reuse_flaw(document.get("reuse") or "none", replacing)
        if flaw is not None:
            found.error(f"{where}/replacing_result_code", flaw)


def _result_code(row: dict[str, Any], field: str, at: str, found: Findings) -> None:
    written = row.get(field)
    if type(written) is not str:
        return
    if not result.is_result_code(written):
        found.error(f"{at}/{field}", "RESULT_CODE_FORMAT")
    elif not result.has_usual_tail(written):
        found.warn(f"{at}/{field}", "RESULT_CODE_TAIL")


def _component(row: dict[str, Any], at: str, found: Findings) -> None:
    written = row.get("component_code")
    if type(written) is str and written and not result.is_component_code(written):
        found.warn(f"{at}/component_code", "COMPONENT_CODE")


def _moments(holder: dict[str, Any], at: str, fields: tuple[str, ...], found: Findings) -> dict[str, datetime]:
    moments = {}
    for field in fields:
        written = holder.get(field)
        if type(written) is not str:
            continue
        parsed = moment.parse(written)
        if parsed is None:
            found.error(f"{at}/{field}", "DATE_FORMAT")
        else:
            moments[field] = parsed
    return moments


def _part(data: dict[str, Any], name: str) -> dict[str, Any]:
    part = data.get(name)
    return part if type(part) is dict else _NOTHING


def _rows(holder: dict[str, Any], name: str, at: str) -> list[tuple[str, dict[str, Any]]]:
    rows = holder.get(name)
    if type(rows) is not list:
        return []
    return [(f"{at}/{name}/{index}", row) for index, row in enumerate(rows) if type(row) is dict]
