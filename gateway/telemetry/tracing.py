"""Spans of a message's way, sent to a collector: the port, what a span may say, and the way to open it.

Off unless `[tracing]` says so and the extra `otel` is installed; then whoever would trace holds None, and one `if` is
all that a message pays. A span says ids and codes only: names outside `ALLOWED`, and values that do not look like an
id or a code, are left out. Names: OpenTelemetry's semantic conventions, else `lienthong.*`.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from importlib.util import find_spec
from threading import Thread
from typing import Literal, Protocol

import structlog

from gateway.settings import TracingSettings

log = structlog.get_logger(__name__)

Kind = Literal["server", "consumer", "client", "internal"]
Facts = Mapping[str, str | int | None]

ALLOWED = frozenset(
    {
        "cloudevents.event_type",
        "error.type",
        "http.request.method",
        "http.response.status_code",
        "http.route",
        "lienthong.attempt",
        "lienthong.decision",
        "lienthong.delivery.id",
        "lienthong.duplicate",
        "lienthong.operation",
        "messaging.destination.name",
        "messaging.message.conversation_id",
        "messaging.message.id",
        "messaging.operation.name",
        "messaging.operation.type",
        "messaging.system",
        "server.address",
        "server.port",
    }
)
_SHAPE = re.compile(r"[A-Za-z0-9_./:{}-]{1,200}")

_CLOSE_SECONDS = 3.0
"""For what was not sent yet when a process ends; a collector that is away keeps nobody."""


class Span(Protocol):
    """Something that takes time. One that is never ended is never told."""

    @property
    def traceparent(self) -> str:
        """What belongs to it carries this (W3C Trace Context)."""

    def end(self, facts: Facts, *, error: str = "") -> None:
        """Once; `error`: the code of what went wrong."""


class Tracing(Protocol):
    """Where spans go. Nothing here blocks or raises; what a collector does not take in time is dropped."""

    def begin(self, name: str, kind: Kind, parent: str | None, facts: Facts, since: datetime | None = None) -> Span: ...

    def close(self) -> None:
        """Send what is left; blocks, within bounds."""


def allowed(facts: Facts) -> dict[str, str | int]:
    """What of it a span may say."""
    return {
        name: value
        for name, value in facts.items()
        if name in ALLOWED and (isinstance(value, int) or (value and _SHAPE.fullmatch(value)))
    }


def is_installed() -> bool:
    """Whether the extra `otel` is there."""
    return find_spec("opentelemetry") is not None and find_spec("opentelemetry.sdk") is not None


def build(settings: TracingSettings) -> Tracing:
    """Nothing is sent yet. Raises whatever the library raises, say for an `OTEL_BSP_*` it cannot work with."""
    # Imported where it is asked for: it costs every start a quarter of a second.
    from gateway.telemetry.otel import OtelTracing  # noqa: PLC0415

    return OtelTracing(settings)


@asynccontextmanager
async def open_tracing(settings: TracingSettings) -> AsyncIterator[Tracing | None]:
    """None where it is off, or cannot be opened, which is said: tracing keeps no gateway from its work."""
    if not settings.enabled:
        yield None
        return
    if not is_installed():
        log.warning("tracing.extra_missing", reason="./run install --otel")
        yield None
        return
    try:
        tracing = build(settings)
    except Exception as exc:  # noqa: BLE001 - the library reads variables of its own, and raises what it likes
        log.warning("tracing.not_opened", error=type(exc).__name__, reason="OTEL_*, [tracing]")
        yield None
        return
    try:
        yield tracing
    finally:
        # A thread that nobody waits for at the end: a collector may hang for as long as it likes.
        closing = Thread(target=tracing.close, name="tracing", daemon=True)
        closing.start()
        await asyncio.to_thread(closing.join, _CLOSE_SECONDS)
        if closing.is_alive():
            log.warning("tracing.not_all_sent")
