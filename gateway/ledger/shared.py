"""What processes share through the ledger: leases, and who offers which deliveries.

Each function runs inside a transaction given by the caller; `now` as in `gateway.ledger.clock`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, update
from sqlalchemy.dialects import postgresql, sqlite

from gateway.ledger import statements as sql
from gateway.ledger.clock import from_now, ledger_now, seconds_until
from gateway.ledger.many import among
from gateway.ledger.port import Due
from gateway.ledger.tables import lease, outbox
from gateway.message import DeliveryId, DeliveryState

_INSERT: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


def _holding(dialect: str) -> Any:
    made = _INSERT[dialect](lease).values(
        name=bindparam("name"), holder=bindparam("holder"), until=from_now("n_seconds")
    )
    return made.on_conflict_do_update(
        index_elements=["name"],
        set_={"holder": made.excluded.holder, "until": made.excluded.until},
        where=(lease.c.holder == made.excluded.holder) | (lease.c.until <= ledger_now()),
    ).returning(lease.c.holder)


_hold = {dialect: _holding(dialect) for dialect in _INSERT}
_release = delete(lease).where(lease.c.name == bindparam("b_name"), lease.c.holder == bindparam("b_holder"))


_withdraw = update(outbox).where(among(outbox.c.delivery_id, "ids")).values(offered_until=None)


def hold_lease(connection: Connection, name: str, holder: str, seconds: float, now: datetime) -> bool:
    """Take or renew; False while somebody else holds it."""
    asked = {"name": name, "holder": holder, "n_seconds": seconds, "now": now}
    return connection.execute(_hold[connection.dialect.name], asked).first() is not None


def release_lease(connection: Connection, name: str, holder: str) -> None:
    """Give back what is the holder's."""
    connection.execute(_release, {"b_name": name, "b_holder": holder})


def look_due(connection: Connection, name: str, limit: int, now: datetime) -> tuple[list[Any], float | None]:
    """The rows that are due, whoever offers them, and the seconds until the next one will be."""
    wanted = {"b_destination": name, "b_limit": limit, "now": now}
    return list(connection.execute(sql.due_in_outbox, wanted)), _next_due(connection, name, now)


def take_free(
    connection: Connection, name: str, limit: int, offer_for: float, now: datetime
) -> tuple[list[Due], float | None]:
    """What is due and offered by nobody, from now on the caller's; waiting ones become pending."""
    rows = connection.execute(sql.due_and_free, {"b_destination": name, "b_limit": limit, "now": now}).all()
    if rows:
        ids = [row.delivery_id for row in rows]
        connection.execute(sql.offer, {"ids": ids, "n_offered_for": offer_for, "now": now})
        make_pending(connection, rows, now)
    return as_due(rows), _next_due(connection, name, now)


def make_pending(connection: Connection, rows: Sequence[Any], now: datetime) -> None:
    """Whoever has waited long enough is pending."""
    ids = waiting(rows)
    if ids:
        connection.execute(sql.waiting_to_pending, {"ids": ids, "now": now})


def waiting(rows: Sequence[Any]) -> list[str]:
    """Those of these rows that wait."""
    return [row.delivery_id for row in rows if row.state == DeliveryState.WAITING]


def as_due(rows: Sequence[Any]) -> list[Due]:
    """Rows of the outbox as values."""
    return [Due(DeliveryId(row.delivery_id), row.lane_hash) for row in rows]


def _next_due(connection: Connection, name: str, now: datetime) -> float | None:
    row = connection.execute(sql.next_due, {"b_destination": name, "now": now}).first()
    return seconds_until(row.due_at, row.now) if row is not None else None


def withdraw(connection: Connection, ids: Sequence[DeliveryId]) -> None:
    """Nobody offers these any more."""
    connection.execute(_withdraw, {"ids": list(ids)})
