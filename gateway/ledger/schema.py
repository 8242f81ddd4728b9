"""Every table of the ledger: what migrations are compared with, and what tests make."""

from __future__ import annotations

from gateway.ledger.alerts import tables as _alerts
from gateway.ledger.clients import tables as _clients
from gateway.ledger.doubts import tables as _doubts
from gateway.ledger.drift import tables as _drift
from gateway.ledger.groups import tables as _groups
from gateway.ledger.indicators import tables as _indicators
from gateway.ledger.keeping import tables as _keeping
from gateway.ledger.payments import tables as _payments
from gateway.ledger.proof import tables as _proof
from gateway.ledger.replays import tables as _replays
from gateway.ledger.saved import tables as _saved
from gateway.ledger.services import tables as _services
from gateway.ledger.sought import tables as _sought
from gateway.ledger.steering import tables as _steering
from gateway.ledger.tables import metadata
from gateway.ledger.users import tables as _users

__all__ = ["AREAS", "metadata"]

AREAS = (
    _alerts,
    _clients,
    _doubts,
    _drift,
    _groups,
    _indicators,
    _keeping,
    _payments,
    _proof,
    _replays,
    _saved,
    _services,
    _sought,
    _steering,
    _users,
)
"""Areas with tables of their own, beside those of `gateway.ledger.tables`."""
