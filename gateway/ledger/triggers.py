"""Triggers that keep `attempt` and `audit` append-only, for both engines; used by the migrations and by tests."""

from __future__ import annotations

SQLITE_TRIGGERS = (
    "CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'audit only grows'); END",
    "CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'audit only grows'); END",
    """CREATE TRIGGER attempt_ended_is_final BEFORE UPDATE ON attempt WHEN OLD.ended_at IS NOT NULL
       BEGIN SELECT RAISE(ABORT, 'an ended attempt is final'); END""",
    "CREATE TRIGGER attempt_no_delete BEFORE DELETE ON attempt BEGIN SELECT RAISE(ABORT, 'attempts only grow'); END",
)

POSTGRESQL_TRIGGERS = (
    """CREATE FUNCTION lienthong_refuse() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN RAISE EXCEPTION '% only grows', TG_TABLE_NAME; END $$""",
    """CREATE TRIGGER audit_no_change BEFORE UPDATE OR DELETE ON audit
       FOR EACH ROW EXECUTE FUNCTION lienthong_refuse()""",
    """CREATE TRIGGER attempt_ended_is_final BEFORE UPDATE ON attempt
       FOR EACH ROW WHEN (OLD.ended_at IS NOT NULL) EXECUTE FUNCTION lienthong_refuse()""",
    "CREATE TRIGGER attempt_no_delete BEFORE DELETE ON attempt FOR EACH ROW EXECUTE FUNCTION lienthong_refuse()",
)


def triggers(dialect: str) -> tuple[str, ...]:
    """The statements for `sqlite` or `postgresql`."""
    return SQLITE_TRIGGERS if dialect == "sqlite" else POSTGRESQL_TRIGGERS
