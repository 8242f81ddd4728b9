"""Ending a delivery that was looked at and not sent: pending -> cancelled, and an attempt row says what was found.

Runs inside a transaction given by the caller. Nothing was under way, so there was no lease; the fence is the attempt
number all the same, and a delivery that has moved on meanwhile is left alone.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from gateway.ledger import statements as ledger_sql
from gateway.ledger.port import Pending
from gateway.ledger.settle import promote
from gateway.ledger.steering import statements as sql
from gateway.ledger.steering.port import Unsent
from gateway.ledger.tally import count
from gateway.message import DeliveryState

OUTCOME = "shadow"


def end_unsent(connection: Connection, end: Unsent, pending: list[Pending], now: datetime) -> bool:
    """False where it is not pending at that attempt any more. The next of its lane goes on."""
    ledger_sql.lock_lanes_of_deliveries.run(connection, {"ids": [end.delivery_id], "now": now})
    row = connection.execute(sql.lock_pending, {"b_id": end.delivery_id}).one_or_none()
    if row is None or row.attempts != end.fence - 1:
        return False
    fault = end.fault
    connection.execute(
        sql.end_unsent,
        {
            "b_id": end.delivery_id, "n_fence": end.fence, "n_at": end.ended_at, "n_version": end.mapping_version,
            "n_class": fault.kind, "n_code": fault.code, "n_vi": fault.vi, "n_en": fault.en,
        },
    )  # fmt: skip
    connection.execute(
        sql.insert_ended_attempt,
        {
            "delivery_id": end.delivery_id, "number": end.fence, "started_at": end.started_at, "keys": None,
            "request_digest": end.request_digest, "may_repeat": False, "ended_at": end.ended_at, "outcome": OUTCOME,
            "error_class": fault.kind, "error_code": fault.code, "error_vi": fault.vi, "error_en": fault.en,
            "facts": dict(end.facts), "warnings": [dict(one) for one in end.warnings] or None,
        },
    )  # fmt: skip
    ledger_sql.drop_outbox.run(connection, [{"b_id": end.delivery_id}])
    count(connection, [(row.destination, DeliveryState.CANCELLED, end.ended_at)])
    if row.lane_id is not None:
        promote(connection, [row.lane_id], now, pending)
    return True
