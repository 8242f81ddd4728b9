"""Facts of dossiers, their sums by day and unit, how far they are counted, and the register of services."""

import sqlalchemy as sa
from alembic import op

from gateway.ledger.types import BigKey, UtcDateTime

revision = "0015"
down_revision = "0014"

_COUNTS = (
    "received", "online", "online_by_account", "fee_bearing", "paid_online", "paid_declared", "digitised", "reusable",
    "reused", "synchronised", "finished", "judged", "in_time", "results", "electronic_results", "working_seconds",
)  # fmt: skip


def upgrade() -> None:
    """New tables; nothing that is there changes. What was accepted before is counted from the first message on."""
    _facts()
    op.create_table(
        "indicator_day",
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("procedure", sa.Text(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in _COUNTS),
        sa.PrimaryKeyConstraint("day", "agency", "level", "procedure"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "counting",
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("reached", BigKey, nullable=False),
        sa.Column("unreadable", BigKey, nullable=False),
        sa.Column("redo", sa.Text(), nullable=True),
        sa.Column("counted_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("what"),
        sqlite_with_rowid=False,
    )
    _register()


def _facts() -> None:
    op.create_table(
        "indicator_fact",
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("seq", BigKey, nullable=False),
        sa.Column("sequence", BigKey, nullable=True),
        sa.Column("time", UtcDateTime(), nullable=True),
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("procedure", sa.Text(), nullable=False),
        sa.Column("received_day", sa.Text(), nullable=True),
        sa.Column("finished_day", sa.Text(), nullable=True),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.Column("overdue_from", UtcDateTime(), nullable=True),
        sa.Column("marks", sa.Text(), nullable=False),
        sa.Column("working_seconds", sa.BigInteger(), nullable=False),
        sa.Column("paid", sa.Boolean(), nullable=False),
        sa.Column("synchronised", sa.Boolean(), nullable=False),
        sa.Column("settled", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("subject"),
        sqlite_with_rowid=False,
    )
    for name, column, postgresql, sqlite in (
        ("unsettled", "subject", "NOT settled", "settled = 0"),
        ("received", "received_day", "received_day IS NOT NULL", "received_day IS NOT NULL"),
        ("finished", "finished_day", "finished_day IS NOT NULL", "finished_day IS NOT NULL"),
        ("overdue", "overdue_from", "overdue_from IS NOT NULL", "overdue_from IS NOT NULL"),
    ):
        op.create_index(
            f"indicator_fact_{name}",
            "indicator_fact",
            [column],
            postgresql_where=sa.text(postgresql),
            sqlite_where=sa.text(sqlite),
        )


def _register() -> None:
    texts = ("name", "agency", "contact_email", "contact_phone", "scheme", "grade")
    days = ("approved_on", "set_up_on", "notified_on", "tried_on", "offered_on", "connected_on")
    op.create_table(
        "service",
        sa.Column("procedure", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in texts),
        *(sa.Column(name, sa.Boolean(), nullable=False) for name in ("eligible", "fee_bearing", "online_payment")),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("forms", "reusable", "cause")),
        *(sa.Column(name, sa.Text(), nullable=True) for name in days),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("level IN ('province', 'district', 'commune')", name="service_level"),
        sa.CheckConstraint("grade IN ('full', 'partial', 'information')", name="service_grade"),
        sa.PrimaryKeyConstraint("procedure", "level"),
        sqlite_with_rowid=False,
    )
