"""The SQL ledger: one statement set for SQLite and PostgreSQL, writes through group commits.

Every method returns after its own commit; what it made pending is told to the relay after that commit.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, TypeVar

import structlog
from sqlalchemy import Connection

from gateway.errors import ConflictError, GatewayError, LedgerUnavailable
from gateway.ledger import attempt_statements as attempt_sql
from gateway.ledger import operate, pages, settle, stored, views
from gateway.ledger import statements as sql
from gateway.ledger.batch import Batcher
from gateway.ledger.pack import read_pack
from gateway.ledger.port import (
    Abandoned,
    AuditEntry,
    Begin,
    DeadMessage,
    NewMessage,
    OnPending,
    Pending,
    Recorded,
    Settlement,
    StoredPage,
)
from gateway.ledger.record import GroupConflictError, record
from gateway.ledger.storage import LostRaceError, open_storage
from gateway.message import DeliveryId, DeliveryState, Work
from gateway.security.seal import KeyRing
from gateway.settings import LedgerSettings

R = TypeVar("R")

log = structlog.get_logger(__name__)


class SqlLedger:
    """`Ledger` on SQLAlchemy Core; see `gateway.ledger.port` for what each method promises."""

    def __init__(self, url: str, ring: KeyRing, settings: LedgerSettings) -> None:
        self._storage = open_storage(url)
        self._ring = ring
        self._listeners: list[OnPending] = []
        self._reports = asyncio.Lock()
        self._flaw: str | None = None
        limits: dict[str, Any] = {"max_batch": settings.max_batch, "linger": settings.linger.total_seconds()}
        self._accepts: Batcher[Sequence[NewMessage], list[Recorded]] = Batcher(
            "accept", self._commit_accepts, weigh=len, **limits
        )
        self._begins: Batcher[Begin, bool] = Batcher("begin", self._commit_begins, **limits)
        self._settles: Batcher[Settlement, bool] = Batcher("settle", self._commit_settles, **limits)

    def on_pending(self, listener: OnPending) -> None:
        self._listeners.append(listener)

    # -- writing ------------------------------------------------------------------------------------------------

    async def accept(self, messages: Sequence[NewMessage]) -> list[Recorded]:
        return await self._accepts.submit(messages)

    async def begin_attempt(self, begin: Begin) -> bool:
        return await self._begins.submit(begin)

    async def settle(self, settlement: Settlement) -> bool:
        return await self._settles.submit(settlement)

    async def checkpoint(self, delivery_id: DeliveryId, part: str, fence: int, answer_digest: bytes) -> None:
        row = {"delivery_id": delivery_id, "part": part, "attempt": fence, "answered_at": _now()}
        row["answer_digest"] = answer_digest
        await self._write(lambda c, _: attempt_sql.insert_checkpoints.run(c, [row]))

    async def take_due(self, destination: str, limit: int, now: datetime) -> tuple[list[DeliveryId], datetime | None]:
        wanted = {"b_destination": destination, "b_limit": limit + 1}
        rows = await self._read(lambda c: c.execute(sql.due_in_outbox, wanted).all())
        due = [row for row in rows if row.due_at <= now][:limit]
        later = next((row.due_at for row in rows if row.due_at > now), None)
        waiting = [row.delivery_id for row in due if row.state == DeliveryState.WAITING]
        if waiting:
            await self._write(lambda c, _: c.execute(sql.waiting_to_pending, {"ids": waiting, "now": now}))
        return [DeliveryId(row.delivery_id) for row in due], later

    async def promote_orphans(self) -> int:
        return await self._write(lambda c, pending: settle.promote_orphans(c, _now(), pending))

    async def replay(
        self, delivery_id: DeliveryId, new_id: DeliveryId, entry: AuditEntry, *, as_then: bool = False
    ) -> None:
        await self._operate(
            entry,
            lambda c, pending: operate.replay(c, delivery_id, new_id, entry, _now(), pending, as_then=as_then),
        )

    async def discard(self, delivery_id: DeliveryId, entry: AuditEntry) -> DeliveryState:
        return await self._operate(entry, lambda c, pending: operate.discard(c, delivery_id, entry, _now(), pending))

    async def record_audit(self, entry: AuditEntry) -> None:
        await self._write(lambda c, _: operate.write_audit(c, entry, _now()))

    # -- reading ------------------------------------------------------------------------------------------------

    async def read_pack(self, ids: Sequence[DeliveryId]) -> list[Work]:
        return await self._read(lambda c: read_pack(c, self._ring, ids))

    async def abandoned(self, now: datetime | None) -> list[Abandoned]:
        rows = await self._read(lambda c: c.execute(attempt_sql.under_way).all())
        return [
            Abandoned(DeliveryId(r.id), r.attempts, r.destination, r.operation, r.route, r.tries, r.changed_at)
            for r in rows
            if now is None or (r.lease_until is not None and r.lease_until < now)
        ]

    async def outbox_depth(self, destination: str | None = None) -> int:
        return await self._read(lambda c: views.outbox_depth(c, destination, _now()))

    async def message_view(self, message_id: str) -> dict[str, Any] | None:
        return await self._read(lambda c: views.message_view(c, message_id))

    async def delivery_view(self, delivery_id: str) -> dict[str, Any] | None:
        return await self._read(lambda c: views.delivery_view(c, delivery_id))

    async def message_body(self, message_id: str) -> bytes | None:
        return await self._read(lambda c: views.message_body(c, self._ring, message_id))

    async def stored_messages(self, type_: str, before: int | None, limit: int) -> StoredPage:
        return await self._report(lambda c: stored.messages_of_type(c, self._ring, type_, before, limit))

    async def dead_messages(self, code: str, after: DeliveryId | None, limit: int) -> list[DeadMessage]:
        return await self._report(lambda c: stored.dead_messages(c, self._ring, code, after, limit))

    async def dossier_view(self, code: str) -> dict[str, Any] | None:
        return await self._read(lambda c: views.dossier_view(c, code))

    async def messages_page(self, filters: Mapping[str, str], cursor: str | None, limit: int) -> dict[str, Any]:
        return await self._report(lambda c: pages.messages_page(c, filters, cursor, limit))

    async def deliveries_page(self, filters: Mapping[str, str], cursor: str | None, limit: int) -> dict[str, Any]:
        return await self._report(lambda c: pages.deliveries_page(c, filters, cursor, limit))

    async def balance(self, day: str | None = None) -> dict[str, Any]:
        return await self._report(lambda c: views.balance(c, day))

    async def board(self) -> list[dict[str, Any]]:
        return await self._read(views.board)

    async def dead_groups(self) -> list[dict[str, Any]]:
        return await self._report(views.dead_groups)

    async def audit_page(self, cursor: str | None, limit: int) -> dict[str, Any]:
        return await self._report(lambda c: pages.audit_page(c, cursor, limit))

    async def ready(self) -> str | None:
        if not all(batcher.alive for batcher in (self._accepts, self._begins, self._settles)):
            return "Nhóm ghi của sổ đã dừng; hãy khởi động lại trục. / A group commit has ended; restart the gateway."
        try:
            if self._flaw is None:
                await self._read(lambda c: c.execute(sql.one_due).first())
            else:  # the last write failed: only one that goes through says that the ledger can store again
                await self._write(lambda c, _: _write_and_take_back(c))
        except LedgerUnavailable as exc:
            return f"Sổ tạm thời không dùng được; hãy xem đĩa và quyền ghi. / Look at the disk and its rights: {exc}"
        return None

    async def close(self) -> None:
        for batcher in (self._accepts, self._begins, self._settles):
            await batcher.close()
        await self._storage.close()

    # -- transactions -------------------------------------------------------------------------------------------

    async def _commit_accepts(self, groups: Sequence[Sequence[NewMessage]]) -> Sequence[list[Recorded] | Exception]:
        try:
            return await self._write(lambda c, pending: record(c, groups, pending))
        except GroupConflictError as exc:
            guilty = exc.guilty
        except ConflictError as exc:
            return [exc]
        # The innocent go together, so that one sender's contradiction costs nobody else a commit of their own.
        innocent = [group for place, group in enumerate(groups) if place not in guilty]
        others = iter(await self._commit_accepts(innocent) if innocent else ())
        return [
            await self._accept_alone(group) if place in guilty else next(others) for place, group in enumerate(groups)
        ]

    async def _accept_alone(self, group: Sequence[NewMessage]) -> list[Recorded] | Exception:
        """An exception is the group's own answer: its neighbours are committed by now and must not hear of it."""
        try:
            return (await self._write(lambda c, pending: record(c, [group], pending)))[0]
        except Exception as exc:  # noqa: BLE001 - as above
            return exc

    async def _commit_begins(self, begins: Sequence[Begin]) -> Sequence[bool | Exception]:
        return await self._write(lambda c, _: settle.begin(c, begins))

    async def _commit_settles(self, settlements: Sequence[Settlement]) -> Sequence[bool | Exception]:
        return await self._write(lambda c, pending: settle.settle(c, settlements, pending))

    async def _operate(self, entry: AuditEntry, work: Callable[[Connection, list[Pending]], R]) -> R:
        """Run an operator's action; one that is refused leaves its audit row too."""
        try:
            return await self._write(work)
        except GatewayError as exc:
            if not isinstance(exc, LedgerUnavailable):
                await self.record_audit(replace(entry, ok=False, details={"refused": type(exc).__name__}))
            raise

    async def _write(self, work: Callable[[Connection, list[Pending]], R]) -> R:
        """One writing transaction; after its commit the listeners hear what became pending."""
        try:
            result, pending = await self._storage.write(lambda connection: _noting(connection, work))
        except LostRaceError:
            return await self._write(work)
        except LedgerUnavailable as exc:
            self._flaw = str(exc)
            raise
        self._flaw = None
        if pending:
            self._tell(pending)
        return result

    def _tell(self, pending: Sequence[Pending]) -> None:
        for listener in self._listeners:
            try:
                listener(pending)
            except Exception:  # committed is committed: the relay's sweep finds what a listener missed
                log.exception("ledger.listener_failed")

    async def _read(self, work: Callable[[Connection], R]) -> R:
        return await self._storage.read(work)

    async def _report(self, work: Callable[[Connection], R]) -> R:
        """A read that may be long: one at a time, so that whoever looks at lists never takes the workers' readers."""
        async with self._reports:
            return await self._read(work)


def _noting(connection: Connection, work: Callable[[Connection, list[Pending]], R]) -> tuple[R, list[Pending]]:
    pending: list[Pending] = []
    return work(connection, pending), pending


def _now() -> datetime:
    return datetime.now(UTC)


def _write_and_take_back(connection: Connection) -> None:
    """A write that changes nothing and must reach the disk all the same."""
    sql.insert_outbox.run(connection, [{"delivery_id": "-", "destination": "-", "due_at": _now()}])
    connection.execute(sql.drop_outbox, {"ids": ["-"]})
