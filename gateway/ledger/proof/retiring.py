"""Texts of the log go when their time is over, their hashes stay; in a transaction of the caller."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection

from gateway.ledger.hot import on_postgresql
from gateway.ledger.port import AuditEntry
from gateway.ledger.proof import retiring_statements as sql
from gateway.ledger.proof.append import stored_tiles
from gateway.ledger.proof.leaves import audit_leaf
from gateway.ledger.proof.statements import entries_between, lock_log
from gateway.ledger.trail import write_audit
from gateway.security import merkle
from gateway.security.receipts import REMOVAL
from mappings.convert import VIETNAM

_WHY = "quá thời hạn retention.receipts / kept for retention.receipts"


class Bound(NamedTuple):
    """Entries below `upto` may be empty; all of them are covered by the signed checkpoint of `day`."""

    upto: int = 0
    day: str = ""
    audit_seq: int = 0


def bound_of(connection: Connection) -> Bound:
    """As it stands."""
    row = connection.execute(sql.newest_bound).one_or_none()
    return Bound(row.upto, row.day, row.audit_seq) if row else Bound()


def retire(connection: Connection, before: datetime, limit: int, now: datetime) -> tuple[int, bool]:
    """See `gateway.ledger.proof.port`."""
    if on_postgresql(connection):
        connection.exec_driver_sql(lock_log)
    old = bound_of(connection)
    day = before.astimezone(VIETNAM).date().isoformat()
    covered = connection.execute(sql.covered_before, {"b_day": day}).one_or_none()
    last = max(old.upto, covered.size if covered else 0)
    upto = min(old.upto + limit, last)
    rows = connection.execute(entries_between, {"b_from": old.upto, "b_to": upto}).all()
    again = connection.execute(sql.no_longer_kept, {"b_limit": limit - (upto - old.upto)}).all()
    if upto == old.upto and not again:
        return 0, False
    gone, kept = _parted(connection, [*rows, *again])
    sql.keep.run(connection, kept)
    connection.execute(sql.keep_no_longer, {"positions": [row.position for row in gone]})
    fresh = Bound(upto, covered.day if covered and upto > old.upto else old.day)
    _tell(connection, fresh, len(gone), now)
    _empty(connection, gone, now)
    return len(gone), upto < last or upto - old.upto + len(again) == limit


def digest_of_kept(connection: Connection) -> str:
    """Which entries below the bound have their text still, as the audit says it."""
    told = ",".join(str(position) for position in connection.execute(sql.kept_positions).scalars())
    return hashlib.sha256(told.encode()).hexdigest()


def audit_seq(ref: str) -> int:
    """The audit row that an entry is of."""
    return int(ref.partition("/")[2])


def _parted(connection: Connection, rows: Sequence[Any]) -> tuple[list[Any], list[dict[str, Any]]]:
    """What goes, and what stays. What was tampered with stays, so that nobody's traces are tidied away."""
    tiles = stored_tiles(connection)
    refs = {row.ref.rpartition("#")[0] for row in rows if row.kind != "audit"}
    there = set(connection.execute(sql.still_there, {"ids": sorted(refs)}).scalars())
    seqs = [audit_seq(row.ref) for row in rows if row.kind == "audit"]
    trail = {row.seq: audit_leaf(row) for row in connection.execute(sql.audit_rows, {"seqs": seqs})}
    gone, kept = [], []
    for row in rows:
        leaf = bytes(row.leaf)
        own = row.ref.rpartition("#")[0] if row.kind != "audit" else None
        is_whole = merkle.leaf_hash(leaf) == merkle.hash_at(row.position, tiles)
        if not is_whole or (own is None and trail.get(audit_seq(row.ref)) != leaf):
            kept.append({"position": row.position, "delivery_id": None})
        elif own in there:
            kept.append({"position": row.position, "delivery_id": own})
        else:
            gone.append(row)
    return gone, kept


def _tell(connection: Connection, bound: Bound, gone: int, now: datetime) -> None:
    """The audit row, then the bound: only what is below it can be emptied (trigger)."""
    details = {"upto": bound.upto, "day": bound.day, "gone": gone, "kept": digest_of_kept(connection)}
    seq = write_audit(connection, AuditEntry("scheduler", REMOVAL, "log", _WHY, details=details), now)
    sql.insert_bound.run(connection, [{"audit_seq": seq, "at": now, "day": bound.day, "upto": bound.upto}])


def _empty(connection: Connection, gone: Sequence[Any], now: datetime) -> None:
    """Entries first: an audit row goes with its entry only (trigger)."""
    connection.execute(sql.empty, {"positions": [row.position for row in gone], "n_now": now})
    trail = {audit_seq(row.ref): orjson.loads(row.leaf) for row in gone if row.kind == "audit"}
    connection.execute(sql.drop_audit, {"seqs": list(trail)})
    people = {seq: (told["details"] or {}).get("people", ()) for seq, told in trail.items()}
    sql.drop_seen.run(
        connection,
        [{"b_hash": bytes.fromhex(one), "b_seq": seq} for seq, hashes in people.items() for one in hashes],
    )
