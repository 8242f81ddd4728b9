"""Texts of the log may go below a bound that the audit tells of; an audit row goes with its entry, and only so."""

import sqlalchemy as sa
from alembic import op

from gateway.ledger.types import BigKey, UtcDateTime

revision = "0019"
down_revision = "0018"

_GUARDS = {
    "sqlite": (
        "DROP TRIGGER entry_no_update",
        """CREATE TRIGGER entry_no_update BEFORE UPDATE ON entry
           WHEN NOT (OLD.retired_at IS NULL AND NEW.retired_at IS NOT NULL AND NEW.leaf = x''
                     AND NEW.position = OLD.position AND NEW.kind = OLD.kind AND NEW.ref = OLD.ref
                     AND OLD.position < COALESCE((SELECT upto FROM retired ORDER BY audit_seq DESC LIMIT 1), 0))
           BEGIN SELECT RAISE(ABORT, 'entry only grows'); END""",
        "DROP TRIGGER audit_no_delete",
        """CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit
           WHEN NOT EXISTS (SELECT 1 FROM entry WHERE ref = 'audit/' || OLD.seq AND retired_at IS NOT NULL)
           BEGIN SELECT RAISE(ABORT, 'audit only grows'); END""",
        """CREATE TRIGGER retired_no_update BEFORE UPDATE ON retired
           BEGIN SELECT RAISE(ABORT, 'retired only grows'); END""",
        """CREATE TRIGGER retired_no_delete BEFORE DELETE ON retired
           BEGIN SELECT RAISE(ABORT, 'retired only grows'); END""",
    ),
    "postgresql": (
        "DROP TRIGGER entry_no_change ON entry",
        """CREATE FUNCTION lienthong_only_retired() RETURNS trigger LANGUAGE plpgsql AS
           $$ BEGIN
             IF OLD.retired_at IS NULL AND NEW.retired_at IS NOT NULL AND NEW.leaf = ''::bytea
                AND NEW.position = OLD.position AND NEW.kind = OLD.kind AND NEW.ref = OLD.ref
                AND OLD.position < COALESCE((SELECT upto FROM retired ORDER BY audit_seq DESC LIMIT 1), 0) THEN
               RETURN NEW;
             END IF;
             RAISE EXCEPTION '% only grows', TG_TABLE_NAME;
           END $$""",
        """CREATE TRIGGER entry_no_update BEFORE UPDATE ON entry
           FOR EACH ROW EXECUTE FUNCTION lienthong_only_retired()""",
        "CREATE TRIGGER entry_no_delete BEFORE DELETE ON entry FOR EACH ROW EXECUTE FUNCTION lienthong_refuse()",
        "DROP TRIGGER audit_no_change ON audit",
        """CREATE FUNCTION lienthong_with_its_entry() RETURNS trigger LANGUAGE plpgsql AS
           $$ BEGIN
             IF EXISTS (SELECT 1 FROM entry WHERE ref = 'audit/' || OLD.seq AND retired_at IS NOT NULL) THEN
               RETURN OLD;
             END IF;
             RAISE EXCEPTION '% only grows', TG_TABLE_NAME;
           END $$""",
        "CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit FOR EACH ROW EXECUTE FUNCTION lienthong_refuse()",
        """CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit
           FOR EACH ROW EXECUTE FUNCTION lienthong_with_its_entry()""",
        """CREATE TRIGGER retired_no_change BEFORE UPDATE OR DELETE ON retired
           FOR EACH ROW EXECUTE FUNCTION lienthong_refuse()""",
    ),
}


def upgrade() -> None:
    """A column that is empty until then, two tables, and guards that let this removal through."""
    op.add_column("entry", sa.Column("retired_at", UtcDateTime()))
    op.create_table(
        "retired",
        sa.Column("audit_seq", BigKey, autoincrement=False, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("upto", BigKey, nullable=False),
        sa.PrimaryKeyConstraint("audit_seq"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "kept_entry",
        sa.Column("position", BigKey, autoincrement=False, nullable=False),
        sa.Column("delivery_id", sa.Text()),
        sa.PrimaryKeyConstraint("position"),
        sqlite_with_rowid=False,
    )
    for statement in _GUARDS[op.get_bind().dialect.name]:
        op.execute(statement)
