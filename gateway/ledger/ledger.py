"""The SQL ledger: one statement set for SQLite and PostgreSQL, writes through group commits.

Every method returns after its own commit; what it made pending is told to the relay after that commit.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

import structlog
from sqlalchemy import Connection

from gateway.errors import ConflictError, GatewayError, LedgerUnavailable
from gateway.ledger import attempt_statements as attempt_sql
from gateway.ledger import balance as sheet
from gateway.ledger import operate, pages, settle, shared, stored, trail, views
from gateway.ledger import statements as sql
from gateway.ledger.alerts.ledger import AlertPart
from gateway.ledger.batch import Batcher
from gateway.ledger.bodies.ledger import BodyPart
from gateway.ledger.byhand.ledger import ByHandPart
from gateway.ledger.clients.ledger import ClientPart
from gateway.ledger.clock import now as _now
from gateway.ledger.doubts.ledger import DoubtPart
from gateway.ledger.drift.ledger import DriftPart
from gateway.ledger.fresh import FreshWork
from gateway.ledger.groups.ledger import GroupPart
from gateway.ledger.indicators.horizon import Horizon
from gateway.ledger.indicators.ledger import IndicatorPart
from gateway.ledger.keeping.ledger import KeepingPart
from gateway.ledger.news import Ear, News
from gateway.ledger.pack import read_pack
from gateway.ledger.payments.ledger import PaymentPart
from gateway.ledger.port import (
    Abandoned,
    AuditEntry,
    Begin,
    DeadMessage,
    Due,
    NewMessage,
    OnNews,
    OnPending,
    OnReply,
    Pending,
    Recorded,
    Settlement,
    StoredPage,
)
from gateway.ledger.proof.ledger import ProofPart
from gateway.ledger.record import GroupConflictError
from gateway.ledger.replays.ledger import ReplayPart
from gateway.ledger.saved.ledger import SavedPart
from gateway.ledger.services.ledger import ServicePart
from gateway.ledger.sought.ledger import SoughtPart
from gateway.ledger.steering import hold
from gateway.ledger.steering.ledger import SteeringPart
from gateway.ledger.steering.port import Withholding
from gateway.ledger.storage.opening import open_storage
from gateway.ledger.storage.port import LostRaceError, Way
from gateway.ledger.users.ledger import UsersPart
from gateway.ledger.write import Checkpoint, Write, apply, is_guilty, is_one_statement, weight
from gateway.message import DeliveryId, DeliveryState, MessageId, Work
from gateway.security.seal import KeyRing
from gateway.settings import LedgerSettings

R = TypeVar("R")

log = structlog.get_logger(__name__)

_GATHER = 0.002
"""Seconds between commits while many write, on PostgreSQL: a tenth less CPU for a message there, and no less speed."""
_BRIEF = 400
"""Messages and outcomes in one transaction that the event loop may be kept from its other work for (about 40 ms)."""


class SqlLedger(
    PaymentPart,
    AlertPart,
    BodyPart,
    ByHandPart,
    ClientPart,
    DoubtPart,
    DriftPart,
    GroupPart,
    IndicatorPart,
    KeepingPart,
    ProofPart,
    ReplayPart,
    SavedPart,
    ServicePart,
    SoughtPart,
    SteeringPart,
    UsersPart,
):
    """`Ledger` on SQLAlchemy Core; see `gateway.ledger.port` for what each method promises."""

    def __init__(
        self,
        url: str,
        ring: KeyRing,
        settings: LedgerSettings,
        *,
        keeps_fresh: bool = True,
        withholding: Withholding | None = None,
    ) -> None:
        """`keeps_fresh`: what is recorded stays in memory for whoever delivers it in this process.

        `withholding`: which deliveries are held back although their destination takes others.
        """
        self._withholding = withholding
        self._storage = open_storage(url)
        self._ring = ring
        self._fresh = FreshWork(ring) if keeps_fresh else FreshWork(ring, most=0)
        self._listeners: list[OnPending] = []
        self._news = News()
        self._ear = None if self._storage.alone else Ear(url, self._news.hear)
        self._reports = asyncio.Lock()
        self._horizon = Horizon()
        self._flaw: str | None = None
        limits: dict[str, Any] = {
            "weigh": weight,
            "max_batch": settings.max_batch,
            "linger": settings.linger.total_seconds(),
            "gather": 0 if self._storage.alone else _GATHER,
        }
        self._writes: Batcher[Write, Any] = Batcher("write", partial(self._commit, way="outcomes"), **limits)
        # On PostgreSQL an attempt begins beside other commits, not after the one that is under way; and what comes in
        # is not committed with outcomes: it would lock its lanes after theirs, and two processes wait for each other.
        alone = self._storage.alone
        self._begins = self._writes if alone else Batcher("begin", partial(self._commit, way="starts"), **limits)
        self._accepts = self._writes if alone else Batcher("accept", partial(self._commit, way="intake"), **limits)

    def on_pending(self, listener: OnPending) -> None:
        self._listeners.append(listener)

    def on_reply(self, listener: OnReply) -> None:
        self._news.listen(lambda kind, word: listener(word) if kind == "replied" else None)

    def on_news(self, listener: OnNews) -> None:
        self._news.listen(listener)

    def on_commit(self, listener: Callable[[int, float], None]) -> None:
        """Call `listener` after each group commit with its items and its seconds."""
        self._writes.observe = self._begins.observe = self._accepts.observe = listener

    async def tell_news(self, kind: str, words: Sequence[str]) -> None:
        if self._ear is not None:
            await self._write(lambda c, _: self._news.notify(c, kind, words))

    # -- writing ------------------------------------------------------------------------------------------------

    async def accept(self, messages: Sequence[NewMessage]) -> list[Recorded]:
        recorded: list[Recorded] = await self._accepts.submit(messages)
        return recorded

    async def begin_attempt(self, begin: Begin) -> bool:
        self._fresh.forget(begin.delivery_id)
        begun: bool = await (self._begins if is_one_statement(begin) else self._writes).submit(begin)
        return begun

    async def settle(self, settlement: Settlement) -> bool:
        settled: bool = await self._writes.submit(settlement)
        if settled:
            self._news.tell("replied", replied([settlement]))
        return settled

    async def checkpoint(self, delivery_id: DeliveryId, part: str, fence: int, answer_digest: bytes) -> None:
        await self._writes.submit(Checkpoint(delivery_id, part, fence, _now(), answer_digest))

    async def take_due(
        self, destination: str, limit: int, *, offer_for: float | None = None
    ) -> tuple[list[Due], float | None]:
        if offer_for is not None and not self._storage.alone:
            seconds = offer_for
            return await self._write(lambda c, _: shared.take_free(c, destination, limit, seconds, _now()))
        rows, next_in = await self._read(lambda c: shared.look_due(c, destination, limit, _now()))
        if shared.waiting(rows):
            await self._write(lambda c, _: shared.make_pending(c, rows, _now()))
        return shared.as_due(rows), next_in

    async def withdraw(self, ids: Sequence[DeliveryId]) -> None:
        if ids and not self._storage.alone:
            await self._write(lambda c, _: shared.withdraw(c, ids))

    async def hold_lease(self, name: str, holder: str, seconds: float) -> bool:
        return await self._write(lambda c, _: shared.hold_lease(c, name, holder, seconds, _now()))

    async def release_lease(self, name: str, holder: str) -> None:
        await self._write(lambda c, _: shared.release_lease(c, name, holder))

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
        self._fresh.forget(delivery_id)
        return await self._operate(entry, lambda c, pending: operate.discard(c, delivery_id, entry, _now(), pending))

    async def record_audit(self, entry: AuditEntry) -> None:
        await self._write(lambda c, _: trail.write_audit(c, entry, _now()))

    # -- reading ------------------------------------------------------------------------------------------------

    async def read_pack(self, ids: Sequence[DeliveryId]) -> list[Work]:
        found = self._fresh.take(ids)
        others = [one for one in ids if one not in found]
        if others:
            read = await self._storage.read(lambda c: read_pack(c, self._ring, others), brief=True)
            found |= {work.delivery.id: work for work in read}
        return [found[one] for one in ids if one in found]

    async def abandoned(self, *, at_start: bool = False) -> list[Abandoned]:
        statement = attempt_sql.under_way if at_start and self._storage.alone else attempt_sql.lease_ended
        rows = await self._read(lambda c: c.execute(statement, {"now": _now()}).all())
        return [
            Abandoned(
                DeliveryId(r.id),
                r.attempts,
                r.destination,
                r.operation,
                r.route,
                r.tries,
                r.changed_at,
                MessageId(r.message_id),
                r.correlation_id,
            )
            for r in rows
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
        return await self._report(lambda c: sheet.balance(c, day))

    async def board(self) -> list[dict[str, Any]]:
        return await self._read(views.board)

    async def dead_groups(self) -> list[dict[str, Any]]:
        return await self._report(views.dead_groups)

    async def audit_page(self, cursor: str | None, limit: int) -> dict[str, Any]:
        return await self._report(lambda c: pages.audit_page(c, cursor, limit))

    async def ready(self) -> str | None:
        if not (self._writes.alive and self._begins.alive and self._accepts.alive):
            return "Nhóm ghi của sổ đã dừng; hãy khởi động lại trục. / A group commit has ended; restart the gateway."
        try:
            if self._flaw is None:
                await self._read(lambda c: c.execute(sql.one_due).first())
            else:  # the last write failed: only one that goes through says that the ledger can store again
                await self._write(lambda c, _: _write_and_take_back(c))
        except LedgerUnavailable as exc:
            return f"Sổ tạm thời không dùng được; hãy xem đĩa và quyền ghi. / Look at the disk and its rights: {exc}"
        return None

    async def listening(self) -> None:
        """Returns once news of other processes is heard; at once where there are none."""
        if self._ear is not None:
            await self._ear.listening.wait()

    async def close(self) -> None:
        for batcher in (self._begins, self._accepts, self._writes):
            await batcher.close()
        if self._ear is not None:
            await self._ear.close()
        await self._storage.close()

    # -- transactions -------------------------------------------------------------------------------------------

    async def _commit(self, writes: Sequence[Write], way: Way) -> Sequence[Any]:
        try:
            brief = sum(map(weight, writes)) <= _BRIEF
            return await self._write(lambda c, pending: self._apply(c, writes, pending), brief=brief, way=way)
        except (ConflictError, GroupConflictError) as exc:
            guilty = {id(write) for write in writes if is_guilty(write, exc)}
            if not guilty or len(writes) == 1:
                raise  # the batcher tries them one by one
        # The innocent go together, so that one sender's contradiction costs nobody else a commit of their own.
        innocent = [write for write in writes if id(write) not in guilty]
        others = iter(await self._commit(innocent, way) if innocent else ())
        return [await self._alone(write) if id(write) in guilty else next(others) for write in writes]

    async def _alone(self, write: Write) -> Any:
        """An exception is the write's own answer: its neighbours are committed by now and must not hear of it."""
        try:
            return (await self._write(lambda c, pending: self._apply(c, [write], pending)))[0]
        except Exception as exc:  # noqa: BLE001 - as above
            return exc

    def _apply(self, connection: Connection, writes: Sequence[Write], pending: list[Pending]) -> list[Any]:
        answers = apply(connection, writes, pending)
        told = [w for w, done in zip(writes, answers, strict=True) if isinstance(w, Settlement) and done is True]
        self._news.notify(connection, "replied", replied(told))
        return answers

    async def _operate(self, entry: AuditEntry, work: Callable[[Connection, list[Pending]], R]) -> R:
        """Run an operator's action; one that is refused leaves its audit row too."""
        try:
            return await self._write(work)
        except GatewayError as exc:
            if not isinstance(exc, LedgerUnavailable):
                await self.record_audit(
                    replace(entry, ok=False, details={**entry.details, "refused": type(exc).__name__})
                )
            raise

    async def _write(
        self, work: Callable[[Connection, list[Pending]], R], *, brief: bool = False, way: Way = "outcomes"
    ) -> R:
        """One writing transaction; after its commit the listeners hear what became pending."""
        try:
            noting = partial(self._noting, work=work)
            result, pending = await self._storage.write(noting, brief=brief, way=way)
        except LostRaceError:
            return await self._write(work, brief=brief, way=way)
        except LedgerUnavailable as exc:
            self._flaw = str(exc)
            raise
        self._flaw = None
        if pending:
            self._fresh.keep(pending)
            self._tell(pending)
        return result

    def _noting(
        self, connection: Connection, work: Callable[[Connection, list[Pending]], R]
    ) -> tuple[R, Sequence[Pending]]:
        """The work, and what of what it made due may be offered."""
        pending: list[Pending] = []
        done = work(connection, pending)
        if pending and self._withholding is not None:
            return done, hold.hold_back(connection, pending, self._withholding)
        return done, pending

    def _tell(self, pending: Sequence[Pending]) -> None:
        for listener in self._listeners:
            try:
                listener(pending)
            except Exception:  # committed is committed: the relay's sweep finds what a listener missed
                log.exception("ledger.listener_failed")

    async def _read(self, work: Callable[[Connection], R]) -> R:
        return await self._storage.read(work)

    async def _report(self, work: Callable[[Connection], R], *, whole: bool = False) -> R:
        async with self._reports:
            return await self._storage.read(work, whole=whole)


def replied(settlements: Sequence[Settlement]) -> list[str]:
    """The messages that these outcomes answer."""
    return [reply.causation_id or "" for one in settlements for reply in one.replies]


def _write_and_take_back(connection: Connection) -> None:
    """A write that changes nothing and must reach the disk all the same."""
    connection.execute(sql.insert_nothing, {"now": _now()})
    sql.drop_outbox.run(connection, [{"b_id": "-"}])
