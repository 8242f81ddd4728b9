"""Cut-over: dossiers that a destination has from the system before this one are loaded with what was last confirmed.

Progress and updates of them then flow as if this gateway had sent them, and what "already exists" can be told apart
from what another system still owns. First a plan, then, with its fingerprint, the doing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from gateway.errors import GatewayError, NotFoundError, StateError
from gateway.ledger.port import AuditEntry, Ledger
from gateway.ledger.steering.port import KnownDossier
from gateway.operations.cutover_rows import fingerprint
from gateway.settings import DestinationSettings

_AT_ONCE = 500
"""Dossiers in one transaction: senders wait no longer than for these."""


class CutoverOperations:
    """What a person may do before a province's dossiers go through this gateway."""

    def __init__(self, ledger: Ledger, destinations: Mapping[str, DestinationSettings]) -> None:
        self._ledger = ledger
        self._destinations = destinations

    async def plan(self, destination: str, dossiers: Sequence[KnownDossier]) -> dict[str, Any]:
        """What an import would do; nothing is done. Raises `NotFoundError`."""
        self._refuse_unknown(destination)
        known: Counter[str] = Counter()
        for start in range(0, len(dossiers), _AT_ONCE):
            subjects = [one.subject for one in dossiers[start : start + _AT_ONCE]]
            for imported in (await self._ledger.known_among(destination, subjects)).values():
                known["imported_before" if imported else "sent_by_us"] += 1
        moments = [one.confirmed_at for one in dossiers]
        return {
            "destination": destination,
            "dossiers": len(dossiers),
            "new": len(dossiers) - known.total(),
            "imported_before": known["imported_before"],
            "sent_by_us": known["sent_by_us"],
            "by_status": dict(Counter(one.status for one in dossiers)),
            "oldest": min(moments).isoformat(),
            "newest": max(moments).isoformat(),
            "fingerprint": fingerprint(destination, dossiers),
        }

    async def load(
        self, destination: str, dossiers: Sequence[KnownDossier], seen: str, actor: str, reason: str
    ) -> dict[str, Any]:
        """Do what the plan said. Killed half-way, the same again completes it. Raises `NotFoundError`, `StateError`."""
        found = fingerprint(destination, dossiers)
        entry = AuditEntry(actor, "cutover.import", destination, reason)
        facts = {"fingerprint": found, "dossiers": len(dossiers)}
        new = known = 0
        try:
            self._refuse_unknown(destination)
            if found != seen:
                raise StateError(
                    "Tệp hoặc nơi nhận đã khác với kế hoạch đã xem; hãy xem lại kế hoạch. / The file or destination is "
                    "not what the plan was made for; look at the plan again."
                )
            await self._ledger.record_audit(replace(entry, details=facts))
            for start in range(0, len(dossiers), _AT_ONCE):
                done = await self._ledger.import_known(destination, dossiers[start : start + _AT_ONCE], actor)
                new, known = new + done.new, known + done.known
        except GatewayError as exc:
            failed = facts | {"refused": type(exc).__name__, "new": new, "known": known}
            await self._ledger.record_audit(replace(entry, ok=False, details=failed))
            raise
        told = replace(entry, action="cutover.imported", details=facts | {"new": new, "known": known})
        await self._ledger.record_audit(told)
        return {"destination": destination, "dossiers": len(dossiers), "new": new, "known": known}

    def _refuse_unknown(self, destination: str) -> None:
        if destination not in self._destinations:
            known = ", ".join(sorted(self._destinations))
            raise NotFoundError(
                f"Không có nơi nhận {destination}; có: {known}. / There is no {destination}; there are: {known}."
            )
