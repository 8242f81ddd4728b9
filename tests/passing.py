"""Time that passes on the ledger's clock, without waiting for it: everything that is to come comes so much nearer."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import Connection

from gateway.ledger.steering.tables import maintenance
from gateway.ledger.tables import delivery, destination, lane, lease, outbox

_TO_COME = (
    outbox.c.due_at,
    outbox.c.offered_until,
    delivery.c.lease_until,
    delivery.c.next_attempt_at,
    lane.c.clear_at,
    lease.c.until,
    destination.c.closed_until,
    maintenance.c.starts_at,
    maintenance.c.ends_at,
)


async def let_pass(ledger: Any, time: timedelta) -> None:
    """As if the ledger had stood untouched for so long. It may have a tap before it."""

    def work(connection: Connection, _: Any) -> None:
        for column in _TO_COME:
            connection.exec_driver_sql(_earlier(column, connection.dialect.name, time))

    await ledger._write(work)


def _earlier(column: Any, dialect: str, time: timedelta) -> str:
    by = time // timedelta(microseconds=1)
    by_text = f"interval '{by} microseconds'" if dialect == "postgresql" else str(by)
    return f"UPDATE {column.table.name} SET {column.name} = {column.name} - {by_text} WHERE {column.name} IS NOT NULL"
