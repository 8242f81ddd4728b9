"""All tables of the ledger: whoever takes `metadata` from here has those of every area."""

from gateway.ledger.doubts import tables as doubts
from gateway.ledger.groups import tables as groups
from gateway.ledger.tables import metadata

__all__ = ["doubts", "groups", "metadata"]
