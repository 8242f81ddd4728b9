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

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Literal, NamedTuple, Protocol, runtime_checkable

from pydantic import BaseModel

__all__ = [
    "Adapter",
    "AdapterSpec",
    "AnswersCallbacks",
    "CallAnswer",
    "CallRefused",
    "CallSpan",
    "Checkpoint",
    "Compared",
    "Compares",
    "DeliveryError",
    "DeliveryWarning",
    "Explanation",
    "Heard",
    "Incoming",
    "Looks",
    "NotTaken",
    "OpenPayment",
    "Outbound",
    "Outcome",
    "PermanentError",
    "Prepared",
    "Prepares",
    "Queries",
    "Receipt",
    "RefusedError",
    "Reply",
    "Stakes",
    "Taken",
    "TransientError",
    "Trials",
    "Tries",
    "UncertainError",
    "Unknown",
    "follow_trace",
    "trace",
    "watch_calls",
    "watching",
]

_TRACE: ContextVar[str] = ContextVar("trace", default="")


def follow_trace(traceparent: str | None) -> None:
    """What this task calls from here on belongs to a trace (W3C Trace Context), or to none."""
    _TRACE.set(traceparent or "")


def trace() -> str:
    """The `traceparent` of what is under way; empty: its sender told none."""
    return _TRACE.get()


class CallSpan:
    """One call, as whoever watches calls sees it."""

    status: int | None = None
    """Of its answer, once there is one."""


Watch = Callable[[str, str, int | None], AbstractContextManager[CallSpan]]
"""Method, host, port: entered before a call, left after it; meanwhile `trace()` is the call's own."""

_WATCH: ContextVar[Watch | None] = ContextVar("watch", default=None)


def watch_calls(watch: Watch) -> None:
    """Each call that this task makes from here on is watched."""
    _WATCH.set(watch)


def watching() -> Watch | None:
    """Who watches the calls of this task; nobody, as a rule."""
    return _WATCH.get()


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


_NOTHING: Mapping[str, Any] = MappingProxyType({})


async def _no_checkpoint(_part: str, _answer: bytes) -> None:
    return None


class Outbound(NamedTuple):
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
    checkpoint: Checkpoint = _no_checkpoint
    context: Mapping[str, Any] = _NOTHING


@dataclass(frozen=True, slots=True)
class OpenPayment:
    """A payment about to be opened: what later calls about it will be compared with.

    `reference` is the name both sides use, `transaction_time` the literal sent beside it, `amount` in whole `currency`.
    """

    reference: str
    transaction_time: str
    amount: int
    currency: str


class Prepared(NamedTuple):
    """What must be known afterwards, fixed before a byte is sent; `keys` are committed with the attempt."""

    keys: Mapping[str, str]
    request: Outbound
    payment: OpenPayment | None = None


class Reply(NamedTuple):
    """Data a system gave back: mapped backward through `mapping`, it becomes a message of `type` to whoever asked.

    `record` is the system's own record, or its XML as bytes; without a mapping it is canonical already.
    """

    type: str
    """Without the prefix of our types: `citizen.found.v1`."""
    mapping: str
    record: Mapping[str, Any] | bytes


class Receipt(NamedTuple):
    """What the system answered when it took the document.

    `code` and `text` are the system's own words (no personal data), `answer` the raw bytes, kept sealed.
    """

    code: str
    text: str
    answer: bytes
    warnings: tuple[DeliveryWarning, ...] = ()
    reply: Reply | None = None
    facts: Mapping[str, str] = _NOTHING


class Adapter(Protocol):
    """Speaks to one system. Knows nothing of ledgers, queues or retries."""

    async def deliver(self, request: Outbound) -> Receipt:
        """Hand over one document; return once the system has taken it, else raise a `DeliveryError`."""

    async def probe(self) -> None:
        """Return quietly if a delivery would be taken now; else raise what an operator would meet."""


@dataclass(frozen=True, slots=True)
class Trials:
    """What can be tried of a system without an effect; each returns quietly or raises a `DeliveryError`."""

    services: Mapping[str, Callable[[], Awaitable[None]]]
    """By the system's own name, in the order of trying. The right to one says nothing of the right to another."""
    login: Callable[[], Awaitable[None]] | None = None
    """What they all rest on, where it is a call of its own: where it fails, they would meet the same."""


@runtime_checkable
class Tries(Protocol):
    """Optional: can try its login and each service that has no effect, so that a missing right is found beforehand."""

    def trials(self) -> Trials: ...


@runtime_checkable
class Prepares(Protocol):
    """Optional: fixes keys (a payment reference, say) before the attempt begins. Pure: no input or output."""

    def prepare(self, request: Outbound) -> Prepared: ...


@dataclass(frozen=True, slots=True)
class Taken:
    """The system says it has the document. `reply`: what its first answer would have carried, where it says so."""

    code: str
    text: str
    answer: bytes
    reply: Reply | None = None


@dataclass(frozen=True, slots=True)
class NotTaken:
    """The system proves that it does not have the document: sending it is safe."""

    code: str
    answer: bytes


@dataclass(frozen=True, slots=True)
class Unknown:
    """The system's word proves nothing either way."""

    code: str


@runtime_checkable
class Queries(Protocol):
    """Optional: can ask the system about an attempt that ended without a clear answer, by the keys it went out with."""

    async def query(self, keys: Mapping[str, str], deadline: float) -> Taken | NotTaken | Unknown:
        """Ask. Whatever stands in the way of an answer is `Unknown`; raises nothing but `DeliveryError`."""


@runtime_checkable
class Looks(Protocol):
    """Optional: can say what the system holds about a subject, whoever brought it there; its spec says `looks`."""

    async def look(self, subject: str, deadline: float) -> Reply:
        """Ask, without any effect there. Raises `DeliveryError`.

        The reply's document lists what there is: nothing, where the subject is not known. Its record holds codes and
        statuses, nothing personal.
        """


@dataclass(frozen=True, slots=True)
class Compared:
    """How a document stands against what the system has of its subject, whoever brought that there.

    `same`: it says the same; `differs`; `absent`: the system does not know the subject; `unknown`: it did not say
    (`code`: why not); `not_asked`. `differences` name fields and codes, never a value that is personal.
    """

    state: Literal["same", "differs", "absent", "unknown", "not_asked"]
    code: str = ""
    differences: tuple[DeliveryWarning, ...] = ()


@runtime_checkable
class Compares(Protocol):
    """Optional: can compare a document with what the system has, without any effect there (shadow mode)."""

    async def compare(self, request: Outbound) -> Compared:
        """Ask and compare. Raises `DeliveryError`."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """A call that a system makes to us, as it came."""

    operation: str
    body: bytes
    content_type: str = "application/json"


@dataclass(frozen=True, slots=True)
class CallAnswer:
    """What a calling system gets, in the shape its specification says."""

    body: bytes
    status: int = 200
    content_type: str = "application/json"


class CallRefused(Exception):  # noqa: N818 - an answer of its own, not a failure
    """A call that cannot be read or is not believed. `code` names why; texts never carry personal data."""

    def __init__(self, code: str, *, vi: str, en: str, answer: CallAnswer, forged: bool = False) -> None:
        super().__init__(f"{code}: {en}")
        self.code = code
        self.vi = vi
        self.en = en
        self.answer = answer
        self.forged = forged
        """It claims to come from the system and provably does not."""


HeardKind = Literal["payment_settled", "payable_asked", "dossier_filed"]


@dataclass(frozen=True, slots=True)
class Heard:
    """What a verified call says. Nothing of it has been compared with the ledger yet.

    `reply` becomes a message; `event_id` makes a repeat the same message. `reference`, `amount`, `currency` and
    `paid` are what a payment notification is compared by.
    """

    kind: HeardKind
    operation: str
    reply: Reply
    event_id: str
    subject: str = ""
    reference: str = ""
    amount: int | None = None
    currency: str = ""
    transaction: str = ""
    paid: bool = False
    echo: Mapping[str, Any] = field(default_factory=dict)
    """What the answer repeats of the call."""


class Outcome(StrEnum):
    """What the gateway made of a verified call."""

    RECORDED = "recorded"
    DUPLICATE = "duplicate"
    UNKNOWN = "unknown"  # it speaks of nothing we know
    MISMATCH = "mismatch"  # amount or currency differ from what we asked for
    DUE = "due"  # something is payable: the record goes with the answer
    NOTHING_DUE = "nothing_due"
    FAILED = "failed"  # it could not be stored now, or its content breaks the rules


@runtime_checkable
class AnswersCallbacks(Protocol):
    """Optional: understands the calls a system makes to us. Pure: no input or output, so any process may hold one."""

    def read(self, call: Incoming) -> Heard:
        """Verify and read one call. Raises `CallRefused`."""

    def answer(self, heard: Heard, outcome: Outcome, record: Mapping[str, Any] | None = None) -> CallAnswer:
        """The acknowledgement the system expects; `record`: the mapped document that `DUE` answers with."""


class Explanation(Protocol):
    """The word of a system's error catalogue on one code, in both languages. Texts may hold unfilled `{places}`."""

    @property
    def code(self) -> str:
        """As the catalogue lists it, with the places that a code of its family fills (`HTTP_{status}`)."""

    @property
    def vi(self) -> str: ...

    @property
    def en(self) -> str: ...

    @property
    def fixer(self) -> str:
        """Who can mend it: `sender`, `operator` (of the gateway) or `system`."""

    @property
    def advice_vi(self) -> str: ...

    @property
    def advice_en(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Stakes:
    """What is at stake when a person decides about an operation that may have happened, in both languages.

    `taken`: said to be taken, and it was not. `again`: sent again, and it had been taken.
    """

    taken_vi: str
    taken_en: str
    again_vi: str
    again_en: str


def _unexplained(_code: str) -> Explanation | None:
    return None


@dataclass(frozen=True, slots=True)
class AdapterSpec:
    """All that an adapter package exports: a name, its operations, its settings and a way to open it."""

    name: str
    operations: frozenset[str]
    repeatable: Callable[[Any], frozenset[str]]
    """settings -> the operations that may safely be sent twice."""
    settings: type[BaseModel]
    open: Callable[[Any], AbstractAsyncContextManager[Adapter]]
    callbacks: frozenset[str] = frozenset()
    """Operations by which the system calls us."""
    listen: Callable[[Any], AnswersCallbacks] | None = None
    """settings -> what understands those calls."""
    looks: bool = False
    """It can say what the system holds about a subject (`Looks`), so what we believe can be compared with it."""
    pays: bool = False
    """Its documents open, watch or document payments."""
    explain: Callable[[str], Explanation | None] = _unexplained
    """The catalogue's word on a code that this adapter has raised."""
    stakes: Mapping[str, Stakes] = field(default_factory=dict)
    """Of each operation that may not be repeated blindly."""
    alarms: frozenset[str] = frozenset()
    """Codes of warnings that people are alarmed of: each is counted from 0, so that the very first one is seen."""
