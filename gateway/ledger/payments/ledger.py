"""The ledger's methods about payments and proof: rare beside the rest, so each is its own transaction."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select

from gateway.ledger import settle, stored
from gateway.ledger.byhand.port import EDITED
from gateway.ledger.part import LedgerPart
from gateway.ledger.payments import lists, work
from gateway.ledger.payments import statements as sql
from gateway.ledger.payments.port import Concluded, Conclusion, Payment
from gateway.ledger.port import NewMessage, Settlement, StoredMessage
from gateway.ledger.tables import message


class PaymentPart(LedgerPart):
    """Part of `SqlLedger`; see `gateway.ledger.payments.port` for what each method promises."""

    async def resolve(self, settlement: Settlement) -> bool:
        return await self._write(lambda c, pending: settle.resolve(c, settlement, pending))

    async def payment(self, destination: str, reference: str) -> Payment | None:
        found = await self._payments(sql.find, b_destination=destination, b_reference=reference)
        return found[0] if found else None

    async def payments_of(self, subject: str) -> list[Payment]:
        return await self._payments(sql.of_subject, b_subject=subject)

    async def payments_page(self, filters: Mapping[str, str], cursor: str | None, limit: int) -> dict[str, Any]:
        return await self._read(lambda c: lists.page(c, filters, cursor, limit))

    async def receipt_of(self, payment: Payment) -> bytes | None:
        return await self._read(lambda c: lists.receipt(c, self._ring, payment))

    async def unwatched_payments(self, before: datetime, limit: int) -> list[Payment]:
        return await self._payments(sql.unwatched, b_before=before, b_limit=limit)

    async def unopened_payments(self, before: datetime, limit: int) -> list[Payment]:
        return await self._payments(sql.unopened, b_before=before, b_limit=limit)

    async def watch_payment(self, destination: str, reference: str, message: NewMessage) -> bool:
        return await self._write(lambda c, pending: work.watch(c, destination, reference, message, pending))

    async def tell_not_opened(self, destination: str, reference: str, message: NewMessage) -> bool:
        return await self._write(lambda c, pending: work.tell_not_opened(c, destination, reference, message, pending))

    async def record_payment(self, payment: Payment) -> bool:
        return await self._write(lambda c, _: work.note_elsewhere(c, payment))

    async def conclude_payment(self, conclusion: Conclusion) -> Concluded:
        return await self._write(lambda c, pending: work.conclude(c, conclusion, pending))

    async def latest_message(self, subject: str, type_: str) -> StoredMessage | None:
        query = select(*stored.COLUMNS).where(
            message.c.subject == bindparam("b_subject"), message.c.type == bindparam("b_type")
        )
        found = await self._stored(query.order_by(message.c.seq.desc()).limit(1), b_subject=subject, b_type=type_)
        return found[0] if found else None

    async def replies_of(self, message_id: str) -> list[StoredMessage]:
        query = select(*stored.COLUMNS).where(message.c.causation_id == bindparam("b_id"))
        query = query.where(~message.c.source_id.endswith(EDITED)).order_by(message.c.seq)
        return await self._stored(query, b_id=message_id)

    async def _payments(self, query: Any, **values: Any) -> list[Payment]:
        return await self._read(lambda c: work.read(c.execute(query, values)))

    async def _stored(self, query: Any, **values: Any) -> list[StoredMessage]:
        return await self._read(lambda c: [stored.as_stored(self._ring, row) for row in c.execute(query, values)])
