"""Every statement about texts of the log whose time is over; no logic."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Text, bindparam, cast, delete, exists, insert, literal, select, union_all, update
from sqlalchemy.dialects import postgresql, sqlite

from gateway.ledger.many import Many, among, columns
from gateway.ledger.proof.tables import entry, kept_entry, retired, sealed_day, unchained
from gateway.ledger.sought.tables import seen
from gateway.ledger.tables import audit, delivery

newest_bound = select(retired).order_by(retired.c.audit_seq.desc()).limit(1)
_says_so = entry.c.ref == literal("audit/").concat(cast(retired.c.audit_seq, Text))
newest_said = select(entry).where(
    entry.c.ref
    == select(literal("audit/").concat(cast(retired.c.audit_seq, Text)))
    .where(exists().where(_says_so, entry.c.retired_at.is_(None)))
    .order_by(retired.c.audit_seq.desc())
    .limit(1)
    .scalar_subquery()
)
"""Of the bounds the newest whose audit entry is chained; portions that were not yet are few."""
insert_bound = Many(insert(retired), columns(retired))
covered_before = (
    select(sealed_day.c.day, sealed_day.c.size)
    .where(sealed_day.c.day < bindparam("b_day"))
    .order_by(sealed_day.c.day.desc())
    .limit(1)
)
size_of_day = select(sealed_day.c.size).where(sealed_day.c.day == bindparam("b_day"))

_waits = select(kept_entry.c.position).where(
    kept_entry.c.delivery_id.is_not(None), ~exists().where(delivery.c.id == kept_entry.c.delivery_id)
)
no_longer_kept = (
    select(entry.c.position, entry.c.kind, entry.c.ref, entry.c.leaf)
    .where(entry.c.position.in_(_waits.order_by(kept_entry.c.position).limit(bindparam("b_limit"))))
    .order_by(entry.c.position)
)
still_there = select(delivery.c.id).where(among(delivery.c.id, "ids"))
audit_rows = select(audit).where(among(audit.c.seq, "seqs", numbers=True))


def _kept(dialect: str) -> Any:
    made = (sqlite if dialect == "sqlite" else postgresql).insert(kept_entry)
    return made.on_conflict_do_update(index_elements=["position"], set_={"delivery_id": made.excluded.delivery_id})


keep = Many(_kept, columns(kept_entry))
keep_no_longer = delete(kept_entry).where(among(kept_entry.c.position, "positions", numbers=True))
kept_positions = select(kept_entry.c.position).order_by(kept_entry.c.position)
kept_between = select(kept_entry.c.position).where(
    kept_entry.c.position >= bindparam("b_from"), kept_entry.c.position < bindparam("b_to")
)
kept_audit = (
    select(entry)
    .where(
        entry.c.kind == "audit",
        entry.c.position.in_(select(kept_entry.c.position).where(kept_entry.c.delivery_id.is_(None))),
    )
    .order_by(entry.c.position.desc())
)
"""In these words: of a join, SQLite would look through the whole log for the few that are kept."""

empty = (
    update(entry)
    .where(among(entry.c.position, "positions", numbers=True))
    .values(leaf=b"", retired_at=bindparam("n_now"))
)
drop_audit = delete(audit).where(among(audit.c.seq, "seqs", numbers=True))
drop_seen = Many(delete(seen).where(seen.c.hash == bindparam("b_hash"), seen.c.audit_seq == bindparam("b_seq")))

leaf_of_audit = union_all(
    select(entry.c.leaf).where(entry.c.ref == bindparam("b_ref")),
    select(unchained.c.leaf).where(unchained.c.ref == bindparam("b_ref")),
)
