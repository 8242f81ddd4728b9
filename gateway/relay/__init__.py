"""The relay: from the ledger's outbox to the broker, never more than a window at a time."""

from gateway.relay.relay import Relay

__all__ = ["Relay"]
