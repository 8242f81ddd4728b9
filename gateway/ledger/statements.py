"""Every writing statement of the ledger, named, in the order a message meets them; no logic.

Built once, so that SQLAlchemy compiles each once. Lists of ids are expanding parameters.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import and_, bindparam, delete, exists, func, insert, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite

from gateway.ledger.many import Many, among
from gateway.ledger.tables import attempt, audit, checkpoint, delivery, lane, message, outbox
from gateway.message import OPEN, DeliveryState

S = DeliveryState


def _if_new(table: Any, columns: list[str]) -> Any:
    """INSERT … ON CONFLICT DO NOTHING in the dialect's own words."""

    def build(dialect: str) -> Any:
        made = sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)
        return made.on_conflict_do_nothing(index_elements=columns)

    return build


def _columns(table: Any, *without: str) -> list[str]:
    return [column.name for column in table.columns if column.name not in without]


insert_messages = Many(_if_new(message, ["source", "source_id"]), _columns(message, "seq"))
"""Record messages that are not there yet."""

recorded_ids = select(message.c.id).where(among(message.c.id, "ids"))
"""Which of these messages went in: a second statement, for an insert does not tell on every driver."""

find_by_source = select(message.c.source, message.c.source_id, message.c.id, message.c.content_hash).where(
    tuple_(message.c.source, message.c.source_id).in_(bindparam("keys", expanding=True))
)
"""What stands under these (source, source_id) pairs; a second statement, for the first misses concurrent ones."""


insert_lanes = Many(_if_new(lane, ["key"]), ["key", "next_position", "accepted_once", "step_statuses"])
"""Make the lanes that are not there yet."""

lock_lanes_by_key = select(lane).where(among(lane.c.key, "keys")).order_by(lane.c.key).with_for_update()
"""Take the lanes, always in key order, so that two transactions never wait for each other."""

lock_lanes_of_deliveries = (
    select(lane)
    .where(lane.c.id.in_(select(delivery.c.lane_id).where(among(delivery.c.id, "ids"))))
    .order_by(lane.c.key)
    .with_for_update()
)
"""The same, for deliveries about to be settled, replayed or discarded."""

lane_members = select(
    delivery.c.id,
    delivery.c.lane_id,
    delivery.c.state,
    delivery.c.position,
    delivery.c.route,
    delivery.c.snapshot,
    delivery.c.snapshot_status,
).where(
    among(delivery.c.lane_id, "lanes", numbers=True),
    delivery.c.in_lane,
    (delivery.c.state != S.HELD) | delivery.c.snapshot,
)
"""Who holds these lanes, and which snapshots wait in them (held progress is not needed and may be long)."""

DELIVERY_COLUMNS = (
    "id", "message_id", "subject", "destination", "operation", "route", "mapping", "lane_id", "position", "in_lane",
    "state", "attempts", "tries", "error_tries", "snapshot", "snapshot_status", "snapshot_sequence", "snapshot_time",
    "delivered_at", "created_at", "changed_at", "replay_of",
)  # fmt: skip
insert_deliveries = Many(insert(delivery), DELIVERY_COLUMNS)
insert_outbox = Many(insert(outbox), _columns(outbox))

update_lane = Many(
    update(lane)
    .where(lane.c.id == bindparam("b_id"))
    .values(
        next_position=bindparam("next_position"),
        accepted_once=bindparam("accepted_once"),
        clear_at=bindparam("clear_at"),
        latest_sequence=bindparam("latest_sequence"),
        latest_time=bindparam("latest_time"),
        step_statuses=bindparam("step_statuses"),
    )
)

supersede = Many(
    update(delivery)
    .where(delivery.c.id == bindparam("b_id"))
    .values(state=S.SUPERSEDED, in_lane=False, next_attempt_at=None, changed_at=bindparam("now"))
)
"""A newer snapshot made it unnecessary."""

release = Many(update(delivery).where(delivery.c.id == bindparam("b_id")).values(in_lane=False))
"""It no longer holds its lane; its state stays (a refused head passed by a corrected snapshot)."""

take_place = Many(
    update(delivery)
    .where(delivery.c.id == bindparam("b_id"), delivery.c.state == S.HELD)
    .values(state=S.PENDING, position=bindparam("n_position"), changed_at=bindparam("now"))
)
"""A held snapshot becomes pending in the place of the one it supersedes."""

drop_outbox = delete(outbox).where(among(outbox.c.delivery_id, "ids"))

due_in_outbox = (
    select(outbox.c.delivery_id, outbox.c.due_at, delivery.c.state)
    .join(delivery, delivery.c.id == outbox.c.delivery_id)
    .where(outbox.c.destination == bindparam("b_destination"))
    .order_by(outbox.c.due_at, outbox.c.delivery_id)
    .limit(bindparam("b_limit"))
)
"""The oldest rows of one destination, due or not (the first that is not says when to look again)."""

waiting_to_pending = (
    update(delivery)
    .where(among(delivery.c.id, "ids"), delivery.c.state == S.WAITING)
    .values(state=S.PENDING, next_attempt_at=None, changed_at=bindparam("now"))
)

read_pack = (
    select(
        delivery.c.id,
        delivery.c.message_id,
        delivery.c.destination,
        delivery.c.operation,
        delivery.c.route,
        delivery.c.attempts,
        delivery.c.tries,
        delivery.c.error_code,
        delivery.c.error_tries,
        lane.c.accepted_once,
        message.c.type,
        message.c.subject,
        message.c.source,
        message.c.source_id,
        message.c.client,
        message.c.correlation_id,
        message.c.accepted_at,
        message.c.body,
        message.c.body_form,
        message.c.key_id,
        message.c.wrapped_key,
    )
    .select_from(
        delivery.join(message, message.c.id == delivery.c.message_id).outerjoin(lane, lane.c.id == delivery.c.lane_id)
    )
    .where(among(delivery.c.id, "ids"), delivery.c.state == S.PENDING)
)

answered_parts = select(checkpoint.c.delivery_id, checkpoint.c.part, checkpoint.c.attempt).where(
    among(checkpoint.c.delivery_id, "ids")
)
last_unclear_attempt = (
    select(attempt.c.delivery_id, func.max(attempt.c.number))
    .where(among(attempt.c.delivery_id, "ids"), attempt.c.error_class == "uncertain")
    .group_by(attempt.c.delivery_id)
)

lock_for_begin = (
    select(delivery.c.id, delivery.c.attempts)
    .where(among(delivery.c.id, "ids"), delivery.c.state == S.PENDING)
    .order_by(delivery.c.id)
    .with_for_update()
)
begin_deliveries = Many(
    update(delivery)
    .where(delivery.c.id == bindparam("b_id"), delivery.c.state == S.PENDING)
    .values(
        state=S.DELIVERING,
        attempts=bindparam("n_fence"),
        lease_until=bindparam("n_lease"),
        mapping_version=bindparam("n_version"),
        changed_at=bindparam("now"),
    )
)
insert_attempts = Many(insert(attempt), ["delivery_id", "number", "started_at", "keys", "request_digest", "may_repeat"])


insert_checkpoints = Many(_if_new(checkpoint, ["delivery_id", "part"]), _columns(checkpoint))
"""Remember answered parts; a part already there stays."""

lock_for_settle = (
    select(
        delivery.c.id,
        delivery.c.state,
        delivery.c.attempts,
        delivery.c.tries,
        delivery.c.error_code,
        delivery.c.error_tries,
        delivery.c.lane_id,
        delivery.c.position,
        delivery.c.destination,
        delivery.c.route,
        delivery.c.snapshot,
        delivery.c.snapshot_status,
    )
    .where(among(delivery.c.id, "ids"))
    .order_by(delivery.c.id)
    .with_for_update(of=delivery)
)
settle_deliveries = Many(
    update(delivery)
    .where(
        delivery.c.id == bindparam("b_id"),
        delivery.c.attempts == bindparam("b_fence"),
        delivery.c.state == S.DELIVERING,
    )
    .values(
        state=bindparam("n_state"),
        in_lane=bindparam("n_in_lane"),
        tries=bindparam("n_tries"),
        error_tries=bindparam("n_error_tries"),
        next_attempt_at=bindparam("n_next"),
        lease_until=None,
        error_class=bindparam("n_class"),
        error_code=bindparam("n_code"),
        error_vi=bindparam("n_vi"),
        error_en=bindparam("n_en"),
        error_field=bindparam("n_field"),
        delivered_at=bindparam("n_delivered"),
        changed_at=bindparam("now"),
    )
)
"""The fence stands in the WHERE: a worker that lost its lease changes nothing."""

end_attempts = Many(
    update(attempt)
    .where(attempt.c.delivery_id == bindparam("b_id"), attempt.c.number == bindparam("b_fence"))
    .values(
        ended_at=bindparam("n_ended"),
        outcome=bindparam("n_outcome"),
        error_class=bindparam("n_class"),
        error_code=bindparam("n_code"),
        error_vi=bindparam("n_vi"),
        error_en=bindparam("n_en"),
        answer_digest=bindparam("n_digest"),
        answer=bindparam("n_answer"),
        answer_key_id=bindparam("n_answer_key"),
        facts=bindparam("n_facts"),
        warnings=bindparam("n_warnings"),
    )
)

_other = delivery.alias("other")
_first = delivery.alias("first")
_promotable = and_(
    delivery.c.in_lane,
    delivery.c.state == S.HELD,
    ~exists().where(_other.c.lane_id == delivery.c.lane_id, _other.c.in_lane, _other.c.state != S.HELD),
    delivery.c.position
    == select(func.min(_first.c.position))
    .where(_first.c.lane_id == delivery.c.lane_id, _first.c.in_lane, _first.c.state == S.HELD)
    .scalar_subquery(),
)
next_of_lanes = (
    select(delivery.c.id, delivery.c.destination, lane.c.clear_at)
    .join(lane, lane.c.id == delivery.c.lane_id)
    .where(among(delivery.c.lane_id, "lanes", numbers=True), _promotable)
)
"""The smallest held position of each free lane. A statement of its own, after the settling one: the same statement
would see an old snapshot, and promotions would be lost (tried)."""

orphans = (
    select(delivery.c.id, delivery.c.destination, lane.c.clear_at)
    .join(lane, lane.c.id == delivery.c.lane_id)
    .where(_promotable)
)
promote = (
    update(delivery)
    .where(among(delivery.c.id, "ids"), delivery.c.state == S.HELD)
    .values(state=S.PENDING, changed_at=bindparam("now"))
)

under_way = select(
    delivery.c.id,
    delivery.c.attempts,
    delivery.c.destination,
    delivery.c.operation,
    delivery.c.route,
    delivery.c.tries,
    delivery.c.changed_at,
    delivery.c.lease_until,
).where(delivery.c.state == S.DELIVERING, delivery.c.state.in_(sorted(OPEN)))
"""The second condition is what lets both engines use the partial index."""

insert_audit = Many(insert(audit), _columns(audit, "seq"))

delivery_for_operation = select(delivery).where(delivery.c.id == bindparam("b_id")).with_for_update()
cancel = (
    update(delivery)
    .where(delivery.c.id == bindparam("b_id"))
    .values(state=S.CANCELLED, in_lane=False, next_attempt_at=None, changed_at=bindparam("now"))
)
mark_replaced = (
    update(delivery)
    .where(delivery.c.id == bindparam("b_id"), delivery.c.replaced_by.is_(None))
    .values(replaced_by=bindparam("n_by"), in_lane=False, changed_at=bindparam("now"))
)
