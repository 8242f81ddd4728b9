"""A collector of spans as others run it: OTLP over HTTP, every request decoded by the protocol's own package."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span


@dataclass(frozen=True)
class Told:
    """A span as it was sent."""

    name: str
    kind: str
    trace: str
    id: str
    parent: str
    facts: dict[str, str | int]
    failed: bool
    process: int
    seconds: float

    @property
    def traceparent(self) -> str:
        return f"00-{self.trace}-{self.id}-01"


@dataclass
class Collector:
    """What it was sent."""

    url: str = ""
    raw: bytearray = field(default_factory=bytearray)
    spans: list[Told] = field(default_factory=list)

    def one(self, name: str) -> Told:
        [found] = [span for span in self.spans if span.name == name]
        return found

    def hear(self, body: bytes) -> None:
        self.raw += body
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            of = {one.key: one.value for one in resource.resource.attributes}
            assert of["service.name"].string_value == "lienthong"
            for scope in resource.scope_spans:
                self.spans += [_told(span, of["process.pid"].int_value) for span in scope.spans]


def _told(span: Span, process: int) -> Told:
    facts: dict[str, str | int] = {one.key: one.value.string_value or one.value.int_value for one in span.attributes}
    assert not span.events and not span.status.message
    return Told(
        span.name,
        Span.SpanKind.Name(span.kind).removeprefix("SPAN_KIND_").lower(),
        span.trace_id.hex(),
        span.span_id.hex(),
        span.parent_span_id.hex(),
        facts,
        span.status.code == 2,
        process,
        (span.end_time_unix_nano - span.start_time_unix_nano) / 1e9,
    )


@asynccontextmanager
async def collecting() -> AsyncIterator[Collector]:
    """One that listens until left."""
    collector = Collector()

    async def take(request: web.Request) -> web.Response:
        collector.hear(await request.read())
        return web.Response(content_type="application/x-protobuf")

    app = web.Application(client_max_size=64 << 20)
    app.router.add_post("/v1/traces", take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    collector.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield collector
    finally:
        await runner.cleanup()
