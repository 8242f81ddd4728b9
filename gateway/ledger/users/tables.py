"""People and their sessions."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, LargeBinary, Table, Text

from gateway.ledger.tables import metadata
from gateway.ledger.types import UtcDateTime

user = Table(
    "user_account",
    metadata,
    Column("name", Text, primary_key=True),
    Column("role", Text, nullable=False),
    Column("password", Text),
    Column("must_change", Boolean, nullable=False),
    Column("disabled", Boolean, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("locked_until", UtcDateTime),
    Column("subject", Text, unique=True),
    Column("created_at", UtcDateTime, nullable=False),
    Column("signed_in_at", UtcDateTime),
    sqlite_with_rowid=False,
)
"""Somebody who may sign in. `password`: an argon2id hash, if any; `subject`: who they are where they sign in."""

session = Table(
    "user_session",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("name", Text, ForeignKey("user_account.name"), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
    Column("ends_at", UtcDateTime, nullable=False),
    Index("ix_user_session_name", "name"),
    Index("ix_user_session_ends_at", "ends_at"),
    sqlite_with_rowid=False,
)
"""Somebody who is signed in, by the SHA-256 of what the browser holds; `ends_at` comes whatever is done meanwhile."""
