"""Which messages and which audit entries are about whom, by keyed hash (`gateway.security.seek`)."""

from __future__ import annotations

from sqlalchemy import Column, LargeBinary, Table

from gateway.ledger.tables import metadata
from gateway.ledger.types import BigKey

sought = Table(
    "sought",
    metadata,
    Column("hash", LargeBinary, primary_key=True),
    Column("message_seq", BigKey, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)
"""Messages by the numbers in them; `message.sought` holds the same hashes, so that a message's rows are found without
an index of their own. Both go when the body is shredded."""

seen = Table(
    "seen",
    metadata,
    Column("hash", LargeBinary, primary_key=True),
    Column("audit_seq", BigKey, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)
"""Audit entries by whose data somebody looked at or looked for; goes with its audit row, whatever is shredded."""
