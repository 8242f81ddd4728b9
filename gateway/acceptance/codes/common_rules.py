"""The rules for codes that stand in documents of several types, each told where its code stands.

They never raise on odd shapes: what is not there or not text is left to the schema to complain about.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from gateway.acceptance.codes import agency, amount, citizen, dossier, moment, procedure, result
from gateway.acceptance.codes.agency import Agency
from gateway.acceptance.codes.context import Context, part
from gateway.acceptance.codes.dossier import DossierCode
from gateway.acceptance.codes.findings import Findings


def dossier_code(written: Any, pointer: str, context: Context, found: Findings) -> DossierCode | None:
    """Form, date and level-1 code of a dossier code; its parts where it is well formed."""
    if type(written) is not str:
        return None
    code = dossier.parse(written)
    if code is None:
        found.error(pointer, "DOSSIER_FORMAT")
        return None
    if not code.agency.hierarchical:
        found.error(pointer, "AGENCY_HIERARCHY")
    if not dossier.is_plausible(code.day, context.today):
        found.error(pointer, "DOSSIER_DATE")
    else:
        _level1(code.agency.level1, pointer, code.day, context, found)
    return code


def agency_code(written: Any, pointer: str, found: Findings) -> Agency | None:
    """Form of an agency code; the agency where it is well formed."""
    if type(written) is not str:
        return None
    unit = agency.parse(written)
    if unit is None:
        found.error(pointer, "AGENCY_FORMAT")
    elif not unit.hierarchical:
        found.error(pointer, "AGENCY_HIERARCHY")
    return unit


def own_agency(data: dict[str, Any], code: DossierCode | None, context: Context, found: Findings) -> None:
    """`agency.code`, and whether it is the agency of the dossier code."""
    unit = agency_code(part(data, "agency").get("code"), "/data/agency/code", found)
    if unit is None or code is None:
        return
    if unit.path != code.agency.path:
        found.warn("/data/agency/code", "AGENCY_MISMATCH")
    if unit.level1 != code.agency.level1 and dossier.is_plausible(code.day, context.today):
        _level1(unit.level1, "/data/agency/code", code.day, context, found)


def procedure_code(written: Any, pointer: str, context: Context, found: Findings) -> None:
    """National, local or neither."""
    if type(written) is not str:
        return
    match procedure.judge(written, context.local_procedures):
        case procedure.Procedure.MALFORMED:
            found.error(pointer, "PROCEDURE_FORMAT")
        case procedure.Procedure.LOCAL:
            found.warn(pointer, "PROCEDURE_LOCAL")
        case procedure.Procedure.UNUSUAL:
            found.warn(pointer, "PROCEDURE_LEADING")


def personal_numbers(person: dict[str, Any], at: str, found: Findings) -> None:
    """`citizen_id` and `id_card` of a person; an unknown province is only unusual."""
    citizen_id, id_card = person.get("citizen_id"), person.get("id_card")
    if type(citizen_id) is str:
        if not citizen.is_citizen_number(citizen_id):
            found.error(f"{at}/citizen_id", "CITIZEN_ID_FORMAT")
        elif not citizen.has_known_province(citizen_id):
            found.warn(f"{at}/citizen_id", "CITIZEN_ID_PROVINCE")
    if type(id_card) is str and not citizen.is_cmnd(id_card):
        found.error(f"{at}/id_card", "CMND_FORMAT")


def officer(data: dict[str, Any], found: Findings) -> None:
    """Who asks. An account may be anything; a number that is no citizen number is most likely mistyped."""
    written = part(data, "officer").get("id")
    if type(written) is not str or not (written.isascii() and written.isdigit()):
        return
    if not citizen.is_citizen_number(written):
        found.warn("/data/officer/id", "OFFICER_NUMBER")
    elif not citizen.has_known_province(written):
        found.warn("/data/officer/id", "CITIZEN_ID_PROVINCE")


def fee_amount(fee: dict[str, Any], at: str, found: Findings) -> None:
    """Text, fractions and numbers out of range are a clerk's amount mistakes; other JSON types are the schema's."""
    value = fee.get("amount")
    if type(value) in (int, float, str) and not amount.is_amount(value):
        found.error(f"{at}/amount", "AMOUNT_FORMAT")


def result_code(row: dict[str, Any], field: str, at: str, found: Findings) -> None:
    """A result code; a tail that is not six digits is only unusual."""
    written = row.get(field)
    if type(written) is not str or result.has_usual_tail(written):
        return
    if not result.is_result_code(written):
        found.error(f"{at}/{field}", "RESULT_CODE_FORMAT")
    else:
        found.warn(f"{at}/{field}", "RESULT_CODE_TAIL")


def component_code(row: dict[str, Any], at: str, found: Findings) -> None:
    """A component code; some senders put the component's name there, so never an error."""
    written = row.get("component_code")
    if type(written) is str and written and not result.is_component_code(written):
        found.warn(f"{at}/component_code", "COMPONENT_CODE")


def moments(holder: dict[str, Any], at: str, fields: tuple[str, ...], found: Findings) -> dict[str, datetime]:
    """The moments among these fields, by field."""
    good = {}
    for field in fields:
        written = holder.get(field)
        if type(written) is not str:
            continue
        parsed = moment.parse(written)
        if parsed is None:
            found.error(f"{at}/{field}", "DATE_FORMAT")
        else:
            good[field] = parsed
    return good


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
