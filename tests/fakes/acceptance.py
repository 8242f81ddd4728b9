"""In-memory acceptance and reading side: enough of the truth to test the door without a ledger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gateway.errors import ConflictError, NotFoundError, StateError
from gateway.ledger.balance import NUMBERS
from gateway.ledger.port import AuditEntry
from gateway.message import Accepted, Client, DeliveryId, DeliveryState, Event, MessageId


class MemoryAcceptance:
    """Keeps what was accepted; `fail_with` is raised instead of accepting."""

    def __init__(self) -> None:
        self.stored: dict[tuple[str, str], tuple[MessageId, Client, Event]] = {}
        self.fail_with: Exception | None = None
        self.order: list[str] = []

    async def accept(self, client: Client, event: Event) -> Accepted:
        return self._accept(client, event, "")

    async def accept_all(self, client: Client, events: Sequence[Event]) -> list[Accepted]:
        before = dict(self.stored), list(self.order)
        try:
            return [self._accept(client, event, f"/{index}") for index, event in enumerate(events)]
        except Exception:
            self.stored, self.order = before
            raise

    def _accept(self, client: Client, event: Event, pointer: str) -> Accepted:
        if self.fail_with is not None:
            raise self.fail_with
        key = event.source, event.id
        if key in self.stored:
            message_id, _, first = self.stored[key]
            if (first.type, first.subject, first.data) != (event.type, event.subject, event.data):
                raise ConflictError(pointer, message_id)
            return Accepted(message_id, True, event.warnings)
        message_id = MessageId(f"m-{len(self.stored) + 1}")
        self.stored[key] = message_id, client, event
        self.order.append(event.id)
        return Accepted(message_id, False, event.warnings)


class MemoryAudit:
    """Keeps what is written into the audit; `fail_with` is raised instead."""

    def __init__(self) -> None:
        self.entries: list[AuditEntry] = []
        self.fail_with: Exception | None = None

    async def record_audit(self, entry: AuditEntry) -> None:
        if self.fail_with is not None:
            raise self.fail_with
        self.entries.append(entry)


class MemoryViews:
    """The reading methods of the ledger over fixed rows; remembers the filters it was asked with."""

    def __init__(self, messages: Sequence[Mapping[str, Any]] = ()) -> None:
        self.messages = {str(one["id"]): dict(one) for one in messages}
        self.asked: list[tuple[Mapping[str, str], str | None, int]] = []

    async def message_view(self, message_id: str) -> dict[str, Any] | None:
        return self.messages.get(message_id)

    async def dossier_view(self, code: str) -> dict[str, Any] | None:
        found = [one for one in self.messages.values() if one["subject"] == code]
        return {"code": code, "messages": found, "last_confirmed": []} if found else None

    async def messages_page(self, filters: Mapping[str, str], cursor: str | None, limit: int) -> dict[str, Any]:
        self.asked.append((filters, cursor, limit))
        items = [one for one in self.messages.values() if filters.get("client", one["client"]) == one["client"]]
        return {"items": items[:limit], "next": None}

    async def deliveries_page(self, filters: Mapping[str, str], cursor: str | None, limit: int) -> dict[str, Any]:
        self.asked.append((filters, cursor, limit))
        return {"items": [], "next": None}

    async def delivery_view(self, delivery_id: str) -> dict[str, Any] | None:
        return {"id": delivery_id, "state": "held"}

    async def balance(self, day: str | None = None) -> dict[str, Any]:
        nothing = dict.fromkeys(NUMBERS, 0)
        rows = [{"destination": name, **nothing} for name in ("national_portal", "onestop/motcua", "onestop/so-khac")]
        return {"day": day, **nothing, "by": rows}


class MemoryOperations:
    """Replays and discards the delivery "d-dead"; "d-done" is final, everything else unknown."""

    def __init__(self) -> None:
        self.done: list[tuple[str, str, str, str]] = []

    async def replay(self, delivery_id: DeliveryId, actor: str, reason: str, *, as_then: bool = False) -> DeliveryId:
        self._check("replay", delivery_id, actor, reason)
        return DeliveryId("d-new")

    async def discard(self, delivery_id: DeliveryId, actor: str, reason: str) -> DeliveryState:
        self._check("discard", delivery_id, actor, reason)
        return DeliveryState.DEAD

    def _check(self, action: str, delivery_id: DeliveryId, actor: str, reason: str) -> None:
        if delivery_id == "d-done":
            raise StateError("Lượt gửi đã xong. / The delivery is delivered; only a dead one can be replayed.")
        if delivery_id != "d-dead":
            raise NotFoundError(delivery_id)
        self.done.append((action, delivery_id, actor, reason))
