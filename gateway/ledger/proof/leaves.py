"""What entries of the log say, field by field; never personal data, never content."""

from __future__ import annotations

from typing import Any

from gateway.ledger.shapes import iso
from gateway.security.receipts import leaf_of


def audit_leaf(row: Any) -> bytes:
    """An audit row as an entry."""
    return leaf_of(
        {
            "kind": "audit",
            "seq": row.seq,
            "at": iso(row.at),
            "actor": row.actor,
            "action": row.action,
            "target": row.target,
            "ok": row.ok,
            "reason": row.reason,
            "details": row.details,
        }
    )
