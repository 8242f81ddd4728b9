"""Tracing by OpenTelemetry: spans in batches, over OTLP/HTTP. The one module that knows the library.

The library reads its standard variables itself: `OTEL_EXPORTER_OTLP_*` (endpoint, headers, certificate, time limit),
`OTEL_BSP_*` (queue and batches), `OTEL_SERVICE_NAME`, `OTEL_RESOURCE_ATTRIBUTES`, `OTEL_SDK_DISABLED`. A thread of its
own sends; a full queue drops.
"""

from __future__ import annotations

import os
import re
from datetime import datetime

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace import NonRecordingSpan, SpanContext, SpanKind, Status, StatusCode, TraceFlags
from opentelemetry.trace import Span as TheirSpan
from opentelemetry.trace.propagation import set_span_in_context
from opentelemetry.util.types import AnyValue

import gateway
from gateway.settings import TracingSettings
from gateway.telemetry.tracing import Facts, Kind, Span, allowed

_KINDS = {
    "server": SpanKind.SERVER,
    "consumer": SpanKind.CONSUMER,
    "client": SpanKind.CLIENT,
    "internal": SpanKind.INTERNAL,
}
_PATH = "/v1/traces"
_WELL_FORMED = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")


class OtelTracing:
    """See `Tracing`."""

    def __init__(self, settings: TracingSettings) -> None:
        """Nothing is sent yet. A trace that came with a sender's decision keeps it; `ratio` decides for the others."""
        own: dict[str, AnyValue] = {
            "service.name": "lienthong",
            "service.version": gateway.__version__,
            "process.pid": os.getpid(),
        }
        endpoint = settings.endpoint.rstrip("/")
        if endpoint and not endpoint.endswith(_PATH):
            endpoint += _PATH
        self._provider = TracerProvider(
            sampler=ParentBased(TraceIdRatioBased(settings.ratio)),
            resource=Resource.create(own).merge(OTELResourceDetector().detect()),
            shutdown_on_exit=False,
        )
        self._provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint or None)))
        self._tracer = self._provider.get_tracer("lienthong", gateway.__version__)

    def begin(self, name: str, kind: Kind, parent: str | None, facts: Facts, since: datetime | None = None) -> Span:
        span = self._tracer.start_span(
            name,
            context=_context(parent),
            kind=_KINDS[kind],
            attributes=allowed(facts),
            start_time=int(since.timestamp() * 1e9) if since else None,
        )
        return _Span(span, parent if parent and _WELL_FORMED.fullmatch(parent) else "")

    def close(self) -> None:
        self._provider.shutdown()


class _Span:
    """See `Span`."""

    __slots__ = ("_span", "traceparent")

    def __init__(self, span: TheirSpan, parent: str) -> None:
        self._span = span
        own = span.get_span_context()
        # Not valid where the library was told to be off: then the sender's goes on as it came.
        self.traceparent = (
            f"00-{own.trace_id:032x}-{own.span_id:016x}-{own.trace_flags:02x}" if own.is_valid else parent
        )

    def end(self, facts: Facts, *, error: str = "") -> None:
        span = self._span
        if span.is_recording():
            span.set_attributes(allowed({**facts, "error.type": error}))
            if error:
                span.set_status(Status(StatusCode.ERROR))
        span.end()


def _context(parent: str | None) -> Context:
    """Of its own, whatever task it is begun in."""
    if not parent or not _WELL_FORMED.fullmatch(parent):
        return Context()
    _, trace, span, flags = parent.split("-")
    remote = SpanContext(int(trace, 16), int(span, 16), is_remote=True, trace_flags=TraceFlags(int(flags, 16)))
    return set_span_in_context(NonRecordingSpan(remote), Context())
