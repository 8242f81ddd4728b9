"""All tables of the ledger: whoever takes `metadata` from here has those of every area."""

from gateway.ledger.replays import tables as replays
from gateway.ledger.tables import metadata

__all__ = ["metadata", "replays"]
