"""What a person does with indicators, each with its audit row: taking a file away, and counting everything anew."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.ledger.port import AuditEntry, Ledger

_TARGET = "indicators"


class IndicatorOperations:
    """Exports and recounts."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    async def exported(self, actor: str, kind: str, query: Mapping[str, str], purpose: str) -> None:
        """Note who takes which figures away and what for, before they are given."""
        details = {"file": kind, **query}
        await self._ledger.record_audit(AuditEntry(actor, "indicators.export", _TARGET, purpose, details=details))

    async def recount(self, actor: str, reason: str) -> None:
        """Count everything anew, in the background; figures stay readable meanwhile."""
        await self._ledger.recount(AuditEntry(actor, "indicators.recount", _TARGET, reason))
