"""Taking proof out of the log: receipts of attempts, and exports of the audit trail; an export is itself audited."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial
from typing import Any

from gateway.errors import NotFoundError, StateError
from gateway.ledger.port import AuditEntry, Ledger
from gateway.ledger.proof.port import Evidence
from gateway.security.merkle import ProofError
from gateway.security.notes import as_base64
from gateway.security.receipts import write_proof

MOST_ENTRIES = 100_000
"""Entries of one export; more are taken in parts, by time."""
_LOOK_EVERY = 0.1


class ProofOperations:
    """Files that prove, see `gateway.security.receipts`."""

    def __init__(self, ledger: Ledger, patience: float = 5.0) -> None:
        """`patience`: seconds to wait until what was just recorded is chained and signed."""
        self._ledger = ledger
        self._patience = patience

    async def receipt(self, key: str) -> bytes:
        """The receipts of a delivery, or of all deliveries of a message, one per attempt that got an answer.

        Raises `NotFoundError` where there is none, `GoneError` where their time is over, `StateError` when they are not
        chained in time.
        """
        evidence = await self._chained(partial(self._ledger.receipts, key))
        if not evidence.entries:
            raise NotFoundError(
                f"Chưa lần gửi nào của {key} có trả lời của hệ thống đích, nên chưa có biên nhận. / "
                f"No attempt of {key} has got an answer yet, so there is no receipt."
            )
        return write_proof(evidence.note, evidence.entries)

    async def audit_export(self, since: datetime | None, until: datetime | None, actor: str, purpose: str) -> bytes:
        """Audit entries of a time, provable; who exported them and why is the next entry. Raises `StateError`."""
        evidence = await self._chained(partial(self._ledger.audit_evidence, since, until, MOST_ENTRIES))
        told = {"entries": len(evidence.entries), "since": _said(since), "until": _said(until)}
        if evidence.removed:
            told["removed"] = evidence.removed
        await self._ledger.record_audit(AuditEntry(actor, "audit.export", "audit", purpose, details=told))
        return write_proof(evidence.note, evidence.entries)

    async def growth(self, old: int) -> dict[str, Any]:
        """That the log only grew since it had `old` entries, for whoever kept a checkpoint. Raises `StateError`."""
        try:
            found = await self._ledger.growth(old)
        except ProofError as exc:
            raise StateError(f"Sổ chứng chưa bao giờ có {old} mục. / The log never had {old} entries.") from exc
        if found is None:
            raise _not_chained()
        steps = [as_base64(step) for step in found.proof]
        return {"from": found.old, "checkpoint": found.note, "proof": steps}

    async def _chained(self, taken: Callable[[], Awaitable[Evidence | None]]) -> Evidence:
        """What is there, once all of it is in the log. Waiting is bounded."""
        for _ in range(round(self._patience / _LOOK_EVERY)):
            evidence = await taken()
            if evidence is not None:
                return evidence
            await asyncio.sleep(_LOOK_EVERY)
        raise _not_chained()


def _said(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _not_chained() -> StateError:
    return StateError(
        "Mục mới chưa được ghi vào sổ chứng; tiến trình scheduler có chạy không? Hãy thử lại. / "
        "What is new is not in the log yet; does the role `scheduler` run? Try again."
    )
