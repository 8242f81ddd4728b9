"""What a sending system says, and what it is told."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson

PREFIX = "vn.lienthong."


class ForeignAnswerError(Exception):
    """What came back is not in the gateway's own form: somebody in between has answered."""

    def __init__(self) -> None:
        super().__init__("not the gateway's answer")


@dataclass(frozen=True, slots=True)
class Event:
    """What a system has to say (CloudEvents 1.0). `type` may go without its prefix; `id` is made once."""

    source: str
    type: str
    subject: str
    data: Mapping[str, Any] = field(repr=False)
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    time: datetime | None = None
    extensions: Mapping[str, str] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """As it travels."""
        type_ = self.type if self.type.startswith(PREFIX) else PREFIX + self.type
        moment = {"time": self.time.astimezone(UTC).isoformat()} if self.time else {}
        return {
            "specversion": "1.0", "id": self.id, "source": self.source, "type": type_, "subject": self.subject,
            "datacontenttype": "application/json", **moment, **self.extensions, "data": dict(self.data),
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Flaw:
    """One thing wrong, or worth a look: where (JSON Pointer), by which rule, and what to do."""

    pointer: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Taken:
    """The certain answer: stored under `id`. `reply` is the answer to a question that was waited for, as an event."""

    id: str
    duplicate: bool = False
    warnings: tuple[Flaw, ...] = ()
    reply: Mapping[str, Any] | None = field(default=None, repr=False)


def encoded(event: Event | Mapping[str, Any]) -> bytes:
    """The event as it travels."""
    return orjson.dumps(event.as_dict() if isinstance(event, Event) else dict(event))


def taken(answer: Any) -> Taken:
    """What a 202 says. Raises `ForeignAnswerError`."""
    if not isinstance(answer, dict) or not isinstance(answer.get("id"), str):
        raise ForeignAnswerError
    return Taken(answer["id"], bool(answer.get("duplicate")), flaws(answer.get("warnings")))


def flaws(told: Any) -> tuple[Flaw, ...]:
    """What `errors` or `warnings` list; what somebody in between wrote there in another form is nothing."""
    listed = [one for one in told if isinstance(one, dict)] if isinstance(told, list) else []
    return tuple(Flaw(*(str(one.get(word, "")) for word in ("pointer", "code", "message"))) for one in listed)
