"""What a message said: masked for everybody who works here, whole for whoever says what for, which is audited."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from datetime import date
from typing import Any

import orjson

from gateway.acceptance.canonical import document_of
from gateway.acceptance.shown import masked_form
from gateway.errors import NotFoundError
from gateway.ledger.bodies.port import Content, Tried
from gateway.ledger.port import AuditEntry, Ledger
from gateway.security.seal import ShreddedError
from mappings import Mapping as DocumentMapping
from mappings import MappingError, UnknownMapping
from mappings.convert import VIETNAM

_OPENED = "message.body_opened"
MappingOf = Callable[[str, date | None, str | None], DocumentMapping]
"""A mapping by name, day and version."""


class BodyOperations:
    """Opens bodies."""

    def __init__(self, ledger: Ledger, mapping_of: MappingOf) -> None:
        self._ledger = ledger
        self._mapping_of = mapping_of

    async def masked(self, message_id: str) -> dict[str, Any]:
        """The structure of the document, with codes, states and moments. Raises `NotFoundError`, `ShreddedError`."""
        content = await self._found(message_id)
        document = document_of(content.body, content.body_form)
        return {**_about(content), "masked": True, "document": masked_form(content.type, document)}

    async def opened(self, message_id: str, actor: str, purpose: str) -> dict[str, Any]:
        """Everything: bytes as received, canonical document, what went out and what came back.

        Who looked and what for is audited before anything is given away, and found by everybody who is named in it.
        Raises `NotFoundError`, and `ShreddedError`, which is audited too.
        """
        try:
            content = await self._found(message_id)
        except ShreddedError as exc:
            told = {"refused": type(exc).__name__}
            await self._ledger.record_audit(AuditEntry(actor, _OPENED, message_id, purpose, ok=False, details=told))
            raise
        about = (content.id, *content.replies)
        await self._ledger.record_audit(AuditEntry(actor, _OPENED, content.id, purpose, about=about))
        document = document_of(content.body, content.body_form)
        return {
            **_about(content),
            "masked": False,
            "received": {"form": content.body_form, **_bytes(content.body)},
            "document": document,
            "attempts": [self._attempt(one, content, document) for one in content.attempts],
        }

    async def _found(self, message_id: str) -> Content:
        content = await self._ledger.content_of(message_id)
        if content is None:
            raise NotFoundError(f"Không có thông điệp {message_id}. / There is no message {message_id}.")
        return content

    def _attempt(self, tried: Tried, content: Content, document: dict[str, Any]) -> dict[str, Any]:
        told: dict[str, Any] = {
            "delivery_id": tried.delivery_id,
            "destination": tried.destination,
            "operation": tried.operation,
            "number": tried.number,
            "mapping": {"name": tried.mapping, "version": tried.mapping_version} if tried.mapping else None,
            "answer": _bytes(tried.answer) if tried.answer is not None else None,
        }
        mapped, exactly = self._mapped(tried, content, document)
        return told | {"document": mapped, "as_sent": exactly}

    def _mapped(self, tried: Tried, content: Content, document: dict[str, Any]) -> tuple[Any, bool]:
        """The document this attempt made of it, and whether it is to the letter what went out, by its digest.

        What the adapter adds (keys, signatures) is not kept, so a document it completes is not to the letter.
        """
        made: Any = document
        if tried.mapping is not None:
            day = content.accepted_at.astimezone(VIETNAM).date()
            try:
                made = self._mapping_of(tried.mapping, day, tried.mapping_version).forward(document).document
            except (MappingError, UnknownMapping):
                return None, False
        digest = hashlib.sha256(content.salt + orjson.dumps(made)).digest()
        return made, digest == tried.request_digest


def _about(content: Content) -> dict[str, Any]:
    return {"id": content.id, "type": content.type, "subject": content.subject}


def _bytes(content: bytes) -> dict[str, str]:
    """As text where it is text."""
    try:
        return {"text": content.decode()}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(content).decode()}
