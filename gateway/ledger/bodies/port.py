"""What the ledger gives of a message's content, as it crosses its port."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Tried:
    """One attempt: through which mapping the document went, and what came back."""

    delivery_id: str
    destination: str
    operation: str
    mapping: str | None
    mapping_version: str | None
    number: int
    request_digest: bytes | None
    answer: bytes | None = field(repr=False)
    """As the system gave it; None where it gave none."""


@dataclass(frozen=True, slots=True)
class Content:
    """A message, opened. `salt` is what digests of it are salted with."""

    id: str
    type: str
    subject: str
    accepted_at: datetime
    body_form: str
    body: bytes = field(repr=False)
    salt: bytes = field(repr=False)
    attempts: tuple[Tried, ...] = ()
    replies: tuple[str, ...] = ()
    """Messages that answer it; whoever is named in them is seen, too."""


class BodyLedger(Protocol):
    """Opens bodies. It does not audit: whoever asks does, before anything is shown."""

    async def content_of(self, message_id: str) -> Content | None:
        """The bytes as received and every answer; None for an id nobody knows. Raises `ShreddedError`, `SealError`."""
