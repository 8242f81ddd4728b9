"""Finding by keyed hash and making hashes anew, in a transaction of the caller."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Select, select

from gateway.ledger import shapes
from gateway.ledger.many import among
from gateway.ledger.pages import audit_item
from gateway.ledger.port import StoredMessage
from gateway.ledger.sought import statements as sql
from gateway.ledger.sought.rows import forget, sought_rows
from gateway.ledger.stored import as_stored
from gateway.ledger.tables import audit, message
from gateway.security.seal import SHREDDED, KeyRing
from gateway.security.seek import prefix_of

_END = 2**62
"""Behind every row."""


def messages_about(connection: Connection, hashes: Sequence[bytes], cursor: str | None, limit: int) -> dict[str, Any]:
    """See `gateway.ledger.sought.port`."""
    seqs, next_ = _page(connection, sql.messages_about, hashes, cursor, limit)
    query = shapes.message_columns().where(among(message.c.seq, "seqs", numbers=True)).order_by(message.c.seq.desc())
    rows = connection.execute(query, {"seqs": seqs}).all()
    return {"items": shapes.messages(connection, rows, with_attempts=False), "next": next_}


def who_saw(connection: Connection, hashes: Sequence[bytes], cursor: str | None, limit: int) -> dict[str, Any]:
    """See `gateway.ledger.sought.port`."""
    seqs, next_ = _page(connection, sql.seen_by, hashes, cursor, limit)
    query = select(audit).where(among(audit.c.seq, "seqs", numbers=True)).order_by(audit.c.seq.desc())
    return {"items": [audit_item(row) for row in connection.execute(query, {"seqs": seqs})], "next": next_}


def _page(
    connection: Connection, query: Select[Any], hashes: Sequence[bytes], cursor: str | None, limit: int
) -> tuple[list[int], str | None]:
    """The newest rows under any of the hashes: each is a list of its own, in order."""
    before = int(cursor) if cursor is not None else _END
    found: set[int] = set()
    for one in hashes:
        asked: Mapping[str, Any] = {"b_hash": one, "b_before": before, "b_limit": limit + 1}
        found.update(connection.execute(query, asked).scalars())
    newest = sorted(found, reverse=True)
    return newest[:limit], str(newest[limit - 1]) if len(newest) > limit else None


def rehash(
    connection: Connection,
    ring: KeyRing,
    prefix: bytes,
    hashes_of: Callable[[StoredMessage], bytes],
    limit: int,
) -> bool:
    """See `gateway.ledger.sought.port`."""
    seqs = set(connection.execute(sql.outdated, {"b_prefix": prefix, "b_limit": limit}).scalars())
    if len(seqs) < limit:
        seqs |= set(connection.execute(sql.never_hashed, {"b_limit": limit - len(seqs)}).scalars())
    if not seqs:
        return False
    rows = connection.execute(sql.to_rehash, {"seqs": sorted(seqs)}).all()
    fresh = [(row.seq, b"" if row.key_id == SHREDDED else hashes_of(as_stored(ring, row))) for row in rows]
    forget(connection, ((row.seq, row.sought or b"") for row in rows))
    sql.insert_sought.run(connection, sought_rows(fresh))
    sql.write_hashes.run(connection, [{"b_seq": seq, "n_sought": hashes} for seq, hashes in fresh])
    return True


def needs_search_key(connection: Connection, key_id: str) -> bool:
    """Whether a message or an audit entry is found by a search key alone."""
    first = prefix_of(key_id)
    span = {"b_from": first, "b_to": (int.from_bytes(first, "big") + 1).to_bytes(len(first), "big")}
    return any(connection.execute(query, span).first() is not None for query in (sql.finds_message, sql.finds_view))
