"""Every statement about keys and shredding; no logic."""

from __future__ import annotations

from sqlalchemy import bindparam, delete, func, literal, select, union_all, update

from gateway.ledger.keeping.tables import keeping, rewrapping, shredding
from gateway.ledger.many import Many, among, if_new, is_in
from gateway.ledger.tables import attempt, delivery, message
from gateway.message import OPEN, DeliveryState
from gateway.security.seal import SHREDDED

begin_rewrapping = Many(if_new(rewrapping, ["key_id"]), ["key_id", "begun_at", "reached", "wrapped"])
rewrapping_of = select(rewrapping).where(rewrapping.c.key_id == bindparam("b_key")).with_for_update()
rewrappings = select(rewrapping).order_by(rewrapping.c.begun_at.desc())
to_rewrap = (
    select(message.c.seq, message.c.id, message.c.key_id, message.c.wrapped_key)
    .where(message.c.seq > bindparam("b_after"), message.c.seq <= bindparam("b_to"))
    .order_by(message.c.seq)
)
write_wrapped = Many(
    update(message)
    .where(message.c.seq == bindparam("b_seq"), message.c.key_id == bindparam("b_old"))
    .values(key_id=bindparam("n_key"), wrapped_key=bindparam("n_wrapped"))
)
"""Only if nobody shredded it meanwhile."""
note_rewrapped = (
    update(rewrapping)
    .where(rewrapping.c.key_id == bindparam("b_key"))
    .values(
        reached=bindparam("n_reached"),
        wrapped=rewrapping.c.wrapped + bindparam("n_more"),
        unopened=rewrapping.c.unopened + bindparam("n_unopened"),
        ended_at=bindparam("n_end"),
    )
)
last_message = select(func.max(message.c.seq))
needs_key = union_all(
    select(literal(1)).select_from(message).where(message.c.key_id == bindparam("b_key")).limit(1).subquery().select(),
    select(literal(1))
    .select_from(attempt)
    .where(attempt.c.answer_key_id == bindparam("b_key"))
    .limit(1)
    .subquery()
    .select(),
)

reached = select(keeping.c.reached).where(keeping.c.what == "shredding").with_for_update()
begin_keeping = Many(if_new(keeping, ["what"]), ["what", "reached"])
note_reached = update(keeping).where(keeping.c.what == "shredding").values(reached=bindparam("n_reached"))
outdated = (
    select(message.c.seq, message.c.id, message.c.accepted_at, message.c.sought)
    .where(message.c.seq > bindparam("b_after"))
    .order_by(message.c.seq)
    .limit(bindparam("b_limit"))
)
"""Messages are numbered as they are accepted, or nearly: what comes after the first young one is young."""
left_behind = select(message.c.seq, message.c.id, message.c.sought).where(message.c.seq.in_(select(shredding.c.seq)))
"""In these words: of a join, SQLite would look through all messages for the few that are left behind."""
unfinished = (
    select(delivery.c.message_id)
    .where(
        among(delivery.c.message_id, "ids"),
        is_in(delivery.c.state, DeliveryState.DEAD, *OPEN),
        delivery.c.replaced_by.is_(None),
    )
    .distinct()
)
shred = (
    update(message)
    .where(among(message.c.seq, "seqs", numbers=True))
    .values(key_id=SHREDDED, wrapped_key=b"", body=b"", sought=b"")
)
leave_behind = Many(if_new(shredding, ["seq"]), ["seq"])
no_longer_behind = delete(shredding).where(among(shredding.c.seq, "seqs", numbers=True))
