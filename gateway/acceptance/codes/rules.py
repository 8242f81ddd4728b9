"""Which code rules judge a message type, and which of its codes the subject repeats.

Rules run over a canonical document that may still break its schema, and never raise on odd shapes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from gateway.acceptance.codes import catalogue_rules, citizen_rules, document_rules, dossier_rules, payment_rules
from gateway.acceptance.codes.context import Context
from gateway.acceptance.codes.findings import Findings

Rule = Callable[[dict[str, Any], Context, Findings], None]


@dataclass(frozen=True, slots=True)
class TypeRules:
    """The rules of one message type."""

    judge: Rule
    subject: str = "dossier_code"
    """The member of the data that `subject` must equal; empty where the subject is free."""


RULES: Mapping[str, TypeRules] = {
    "dossier.recorded.v1": TypeRules(dossier_rules.recorded, "code"),
    "dossier.progressed.v1": TypeRules(dossier_rules.progressed, "code"),
    "payment.requested.v1": TypeRules(payment_rules.requested),
    "payment.receipt_requested.v1": TypeRules(payment_rules.receipt_requested),
    "citizen.lookup_requested.v1": TypeRules(citizen_rules.lookup_requested),
    "document.reuse_requested.v1": TypeRules(document_rules.reuse_requested),
    "catalogue.refresh_requested.v1": TypeRules(catalogue_rules.refresh_requested, subject=""),
}
