"""Failure groups by cause, the index of what stands in them, and the questions about uncertain deliveries."""

import sqlalchemy as sa
from alembic import op

from gateway.ledger.types import BigKey, UtcDateTime

revision = "0008"
down_revision = "0007"

_OPEN = "opened_at IS NOT NULL AND closed_at IS NULL"
_STANDING = (
    "error_code IS NOT NULL AND replaced_by IS NULL AND state <> 'cancelled' AND state <> 'delivered' "
    "AND state <> 'refused' AND state <> 'superseded'"
)


def upgrade() -> None:
    """New tables and an index; what failed before has no group until it fails again, or a row below gives it one."""
    op.create_table(
        "failure_group",
        sa.Column("fingerprint", sa.Text(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("destination", "operation", "error_class")),
        sa.Column("error_code", sa.Text(), nullable=False),
        sa.Column("error_field", sa.Text(), nullable=True),
        sa.Column("vi", sa.Text(), nullable=False),
        sa.Column("en", sa.Text(), nullable=False),
        sa.Column("first_seen_at", UtcDateTime(), nullable=False),
        sa.Column("last_seen_at", UtcDateTime(), nullable=False),
        sa.Column("occurrences", BigKey, nullable=False),
        sa.Column("times_opened", sa.Integer(), nullable=False),
        *(sa.Column(name, UtcDateTime(), nullable=True) for name in ("opened_at", "closed_at", "empty_since")),
        *(sa.Column(name, sa.Text(), nullable=True) for name in ("owner", "note", "name_vi", "name_en")),
        sa.Column("muted_until", UtcDateTime(), nullable=True),
        sa.Column("mute_reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("fingerprint"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "failure_group_open",
        "failure_group",
        ["fingerprint"],
        postgresql_where=sa.text(_OPEN),
        sqlite_where=sa.text(_OPEN),
    )
    op.create_index("failure_group_opened", "failure_group", ["opened_at"])
    op.create_index("failure_group_closed", "failure_group", ["closed_at"])
    op.create_index(
        "delivery_standing",
        "delivery",
        ["error_code", "destination", "operation", "error_class", "error_field", "state", "id"],
        postgresql_where=sa.text(_STANDING),
        sqlite_where=sa.text(_STANDING),
    )
    op.create_table(
        "doubt",
        sa.Column("delivery_id", sa.Text(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("next_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("delivery_id"),
        sqlite_with_rowid=False,
    )
    _groups_of_what_stands()


def _groups_of_what_stands() -> None:
    """What failed before and still stands has its group from the first day, open."""
    from gateway.ledger.groups.port import fingerprint_of  # noqa: PLC0415 - its form never changes; only needed here

    connection = op.get_bind()
    cause = "destination, operation, error_class, error_code, error_field"
    rows = connection.execute(
        sa.text(
            f"SELECT {cause}, min(error_vi) AS vi, min(error_en) AS en, min(changed_at) AS first_seen_at, "  # noqa: S608
            f"max(changed_at) AS last_seen_at, count(*) AS occurrences FROM delivery WHERE {_STANDING} GROUP BY {cause}"
        )
    ).all()
    for row in rows:
        values = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's documented access to a row as mapping
        values["fingerprint"] = fingerprint_of(
            row.destination, row.operation, row.error_class, row.error_code, row.error_field
        )
        names = ", ".join(values)
        places = ", ".join(f":{name}" for name in values)
        connection.execute(
            sa.text(
                f"INSERT INTO failure_group ({names}, times_opened, opened_at) "  # noqa: S608 - names of our own
                f"VALUES ({places}, 1, :first_seen_at)"
            ),
            values,
        )
