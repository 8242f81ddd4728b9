"""The table of payments."""

from __future__ import annotations

from sqlalchemy import Boolean, CheckConstraint, Column, Index, Table, Text, text

from gateway.ledger.tables import metadata
from gateway.ledger.types import BigKey, UtcDateTime

payment = Table(
    "payment",
    metadata,
    Column("destination", Text, primary_key=True),
    Column("reference", Text, primary_key=True),
    Column("subject", Text, nullable=False),
    Column("delivery_id", Text),
    Column("message_id", Text, nullable=False),
    Column("client", Text, nullable=False),
    Column("correlation_id", Text, nullable=False),
    Column("transaction_time", Text, nullable=False),
    Column("amount", BigKey, nullable=False),
    Column("currency", Text, nullable=False),
    Column("again", Boolean, nullable=False, default=False),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("state", Text, nullable=False),
    Column("page_known", Boolean, nullable=False, default=False),
    Column("watched", Boolean, nullable=False, default=False),
    Column("told_not_opened", Boolean, nullable=False, default=False),
    Column("refund", Boolean, nullable=False, default=False),
    Column("transaction", Text),
    Column("concluded_at", UtcDateTime),
    CheckConstraint("state IN ('open', 'paid', 'failed', 'expired', 'void')", name="payment_state"),
    sqlite_with_rowid=False,
)
"""One attempt to open a payment, by the reference it went out with, written before the first byte. `void`: it provably
never reached the platform; `expired`: watched to the end and not paid. No personal data. `refund`: the dossier was paid
more than once, and this is not the first."""

Index("payment_subject", payment.c.subject, payment.c.destination)  # what else was paid for a dossier
Index(
    "payment_unwatched",  # attempts nobody asks about yet
    payment.c.opened_at,
    postgresql_where=text("state = 'open' AND NOT watched"),
    sqlite_where=text("state = 'open' AND watched = 0"),
)
Index(
    "payment_unopened",  # attempts whose page address is not known, and the sender has not heard so
    payment.c.opened_at,
    postgresql_where=text("state = 'open' AND NOT page_known AND NOT told_not_opened"),
    sqlite_where=text("state = 'open' AND page_known = 0 AND told_not_opened = 0"),
)
Index("payment_day", payment.c.opened_at, payment.c.destination)  # reconciliation and lists
Index(
    "payment_refund",  # what was paid more than once
    payment.c.opened_at,
    postgresql_where=text("refund"),
    sqlite_where=text("refund = 1"),
)
