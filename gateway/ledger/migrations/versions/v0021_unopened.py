"""How many messages a rotation had to leave under their old key, because that does not open them."""

import sqlalchemy as sa
from alembic import op

from gateway.ledger.types import BigKey

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    """A count that begins at none."""
    op.add_column("rewrapping", sa.Column("unopened", BigKey, nullable=False, server_default="0"))
