"""All tables of the ledger: whoever takes `metadata` from here has those of every area."""

from gateway.ledger.alerts import tables as alerts
from gateway.ledger.tables import metadata

__all__ = ["alerts", "metadata"]
