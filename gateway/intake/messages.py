"""`POST /v1/messages`: read, judge, hand over, answer; 202 only after `accept` has returned, which is after the commit.

One event, a batch (all or nothing) or one event a line (each for itself).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import orjson
from aiohttp import web

from gateway.acceptance.validation import Validator
from gateway.edge_settings import HttpSettings
from gateway.errors import ConflictError, IntakeError, LedgerUnavailable, Problem
from gateway.intake import body, cloudevents, prefer, problem, xml_document
from gateway.intake.auth import authorise
from gateway.intake.cloudevents import Reading
from gateway.intake.credentials.limits import NO_LIMITS, Limits
from gateway.intake.credentials.rates import Standing
from gateway.intake.gate import caller_of
from gateway.intake.judge import judge, judged
from gateway.intake.refusals import Refusals
from gateway.message import Accepted, Client, Event
from gateway.telemetry.metrics import DoorMetrics

_JSON = {"Content-Type": "application/json"}
_AT_ONCE = 200
"""Events judged and handed over in one go; between two such parts everybody else gets their turn."""
MOST_LINES = 100_000
"""More lines than sixteen million bytes of events can have."""


class Accepts(Protocol):
    """What intake needs of `gateway.acceptance.accept.Acceptance`."""

    async def accept(self, client: Client, event: Event) -> Accepted: ...

    async def accept_all(self, client: Client, events: Sequence[Event]) -> list[Accepted]: ...


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of a bulk upload that may be handed over."""

    number: int
    event: Event


class Messages:
    """Takes messages over HTTP."""

    def __init__(
        self,
        acceptance: Accepts,
        validator: Validator,
        metrics: DoorMetrics,
        settings: HttpSettings,
        clock: Callable[[], datetime],
        documents: xml_document.InForce,
        refusals: Refusals,
        waiting: prefer.Waits | None = None,
        limits: Limits = NO_LIMITS,
    ) -> None:
        """`documents`: the mappings by which XML of a one-stop system becomes an event."""
        self._waiting = waiting
        self._refusals = refusals
        self._limits = limits
        self._acceptance = acceptance
        self._validator = validator
        self._metrics = metrics
        self._settings = settings
        self._clock = clock
        self._documents = documents

    async def post(self, request: web.Request) -> web.Response:
        """One way in for every content type."""
        client = caller_of(request)
        media_type = body.declared_type(request)
        self._limits.look(client)
        settings = self._settings
        match media_type:
            case body.STRUCTURED:
                raw = await body.read_body(request, settings.max_event_bytes, settings.body_timeout)
                return await self._one(client, cloudevents.structured(raw, self._validator.judge_envelope), request)
            case body.BATCH:
                return await self._batch(client, await self._bulk(request))
            case body.XML:
                raw = await body.read_body(request, settings.max_event_bytes, settings.body_timeout)
                judge = self._validator.judge_envelope
                reading = xml_document.read(raw, self._documents, client, request.headers, judge)
                return await self._one(client, reading, request)
            case body.NDJSON:
                return await self._lines(client, await self._bulk(request), request)
            case body.JSON if any(name.lower().startswith("ce-") for name in request.headers):
                raw = await body.read_body(request, settings.max_event_bytes, settings.body_timeout)
                headers = request.headers.items()
                reading = cloudevents.binary(headers, raw, self._validator.judge_envelope)
                return await self._one(client, reading, request)
        raise body.unsupported(media_type)

    async def _bulk(self, request: web.Request) -> bytes:
        return await body.read_body(request, self._settings.max_batch_bytes, self._settings.body_timeout)

    async def _one(self, client: Client, reading: Reading, request: web.Request) -> web.Response:
        standing = self._limits.take(client)
        event = self._judged(client, cloudevents.traced(reading, request.headers.get("traceparent")))
        accepted = await self._acceptance.accept(client, event)
        seconds = prefer.wanted(request.headers.get("Prefer"), event.type, self._settings.max_wait.total_seconds())
        if seconds is not None and self._waiting is not None:
            reply = await self._waiting.wait(accepted.id, seconds)
            if reply is not None:
                return _limited(prefer.answered(accepted.id, reply, seconds), standing)
        headers = {"Content-Type": "application/json", "Location": f"/v1/messages/{accepted.id}"} | _told(standing)
        return web.Response(status=202, body=orjson.dumps(_answer(accepted)), headers=headers)

    async def _batch(self, client: Client, raw: bytes) -> web.Response:
        """All or nothing: one wrong event, one conflict, and nothing is stored."""
        settings = self._settings
        readings = cloudevents.batch(
            raw, settings.max_batch_events, settings.max_event_bytes, self._validator.judge_envelope
        )
        standing = self._limits.take(client, len(readings))
        for index, reading in enumerate(readings):
            authorise(client, reading.event, f"/{index}")
        now = self._clock()
        events, errors = [], list[Problem]()
        for index, reading in enumerate(readings):
            if index % _AT_ONCE == _AT_ONCE - 1:
                await asyncio.sleep(0)
            event, wrong = judge(self._validator, now, reading)
            events.append(event)
            errors.extend(Problem(f"/{index}{one.pointer}", one.code, one.message) for one in wrong)
        if errors:
            raise problem.invalid(errors)
        accepted = await self._acceptance.accept_all(client, events) if events else []
        answer = {"messages": [_answer(one) for one in accepted]}
        return web.Response(status=202, body=orjson.dumps(answer), headers=_JSON | _told(standing))

    async def _lines(self, client: Client, raw: bytes, request: web.Request) -> web.Response:
        """Each line for itself; lines of one dossier are accepted in the order given."""
        lines = cloudevents.lines(raw, MOST_LINES)
        standing = self._limits.take(client, len(lines))
        text: list[bytes] = []
        for start in range(0, len(lines), _AT_ONCE):
            answers = await self._some_lines(client, lines[start : start + _AT_ONCE], request)
            text += [orjson.dumps({"line": number, **one}) for number, one in answers.items()]
            await asyncio.sleep(0)
        headers = {"Content-Type": body.NDJSON} | _told(standing)
        return web.Response(status=200, body=b"\n".join([*text, b""]), headers=headers)

    async def _some_lines(
        self, client: Client, lines: Sequence[tuple[int, bytes]], request: web.Request
    ) -> dict[int, dict[str, Any]]:
        answers: dict[int, dict[str, Any]] = {}
        good: list[_Line] = []
        refused: list[IntakeError] = []
        for number, line in lines:
            try:
                good.append(_Line(number, self._read_line(client, line)))
                answers[number] = {}
            except IntakeError as exc:
                answers[number] = self._refused_line(exc)
                if exc.status == 403:
                    refused.append(exc)
        for error in refused:
            await self._refusals.of(request, error)
        if good:
            for line_, outcome in zip(good, await self._accept_lines(client, good), strict=True):
                answers[line_.number] = outcome
        return answers

    def _read_line(self, client: Client, line: bytes) -> Event:
        if len(line) > self._settings.max_event_bytes:
            raise cloudevents.too_large(self._settings.max_event_bytes)
        return self._judged(client, cloudevents.structured(line, self._validator.judge_envelope))

    async def _accept_lines(self, client: Client, lines: Sequence[_Line]) -> list[dict[str, Any]]:
        try:
            accepted = await self._acceptance.accept_all(client, [line.event for line in lines])
        except ConflictError:
            # One of them came before with other content: one by one, in order, so that it fails alone.
            return [await self._accept_line(client, line) for line in lines]
        except IntakeError as exc:
            return [self._refused_line(exc) for _ in lines]
        except LedgerUnavailable:
            return [self._refused_line(ledger_unavailable()) for _ in lines]
        return [_line_answer(one) for one in accepted]

    async def _accept_line(self, client: Client, line: _Line) -> dict[str, Any]:
        try:
            return _line_answer(await self._acceptance.accept(client, line.event))
        except IntakeError as exc:
            return self._refused_line(exc)
        except LedgerUnavailable:
            return self._refused_line(ledger_unavailable())

    def _refused_line(self, error: IntakeError) -> dict[str, Any]:
        self._metrics.rejected(error.reason)
        return {"status": error.status, "problem": problem.document(error)}

    def _judged(self, client: Client, reading: Reading) -> Event:
        return judged(self._validator, self._clock(), client, reading)


def _told(standing: Standing | None) -> dict[str, str]:
    return standing.headers() if standing is not None else {}


def _limited(response: web.Response, standing: Standing | None) -> web.Response:
    response.headers.update(_told(standing))
    return response


def ledger_unavailable() -> IntakeError:
    """The 503 when nothing can be stored durably."""
    return problem.refusal(
        503,
        "LEDGER_UNAVAILABLE",
        "Sổ cái tạm thời không ghi được; chưa có gì được lưu, hãy gửi lại nguyên vẹn sau ít giây.",
        "The ledger cannot store now; nothing was stored, send the same again in a few seconds.",
    )


def _answer(accepted: Accepted) -> dict[str, Any]:
    answer: dict[str, Any] = {"id": accepted.id, "state": "accepted", "duplicate": accepted.duplicate}
    if accepted.warnings:
        answer["warnings"] = problem.as_list(accepted.warnings)
    return answer


def _line_answer(accepted: Accepted) -> dict[str, Any]:
    answer = _answer(accepted)
    del answer["state"]
    return {"status": 202, **answer}
