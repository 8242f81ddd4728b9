"""The code rules of searches for results that can be used again: whose, which, and for which dossier."""

from __future__ import annotations

from typing import Any

from gateway.acceptance.codes import common_rules, tax
from gateway.acceptance.codes.context import Context, part
from gateway.acceptance.codes.findings import Findings


def reuse_requested(data: dict[str, Any], context: Context, found: Findings) -> None:
    """`document.reuse_requested.v1`."""
    common_rules.dossier_code(data.get("dossier_code"), "/data/dossier_code", context, found)
    common_rules.officer(data, found)
    common_rules.result_code(data, "result_code", "/data", found)
    common_rules.component_code(data, "/data", found)
    if type(data.get("owner")) is dict:
        _owner(part(data, "owner"), found)


def _owner(owner: dict[str, Any], found: Findings) -> None:
    """Persons are found by their citizen number, so a tax code is that of a business: a wrong one is an error.

    It might be somebody else's, and their papers would be shown.
    """
    if ("citizen_id" in owner) == ("tax_code" in owner):
        found.error("/data/owner", "OWNER_NUMBER")
    common_rules.personal_numbers(owner, "/data/owner", found)
    written = owner.get("tax_code")
    if type(written) is not str:
        return
    flaw = tax.judge(written) if tax.is_plain(written) else "TAX_FORMAT"
    if flaw is not None:
        found.error("/data/owner/tax_code", "OWNER_TAX" if flaw == "TAX_FORMAT" else flaw)
