"""The story of one delivery: open, map, begin, hand over, decide, settle."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import structlog

from adapters.contract import Adapter, Outbound, PermanentError, Prepares, Receipt, TransientError, UncertainError
from gateway.acceptance import replies
from gateway.delivery.breaker import Breaker, Pace
from gateway.delivery.decide import decide
from gateway.errors import LedgerUnavailable
from gateway.ledger.port import Begin, Ledger, NewMessage, Settlement
from gateway.message import Dead, Decision, Delivered, Delivery, Fault, Refused, Waiting, Work
from gateway.security.seal import KeyRing
from gateway.settings import DestinationSettings, RouteSettings
from gateway.telemetry.metrics import Metrics
from mappings import Mapping as DocumentMapping

log = structlog.get_logger(__name__)

LEASE_MARGIN = timedelta(seconds=30)
"""A lease outlives the adapter's work by this much. The deadline is checked before each call's first byte, and the last
call begun before it may take the adapter's whole time limit again: hence twice the time limit."""


@dataclass(frozen=True, slots=True)
class OpenRoute:
    """A route with everything it needs at hand."""

    settings: RouteSettings
    destination: DestinationSettings
    mapping: DocumentMapping
    adapter: Adapter
    repeatable: bool
    breaker: Breaker
    pace: Pace
    slots: asyncio.Semaphore


@dataclass(slots=True)
class _Result:
    """What one attempt brought to light."""

    decision: Decision
    answer: bytes | None = None
    facts: Mapping[str, str] = field(default_factory=dict)
    warnings: list[dict[str, str]] = field(default_factory=list)


class Deliverer:
    """Carries messages to their destinations, one attempt each, and records how it went."""

    def __init__(
        self,
        ledger: Ledger,
        ring: KeyRing,
        metrics: Metrics,
        read_data: Callable[[bytes, str], dict[str, Any]],
    ) -> None:
        """`read_data` turns the bytes as received (and their form) into canonical data again."""
        self._ledger = ledger
        self._ring = ring
        self._metrics = metrics
        self._read_data = read_data

    async def deliver(self, work: Work, route: OpenRoute) -> Decision | None:
        """One attempt; None when the delivery was not ours to try (a duplicate on the broker).

        After a crash at any point the delivery is pending (nothing was sent) or under way with its lease running out,
        never lost. Raises `LedgerUnavailable` only if nothing was sent.
        """
        warnings: list[dict[str, str]] = []
        failed: Exception = RuntimeError("never raised")
        try:
            document = self._map(work, route, warnings)
            request = self._outbound(work, route, document)
            keys, request = _prepare(route.adapter, request)
        except Exception as exc:  # noqa: BLE001 - decide() knows what each means; nothing has been sent
            keys, request, failed = {}, None, exc
        await route.pace.wait()
        async with route.slots:
            started = datetime.now(UTC)
            if not await self._begin(work.delivery, route, started, keys, request):
                return None
            if request is not None:
                result = await self._hand_over(request, work.delivery, route)
            else:
                result = self._failed(failed, work.delivery, route)
        result.warnings = warnings + result.warnings
        ended = datetime.now(UTC)
        await self._settle(work, route, result, ended)
        self._tell(work, result, started, ended)
        return result.decision

    def _map(self, work: Work, route: OpenRoute, warnings: list[dict[str, str]]) -> Any:
        mapped = route.mapping.forward(self._read_data(work.open_body(), work.body_form))
        warnings.extend(
            {"code": one.code, "pointer": one.pointer, "vi": one.vi, "en": one.en} for one in mapped.warnings
        )
        return mapped.document

    def _outbound(self, work: Work, route: OpenRoute, document: Any) -> Outbound:
        delivery = work.delivery

        async def checkpoint(part: str, answer: bytes) -> None:
            await self._ledger.checkpoint(delivery.id, part, delivery.attempts + 1, hashlib.sha256(answer).digest())

        return Outbound(
            operation=delivery.operation,
            document=document,
            idempotency_key=f"{work.source} {work.source_id}",
            correlation_id=work.correlation_id,
            deadline=asyncio.get_running_loop().time() + route.destination.timeout.total_seconds(),
            subject=work.subject,
            attempt=delivery.attempts + 1,
            done=delivery.done,
            may_repeat=delivery.may_repeat,
            checkpoint=checkpoint,
            context={"known_taken": delivery.known_taken},
        )

    async def _begin(
        self, delivery: Delivery, route: OpenRoute, started: datetime, keys: Mapping[str, str], request: Outbound | None
    ) -> bool:
        digest = hashlib.sha256(orjson.dumps(request.document)).digest() if request is not None else None
        return await self._ledger.begin_attempt(
            Begin(
                delivery_id=delivery.id,
                fence=delivery.attempts + 1,
                started_at=started,
                lease_until=started + 2 * route.destination.timeout + LEASE_MARGIN,
                mapping_version=route.mapping.version,
                keys=keys,
                request_digest=digest,
                may_repeat=delivery.may_repeat,
            )
        )

    async def _hand_over(self, request: Outbound, delivery: Delivery, route: OpenRoute) -> _Result:
        try:
            receipt = await route.adapter.deliver(request)
        except Exception as exc:  # noqa: BLE001 - decide() knows what each means
            return self._failed(exc, delivery, route)
        route.breaker.success()
        return _Result(Delivered(), receipt.answer, receipt.facts, _as_dicts(receipt))

    def _failed(self, exc: Exception, delivery: Delivery, route: OpenRoute) -> _Result:
        decision = decide(exc, delivery, route.destination, repeatable=route.repeatable, now=datetime.now(UTC))
        self._tell_breaker(exc, route)
        if isinstance(decision, Dead) and decision.fault.kind == "unclassified":
            log.error("delivery.unclassified", delivery_id=delivery.id, exc_info=exc)
        return _Result(decision, getattr(exc, "answer", None))

    def _tell_breaker(self, exc: Exception, route: OpenRoute) -> None:
        """Only what the target did counts, never a refusal of one message."""
        breaker, name = route.breaker, route.settings.destination
        if isinstance(exc, PermanentError) and exc.scope == "destination":
            breaker.trip(exc.code)
            log.error("destination.stopped", destination=name, code=exc.code, error=exc.en)
        elif isinstance(exc, TransientError) and exc.scope == "destination":
            breaker.wait_at_least(exc.retry_after.total_seconds() if exc.retry_after else 1.0)
            breaker.failure(exc.code)
        elif isinstance(exc, UncertainError) or (isinstance(exc, TransientError) and exc.max_tries is None):
            if breaker.failure(exc.code):
                log.error("destination.breaker_opened", destination=name, code=exc.code)
        else:
            breaker.success()

    async def _settle(self, work: Work, route: OpenRoute, result: _Result, at: datetime) -> None:
        """Record the outcome; a ledger that is away is waited for, because the outcome is known only here."""
        decision = result.decision
        unclear = isinstance(decision, Waiting) and decision.unclear
        settlement = Settlement(
            delivery_id=work.delivery.id,
            fence=work.delivery.attempts + 1,
            decision=decision,
            at=at,
            after_dead=route.settings.after_dead,
            after_refused=route.settings.after_refused,
            replies=self._replies(work, result, at),
            answer_digest=hashlib.sha256(result.answer).digest() if result.answer is not None else None,
            answer=self._ring.seal_small(result.answer, work.delivery.id) if result.answer is not None else None,
            facts=result.facts,
            warnings=tuple(result.warnings),
            clear_at=at + route.destination.unclear_gap if unclear else None,
        )
        pause = 0.05
        while True:
            try:
                await self._ledger.settle(settlement)
                return
            except LedgerUnavailable as exc:
                log.warning("settle.ledger_unavailable", delivery_id=work.delivery.id, error=str(exc))
                await asyncio.sleep(pause)
                pause = min(pause * 2, 5.0)

    def _replies(self, work: Work, result: _Result, at: datetime) -> tuple[NewMessage, ...]:
        match result.decision:
            case Delivered():
                codes = [warning["code"] for warning in result.warnings]
                return (replies.synchronised(self._ring, work, at, result.facts, codes),)
            case Refused(fault):
                return (replies.refused(self._ring, work, at, fault),)
            case _:
                return ()

    def _tell(self, work: Work, result: _Result, started: datetime, ended: datetime) -> None:
        """The one canonical log line of a settled delivery, and its metrics."""
        decision, delivery = result.decision, work.delivery
        fault: Fault | None = getattr(decision, "fault", None)
        elapsed = (ended - started).total_seconds()
        name = type(decision).__name__.lower()
        self._metrics.attempted(delivery.destination, name, elapsed)
        if isinstance(decision, Delivered):
            self._metrics.delivered(delivery.destination, (ended - work.accepted_at).total_seconds())
        log.info(
            "delivery.settled",
            message_id=delivery.message_id,
            delivery_id=delivery.id,
            subject=work.subject,
            destination=delivery.destination,
            operation=delivery.operation,
            attempt=delivery.attempts + 1,
            decision=name,
            code=fault.code if fault else None,
            elapsed_ms=round(elapsed * 1000, 1),
        )


def _prepare(adapter: Adapter, request: Outbound) -> tuple[Mapping[str, str], Outbound]:
    if isinstance(adapter, Prepares):
        prepared = adapter.prepare(request)
        return prepared.keys, prepared.request
    return {}, request


def _as_dicts(receipt: Receipt) -> list[dict[str, str]]:
    return [{"code": w.code, "pointer": w.pointer, "vi": w.vi, "en": w.en} for w in receipt.warnings]
