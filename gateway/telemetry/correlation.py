"""Ids that every log line of one message's work carries, whoever writes it: message, delivery, business thread, trace.

Each delivery is worked on by a task of its own, so what is set there is seen by everything it calls and by nobody else.
"""

from __future__ import annotations

from structlog.contextvars import bind_contextvars


def correlate(*, message_id: str, correlation_id: str, traceparent: str | None, delivery_id: str = "") -> None:
    """For the rest of this task."""
    told = {
        "message_id": message_id,
        "correlation_id": correlation_id,
        "trace_id": trace_of(traceparent),
        "delivery_id": delivery_id,
    }
    bind_contextvars(**{name: value for name, value in told.items() if value})


def trace_of(traceparent: str | None) -> str:
    """`00-<trace>-<span>-<flags>` -> the trace."""
    return traceparent.split("-")[1] if traceparent else ""
