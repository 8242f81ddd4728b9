"""How PostgreSQL keeps what changes often and what is sealed; nothing for SQLite."""

from alembic import op

revision = "0006"
down_revision = "0005"

_STATEMENTS = (
    # Sealed bytes do not become smaller: trying cost a third of what it costs to store them.
    "ALTER TABLE message ALTER COLUMN body SET STORAGE EXTERNAL",
    "ALTER TABLE attempt ALTER COLUMN answer SET STORAGE EXTERNAL",
    # A dossier fits on a page with its row; beside it, each took three more rows to store and to read.
    "ALTER TABLE message SET (toast_tuple_target = 8160)",
    # Rows that change and whose indexes do not find room for the change on their page, without touching an index.
    "ALTER TABLE lane SET (fillfactor = 80)",
    "ALTER TABLE tally SET (fillfactor = 50)",
    "ALTER TABLE outbox SET (fillfactor = 80)",
    # What is open is a few rows of many, and each leaves its place after seconds: swept up by their number, not by
    # their share of the table, and at once, or the indexes of open ones grow with what has passed through them.
    "ALTER TABLE outbox SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000)",
    "ALTER TABLE outbox SET (autovacuum_vacuum_cost_delay = 0)",
    "ALTER TABLE tally SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000)",
    "ALTER TABLE delivery SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 10000)",
    "ALTER TABLE delivery SET (autovacuum_analyze_scale_factor = 0.05)",
)


def upgrade() -> None:
    """Settings only; rows stay as they are."""
    if op.get_bind().dialect.name == "postgresql":
        for statement in _STATEMENTS:
            op.execute(statement)
