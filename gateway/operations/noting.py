"""What an operation refuses before the ledger is asked leaves an audit row, as the ledger's own refusals do."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Protocol

from gateway.errors import GatewayError
from gateway.ledger.port import AuditEntry


class Audits(Protocol):
    """What this asks of the ledger."""

    async def record_audit(self, entry: AuditEntry) -> None: ...


@asynccontextmanager
async def refusals_noted(ledger: Audits, entry: AuditEntry) -> AsyncIterator[None]:
    """Around what is judged here, not in the ledger; what is raised goes on."""
    try:
        yield
    except GatewayError as exc:
        details = {**entry.details, "refused": type(exc).__name__}
        await ledger.record_audit(replace(entry, ok=False, details=details))
        raise
