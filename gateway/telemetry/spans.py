"""What is traced of a message: taken in, waiting, an attempt, each call of the attempt. Only used where tracing is on.

A sender's `traceparent` is the parent of what is taken in; the message keeps that span's own in its place, so whoever
works on it later, in whatever process, goes on from there, and an answer goes on from the attempt that brought it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

from aiohttp import web

from adapters.contract import CallSpan, follow_trace, trace, watch_calls
from gateway.message import TYPE_PREFIX, Accepted, Event, Work
from gateway.telemetry.tracing import Facts, Span, Tracing

_Handle = Callable[[web.Request], Awaitable[web.StreamResponse]]

_AROUND: ContextVar[tuple[str | None, str]] = ContextVar("around", default=(None, ""))
"""The request that is being answered: the `traceparent` it came with, and its span's."""


def answering(tracing: Tracing, route: str, handle: _Handle) -> _Handle:
    """The handler of a route by which something comes in, each of its requests a span."""

    async def traced(request: web.Request) -> web.StreamResponse:
        came_with = request.headers.get("traceparent")
        told = {"http.request.method": request.method, "http.route": route}
        span = tracing.begin(f"{request.method} {route}", "server", came_with, told)
        before = _AROUND.set((came_with, span.traceparent))
        status = 500
        try:
            answer = await handle(request)
            status = answer.status
            return answer
        except Exception as exc:
            status = getattr(exc, "status", 500)
            raise
        finally:
            _AROUND.reset(before)
            span.end({"http.response.status_code": status}, error=str(status) if status >= 500 else "")

    return traced


def around() -> str | None:
    """The span of the request that is being answered, for what it causes; None where that is not traced."""
    return _AROUND.get()[1] or None


async def taken(
    tracing: Tracing, events: Sequence[Event], store: Callable[[Sequence[Event]], Awaitable[list[Accepted]]]
) -> list[Accepted]:
    """Store events, each as a span that ends with the commit; what is stored carries it."""
    came_with, request = _AROUND.get()
    spans: list[Span] = []
    for event in events:
        parent = request if request and event.traceparent in (None, came_with) else event.traceparent
        name = f"accept {event.type.removeprefix(TYPE_PREFIX)}"
        spans.append(tracing.begin(name, "consumer", parent, _taking(event)))
    try:
        pairs = zip(events, spans, strict=True)
        answers = await store([one._replace(traceparent=span.traceparent or None) for one, span in pairs])
    except Exception as exc:
        for span in spans:
            span.end({}, error=_code(exc))
        raise
    for span, answer in zip(spans, answers, strict=True):
        span.end({"messaging.message.id": answer.id, "lienthong.duplicate": "yes" if answer.duplicate else "no"})
    return answers


FENCE_LOST = "FENCE_LOST"
"""Of an attempt whose lease ran out: what became of it is told by whoever took it over."""


class Attempt:
    """One attempt: `work` carries its span instead of the message's."""

    def __init__(self, work: Work, span: Span, waited: Callable[[], None]) -> None:
        """`waited` tells how long it waited."""
        self.work = work
        self._span = span
        self._waited = waited
        self._told: Facts | None = None
        self._error = ""

    def begun(self) -> None:
        """Committed: it waits no more. One that gives way (a limit, a pause) is offered again, and goes on waiting."""
        self._waited()

    def fence_lost(self) -> None:
        """It ended after its lease, so nothing of it was recorded."""
        self._told, self._error = {}, FENCE_LOST

    def settled(self, decision: str, code: str | None, number: int) -> None:
        """How it went."""
        self._told = {"lienthong.decision": decision, "lienthong.attempt": number}
        self._error = code or ""

    def end(self, error: str = "") -> None:
        """One that was not begun is not told."""
        if self._told is not None or error:
            self._span.end(self._told or {}, error=error or self._error)


@contextmanager
def attempting(tracing: Tracing, work: Work) -> Iterator[Attempt]:
    """An attempt, and before the first one the time it waited since it was accepted: outbox, queue, lane, limits."""
    about, destination = _about(work), work.delivery.destination

    def waited() -> None:
        if work.delivery.attempts == 0:
            tracing.begin(f"wait {destination}", "internal", work.traceparent, about, work.accepted_at).end({})

    span = tracing.begin(f"process {destination}", "consumer", work.traceparent, about)
    attempt = Attempt(work._replace(traceparent=span.traceparent), span, waited)
    follow_trace(span.traceparent)
    watch_calls(_Calls(tracing, work.delivery.destination))
    try:
        yield attempt
    except Exception as exc:
        attempt.end(type(exc).__name__)
        raise
    attempt.end()


class _Calls:
    """See `adapters.contract.Watch`."""

    def __init__(self, tracing: Tracing, destination: str) -> None:
        self._tracing = tracing
        self._destination = destination

    @contextmanager
    def __call__(self, method: str, host: str, port: int | None) -> Iterator[CallSpan]:
        parent = trace()
        told: Facts = {
            "http.request.method": method,
            "server.address": host,
            "server.port": port,
            "messaging.destination.name": self._destination,
        }
        span = self._tracing.begin(method, "client", parent, told)
        follow_trace(span.traceparent)
        call = CallSpan()
        error = ""
        try:
            yield call
        except BaseException as exc:
            error = _code(exc)
            raise
        finally:
            follow_trace(parent)
            failed = str(call.status) if call.status is not None and call.status >= 400 else ""
            span.end({"http.response.status_code": call.status}, error=error or failed)


def _taking(event: Event) -> Facts:
    return {
        "messaging.system": "lienthong",
        "messaging.operation.type": "receive",
        "messaging.operation.name": "accept",
        "cloudevents.event_type": event.type,
    }


def _about(work: Work) -> Facts:
    return {
        "messaging.system": "lienthong",
        "messaging.operation.type": "process",
        "messaging.operation.name": "deliver",
        "messaging.destination.name": work.delivery.destination,
        "messaging.message.id": work.delivery.message_id,
        "messaging.message.conversation_id": work.correlation_id,
        "cloudevents.event_type": work.type,
        "lienthong.delivery.id": work.delivery.id,
        "lienthong.operation": work.delivery.operation,
    }


def _code(exc: BaseException) -> str:
    """What went wrong, by the code we gave it, else by its kind; never its words."""
    code = getattr(exc, "code", None) or getattr(exc, "reason", None)
    return code if isinstance(code, str) else type(exc).__name__
