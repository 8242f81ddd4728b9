"""The whole seam between the gateway and one national system.

An adapter speaks a system's dialect and knows nothing of ledgers, queues or retries; the gateway knows
only what stands in this file. See `docs/adapters.md` for how to add a system.

The errors an adapter may raise, by what the gateway will do about them::

    DeliveryError
    |-- TransientError   not taken, may work later           -> `waiting` by schedule, exhausted -> `dead`
    |-- UncertainError   sent, no clear answer               -> again if repeatable, else asked for, else a person
    |-- RefusedError     understood, and the answer is no    -> `refused`; the sender is told
    `-- PermanentError   no retry can help                   -> `dead`, or (scope "destination") the breaker opens
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal, Protocol, runtime_checkable

from pydantic import BaseModel

__all__ = [
    "Adapter",
    "AdapterSpec",
    "Checkpoint",
    "DeliveryError",
    "DeliveryWarning",
    "Outbound",
    "PermanentError",
    "Prepared",
    "Prepares",
    "Receipt",
    "RefusedError",
    "TransientError",
    "UncertainError",
]

Scope = Literal["message", "destination"]


@dataclass(frozen=True, slots=True)
class DeliveryWarning:
    """Something a person should know about an attempt that nevertheless went through."""

    code: str
    pointer: str
    vi: str
    en: str


class DeliveryError(Exception):
    """Why a document was not (certainly) taken. Texts never carry personal data.

    `code` is the system's own code or ours (`HTTP_503`, `CONNECT`), `vi`/`en` what failed and what would fix it,
    in the words of an operator; `answer` is the raw answer where one came (kept sealed, never shown unasked).
    """

    def __init__(
        self,
        code: str,
        *,
        vi: str,
        en: str,
        field: str | None = None,
        answer: bytes | None = None,
        scope: Scope = "message",
    ) -> None:
        super().__init__(f"{code}: {en}")
        self.code = code
        self.vi = vi
        self.en = en
        self.field = field
        self.answer = answer
        self.scope: Scope = scope


class TransientError(DeliveryError):
    """Not taken; may work later. `retry_after` is the system's own wish, `scope` whom it binds."""

    def __init__(
        self,
        code: str,
        *,
        vi: str,
        en: str,
        retry_after: timedelta | None = None,
        max_tries: int | None = None,
        field: str | None = None,
        answer: bytes | None = None,
        scope: Scope = "message",
    ) -> None:
        super().__init__(code, vi=vi, en=en, field=field, answer=answer, scope=scope)
        self.retry_after = retry_after
        self.max_tries = max_tries
        """Tries of this error after which it is dead, where the schedule would go on longer."""


class UncertainError(DeliveryError):
    """Sent, and no clear answer came: the system may have taken it."""


class RefusedError(DeliveryError):
    """The system understood and said no; sending the same again would get the same answer."""


class PermanentError(DeliveryError):
    """No retry can help: ours or an operator's to fix. `scope="destination"` says it would hit every message."""


class Checkpoint(Protocol):
    """Remembers, durably and before the next byte is sent, that one part of a document was answered."""

    async def __call__(self, part: str, answer: bytes, /) -> None: ...


async def _no_checkpoint(_part: str, _answer: bytes) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Outbound:
    """One mapped document on its way out.

    `deadline` is on the monotonic clock (`asyncio` loop time): the transport refuses to send a first byte after it.
    `done` names the parts that an earlier attempt already got an answer for (see `Checkpoint`); `may_repeat` says
    that an earlier attempt ended without a clear answer, so the first part not `done` may be a repeat.
    """

    operation: str
    document: Any
    idempotency_key: str
    correlation_id: str
    deadline: float
    subject: str = ""
    agency: str = ""
    attempt: int = 1
    done: frozenset[str] = frozenset()
    may_repeat: bool = False
    checkpoint: Checkpoint = field(default=_no_checkpoint)
    context: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Prepared:
    """What must be known afterwards, fixed before a byte is sent; `keys` are committed with the attempt."""

    keys: Mapping[str, str]
    request: Outbound


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the system answered when it took the document.

    `code` and `text` are the system's own words (no personal data), `answer` the raw bytes, `document` an answer that
    carries data of its own (a look-up) and is mapped back into a reply.
    """

    code: str
    text: str
    answer: bytes
    warnings: tuple[DeliveryWarning, ...] = ()
    document: Any = None
    facts: Mapping[str, str] = field(default_factory=dict)


class Adapter(Protocol):
    """Speaks to one system. Knows nothing of ledgers, queues or retries."""

    async def deliver(self, request: Outbound) -> Receipt:
        """Hand over one document; return once the system has taken it, else raise a `DeliveryError`."""

    async def probe(self) -> None:
        """Return quietly if a delivery would be taken now; else raise what an operator would meet."""


@runtime_checkable
class Prepares(Protocol):
    """Optional: fixes keys (a payment reference, say) before the attempt begins. Pure: no input or output."""

    def prepare(self, request: Outbound) -> Prepared: ...


@dataclass(frozen=True, slots=True)
class AdapterSpec:
    """All that an adapter package exports: a name, its operations, its settings and a way to open it."""

    name: str
    operations: frozenset[str]
    repeatable: Callable[[Any], frozenset[str]]
    """settings -> the operations that may safely be sent twice."""
    settings: type[BaseModel]
    open: Callable[[Any], AbstractAsyncContextManager[Adapter]]
