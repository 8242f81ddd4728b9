"""All tables there are: whoever compares or creates them must have imported every file that defines some."""

from __future__ import annotations

from gateway.ledger.tables import metadata

__all__ = ["metadata"]
