"""The log that proves: unchained entries, the log itself, its tiles, and a signed checkpoint a day."""

import sqlalchemy as sa
from alembic import op

from gateway.ledger.types import BigKey, UtcDateTime

revision = "0012"
down_revision = "0011"

_ONLY_GROWS = {
    "sqlite": (
        "CREATE TRIGGER entry_no_update BEFORE UPDATE ON entry BEGIN SELECT RAISE(ABORT, 'entry only grows'); END",
        "CREATE TRIGGER entry_no_delete BEFORE DELETE ON entry BEGIN SELECT RAISE(ABORT, 'entry only grows'); END",
    ),
    "postgresql": (
        """CREATE TRIGGER entry_no_change BEFORE UPDATE OR DELETE ON entry
           FOR EACH ROW EXECUTE FUNCTION lienthong_refuse()""",
        # A table that is filled and emptied all day: swept by numbers, at once, like the outbox.
        "ALTER TABLE unchained SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000)",
        "ALTER TABLE unchained SET (autovacuum_vacuum_cost_delay = 0)",
        "ALTER TABLE unchained ALTER COLUMN leaf SET STORAGE PLAIN",
        "ALTER TABLE tile ALTER COLUMN hashes SET STORAGE EXTERNAL",
    ),
}


def upgrade() -> None:
    """New tables; nothing that is there changes. What happened before stays outside the log."""
    op.create_table(
        "unchained",
        sa.Column("seq", BigKey, autoincrement=True, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("leaf", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
    )
    op.create_table(
        "entry",
        sa.Column("position", BigKey, autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("leaf", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("position"),
    )
    op.create_index("entry_ref", "entry", ["ref"])
    only_audit = sa.text("kind = 'audit'")
    op.create_index("entry_audit", "entry", ["position"], postgresql_where=only_audit, sqlite_where=only_audit)
    op.create_table(
        "tile",
        sa.Column("level", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", BigKey, autoincrement=False, nullable=False),
        sa.Column("hashes", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("level", "number"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "sealed_day",
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("size", BigKey, nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("day"),
        sqlite_with_rowid=False,
    )
    for statement in _ONLY_GROWS[op.get_bind().dialect.name]:
        op.execute(statement)
