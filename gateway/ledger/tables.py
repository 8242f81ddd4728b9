"""The tables: constraints and partial indexes, each with the rule it enforces or the query it serves.

Ids of messages and deliveries are UUIDv7, so they sort by time. Rows are only ever written together in one transaction
by `gateway.ledger`, so there are no foreign keys to check on every insert; retention deletes by message.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from gateway.ledger.types import BigKey, UtcDateTime
from gateway.message import ACTIVE, OPEN, DeliveryState

metadata = MetaData()

Json = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


# Never `IN (…)` here: for every row written SQLite would make a table of the list, for the check and for each index.


def _one_of(states: frozenset[DeliveryState]) -> str:
    return " OR ".join(f"state = '{state}'" for state in sorted(states))


def _only(states: frozenset[DeliveryState]) -> str:
    """For a partial index, which SQLite then takes for a statement that says the same.

    Never `state = … OR state = …`: it would take that for any statement that names a state, and look through all that
    is pending to find a few by their ids.
    """
    return " AND ".join(f"state <> '{state}'" for state in sorted(frozenset(DeliveryState) - states))


message = Table(
    "message",
    metadata,
    Column("seq", BigKey, primary_key=True, autoincrement=True),
    Column("id", Text, nullable=False, unique=True),
    Column("source", Text, nullable=False),
    Column("source_id", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("time", UtcDateTime),
    Column("sequence", Text),
    Column("client", Text, nullable=False),
    Column("accepted_at", UtcDateTime, nullable=False),
    Column("causation_id", Text),
    Column("correlation_id", Text, nullable=False),
    Column("traceparent", Text),
    Column("content_hash", LargeBinary, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("body_form", Text, nullable=False),
    Column("key_id", Text, nullable=False),
    Column("wrapped_key", LargeBinary, nullable=False),
    Column("warnings", Json),
    Column("destinations", Text, nullable=False),
    Column("sought", LargeBinary),
    UniqueConstraint("source_id", "source", name="message_once"),  # a repeat is recognised, whatever races
    CheckConstraint("body_form IN ('event', 'data')", name="message_body_form"),
)
"""What a sender told us; immutable. `body` is sealed from the first day (`gateway.security.seal`). `destinations` names
who is owed it, a word per obligation: what was accepted is thus known without asking the deliveries (P2). `sought`: the
keyed hashes it is found by (`gateway.ledger.sought`); NULL where nobody has looked yet."""

Index("message_subject", message.c.subject, message.c.seq)  # the dossier passport
Index("message_day", message.c.accepted_at, message.c.destinations)  # what was accepted, of one day or ever
Index(
    "message_causation",
    message.c.causation_id,
    postgresql_where=text("causation_id IS NOT NULL"),
    sqlite_where=text("causation_id IS NOT NULL"),
)  # replies of a message

Index(
    "message_never_hashed",  # what was recorded before there were search keys
    message.c.seq,
    postgresql_where=text("sought IS NULL"),
    sqlite_where=text("sought IS NULL"),
)

lane = Table(
    "lane",
    metadata,
    Column("id", BigKey, primary_key=True, autoincrement=True),
    Column("key", Text, nullable=False, unique=True),
    Column("next_position", Integer, nullable=False, default=1),
    Column("accepted_once", Boolean, nullable=False, default=False),
    Column("clear_at", UtcDateTime),
    Column("latest_sequence", BigKey),
    Column("latest_time", UtcDateTime),
    Column("step_statuses", Text, nullable=False, default=""),
)
"""One row per (destination, subject): the lock under which positions are given and heads promoted."""

delivery = Table(
    "delivery",
    metadata,
    Column("id", Text, primary_key=True),
    Column("message_id", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("destination", Text, nullable=False),
    Column("operation", Text, nullable=False),
    Column("route", Text, nullable=False),
    Column("mapping", Text),
    Column("mapping_version", Text),
    Column("pinned_version", Text),
    Column("lane_id", BigKey),
    Column("position", Integer),
    Column("in_lane", Boolean, nullable=False, default=False),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("tries", Integer, nullable=False, default=0),
    Column("error_tries", Integer, nullable=False, default=0),
    Column("next_attempt_at", UtcDateTime),
    Column("lease_until", UtcDateTime),
    Column("snapshot", Boolean, nullable=False, default=False),
    Column("snapshot_status", Text),
    Column("snapshot_sequence", BigKey),
    Column("snapshot_time", UtcDateTime),
    Column("error_class", Text),
    Column("error_code", Text),
    Column("error_vi", Text),
    Column("error_en", Text),
    Column("error_field", Text),
    Column("delivered_at", UtcDateTime),
    Column("created_at", UtcDateTime, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    Column("replay_of", Text),
    Column("replaced_by", Text),
    CheckConstraint(_one_of(frozenset(DeliveryState)), name="delivery_state"),
    CheckConstraint("(lane_id IS NULL) = (position IS NULL)", name="delivery_position"),
    sqlite_with_rowid=False,
)
"""One message's way to one destination: has the state. `attempts` is the fence, `tries` what the schedule counts.
`mapping_version` is what the last attempt went through, `pinned_version` what a replay "as then" must go through."""

Index("delivery_message", delivery.c.message_id)
Index(
    "delivery_one_active",  # safety net of P3: at most one active delivery per lane
    delivery.c.lane_id,
    unique=True,
    postgresql_where=text(f"lane_id IS NOT NULL AND {_only(ACTIVE)}"),
    sqlite_where=text(f"lane_id IS NOT NULL AND {_only(ACTIVE)}"),
)
Index(
    "delivery_in_lane",  # who holds a lane, and who is next
    delivery.c.lane_id,
    delivery.c.position,
    postgresql_where=text("in_lane"),
    sqlite_where=text("in_lane = 1"),
)
Index(
    "delivery_dead_snapshot",  # dead snapshots that a newer one makes needless, whether or not they hold their lane
    delivery.c.lane_id,
    postgresql_where=text("state = 'dead' AND replaced_by IS NULL AND snapshot"),
    sqlite_where=text("state = 'dead' AND replaced_by IS NULL AND snapshot = 1"),
)
Index(
    "delivery_open",  # board and lists of what is open, lanes that wait, recovery of what a crash left
    delivery.c.state,
    delivery.c.destination,
    delivery.c.lane_id,
    delivery.c.id,
    postgresql_where=text(_only(OPEN)),
    sqlite_where=text(_only(OPEN)),
)
Index(
    "delivery_dead",  # dead letters, newest last
    delivery.c.id,
    delivery.c.destination,
    postgresql_where=text("state = 'dead' AND replaced_by IS NULL"),
    sqlite_where=text("state = 'dead' AND replaced_by IS NULL"),
)

tally = Table(
    "tally",
    metadata,
    Column("destination", Text, primary_key=True),
    Column("state", Text, primary_key=True),
    Column("count", BigKey, nullable=False),
    Column("last_at", UtcDateTime, nullable=False),
    sqlite_with_rowid=False,
)
"""How often deliveries came to a state by ending or failing, and when last. A final state is never left, so its count
is how many are in it: the board reads that instead of counting rows. The balance counts rows and never looks here."""

attempt = Table(
    "attempt",
    metadata,
    Column("delivery_id", Text, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("keys", Json),
    Column("request_digest", LargeBinary),
    Column("may_repeat", Boolean, nullable=False, default=False),
    Column("ended_at", UtcDateTime),
    Column("outcome", Text),
    Column("error_class", Text),
    Column("error_code", Text),
    Column("error_vi", Text),
    Column("error_en", Text),
    Column("answer_digest", LargeBinary),
    Column("answer", LargeBinary),
    Column("answer_key_id", Text),
    Column("facts", Json),
    Column("warnings", Json),
    sqlite_with_rowid=False,
)
"""One try. Begun before a byte is sent, ended once; never changed afterwards (trigger)."""

checkpoint = Table(
    "checkpoint",
    metadata,
    Column("delivery_id", Text, primary_key=True),
    Column("part", Text, primary_key=True),
    Column("attempt", Integer, nullable=False),
    Column("answered_at", UtcDateTime, nullable=False),
    Column("answer_digest", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)
"""Parts of a document that were answered (chunks of progress steps): a retry starts after them."""

outbox = Table(
    "outbox",
    metadata,
    Column("delivery_id", Text, primary_key=True),
    Column("destination", Text, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("lane_hash", Integer, nullable=False, default=0, server_default="0"),
    Column("offered_until", UtcDateTime),
    Column("held_for", Text),
    sqlite_with_rowid=False,
)
"""Deliveries to be offered to the broker when due; a row goes when its attempt begins. `lane_hash` spreads a
destination over partitions. `offered_until`: somebody has put it on the broker, so nobody else does before then.
`held_for`: the agency whose mode is `hold`; it is not offered while that stands."""

Index(
    "outbox_due",  # without what is held back: a province's backlog of that must cost nobody a look
    outbox.c.destination,
    outbox.c.due_at,
    postgresql_where=text("held_for IS NULL"),
    sqlite_where=text("held_for IS NULL"),
)
Index(
    "outbox_held_for",
    outbox.c.destination,
    outbox.c.held_for,
    postgresql_where=text("held_for IS NOT NULL"),
    sqlite_where=text("held_for IS NOT NULL"),
)

lease = Table(
    "lease",
    metadata,
    Column("name", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("until", UtcDateTime, nullable=False),
    sqlite_with_rowid=False,
)
"""Work that only one process may do at a time, and who does it until when."""

destination = Table(
    "destination",
    metadata,
    Column("name", Text, primary_key=True),
    Column("closed_until", UtcDateTime, nullable=False),
    Column("reason", Text, nullable=False),
    Column("closed_by", Text),
    Column("closed_since", UtcDateTime),
    Column("closed_vi", Text),
    Column("closed_en", Text),
    Column("paused_at", UtcDateTime),
    Column("paused_by", Text),
    Column("pause_reason", Text),
    Column("probe_id", Text),
    Column("probe_taken_at", UtcDateTime),
    Column("probe_ended_at", UtcDateTime),
    Column("probe_ok", Boolean),
    Column("probe_code", Text),
    Column("probe_vi", Text),
    Column("probe_en", Text),
    sqlite_with_rowid=False,
)
"""How each destination is steered. What processes found: nothing goes there before `closed_until`, by a `breaker` or by
the `target`'s own wish (`closed_by`). What a person wants: a pause, which lasts until it is taken back, and the last
probe asked for, which one process takes and answers."""

audit = Table(
    "audit",
    metadata,
    Column("seq", BigKey, primary_key=True, autoincrement=True),
    Column("at", UtcDateTime, nullable=False),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("ok", Boolean, nullable=False),
    Column("reason", Text, nullable=False),
    Column("details", Json),
)
"""Who did what, why, and what changed, failed actions included; only grows (trigger)."""
