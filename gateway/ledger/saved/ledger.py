"""The ledger's methods about saved views; see `gateway.ledger.saved.port` for what each promises."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from gateway.errors import NotFoundError, StateError
from gateway.ledger.clock import now
from gateway.ledger.part import LedgerPart
from gateway.ledger.port import AuditEntry
from gateway.ledger.saved import statements as sql
from gateway.ledger.saved.port import MOST_VIEWS, SavedView
from gateway.ledger.trail import write_audit


class SavedPart(LedgerPart):
    """Part of `SqlLedger`."""

    async def saved_views(self, who: str, kind: str) -> Sequence[SavedView]:
        asked = {"b_owner": who, "b_kind": kind}
        return await self._read(lambda c: [SavedView(*row) for row in c.execute(sql.seen_by, asked)])

    async def save_view(self, view: SavedView, entry: AuditEntry) -> None:
        await self._operate(entry, lambda c, _: _save(c, view, entry, now()))

    async def drop_view(self, owner: str, kind: str, name: str, entry: AuditEntry) -> None:
        def drop(connection: Connection) -> None:
            if connection.execute(sql.drop, {"b_owner": owner, "b_kind": kind, "b_name": name}).rowcount == 0:
                raise NotFoundError(f"Không có bộ lọc {name}. / There is no view {name}.")
            write_audit(connection, entry, now())

        await self._operate(entry, lambda c, _: drop(c))


def _save(connection: Connection, view: SavedView, entry: AuditEntry, at: datetime) -> None:
    of = {"b_owner": view.owner, "b_kind": view.kind}
    connection.execute(sql.drop, of | {"b_name": view.name})
    if connection.execute(sql.count, of).scalar_one() >= MOST_VIEWS:
        raise StateError(
            f"Đã có {MOST_VIEWS} bộ lọc; hãy bỏ bớt rồi lưu lại. / There are {MOST_VIEWS} views already; drop "
            "some, then save again."
        )
    row = {"owner": view.owner, "kind": view.kind, "name": view.name, "query": view.query}
    connection.execute(sql.save, row | {"saved_by": entry.actor, "saved_at": at})
    write_audit(connection, entry, at)
