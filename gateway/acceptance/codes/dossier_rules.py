"""The code rules of dossiers and of their progress."""

from __future__ import annotations

from typing import Any

from gateway.acceptance.codes import citizen, common_rules, moment, result, tax
from gateway.acceptance.codes.context import Context, part, rows
from gateway.acceptance.codes.findings import Findings

_RECORDED_MOMENTS = ("submitted_at", "received_at", "due_at", "finished_at", "returned_at", "refused_at")
_SUPPLEMENT_MOMENTS = ("requested_at", "received_at", "previous_due_at", "new_due_at")
_STEP_MOMENTS = ("at", "started_at", "due_at")


def recorded(data: dict[str, Any], context: Context, found: Findings) -> None:
    """`dossier.recorded.v1`: every code of the dossier, and whether they agree with each other."""
    code = common_rules.dossier_code(data.get("code"), "/data/code", context, found)
    common_rules.own_agency(data, code, context, found)
    common_rules.procedure_code(part(data, "procedure").get("code"), "/data/procedure/code", context, found)
    _applicant(part(data, "applicant"), found)
    moments = common_rules.moments(data, "/data", _RECORDED_MOMENTS, found)
    received = moments.get("received_at")
    if received and code and code.day and moment.day_in_vietnam(received) != code.day:
        found.warn("/data/received_at", "DOSSIER_DATE_MISMATCH")
    _papers(data, "/data", found)
    for at, supplement in rows(data, "supplements", "/data"):
        common_rules.moments(supplement, at, _SUPPLEMENT_MOMENTS, found)
        _papers(supplement, at, found)
    for at, row in rows(data, "results", "/data"):
        common_rules.result_code(row, "code", at, found)
        common_rules.component_code(row, at, found)


def progressed(data: dict[str, Any], context: Context, found: Findings) -> None:
    """`dossier.progressed.v1`: the dossier code and the moments of the steps."""
    common_rules.dossier_code(data.get("code"), "/data/code", context, found)
    for at, step in rows(data, "steps", "/data"):
        common_rules.moments(step, at, _STEP_MOMENTS, found)


def _applicant(applicant: dict[str, Any], found: Findings) -> None:
    common_rules.personal_numbers(applicant, "/data/applicant", found)
    tax_code = applicant.get("tax_code")
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
    for where, fee in rows(holder, "fees", at):
        common_rules.fee_amount(fee, where, found)
    for where, document in rows(holder, "documents", at):
        common_rules.result_code(document, "replacing_result_code", where, found)
        common_rules.component_code(document, where, found)
        replacing = document.get("replacing_result_code")
        flaw = result.reuse_flaw(document.get("reuse") or "none", replacing)
        if flaw is not None:
            found.error(f"{where}/replacing_result_code", flaw)
