"""Finding by keyed hash and making hashes anew, in a transaction of the caller."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from sqlalchemy import Connection, Select, select

from gateway.ledger import shapes
from gateway.ledger.many import among
from gateway.ledger.pages import audit_item
from gateway.ledger.port import StoredMessage
from gateway.ledger.sought import statements as sql
from gateway.ledger.sought.port import HashedTo
from gateway.ledger.sought.rows import forget, sought_rows
from gateway.ledger.stored import as_stored
from gateway.ledger.tables import audit, message
from gateway.security.key_file import SealError
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
    after: HashedTo,
) -> HashedTo | None:
    """See `gateway.ledger.sought.port`."""
    seqs, reached = _next_to_hash(connection, prefix, limit, after)
    if not seqs:
        return None
    rows = connection.execute(sql.to_rehash, {"seqs": sorted(seqs)}).all()
    fresh = {}
    for row in rows:
        with suppress(SealError):  # found as it was
            fresh[row.seq] = b"" if row.key_id == SHREDDED else hashes_of(as_stored(ring, row))
    forget(connection, ((row.seq, row.sought or b"") for row in rows if row.seq in fresh))
    sql.insert_sought.run(connection, sought_rows(fresh.items()))
    sql.write_hashes.run(connection, [{"b_seq": seq, "n_sought": hashes} for seq, hashes in fresh.items()])
    return reached


def _next_to_hash(connection: Connection, prefix: bytes, limit: int, after: HashedTo) -> tuple[set[int], HashedTo]:
    asked = {"b_prefix": prefix, "b_hash": after.hash, "b_seq": after.seq, "b_limit": limit}
    old = connection.execute(sql.outdated, asked).all()
    if old:
        after = after._replace(hash=old[-1].hash, seq=old[-1].message_seq)
    seqs = {row.message_seq for row in old}
    if len(seqs) < limit:
        found = {"b_seq": after.never_hashed, "b_limit": limit - len(seqs)}
        never = connection.execute(sql.never_hashed, found).scalars().all()
        after = after._replace(never_hashed=max(never, default=after.never_hashed))
        seqs.update(never)
    return seqs, after


def needs_search_key(connection: Connection, key_id: str) -> bool:
    """Whether a message or an audit entry is found by a search key alone."""
    first = prefix_of(key_id)
    span = {"b_from": first, "b_to": (int.from_bytes(first, "big") + 1).to_bytes(len(first), "big")}
    return any(connection.execute(query, span).first() is not None for query in (sql.finds_message, sql.finds_view))
