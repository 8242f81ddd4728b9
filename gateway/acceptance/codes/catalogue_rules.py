"""The code rules of questions for the catalogues of the national portal: of no dossier, so their subject is free."""

from __future__ import annotations

from typing import Any

from gateway.acceptance.codes import common_rules
from gateway.acceptance.codes.context import Context
from gateway.acceptance.codes.findings import Findings


def refresh_requested(data: dict[str, Any], context: Context, found: Findings) -> None:
    """`catalogue.refresh_requested.v1`."""
    common_rules.procedure_code(data.get("procedure_code"), "/data/procedure_code", context, found)
    common_rules.agency_code(data.get("agency_code"), "/data/agency_code", found)
