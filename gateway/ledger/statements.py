"""Every writing statement about messages, lanes and deliveries, named, in the order a message meets them; no logic.

Built once, so that SQLAlchemy compiles each once. Those about attempts are in `gateway.ledger.attempt_statements`.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, delete, insert, literal_column, select, union, update
from sqlalchemy.dialects import postgresql, sqlite

from gateway.ledger.clock import from_now, ledger_now
from gateway.ledger.many import Ask, Many, Together, among, columns, if_new, is_in, stands, written
from gateway.ledger.tables import audit, delivery, lane, message, outbox, tally
from gateway.message import DeliveryState

S = DeliveryState


insert_messages = Many(if_new(message, ["source", "source_id"], [message.c.id, message.c.seq]), columns(message, "seq"))
"""Record messages that are not there yet. Gives back ids and numbers of those that went in, on PostgreSQL."""

recorded_ids = Ask(select(message.c.id, message.c.seq).where(among(message.c.id, "ids")))
"""The same on SQLite, whose driver does not tell for many."""

find_by_source = Ask(
    select(message.c.source, message.c.source_id, message.c.id, message.c.content_hash).where(
        among(message.c.source_id, "ids")
    )
)
"""What stands under these ids, whatever the source; a second statement, for the first misses concurrent ones."""


_NEW_LANE = ["key", "next_position", "accepted_once", "latest_sequence", "latest_time", "step_statuses"]

insert_lanes = Many(if_new(lane, ["key"]), _NEW_LANE)
"""Make the lanes that are not there yet."""

lane_ids = Ask(select(lane.c.key, lane.c.id).where(among(lane.c.key, "keys")))
"""The numbers they got, on SQLite, whose driver does not tell for many."""

_take_lanes = Many(
    postgresql.insert(lane)
    .on_conflict_do_update(index_elements=["key"], set_={"next_position": lane.c.next_position})
    .returning(
        literal_column("(xmax = 0)").label("made"),
        lane.c.id,
        lane.c.key,
        lane.c.next_position,
        lane.c.accepted_once,
        lane.c.clear_at,
        lane.c.latest_sequence,
        lane.c.latest_time,
        lane.c.step_statuses,
        ledger_now().label("now"),
    ),
    _NEW_LANE,
)

insert_messages_and_lanes = Together(
    """SELECT id, seq, NULL::bool, NULL::bigint, NULL::text, NULL::int, NULL::bool, NULL::timestamptz, NULL::bigint,
        NULL::timestamptz, NULL::text, NULL::timestamptz FROM w0 UNION ALL SELECT NULL, NULL, w1.* FROM w1""",
    insert_messages,
    _take_lanes,
)
"""On PostgreSQL, at once: record messages that are not there yet, and take their lanes, made or locked as they stand
(to be changed into what it is locks a row as `FOR UPDATE` does, and gives it back). Ids and numbers of messages that
went in; then all lanes, in the order of `gateway.ledger.places.LaneRow`. A row that no transaction has changed is new:
its `xmax` is 0."""

_lane_now = select(lane, ledger_now().label("now"))

lock_lanes_by_key = Ask(_lane_now.where(among(lane.c.key, "keys")).order_by(lane.c.key).with_for_update())
"""Take the lanes, always in key order, so that two transactions never wait for each other."""

lock_lanes_of_deliveries = Ask(
    _lane_now.where(lane.c.id.in_(select(delivery.c.lane_id).where(among(delivery.c.id, "ids"))))
    .order_by(lane.c.key)
    .with_for_update(of=lane)
)
"""The same, for deliveries about to be settled, replayed or discarded."""

_answered = lane.alias("answered")
lock_lanes_and_answers = Ask(
    _lane_now.where(
        lane.c.id.in_(
            union(
                select(delivery.c.lane_id).where(among(delivery.c.id, "ids")),
                select(_answered.c.id).where(among(_answered.c.key, "keys")),
            )
        )
    )
    .order_by(lane.c.key)
    .with_for_update(of=lane)
)
"""The same, with the lanes that answers will go into. Two processes, each settling answers of the other's besides,
would else lock their own first and then wait for each other (tried: a deadlock for every 50 dossiers)."""

_member = select(
    delivery.c.id,
    delivery.c.lane_id,
    delivery.c.state,
    delivery.c.position,
    delivery.c.route,
    delivery.c.in_lane,
    delivery.c.snapshot,
    delivery.c.snapshot_status,
)
lane_members = Ask(
    _member.where(
        among(delivery.c.lane_id, "lanes", numbers=True),
        delivery.c.in_lane,
        (delivery.c.state != written(S.HELD)) | delivery.c.snapshot,
    )
    .order_by(delivery.c.id)
    .with_for_update()
)
"""Who holds these lanes, and which snapshots wait in them (held progress is not needed and may be long). Locked, for
attempts begin without the lane: what is read as pending stays pending until this transaction has ended."""

passed_snapshots = Ask(
    _member.where(
        among(delivery.c.lane_id, "lanes", numbers=True),
        is_in(delivery.c.state, S.DEAD),
        delivery.c.replaced_by.is_(None),
        delivery.c.snapshot,
        ~delivery.c.in_lane,
    )
    .order_by(delivery.c.id)
    .with_for_update()
)
"""Dead snapshots whose lanes went on without them: a newer one makes them needless all the same."""

DELIVERY_COLUMNS = (
    "id", "message_id", "subject", "destination", "operation", "route", "mapping", "lane_id", "position", "in_lane",
    "state", "attempts", "tries", "error_tries", "snapshot", "snapshot_status", "snapshot_sequence", "snapshot_time",
    "delivered_at", "created_at", "changed_at", "replay_of",
)  # fmt: skip
insert_deliveries = Many(insert(delivery), DELIVERY_COLUMNS)
insert_outbox = Many(
    insert(outbox).values(
        delivery_id=bindparam("delivery_id"),
        destination=bindparam("destination"),
        lane_hash=bindparam("lane_hash"),
        due_at=from_now("n_due_in"),
        offered_until=from_now("n_offered_for"),
    )
)

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


def _counted(dialect: str) -> Any:
    made = sqlite.insert(tally) if dialect == "sqlite" else postgresql.insert(tally)
    return made.on_conflict_do_update(
        index_elements=["destination", "state"],
        set_={"count": tally.c.count + made.excluded.count, "last_at": made.excluded.last_at},
    )


count = Many(_counted, columns(tally))
"""Note how many deliveries came to a state, for the board."""

release = Many(update(delivery).where(delivery.c.id == bindparam("b_id")).values(in_lane=False))
"""It no longer holds its lane; its state stays (a refused head passed by a corrected snapshot)."""

take_place = Many(
    update(delivery)
    .where(delivery.c.id == bindparam("b_id"), stands(delivery.c.state, S.HELD))
    .values(state=S.PENDING, position=bindparam("n_position"), changed_at=bindparam("now"))
)
"""A held snapshot becomes pending in the place of the one it supersedes."""

one_due = select(outbox.c.delivery_id).limit(1)

insert_nothing = insert(outbox).values(delivery_id="-", destination="-", lane_hash=0, due_at=ledger_now())
"""A row that is taken back at once: it shows whether the ledger can store."""

drop_outbox = Many(delete(outbox).where(outbox.c.delivery_id == bindparam("b_id")))

_due = (
    select(outbox.c.delivery_id, outbox.c.lane_hash, delivery.c.state)
    .join(delivery, delivery.c.id == outbox.c.delivery_id)
    .where(
        outbox.c.destination == bindparam("b_destination"),
        outbox.c.due_at <= ledger_now(),
        outbox.c.held_for.is_(None),
    )
    .order_by(outbox.c.due_at, outbox.c.delivery_id)
    .limit(bindparam("b_limit"))
)
due_in_outbox = _due
"""The oldest due rows of one destination, whoever offers them."""

due_and_free = _due.where(outbox.c.offered_until.is_(None) | (outbox.c.offered_until <= ledger_now())).with_for_update(
    of=outbox, skip_locked=True
)
"""The same, of what nobody offers; what another sweeper is just taking is passed over."""

next_due = (
    select(outbox.c.due_at, ledger_now().label("now"))
    .where(
        outbox.c.destination == bindparam("b_destination"),
        outbox.c.due_at > ledger_now(),
        outbox.c.held_for.is_(None),
    )
    .order_by(outbox.c.due_at)
    .limit(1)
)

offer = update(outbox).where(among(outbox.c.delivery_id, "ids")).values(offered_until=from_now("n_offered_for"))

waiting_to_pending = (
    update(delivery)
    .where(among(delivery.c.id, "ids"), stands(delivery.c.state, S.WAITING))
    .values(state=S.PENDING, next_attempt_at=None, changed_at=bindparam("now"))
)

_holder = delivery.alias("holder")
_held = delivery.alias("held")
_head = (
    select(_held.c.id)
    .where(_held.c.lane_id == lane.c.id, _held.c.in_lane, stands(_held.c.state, S.HELD))
    .order_by(_held.c.position)
    .limit(1)
    .scalar_subquery()
)
_promotable = (
    select(delivery.c.id, delivery.c.destination, delivery.c.subject, lane.c.clear_at, ledger_now().label("now"))
    .select_from(lane.join(delivery, delivery.c.id == _head))
    .where(
        # Not as `NOT EXISTS`: PostgreSQL would make that a join, and look through all lanes that are held.
        select(_holder.c.id)
        .where(_holder.c.lane_id == lane.c.id, _holder.c.in_lane, _holder.c.state != written(S.HELD))
        .limit(1)
        .scalar_subquery()
        .is_(None)
    )
)
next_of_lanes = Ask(_promotable.where(among(lane.c.id, "lanes", numbers=True)))
"""The smallest held position of each free lane. A statement of its own, after the settling one: the same statement
would see an old snapshot, and promotions would be lost (tried)."""

orphans = _promotable.where(lane.c.id.in_(select(delivery.c.lane_id).where(is_in(delivery.c.state, S.HELD))))
promote = Many(
    update(delivery)
    .where(delivery.c.id == bindparam("b_id"), stands(delivery.c.state, S.HELD))
    .values(state=S.PENDING, changed_at=bindparam("now"))
)

insert_audit = insert(audit).returning(*audit.c)

delivery_for_operation = select(delivery).where(delivery.c.id == bindparam("b_id")).with_for_update()
cancel = (
    update(delivery)
    .where(delivery.c.id == bindparam("b_id"))
    .values(state=S.CANCELLED, in_lane=False, next_attempt_at=None, changed_at=bindparam("now"))
)
newer_snapshot = (
    select(delivery.c.id)
    .join(message, message.c.id == delivery.c.message_id)
    .where(
        message.c.subject == bindparam("b_subject"),
        message.c.seq > select(message.c.seq).where(message.c.id == bindparam("b_message")).scalar_subquery(),
        delivery.c.destination == bindparam("b_destination"),
        delivery.c.route == bindparam("b_route"),
        delivery.c.replaced_by.is_(None),
        is_in(delivery.c.state, S.PENDING, S.DELIVERING, S.WAITING, S.UNCERTAIN, S.DELIVERED),
    )
    .limit(1)
)
"""A later snapshot of the same dossier that has been sent, or is about to be."""

pin_version = update(delivery).where(delivery.c.id == bindparam("b_id")).values(pinned_version=bindparam("n_version"))
"""A replay "as then" goes through the mapping version of what it replaces."""

mark_replaced = (
    update(delivery)
    .where(delivery.c.id == bindparam("b_id"), delivery.c.replaced_by.is_(None))
    .values(replaced_by=bindparam("n_by"), in_lane=False, changed_at=bindparam("now"))
)
