"""The right storage for a database address."""

from __future__ import annotations

from gateway.ledger.storage.port import Storage
from gateway.ledger.storage.postgres import PostgresStorage
from gateway.ledger.storage.sqlite import SqliteStorage


def open_storage(url: str) -> Storage:
    """The storage for a database address."""
    return SqliteStorage(url) if url.startswith("sqlite") else PostgresStorage(url)
