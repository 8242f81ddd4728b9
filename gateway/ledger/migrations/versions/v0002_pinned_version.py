"""A replay "as then" names the mapping version it must go through."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Existing deliveries go through the version in force, as before."""
    op.add_column("delivery", sa.Column("pinned_version", sa.Text(), nullable=True))
