"""The ledger's methods about people; see `gateway.ledger.users.port` for what each promises."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select

from gateway.ledger.clock import now
from gateway.ledger.part import LedgerPart
from gateway.ledger.port import AuditEntry, Pending
from gateway.ledger.trail import write_audit
from gateway.ledger.users import statements as sql
from gateway.ledger.users import work
from gateway.ledger.users.port import Session, User, UserChange


class UsersPart(LedgerPart):
    """Part of `SqlLedger`."""

    async def add_user(self, user: User, entry: AuditEntry) -> None:
        await self._operate(entry, lambda c, _: work.add(c, user, entry, now()))

    async def users(self) -> list[User]:
        return await self._read(lambda c: [work.as_user(row) for row in c.execute(sql.everybody)])

    async def user(self, name: str) -> User | None:
        return await self._one_user(sql.by_name, b_name=name)

    async def user_of_subject(self, subject: str) -> User | None:
        return await self._one_user(sql.by_subject, b_subject=subject)

    async def change_user(self, name: str, change: UserChange, entry: AuditEntry) -> User:
        return await self._operate(entry, lambda c, _: work.change(c, name, change, entry, now()))

    async def note_wrong_password(self, name: str, delays: Sequence[timedelta]) -> timedelta | None:
        return await self._write(lambda c, _: work.note_wrong_password(c, name, delays, now()))

    async def open_session(
        self, digest: bytes, name: str, ends_at: datetime, entry: AuditEntry, proof: str | None = None
    ) -> None:
        await self._operate(entry, lambda c, _: work.open_session(c, digest, name, ends_at, entry, now(), proof))

    async def session(self, digest: bytes) -> Session | None:
        return await self._read(lambda c: work.session(c, digest, now()))

    async def touch_session(self, digest: bytes) -> None:
        await self._write(lambda c, _: c.execute(sql.touch, {"b_digest": digest, "n_now": now()}))

    async def end_session(self, digest: bytes, entry: AuditEntry | None = None) -> None:
        def end(connection: Connection, _: list[Pending]) -> None:
            if connection.execute(sql.end, {"b_digest": digest}).rowcount and entry is not None:
                write_audit(connection, entry, now())

        await self._write(end)

    async def end_sessions(self, name: str, entry: AuditEntry) -> int:
        return await self._operate(entry, lambda c, _: work.end_sessions(c, name, entry, now()))

    async def _one_user(self, statement: Select[Any], **values: str) -> User | None:
        row = await self._read(lambda c: c.execute(statement, values).first())
        return work.as_user(row) if row is not None else None
