"""Clients and their keys. Of a key there is only its digest; nothing here is personal."""

from __future__ import annotations

from sqlalchemy import Column, Float, Index, Integer, Table, Text

from gateway.ledger.tables import Json, metadata
from gateway.ledger.types import BigKey, UtcDateTime

client = Table(
    "client",
    metadata,
    Column("name", Text, primary_key=True),
    Column("sources", Json, nullable=False),
    Column("agencies", Json, nullable=False),
    Column("types", Json, nullable=False),
    Column("rate", Float, nullable=False),
    Column("burst", Integer, nullable=False),
    Column("amqp_user", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("revoked_at", UtcDateTime),
    sqlite_with_rowid=False,
)
"""Clients beside those of the configuration. Rows stay: messages name them for years."""

client_key = Table(
    "client_key",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("id", Text, nullable=False),
    Column("client", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("ends_at", UtcDateTime),
    Column("revoked_at", UtcDateTime),
    Column("used_at", UtcDateTime),
    sqlite_with_rowid=False,
)
"""Keys by their SHA-256, also of clients of the configuration. `id`: how a key begins, for people. `ends_at`: an old
key's end after a rotation; `used_at`: about when it was last used."""

Index("client_key_id", client_key.c.client, client_key.c.id, unique=True)  # a person names a key by both

client_version = Table(
    "client_version",
    metadata,
    Column("what", Text, primary_key=True),
    Column("version", BigKey, nullable=False),
    sqlite_with_rowid=False,
)
"""One row that every change moves on: whoever follows the clients asks for it alone, and reads them when it moved."""
