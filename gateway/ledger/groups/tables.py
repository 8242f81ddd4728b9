"""The table of failure groups, and the index by which the deliveries of a group are found."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, Table, Text, text

from gateway.ledger.tables import delivery, metadata
from gateway.ledger.types import BigKey, UtcDateTime
from gateway.message import OPEN, DeliveryState

failure_group = Table(
    "failure_group",
    metadata,
    Column("fingerprint", Text, primary_key=True),
    Column("destination", Text, nullable=False),
    Column("operation", Text, nullable=False),
    Column("error_class", Text, nullable=False),
    Column("error_code", Text, nullable=False),
    Column("error_field", Text),
    Column("vi", Text, nullable=False),
    Column("en", Text, nullable=False),
    Column("first_seen_at", UtcDateTime, nullable=False),
    Column("last_seen_at", UtcDateTime, nullable=False),
    Column("occurrences", BigKey, nullable=False),
    Column("times_opened", Integer, nullable=False),
    Column("opened_at", UtcDateTime),
    Column("closed_at", UtcDateTime),
    Column("empty_since", UtcDateTime),
    Column("owner", Text),
    Column("note", Text),
    Column("name_vi", Text),
    Column("name_en", Text),
    Column("muted_until", UtcDateTime),
    Column("mute_reason", Text),
    sqlite_with_rowid=False,
)
"""One cause of failure: destination, operation, class, code and field. Written with the settlement that brought the
fault. `vi` and `en` are the words of the last one. Never opened: only refusals, after which nothing stands. What people
write (`owner` … `mute_reason`) survives closing and recurrence. How many deliveries stand in it is asked of them."""

Index(
    "failure_group_open",  # the keeper looks at what is open, however many causes there ever were
    failure_group.c.fingerprint,
    postgresql_where=text("opened_at IS NOT NULL AND closed_at IS NULL"),
    sqlite_where=text("opened_at IS NOT NULL AND closed_at IS NULL"),
)
Index("failure_group_opened", failure_group.c.opened_at)  # what opened since somebody last asked
Index("failure_group_closed", failure_group.c.closed_at)  # what closed since

STANDING = " AND ".join(
    [
        "error_code IS NOT NULL",
        "replaced_by IS NULL",
        *(f"state <> '{state}'" for state in sorted(set(DeliveryState) - OPEN - {DeliveryState.DEAD})),
    ]
)
"""A delivery stands in the group of its last fault until it ends or is replaced; the next try under way included."""
Index(
    "delivery_standing",  # the deliveries of a group; a delivery that never failed is not in it
    delivery.c.error_code,
    delivery.c.destination,
    delivery.c.operation,
    delivery.c.error_class,
    delivery.c.error_field,
    delivery.c.state,
    delivery.c.id,
    postgresql_where=text(STANDING),
    sqlite_where=text(STANDING),
)
