"""The HTTP app of the gateway: `build` puts handlers, routes and the problem middleware together.

Run it with `gateway.intake.server.IntakeRunner`, so that malformed HTTP is answered in the same form.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Protocol

import orjson
from aiohttp import hdrs, web
from aiohttp.typedefs import Middleware
from prometheus_client import CONTENT_TYPE_LATEST

from gateway.acceptance import schemas
from gateway.acceptance.validation import Validator
from gateway.caller import PROXIES
from gateway.edge_settings import HttpSettings
from gateway.errors import IntakeError
from gateway.intake import asyncapi, body, cloudevents, openapi, pages, problem, xml_document
from gateway.intake.bounds import BOUNDS, Bounds
from gateway.intake.callbacks import Callbacks
from gateway.intake.credentials.limits import NO_LIMITS, Limits
from gateway.intake.gate import Gate, Handle
from gateway.intake.hardening import harden_answers
from gateway.intake.messages import Accepts, Messages
from gateway.intake.middleware import framework_error, problems
from gateway.intake.payment_views import PaymentViews
from gateway.intake.prefer import Waits
from gateway.intake.refusals import Refusals
from gateway.intake.surface import ROUTES
from gateway.intake.views import Operations, Views, json_response, not_found
from gateway.ledger.port import Ledger
from gateway.telemetry.metrics import DoorMetrics
from gateway.telemetry.spans import answering
from gateway.telemetry.tracing import Tracing

Readiness = Callable[[], Awaitable[Mapping[str, str | None]]]
"""Name of a check -> None when it is fine, else what is wrong."""


_WAYS_IN = ("postMessages", "takeCallback")


class Area(Protocol):
    """The views of one area: its answers, by the names of routes."""

    def handlers(self) -> dict[str, Handle]: ...


def _now() -> datetime:
    return datetime.now(UTC)


def build(
    *,
    acceptance: Accepts,
    ledger: Ledger,
    operations: Operations,
    validator: Validator,
    gate: Gate,
    refusals: Refusals,
    metrics: DoorMetrics,
    readiness: Readiness,
    settings: HttpSettings,
    documents: xml_document.InForce,
    areas: Iterable[Area] = (),
    callbacks: Callbacks | None = None,
    waiting: Waits | None = None,
    limits: Limits = NO_LIMITS,
    extra: Iterable[web.AbstractRouteDef] = (),
    clock: Callable[[], datetime] = _now,
    takes: bool = True,
    tracing: Tracing | None = None,
) -> web.Application:
    """The app with every route of `ROUTES` and the `extra` ones (the console). Holds no state of its own.

    Every handler of `ROUTES` stands behind the `gate`. Routes whose area is not among `areas` are not there, without
    `callbacks` none for national systems; unless it `takes` messages, nothing comes in here.
    """
    messages = Messages(acceptance, validator, metrics, settings, clock, documents, refusals, waiting, limits)
    views = Views(ledger, operations)
    handlers = _handlers(messages, views, _Pages(metrics, readiness)) | PaymentViews(ledger).handlers()
    for area in areas:
        handlers |= area.handlers()
    if callbacks is not None:
        handlers["takeCallback"] = callbacks.post
    if tracing is not None:
        patterns = {route.name: route.pattern for route in ROUTES}
        handlers |= {n: answering(tracing, patterns[n], handlers[n]) for n in _WAYS_IN if n in handlers}
    if not takes:
        handlers = {name: handle for name, handle in handlers.items() if name not in _WAYS_IN}
    largest = max(settings.max_event_bytes, settings.max_batch_bytes)
    app = _app(problems(metrics, refusals), settings, client_max_size=largest)
    expect = _expect(largest)
    for route in ROUTES:
        if route.name not in handlers:
            continue
        add = app.router.add_get if route.method == "GET" else app.router.add_post
        add(route.pattern, gate.guarded(route, handlers[route.name]), expect_handler=expect)
    app.add_routes(extra)

    async def write_counts(_: web.Application) -> None:
        await refusals.close()

    app.on_cleanup.append(write_counts)
    return app


def _handlers(messages: Messages, views: Views, pages_: _Pages) -> dict[str, Handle]:
    """Name of a route -> what answers it."""
    return {
        "postMessages": messages.post,
        "listMessages": views.messages,
        "getMessage": views.message,
        "getDossier": views.dossier,
        "listDeliveries": views.deliveries,
        "replayDelivery": views.replay,
        "discardDelivery": views.discard,
        "getBalance": views.balance,
        "getHealth": pages_.health,
        "getReadiness": pages_.ready,
        "getMetrics": pages_.metrics,
        "getOpenapi": pages_.openapi,
        "getAsyncapi": pages_.asyncapi,
        "getSchema": pages_.schema,
        "getDocs": pages_.docs,
        "getProblems": pages_.problems,
    }


class _Pages:
    """What is the same for everybody: health, metrics and documents."""

    def __init__(self, metrics: DoorMetrics, readiness: Readiness) -> None:
        self._metrics = metrics
        self._readiness = readiness
        self._openapi = orjson.dumps(openapi.document())
        self._asyncapi = orjson.dumps(asyncapi.document())
        self._xml_schema = xml_document.schema()

    async def health(self, _: web.Request) -> web.Response:
        return json_response({"status": "ok"})

    async def ready(self, _: web.Request) -> web.Response:
        checks = dict(await self._readiness())
        fine = all(flaw is None for flaw in checks.values())
        return json_response({"status": "ok" if fine else "unavailable", "checks": checks}, 200 if fine else 503)

    async def metrics(self, _: web.Request) -> web.Response:
        return web.Response(body=await self._metrics.exposition(), headers={hdrs.CONTENT_TYPE: CONTENT_TYPE_LATEST})

    async def openapi(self, _: web.Request) -> web.Response:
        return web.Response(body=self._openapi, content_type="application/json")

    async def asyncapi(self, _: web.Request) -> web.Response:
        return web.Response(body=self._asyncapi, content_type="application/json")

    async def schema(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if name == xml_document.SCHEMA_NAME:
            return web.Response(body=self._xml_schema, content_type=body.XML, charset="utf-8")
        try:
            found = schemas.document(name.removesuffix(".json"))
        except KeyError:
            raise not_found() from None
        return web.Response(body=orjson.dumps(found), content_type="application/schema+json")

    async def docs(self, _: web.Request) -> web.Response:
        return web.Response(text=pages.docs(), content_type="text/html", charset="utf-8", headers=pages.HEADERS)

    async def problems(self, _: web.Request) -> web.Response:
        return web.Response(text=pages.problems(), content_type="text/html", charset="utf-8", headers=pages.HEADERS)


def status_app(metrics: DoorMetrics, readiness: Readiness, settings: HttpSettings) -> web.Application:
    """Health, readiness and metrics of a process that takes nothing over HTTP."""
    pages_ = _Pages(metrics, readiness)
    app = _app(problems(metrics), settings)
    app.router.add_get("/healthz", pages_.health)
    app.router.add_get("/readyz", pages_.ready)
    app.router.add_get("/metrics", pages_.metrics)
    return app


def _app(told: Middleware, settings: HttpSettings, **how: Any) -> web.Application:
    """Empty still; every error a problem document, every answer hardened, what it bears at once bounded."""
    app = web.Application(middlewares=[told], **how)
    app[BOUNDS] = Bounds(settings)
    app[PROXIES] = settings.proxies
    harden_answers(app, tls=settings.public_url.startswith("https://"))
    return app


def _expect(most: int) -> Callable[[web.Request], Awaitable[web.StreamResponse | None]]:
    """Answers `Expect: 100-continue` before a body is sent for nothing."""

    async def answer(request: web.Request) -> web.StreamResponse | None:
        error: IntakeError | None = None
        if request.headers.get(hdrs.EXPECT, "").lower() != "100-continue":
            error = framework_error(417)
        elif (request.content_length or 0) > most:
            error = cloudevents.too_large(most)
        if error is not None:
            response = problem.response(error)
            response.force_close()
            return response
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        # The answer itself has not begun (as in aiohttp's own handler).
        request.writer.output_size = 0
        return None

    return answer
