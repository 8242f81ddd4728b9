"""Wrapping anew and shredding, in a transaction of the caller."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from gateway.ledger.keeping import statements as sql
from gateway.ledger.sought.rows import forget
from gateway.security.key_file import SealError
from gateway.security.seal import KeyRing, Sealed


def rewrap(connection: Connection, ring: KeyRing, limit: int, now: datetime) -> bool:
    """See `gateway.ledger.keeping.port`."""
    with suppress(SealError):  # a file that cannot be read leaves what was known
        ring.follow()
    key_id, older = ring.current, ring.older
    sql.begin_rewrapping.run(connection, [{"key_id": key_id, "begun_at": now, "reached": 0, "wrapped": 0}])
    state = connection.execute(sql.rewrapping_of, {"b_key": key_id}).one()
    last = connection.execute(sql.last_message).scalar() or 0
    to = min(last, state.reached + limit)
    rows = connection.execute(sql.to_rewrap, {"b_after": state.reached, "b_to": to}).all()
    # Nothing else: where the file is an older copy, what newer keys wrapped must not come back under an old one.
    old = [row for row in rows if row.key_id in older]
    wrapped = [anew for row in old if (anew := _wrapped_anew(ring, row)) is not None]
    sql.write_wrapped.run(connection, wrapped)
    done = to == last
    ended = (state.ended_at or now) if done else None
    counts = {"n_more": len(wrapped), "n_unopened": len(old) - len(wrapped)}
    connection.execute(sql.note_rewrapped, {"b_key": key_id, "n_reached": to, "n_end": ended, **counts})
    return not done


def _wrapped_anew(ring: KeyRing, row: Any) -> dict[str, Any] | None:
    """For `statements.write_wrapped`; None for one whose data key does not open: the others do not wait for it."""
    try:
        fresh = ring.rewrap(Sealed(row.key_id, row.wrapped_key, b""), row.id)
    except SealError:
        return None
    return {"b_seq": row.seq, "b_old": row.key_id, "n_key": fresh.key_id, "n_wrapped": fresh.wrapped_key}


def shred(connection: Connection, before: datetime, limit: int, up_to: int | None = None) -> tuple[int, bool]:
    """See `gateway.ledger.keeping.port`."""
    sql.begin_keeping.run(connection, [{"what": "shredding", "reached": 0}])
    reached: int = connection.execute(sql.reached).scalar_one()
    rows = connection.execute(sql.outdated, {"b_after": reached, "b_limit": limit}).all()
    old = [row for row in rows if row.accepted_at < before and (up_to is None or row.seq <= up_to)]
    behind = connection.execute(sql.left_behind).all() if len(old) < limit else []
    waiting = {row.message_id for row in connection.execute(sql.unfinished, {"ids": [r.id for r in (*old, *behind)]})}
    ended = [row for row in (*old, *behind) if row.id not in waiting]
    gone = [row.seq for row in ended]
    sql.leave_behind.run(connection, [{"seq": row.seq} for row in old if row.id in waiting])
    if gone:
        connection.execute(sql.shred, {"seqs": gone})
        forget(connection, ((row.seq, row.sought or b"") for row in ended))
        connection.execute(sql.no_longer_behind, {"seqs": gone})
    if old:
        connection.execute(sql.note_reached, {"n_reached": old[-1].seq})
    return len(gone), len(old) == limit
