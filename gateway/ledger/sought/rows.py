"""The rows by which messages and audit entries are found, in a transaction of the caller."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection

from gateway.ledger.sought import statements as sql
from gateway.security.seek import apart


def sought_rows(some: Iterable[tuple[int, bytes]]) -> list[dict[str, Any]]:
    """For `statements.insert_sought`: messages by their numbers, with their hashes."""
    return [{"hash": one, "message_seq": seq} for seq, hashes in some for one in apart(hashes)]


def forget(connection: Connection, some: Iterable[tuple[int, bytes]]) -> None:
    """These messages are not found by these hashes any more."""
    sql.drop_sought.run(connection, [{"b_hash": one, "b_seq": seq} for seq, hashes in some for one in apart(hashes)])


def people_of(connection: Connection, message_ids: Iterable[str]) -> bytes:
    """The hashes of everybody in these messages, each once."""
    found = connection.execute(sql.people_of, {"ids": list(message_ids)}).scalars()
    return b"".join(sorted({one for hashes in found for one in apart(hashes)}))


def note_seen(connection: Connection, people: bytes, audit_seq: int) -> None:
    """An audit entry is about these people."""
    sql.insert_seen.run(connection, [{"hash": one, "audit_seq": audit_seq} for one in sorted(set(apart(people)))])
