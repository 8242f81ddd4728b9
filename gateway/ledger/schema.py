"""Every table of the ledger: what migrations are compared with, and what tests make."""

from __future__ import annotations

from gateway.ledger.drift import tables as _drift
from gateway.ledger.proof import tables as _proof
from gateway.ledger.steering import tables as _steering
from gateway.ledger.tables import metadata

__all__ = ["AREAS", "metadata"]

AREAS = (_drift, _proof, _steering)
"""Areas with tables of their own, beside those of `gateway.ledger.tables`."""
