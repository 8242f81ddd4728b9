"""A ledger with many messages in it: what a first run left there, copied so many times under other names.

The copies have the shape of what the gateway itself wrote (every table, every state it left), older ids, dossiers of
their own, and bodies that no longer open, which nobody asks for in a final state.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Column, Connection, Table, case, func, insert, literal, select, text

from gateway.bench.dossiers import DAY
from gateway.ledger.storage.opening import open_storage
from gateway.ledger.storage.port import Storage
from gateway.ledger.tables import attempt, delivery, lane, message

_COPIES_AT_ONCE = 20
_IDS = ("id", "message_id", "delivery_id", "causation_id", "correlation_id")
_NAMED = ("subject", "key", "source_id")


async def fill(url: str, count: int, template: int, copied: int, tell: Callable[[str], None]) -> int:
    """Copy the first `template` messages until there are about `count`, then let the database look at what it has.

    `copied` says how many copies were made before; gives back how many there are now.
    """
    storage = open_storage(url)
    try:
        there = await storage.read(_count)
        since = copied
        wanted = since + max(0, round((count - there) / template))
        while copied < wanted:
            upto = min(wanted, copied + _COPIES_AT_ONCE)
            await storage.write(lambda c, done=copied, upto=upto: _copy(c, template, done, upto))  # type: ignore[misc]
            copied = upto
            tell(f"{there + (copied - since) * template} / {count}")
        await storage.write(_analyse)
    finally:
        await storage.close()
    return copied


async def stored(url: str) -> int:
    """How many messages there are."""
    storage: Storage = open_storage(url)
    try:
        return await storage.read(_count)
    finally:
        await storage.close()


def _count(connection: Connection) -> int:
    return connection.execute(select(func.count()).select_from(message)).scalar_one()


def _analyse(connection: Connection) -> None:
    connection.execute(text("ANALYZE"))


def _copy(connection: Connection, template: int, since: int, upto: int) -> None:
    """Copies number `since + 1` to `upto` of the first messages, with all that hangs on them."""
    of_template = select(message.c.id).where(message.c.seq <= template)
    deliveries = select(delivery.c.id).where(delivery.c.message_id.in_(of_template))
    lanes = select(delivery.c.lane_id).where(delivery.c.message_id.in_(of_template), delivery.c.lane_id.is_not(None))
    for number in range(since + 1, upto + 1):
        _insert(connection, message, number, message.c.seq <= template, without="seq")
        _insert(connection, lane, number, lane.c.id.in_(lanes))
        _insert(connection, delivery, number, delivery.c.message_id.in_(of_template))
        _insert(connection, attempt, number, attempt.c.delivery_id.in_(deliveries))


def _insert(connection: Connection, table: Table, number: int, which: Any, without: str = "") -> None:
    columns = [column for column in table.columns if column.name != without]
    values = [_renamed(table, column, number).label(column.name) for column in columns]
    connection.execute(insert(table).from_select([column.name for column in columns], select(*values).where(which)))


def _renamed(table: Table, column: Column[Any], number: int) -> Any:
    if (table is lane and column.name == "id") or column.name == "lane_id":
        return column + number * _LANES_APART
    if column.name in _NAMED:
        named = func.replace(column, f"-{DAY}-", f"-{number:06}-")
        return case((column.contains(f"-{DAY}-"), named), else_=_older(column, number))
    return _older(column, number) if column.name in _IDS else column


_LANES_APART = 1_000_000


def _older(column: Column[Any], number: int) -> Any:
    """A UUIDv7 of long ago: its first eight digits are the high part of its time."""
    return literal(f"{number:08x}") + func.substr(column, 9)
