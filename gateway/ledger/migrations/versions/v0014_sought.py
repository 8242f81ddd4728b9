"""Which messages and audit entries are about whom, by keyed hash."""

import sqlalchemy as sa
from alembic import op

from gateway.ledger.types import BigKey

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """New tables, and a column that is filled in the background for what is there already."""
    op.add_column("message", sa.Column("sought", sa.LargeBinary(), nullable=True))
    op.create_index(
        "message_never_hashed",
        "message",
        ["seq"],
        postgresql_where=sa.text("sought IS NULL"),
        sqlite_where=sa.text("sought IS NULL"),
    )
    for name, other in (("sought", "message_seq"), ("seen", "audit_seq")):
        op.create_table(
            name,
            sa.Column("hash", sa.LargeBinary(), nullable=False),
            sa.Column(other, BigKey, autoincrement=False, nullable=False),
            sa.PrimaryKeyConstraint("hash", other),
            sqlite_with_rowid=False,
        )
