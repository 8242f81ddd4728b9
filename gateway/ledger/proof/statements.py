"""Every statement about the log; no logic."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, bindparam, delete, func, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from gateway.ledger.many import Ask, Many, among, columns
from gateway.ledger.proof.tables import entry, sealed_day, tile, unchained
from gateway.ledger.tables import audit, delivery

insert_unchained = Many(insert(unchained), ["kind", "ref", "leaf"])

lock_log = "LOCK TABLE sealed_day IN SHARE ROW EXCLUSIVE MODE"
"""On PostgreSQL: one chains at a time, readers go on. On SQLite a writing transaction is alone anyway."""

unchained_leaves = Ask(select(unchained.c.seq, unchained.c.leaf).order_by(unchained.c.seq).limit(bindparam("b_limit")))
_chained = among(unchained.c.seq, "seqs", numbers=True)  # not "up to": on PostgreSQL older ones may have come since
_place = bindparam("b_size", type_=BigInteger) + func.row_number().over(order_by=unchained.c.seq) - 1
log_chained = insert(entry).from_select(
    ["position", "kind", "ref", "leaf"],
    select(_place, unchained.c.kind, unchained.c.ref, unchained.c.leaf).where(_chained),
)
drop_chained = delete(unchained).where(_chained)
still_unchained = select(unchained.c.ref).where(among(unchained.c.ref, "refs")).limit(1)

size = select(func.max(entry.c.position) + 1)
read_tile = select(tile.c.hashes).where(tile.c.level == bindparam("b_level"), tile.c.number == bindparam("b_number"))


def _written(dialect: str) -> Any:
    made = sqlite.insert(tile) if dialect == "sqlite" else postgresql.insert(tile)
    return made.on_conflict_do_update(index_elements=["level", "number"], set_={"hashes": made.excluded.hashes})


write_tiles = Many(_written, columns(tile))


def _signed(dialect: str) -> Any:
    made = sqlite.insert(sealed_day) if dialect == "sqlite" else postgresql.insert(sealed_day)
    words = ("size", "note", "at")
    return made.on_conflict_do_update(index_elements=["day"], set_={word: made.excluded[word] for word in words})


write_checkpoint = Many(_signed, columns(sealed_day))
newest_checkpoint = select(sealed_day.c.size, sealed_day.c.note).order_by(sealed_day.c.size.desc()).limit(1)

entries_by_ref = select(entry).where(among(entry.c.ref, "refs")).order_by(entry.c.position)
audit_entries = (
    select(entry)
    .where(entry.c.kind == "audit", entry.c.position < bindparam("b_before"), entry.c.position >= bindparam("b_from"))
    .order_by(entry.c.position.desc())
    .limit(bindparam("b_limit"))
)
attempts_of = select(delivery.c.id, delivery.c.attempts).where(
    (delivery.c.id == bindparam("b_key")) | (delivery.c.message_id == bindparam("b_key"))
)
entries_between = (
    select(entry.c.position, entry.c.kind, entry.c.ref, entry.c.leaf)
    .where(entry.c.position >= bindparam("b_from"), entry.c.position < bindparam("b_to"))
    .order_by(entry.c.position)
)
sealed_days = select(sealed_day).order_by(sealed_day.c.day)
newest_audit = select(audit).order_by(audit.c.seq.desc()).limit(bindparam("b_limit"))
unchained_audit = select(unchained.c.ref, unchained.c.leaf).where(unchained.c.kind == "audit")
