"""The ledger's methods about services; see `gateway.ledger.services.port` for what each promises."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, fields
from typing import Any

from sqlalchemy import Connection, bindparam, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from gateway.ledger import clock, trail
from gateway.ledger.many import Many, columns
from gateway.ledger.part import LedgerPart
from gateway.ledger.port import AuditEntry, Pending
from gateway.ledger.services.port import Service
from gateway.ledger.services.tables import service

_KEY = ("procedure", "level")
_all = select(*(service.c[one.name] for one in fields(Service))).order_by(service.c.procedure, service.c.level)
_drop = Many(
    delete(service).where(service.c.procedure == bindparam("b_procedure"), service.c.level == bindparam("b_level"))
)


def _put(dialect: str) -> Any:
    made = (sqlite if dialect == "sqlite" else postgresql).insert(service)
    return made.on_conflict_do_update(
        index_elements=_KEY, set_={name: made.excluded[name] for name in columns(service, *_KEY)}
    )


_put_rows = Many(_put, columns(service))


class ServicePart(LedgerPart):
    """Part of `SqlLedger`."""

    async def services(self) -> list[Service]:
        rows = await self._report(lambda c: c.execute(_all).all())
        return [Service(*row) for row in rows]

    async def put_services(self, rows: Sequence[Service], gone: Sequence[tuple[str, str]], entry: AuditEntry) -> None:
        now = clock.now()

        def work(connection: Connection, _: list[Pending]) -> None:
            _drop.run(connection, [{"b_procedure": procedure, "b_level": level} for procedure, level in gone])
            _put_rows.run(connection, [asdict(row) | {"changed_at": now} for row in rows])
            trail.write_audit(connection, entry, now)

        await self._write(work)
