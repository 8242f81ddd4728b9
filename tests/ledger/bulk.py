"""Many finished messages at once, for measuring: a ledger as it is after months of work.

Each has its dossier, its delivery and one attempt. Bodies are random bytes that no key opens: nobody reads them again.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    Connection,
    Insert,
    Integer,
    Select,
    bindparam,
    column,
    func,
    insert,
    literal,
    literal_column,
    select,
    text,
)
from sqlalchemy.types import LargeBinary, Text

from gateway.ledger.storage.opening import open_storage
from gateway.ledger.tables import attempt, delivery, lane, message
from gateway.ledger.tally import count
from gateway.ledger.types import UtcDateTime
from gateway.message import DeliveryState

_CHUNK = 20_000
_DESTINATION = "national_portal"
_BEGINNING = datetime.fromisoformat("2025-01-02T00:00:00+00:00")
_NUMBER: Any = column("n", Integer())
_AT = bindparam("at", type_=UtcDateTime())


async def store_finished(url: str, number: int, body_bytes: int) -> None:
    """Add so many delivered messages to a migrated ledger that has none of these yet, then analyse it."""
    storage = open_storage(url)
    try:
        for first in range(1, number + 1, _CHUNK):
            last = min(first + _CHUNK - 1, number)
            await storage.write(_chunk(first, last, body_bytes))
        await storage.write(_analyse)
    finally:
        await storage.close()


def _analyse(connection: Connection) -> None:
    connection.execute(text("ANALYZE"))


def _chunk(first: int, last: int, body_bytes: int) -> Callable[[Connection], None]:
    at = _BEGINNING + timedelta(seconds=first)
    values = {"first": first, "last": last, "at": at, "body": os.urandom(body_bytes), "digest": os.urandom(32)}

    def work(connection: Connection) -> None:
        for statement in _statements(connection.dialect.name):
            connection.execute(statement, values)
        count(connection, [(_DESTINATION, DeliveryState.DELIVERED, at)] * (last - first + 1))

    return work


def _statements(dialect: str) -> list[Insert]:
    body, digest = bindparam("body", type_=LargeBinary()), bindparam("digest", type_=LargeBinary())
    message_id, delivery_id = _id(dialect, "8"), _id(dialect, "9")
    subject, key = _text(dialect, "000.00.00.H00-250102-"), _text(dialect, f"{_DESTINATION} 000.00.00.H00-250102-")
    lane_of = select(lane.c.id).where(lane.c.key == key).scalar_subquery()
    return [
        _insert(dialect, message, {
            "id": message_id, "source": "urn:bulk", "source_id": _text(dialect, "bulk-"),
            "type": "vn.lienthong.dossier.recorded.v1", "subject": subject, "time": _AT, "client": "bulk",
            "accepted_at": _AT, "correlation_id": message_id, "content_hash": digest, "body": body, "body_form": "data",
            "key_id": "bulk", "wrapped_key": digest, "destinations": _DESTINATION, "sought": b"",
        }),
        _insert(dialect, lane, {
            "key": key, "next_position": 2, "accepted_once": True, "latest_time": _AT, "step_statuses": "",
        }),
        _insert(dialect, delivery, {
            "id": delivery_id, "message_id": message_id, "subject": subject, "destination": _DESTINATION,
            "operation": "DongBoHoSoMC", "route": "bulk", "mapping_version": "1", "lane_id": lane_of, "position": 1,
            "in_lane": False, "state": "delivered", "attempts": 1, "tries": 1, "error_tries": 0, "snapshot": True,
            "snapshot_status": "received", "delivered_at": _AT, "created_at": _AT, "changed_at": _AT,
        }),
        _insert(dialect, attempt, {
            "delivery_id": delivery_id, "number": 1, "started_at": _AT, "may_repeat": False, "ended_at": _AT,
            "outcome": "delivered", "request_digest": digest, "answer_digest": digest,
        }),
    ]  # fmt: skip


def _insert(dialect: str, table: Any, values: dict[str, Any]) -> Insert:
    numbers = _numbers(dialect).subquery("numbers")
    query = select(*(value if hasattr(value, "label") else literal(value, table.c[name].type)
                     for name, value in values.items())).select_from(numbers)  # fmt: skip
    return insert(table).from_select(list(values), query, include_defaults=False)


def _numbers(dialect: str) -> Select[Any]:
    first, last = bindparam("first", type_=Integer()), bindparam("last", type_=Integer())
    if dialect == "postgresql":
        return select(func.generate_series(first, last).label("n"))
    counting = select(first.label("n")).cte("counting", recursive=True)
    return select(counting.union_all(select(counting.c.n + 1).where(counting.c.n < last)))


def _text(dialect: str, prefix: str) -> Any:
    """The prefix and the number, ten digits long."""
    padded = func.lpad(_NUMBER.cast(Text()), 10, "0") if dialect == "postgresql" else func.printf("%010d", _NUMBER)
    return literal_column(f"'{prefix}'").op("||")(padded)


def _id(dialect: str, kind: str) -> Any:
    """An id older than any that is given now, in order of the numbers."""
    head: Any = literal_column(f"'01900000-0000-7000-{kind}000-'")
    if dialect == "postgresql":
        return head.op("||")(func.lpad(func.to_hex(_NUMBER), 12, "0"))
    return head.op("||")(func.printf("%012x", _NUMBER))
