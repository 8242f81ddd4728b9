"""Every statement about reconciliation, in the order a run meets them; no logic."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BindParameter, Select, Text, bindparam, func, literal, select, update
from sqlalchemy.dialects import postgresql, sqlite

from gateway.ledger.drift.tables import drift_item, drift_run
from gateway.ledger.many import Many, among, columns, if_new
from gateway.ledger.tables import delivery, message

_RUN: BindParameter[str] = bindparam("b_run", type_=Text())

insert_run = Many(if_new(drift_run, ["id"]), columns(drift_run))

find_run = select(drift_run).where(drift_run.c.id == _RUN)
lock_run = find_run.with_for_update()

_open = (
    drift_run.c.state != literal("compared", literal_execute=True),
    drift_run.c.state != literal("sent", literal_execute=True),
    drift_run.c.state != literal("cancelled", literal_execute=True),
)
open_runs = select(drift_run).where(*_open).order_by(drift_run.c.destination)
open_run_of = select(drift_run.c.id).where(*_open, drift_run.c.destination == bindparam("b_destination"))

_period = (delivery.c.id > bindparam("b_after"), delivery.c.id < bindparam("b_before"))
piece_end = select(delivery.c.id).where(*_period).order_by(delivery.c.id).offset(bindparam("b_walk")).limit(1)
"""The last delivery of the next piece; none: the rest is shorter."""

_piece = (
    select(delivery.c.subject, delivery.c.destination, delivery.c.lane_id)
    .where(*_period)
    .order_by(delivery.c.id)
    .limit(bindparam("b_walk"))
    .subquery("piece")
)
"""In order and only so many: else PostgreSQL, not knowing how long the period is, would read the whole table."""
dossiers: Select[Any] = (
    select(_RUN.label("run_id"), _piece.c.subject, literal(0, literal_execute=True).label("tries"))
    .where(_piece.c.destination == bindparam("b_destination"), _piece.c.lane_id.is_not(None))
    .distinct()
)
"""The dossiers of a piece, as they are noted."""


def collect(dialect: str) -> Any:
    """Note the dossiers of a piece that are not noted yet."""
    made = sqlite.insert(drift_item) if dialect == "sqlite" else postgresql.insert(drift_item)
    return made.from_select(["run_id", "subject", "tries"], dossiers).on_conflict_do_nothing()


move_cursor = update(drift_run).where(drift_run.c.id == _RUN).values(
    cursor=bindparam("n_cursor"), state=bindparam("n_state"), changed_at=bindparam("n_now")
)  # fmt: skip

to_ask = (
    select(drift_item)
    .where(drift_item.c.run_id == _RUN, drift_item.c.kind.is_(None))
    .order_by(drift_item.c.tries, drift_item.c.subject)
    .limit(bindparam("b_limit"))
)

standing = (
    select(
        delivery.c.id.label("delivery_id"), delivery.c.state, delivery.c.replaced_by, delivery.c.operation,
        delivery.c.route, delivery.c.snapshot, delivery.c.snapshot_status, delivery.c.delivered_at,
        delivery.c.position, message.c.id, message.c.type, message.c.time, message.c.sequence, message.c.client,
        message.c.correlation_id, message.c.body, message.c.body_form, message.c.key_id, message.c.wrapped_key,
    )
    .join(delivery, delivery.c.message_id == message.c.id)
    .where(
        message.c.subject == bindparam("b_subject"),
        delivery.c.destination == bindparam("b_destination"),
        delivery.c.lane_id.is_not(None),
        delivery.c.replaced_by.is_(None),
    )
)  # fmt: skip
"""Everything of a subject that a destination is owed, or was."""

judge = Many(
    update(drift_item)
    .where(drift_item.c.run_id == _RUN, drift_item.c.subject == bindparam("b_subject"), drift_item.c.kind.is_(None))
    .values(
        kind=bindparam("n_kind"),
        tries=drift_item.c.tries + bindparam("n_again"),
        ours=bindparam("n_ours"),
        theirs=bindparam("n_theirs"),
        delivery_id=bindparam("n_delivery"),
        word=bindparam("n_word"),
        asked_at=bindparam("n_now"),
    )
)

_own = drift_run.c.id == _RUN
set_state = update(drift_run).where(_own).values(
    state=bindparam("n_state"), paused=bindparam("n_paused"), kinds=bindparam("n_kinds"), note=bindparam("n_note"),
    step=bindparam("n_step"), ended_at=bindparam("n_ended"), changed_at=bindparam("n_now"),
)  # fmt: skip
tell = update(drift_run).where(_own).values(note=bindparam("n_note"), changed_at=bindparam("n_now"))

climb = update(drift_run).where(_own, drift_run.c.step == bindparam("n_step") - 1).values(
    step=bindparam("n_step"), changed_at=bindparam("n_now")
)  # fmt: skip

_sendable = (drift_item.c.run_id == _RUN, among(drift_item.c.kind, "kinds"), drift_item.c.sent.is_(None))
to_send = select(drift_item).where(*_sendable).order_by(drift_item.c.subject).limit(bindparam("b_limit"))
note_sent = (
    update(drift_item)
    .where(drift_item.c.run_id == _RUN, drift_item.c.subject == bindparam("b_subject"), drift_item.c.sent.is_(None))
    .values(
        sent=bindparam("n_sent"), sent_step=bindparam("n_step"), messages=bindparam("n_messages"),
        word=bindparam("n_word"),
    )
)  # fmt: skip

sent_on = select(drift_item).where(
    drift_item.c.run_id == _RUN,
    among(drift_item.c.kind, "kinds"),
    drift_item.c.sent.is_not(None),
    (drift_item.c.sent_step == bindparam("b_step")) | (drift_item.c.sent == "open"),
)
"""What was sent on a stair, and what is still on its way of those before."""

how_they_stand = select(delivery.c.message_id, delivery.c.state).where(
    among(delivery.c.message_id, "ids"), delivery.c.replaced_by.is_(None)
)
end_items = Many(
    update(drift_item)
    .where(drift_item.c.run_id == _RUN, drift_item.c.subject == bindparam("b_subject"))
    .values(sent=bindparam("n_sent"))
)

counts = (
    select(drift_item.c.kind, drift_item.c.sent, func.count().label("number"))
    .where(drift_item.c.run_id == _RUN)
    .group_by(drift_item.c.kind, drift_item.c.sent)
)
