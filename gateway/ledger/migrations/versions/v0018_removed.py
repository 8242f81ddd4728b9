"""What the balance sheet counted of rows that are removed; attempts go with their delivery, and only so."""

import sqlalchemy as sa
from alembic import op

from gateway.ledger.types import BigKey

revision = "0018"
down_revision = "0017"

_SHREDDED = sa.text("key_id = 'shredded'")
_WITH_ITS_DELIVERY = {
    "sqlite": (
        "DROP TRIGGER attempt_no_delete",
        """CREATE TRIGGER attempt_no_delete BEFORE DELETE ON attempt
           WHEN EXISTS (SELECT 1 FROM delivery WHERE id = OLD.delivery_id)
           BEGIN SELECT RAISE(ABORT, 'attempts only grow'); END""",
    ),
    "postgresql": (
        "DROP TRIGGER attempt_no_delete ON attempt",
        """CREATE FUNCTION lienthong_refuse_alone() RETURNS trigger LANGUAGE plpgsql AS
           $$ BEGIN
             IF EXISTS (SELECT 1 FROM delivery WHERE id = OLD.delivery_id) THEN
               RAISE EXCEPTION '% only grows', TG_TABLE_NAME;
             END IF;
             RETURN OLD;
           END $$""",
        """CREATE TRIGGER attempt_no_delete BEFORE DELETE ON attempt
           FOR EACH ROW EXECUTE FUNCTION lienthong_refuse_alone()""",
    ),
}


def upgrade() -> None:
    """A new table, an index of what is shredded, and a trigger that lets attempts go after their delivery."""
    op.create_table(
        "removed",
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("destination", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("count", BigKey, nullable=False),
        sa.PrimaryKeyConstraint("day", "destination", "type", "state"),
        sqlite_with_rowid=False,
    )
    op.create_index("message_shredded", "message", ["accepted_at"], postgresql_where=_SHREDDED, sqlite_where=_SHREDDED)
    for statement in _WITH_ITS_DELIVERY[op.get_bind().dialect.name]:
        op.execute(statement)
