"""Every statement about attempts, in order: read a pack, begin, answer in parts, settle, recover; no logic."""

from __future__ import annotations

from sqlalchemy import and_, bindparam, func, insert, select, update

from gateway.ledger.clock import from_now, ledger_now
from gateway.ledger.many import Ask, AtOnce, Many, among, columns, if_new, is_in, stands
from gateway.ledger.tables import attempt, checkpoint, delivery, lane, message
from gateway.message import DeliveryState

S = DeliveryState

read_pack = Ask(
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
        delivery.c.pinned_version,
        lane.c.accepted_once,
        and_(~lane.c.accepted_once, lane.c.clear_at.is_(None)).label("first_contact"),
        message.c.type,
        message.c.subject,
        message.c.source,
        message.c.source_id,
        message.c.client,
        message.c.correlation_id,
        message.c.causation_id,
        message.c.traceparent,
        message.c.accepted_at,
        message.c.body,
        message.c.body_form,
        message.c.key_id,
        message.c.wrapped_key,
    )
    .select_from(
        delivery.join(message, message.c.id == delivery.c.message_id).outerjoin(lane, lane.c.id == delivery.c.lane_id)
    )
    .where(among(delivery.c.id, "ids"), stands(delivery.c.state, S.PENDING))
)

answered_parts = select(checkpoint.c.delivery_id, checkpoint.c.part, checkpoint.c.attempt).where(
    among(checkpoint.c.delivery_id, "ids")
)
last_unclear_attempt = (
    select(attempt.c.delivery_id, func.max(attempt.c.number))
    .where(among(attempt.c.delivery_id, "ids"), attempt.c.error_class == "uncertain")
    .group_by(attempt.c.delivery_id)
)

pending_attempts = Ask(
    select(delivery.c.id, delivery.c.attempts).where(among(delivery.c.id, "ids"), stands(delivery.c.state, S.PENDING))
)
begin_deliveries = Many(
    update(delivery)
    .where(delivery.c.id == bindparam("delivery_id"), stands(delivery.c.state, S.PENDING))
    .values(
        state=S.DELIVERING,
        attempts=bindparam("number"),
        lease_until=from_now("n_lease"),
        mapping_version=bindparam("n_version"),
        next_attempt_at=None,
        changed_at=bindparam("started_at"),
    )
)
insert_attempts = Many(insert(attempt), ["delivery_id", "number", "started_at", "keys", "request_digest", "may_repeat"])

begin_attempts = AtOnce(
    """WITH begun AS (
        UPDATE delivery
        SET state = 'delivering', attempts = u.number, mapping_version = u.n_version, next_attempt_at = NULL,
            lease_until = statement_timestamp() + make_interval(secs => u.n_lease), changed_at = u.started_at
        FROM {rows}
        WHERE delivery.id = u.delivery_id AND delivery.attempts = u.number - 1
            AND COALESCE(delivery.state, '') = 'pending'
        RETURNING u.*
    ),
    attempts AS (
        INSERT INTO attempt (delivery_id, number, started_at, keys, request_digest, may_repeat)
        SELECT delivery_id, number, started_at, keys, request_digest, may_repeat FROM begun
    ),
    gone AS (DELETE FROM outbox USING begun WHERE outbox.delivery_id = begun.delivery_id)
    SELECT delivery_id FROM begun""",
    delivery_id="text", number="int", n_lease="float8", n_version="text", started_at="timestamptz", keys="jsonb",
    request_digest="bytea", may_repeat="bool",
)  # fmt: skip
"""The same on PostgreSQL, the three at once; gives back the ids of what began."""

insert_checkpoints = Many(if_new(checkpoint, ["delivery_id", "part"]), columns(checkpoint))
"""Remember answered parts; a part already there stays."""

lock_for_settle = Ask(
    select(
        delivery.c.id,
        delivery.c.state,
        delivery.c.attempts,
        delivery.c.tries,
        delivery.c.error_code,
        delivery.c.error_tries,
        delivery.c.lane_id,
        delivery.c.position,
        delivery.c.subject,
        delivery.c.destination,
        delivery.c.operation,
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
        stands(delivery.c.state, S.DELIVERING),
    )
    .values(
        state=bindparam("n_state"),
        in_lane=bindparam("n_in_lane"),
        tries=bindparam("n_tries"),
        error_tries=bindparam("n_error_tries"),
        next_attempt_at=from_now("n_due_in"),
        lease_until=None,
        error_class=bindparam("n_class"),
        error_code=bindparam("n_code"),
        error_vi=bindparam("n_vi"),
        error_en=bindparam("n_en"),
        error_field=bindparam("n_field"),
        delivered_at=bindparam("n_delivered"),
        changed_at=bindparam("n_at"),
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

under_way = select(
    delivery.c.id,
    delivery.c.attempts,
    delivery.c.destination,
    delivery.c.operation,
    delivery.c.route,
    delivery.c.tries,
    delivery.c.changed_at,
    delivery.c.message_id,
    message.c.correlation_id,
).where(is_in(delivery.c.state, S.DELIVERING), message.c.id == delivery.c.message_id)
lease_ended = under_way.where(delivery.c.lease_until < ledger_now())
