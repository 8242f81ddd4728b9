"""Views of lists that people saved under a name."""

import sqlalchemy as sa
from alembic import op

from gateway.ledger.types import UtcDateTime

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    """A new table; nothing that is there changes."""
    op.create_table(
        "saved_view",
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("saved_by", sa.Text(), nullable=False),
        sa.Column("saved_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("owner", "kind", "name"),
        sqlite_with_rowid=False,
    )
