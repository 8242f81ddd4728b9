"""The code rules of payment requests: the codes of the dossier, and amounts that agree with each other."""

from __future__ import annotations

from typing import Any

from gateway.acceptance.codes import amount, citizen, common_rules, tax
from gateway.acceptance.codes.context import Context, part, rows
from gateway.acceptance.codes.findings import Findings


def requested(data: dict[str, Any], context: Context, found: Findings) -> None:
    """`payment.requested.v1`. Whether the dossier was paid before is the ledger's to know."""
    code = common_rules.dossier_code(data.get("dossier_code"), "/data/dossier_code", context, found)
    common_rules.own_agency(data, code, context, found)
    common_rules.procedure_code(part(data, "procedure").get("code"), "/data/procedure/code", context, found)
    _amounts(data, found)
    _payer(part(data, "payer"), found)


def receipt_requested(data: dict[str, Any], context: Context, found: Findings) -> None:
    """`payment.receipt_requested.v1`: the dossier code; the reference is the gateway's own."""
    common_rules.dossier_code(data.get("dossier_code"), "/data/dossier_code", context, found)


def _amounts(data: dict[str, Any], found: Findings) -> None:
    due = data.get("amount")
    if type(due) in (int, float, str) and not amount.is_payable(due):
        found.error("/data/amount", "AMOUNT_DUE")
    parts: list[Any] = []
    for at, fee in rows(data, "fees", "/data"):
        common_rules.fee_amount(fee, at, found)
        parts.append(fee.get("amount"))
    # An empty list says no more of the amount than none. Until all are amounts, there is no sum to compare.
    if parts and all(map(amount.is_amount, parts)) and amount.is_payable(due) and sum(parts) != due:
        found.error("/data/amount", "AMOUNT_SUM")


def _payer(payer: dict[str, Any], found: Findings) -> None:
    """The platform compares the number with nothing, and passports are lawful too: whatever is odd is a warning."""
    written, pointer = payer.get("id_number"), "/data/payer/id_number"
    if type(written) is not str or citizen.is_cmnd(written):
        return
    if citizen.is_citizen_number(written):
        if not citizen.has_known_province(written):
            found.warn(pointer, "CITIZEN_ID_PROVINCE")
        return
    flaw = tax.judge(written)
    if flaw is not None:
        found.warn(pointer, "PAYER_NUMBER" if flaw == "TAX_FORMAT" else flaw)
