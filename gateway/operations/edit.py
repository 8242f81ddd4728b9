"""Edit and resend: a corrected document becomes a message of its own, in the place of one that could not be carried.

The original is never overwritten; both name each other. The whole corrected document is handed in, not a patch: it is
what a person reads before sending, and what the same schema and code rules judge as at the door (decision 0027).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from uuid_utils import uuid7

from gateway.acceptance import schemas
from gateway.acceptance.canonical import canonical, document_of, tidy_codes
from gateway.acceptance.replies import Replies, Thread
from gateway.acceptance.routing import step_statuses
from gateway.errors import GatewayError, LedgerUnavailable, NotFoundError, Problem, StateError
from gateway.ledger.byhand.port import EDITED
from gateway.ledger.port import AuditEntry, Ledger, NewDelivery, NewMessage, Snapshot, StoredMessage
from gateway.message import TYPE_PREFIX, DeliveryId, DeliveryState
from gateway.operations.judge import Judge
from gateway.operations.locked_fields import LOCKS, Lock, lock_of
from gateway.operations.refused import ContentRefused, flaw

_MOST_POINTERS = 100
"""Changed places that the audit names; a document that differs everywhere is counted."""
_LOCKED_VI = "chỉ sửa được khi quản trị viên mở khóa (unlock)"
_LOCKED_EN = "only an administrator who unlocks it may change it"
_FITTING = (DeliveryState.DEAD, DeliveryState.REFUSED)


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found about a corrected document: errors, or, where it fits, warnings."""

    problems: tuple[Problem, ...]
    changed: tuple[str, ...]
    fits: bool = False


class EditOperations:
    """Corrects what could not be carried."""

    def __init__(self, ledger: Ledger, replies: Replies, judge: Judge) -> None:
        self._ledger = ledger
        self._replies = replies
        self._judge = judge

    async def editable(self, delivery_id: DeliveryId, actor: str, purpose: str) -> dict[str, Any]:
        """The document of a delivery and which of its places are locked; who opened it, and for what, is audited.

        Raises `NotFoundError`, `StateError` for a type that cannot be edited, and `SealError` for what does not open,
        shredded bodies too; all are audited.
        """
        entry = AuditEntry(actor, "message.body_opened", delivery_id, purpose)
        try:
            stored, view = await self._found(delivery_id)
            kind = _kind(stored)
            document = document_of(stored.open_body(), stored.body_form)
        except GatewayError as exc:
            await self._tell_refused(entry, exc)
            raise
        await self._ledger.record_audit(replace(entry, details={"message": stored.id}, about=(stored.id,)))
        return {
            "delivery": delivery_id,
            "message": stored.id,
            "type": stored.type,
            "subject": stored.subject,
            "state": view["state"],
            "editable": view["state"] in _FITTING and view["replaced_by"] is None,
            "document": document,
            "locked": [_shown(lock, pattern) for lock in LOCKS[kind] for pattern in lock.patterns],
        }

    async def edit(
        self,
        delivery_id: DeliveryId,
        actor: str,
        reason: str,
        document: Mapping[str, Any],
        *,
        unlock: bool = False,
    ) -> dict[str, Any]:
        """Send a corrected document in place of a dead or refused delivery; the new message and its delivery.

        `unlock`: the role allows fields with legal weight to change. The audit holds the changed places, never what
        stands there. Raises `ContentRefused`, `NotFoundError`, `StateError`; all are audited.
        """
        entry = AuditEntry(actor, "delivery.edit", delivery_id, reason, details={"unlock": unlock})
        try:
            stored, _ = await self._found(delivery_id)
            changed, message = self._corrected(stored, delivery_id, document, unlock=unlock)
        except GatewayError as exc:
            await self._tell_refused(entry, exc)
            raise
        told = {
            **entry.details,
            "changed": [schemas.known_place(one) for one in changed[:_MOST_POINTERS]],
            "changed_count": len(changed),
        }
        about = (stored.id, message.id)
        await self._ledger.edit(delivery_id, message, replace(entry, details=told, about=about))
        (new,) = message.deliveries
        return {
            "id": message.id,
            "delivery": new.id,
            "edit_of": {"message_id": stored.id, "delivery_id": delivery_id},
            "changed": changed,
            "warnings": [{"pointer": w.pointer, "code": w.code, "message": w.message} for w in message.warnings],
        }

    async def check(
        self,
        delivery_id: DeliveryId,
        actor: str,
        before: Mapping[str, Any],
        document: Mapping[str, Any],
        *,
        unlock: bool = False,
    ) -> Checked:
        """What would be said of a corrected document, and which places it changes; sends and stores nothing.

        `before`: the document as `editable` gave it. Without it, whoever never said what for could guess at values and
        be told which are right. Raises `NotFoundError`, `SealError`, `StateError`; a wrong `before` is audited.
        """
        stored, _ = await self._found(delivery_id)
        if dict(before) != document_of(stored.open_body(), stored.body_form):
            exc = StateError(
                "Hãy mở lại nội dung để sửa, nói rõ mục đích, rồi sửa từ đó. / Open the content for editing again, "
                "saying what for, and correct it from there."
            )
            await self._tell_refused(AuditEntry(actor, "delivery.edit", delivery_id, "check"), exc)
            raise exc
        try:
            changed, message = self._corrected(stored, delivery_id, document, unlock=unlock)
        except ContentRefused as exc:
            return Checked(exc.problems, ())
        return Checked(message.warnings, tuple(changed), fits=True)

    async def _found(self, delivery_id: DeliveryId) -> tuple[StoredMessage, dict[str, Any]]:
        view = await self._ledger.delivery_view(delivery_id)
        stored = await self._ledger.message_of(delivery_id)
        if view is None or stored is None:
            raise NotFoundError(f"Không có lượt gửi {delivery_id}. / There is no delivery {delivery_id}.")
        return stored, view

    def _corrected(
        self, stored: StoredMessage, delivery_id: DeliveryId, document: Mapping[str, Any], *, unlock: bool
    ) -> tuple[list[str], NewMessage]:
        """The changed places and the new message. Raises `ContentRefused`, `StateError`."""
        kind = _kind(stored)
        before = document_of(stored.open_body(), stored.body_form)
        data = canonical(dict(document))
        tidy_codes(data)
        changed = sorted(set(_differences(before, data, "")))
        problems = list(_refused_changes(kind, changed, unlock=unlock))
        judged = self._judge.judge(kind, data)
        problems += judged.errors
        if problems:
            raise ContentRefused(problems)
        message = self._replies.message(
            Thread(stored.client, stored.id, stored.correlation_id),
            datetime.now(UTC),
            kind,
            stored.subject,
            delivery_id + EDITED,
            data,
            (_delivery(data, stored),),
        )
        warnings = tuple(Problem("/data" + one.pointer, one.code, one.message) for one in judged.warnings)
        return changed, message._replace(time=stored.time, sequence=stored.sequence, warnings=warnings)

    async def _tell_refused(self, entry: AuditEntry, exc: GatewayError) -> None:
        if isinstance(exc, LedgerUnavailable):
            return
        details: dict[str, Any] = {**entry.details, "refused": type(exc).__name__}
        if isinstance(exc, ContentRefused):
            details["problems"] = [
                [schemas.known_place(one.pointer), one.code] for one in exc.problems[:_MOST_POINTERS]
            ]
        await self._ledger.record_audit(replace(entry, ok=False, details=details))


def _kind(stored: StoredMessage) -> str:
    """The short type of a message that can be edited. Raises `StateError`."""
    kind = stored.type.removeprefix(TYPE_PREFIX)
    if kind not in LOCKS or kind not in schemas.FROM_SENDERS:
        raise StateError(
            f"Thông điệp loại {stored.type} do trục tự tạo nên không sửa được; hãy gửi lại hoặc hủy. / A message of "
            f"type "
            f"{stored.type} is the gateway's own and cannot be edited; replay or discard it."
        )
    return kind


def _delivery(data: Mapping[str, Any], stored: StoredMessage) -> NewDelivery:
    """What the ledger takes of it is its id and what it says of itself; its place is that of the original."""
    return NewDelivery(
        id=DeliveryId(str(uuid7())),
        destination="",
        operation="",
        route="",
        mapping=None,
        lane=True,
        snapshot=Snapshot(str(data.get("status", "")), None, stored.time),
        step_statuses=step_statuses(data),
    )


def _refused_changes(kind: str, changed: list[str], *, unlock: bool) -> Iterator[Problem]:
    if not changed:
        yield flaw("", "NOTHING_CHANGED", "Tài liệu giống hệt bản gốc; nếu chỉ cần gửi lại, hãy dùng replay.",
                   "The document is the same as the original; to send it again as it is, replay it.")  # fmt: skip
    for pointer in changed:
        lock = lock_of(kind, pointer)
        if lock is None or (unlock and not lock.never):
            continue
        if lock.never:
            yield flaw(pointer, "FIELD_FIXED", f"{lock.vi}.", f"{lock.en}.")
        else:
            yield flaw(pointer, "FIELD_LOCKED", f"{lock.vi}; {_LOCKED_VI}.", f"{lock.en}; {_LOCKED_EN}.")


def _differences(before: Any, after: Any, at: str) -> Iterator[str]:
    """The places at which two documents differ, as JSON Pointers to what is plain or absent on one side."""
    if isinstance(before, dict) and isinstance(after, dict):
        for name in {*before, *after}:
            place = f"{at}/{str(name).replace('~', '~0').replace('/', '~1')}"
            yield from _differences(before.get(name, _ABSENT), after.get(name, _ABSENT), place)
    elif isinstance(before, list) and isinstance(after, list):
        for index in range(max(len(before), len(after))):
            yield from _differences(_at(before, index), _at(after, index), f"{at}/{index}")
    elif (before is _ABSENT) != (after is _ABSENT):
        yield from _leaves(after if before is _ABSENT else before, at)
    elif type(before) is not type(after) or before != after:
        yield at


_ABSENT = object()


def _at(some: list[Any], index: int) -> Any:
    return some[index] if index < len(some) else _ABSENT


def _leaves(node: Any, at: str) -> Iterator[str]:
    """Every plain value of a part that came or went."""
    if isinstance(node, dict) and node:
        for name, value in node.items():
            yield from _leaves(value, f"{at}/{str(name).replace('~', '~0').replace('/', '~1')}")
    elif isinstance(node, list) and node:
        for index, value in enumerate(node):
            yield from _leaves(value, f"{at}/{index}")
    else:
        yield at


def _shown(lock: Lock, pattern: str) -> dict[str, Any]:
    return {"pointer": pattern, "never": lock.never, "vi": lock.vi, "en": lock.en}
