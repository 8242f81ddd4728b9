"""The story of one delivery: open, map, begin, hand over, decide, settle."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from types import MappingProxyType
from typing import Any, NamedTuple

import structlog

from adapters.contract import Outbound
from gateway.delivery import blame
from gateway.delivery.answers import Answers
from gateway.delivery.breaker import Gate
from gateway.delivery.decide import clear_at, decide, fault_of
from gateway.delivery.insist import insist
from gateway.delivery.prepare import Preparation, Ready, as_dict
from gateway.delivery.receipt import receipt
from gateway.delivery.restored import Doubtful, sent_since
from gateway.delivery.route import OpenRoute
from gateway.delivery.shadow import Shadow
from gateway.delivery.storable import storable
from gateway.delivery.unclear import not_back, unreadable
from gateway.errors import LedgerUnavailable
from gateway.ledger.port import AuditEntry, Begin, Ledger, NewMessage, Settlement
from gateway.message import Dead, Decision, Delivered, Delivery, Fault, Refused, Returned, Uncertain, Work
from gateway.operations.barred import barred, met
from gateway.telemetry.lifecycle import Happening, NoTap, Tap
from gateway.telemetry.metrics import Metrics
from gateway.telemetry.spans import Attempt
from mappings import MappingError

__all__ = ["LEASE_MARGIN", "Deliverer", "OpenRoute"]

log = structlog.get_logger(__name__)

LEASE_MARGIN = timedelta(seconds=30)
"""A lease outlives the adapter's work by this much. The deadline is checked before each call's first byte, and the last
call begun before it may take the adapter's whole time limit again: hence twice the time limit. An adapter that is still
not back is given up half a margin before its lease ends."""

_NO_ROUTE = Dead(
    Fault(
        "permanent",
        "ROUTE_GONE",
        "Cấu hình không còn tuyến của lượt gửi này; hãy khôi phục tuyến rồi gửi lại, hoặc hủy.",
        "The configuration has no route for this delivery any more; restore the route and replay, or discard.",
    )
)


class _Result(NamedTuple):
    """What one attempt brought to light."""

    decision: Decision
    answer: bytes | None = None
    facts: Mapping[str, str] = MappingProxyType({})
    warnings: tuple[Mapping[str, str], ...] = ()
    messages: tuple[NewMessage, ...] = ()
    """What the system gave back, as messages to be recorded with the outcome."""
    met: str | None = None
    """The code of what the call itself met, where it failed."""


class Deliverer:
    """Carries messages to their destinations, one attempt each, and records how it went."""

    def __init__(
        self,
        ledger: Ledger,
        metrics: Metrics,
        read_data: Callable[[bytes, str], dict[str, Any]],
        answers: Answers,
        tap: Tap | None = None,
        doubtful: Doubtful | None = None,
    ) -> None:
        """`read_data` turns the bytes as received (and their form) into canonical data again.

        `doubtful`: what a restore left in doubt is not sent, see `gateway.delivery.restored`.
        """
        self._doubtful = doubtful or {}
        self._tap = tap or NoTap()
        self._answers = answers
        self._ledger = ledger
        self._metrics = metrics
        self._preparation = Preparation(ledger, read_data)
        self._shadow = Shadow(ledger, metrics)

    async def deliver(
        self,
        work: Work,
        route: OpenRoute,
        gate: Gate,
        may_begin: Callable[[], bool],
        *,
        shadow: bool = False,
        attempt: Attempt | None = None,
    ) -> bool:
        """One attempt; False when there was none: a duplicate on the broker, or `may_begin` said no at its turn.

        `shadow`: nothing is sent, see `gateway.delivery.shadow`. `attempt`: hears how it went, where that is traced.

        After a crash at any point the delivery is pending (nothing was sent) or under way with its lease running out,
        never lost. Raises `LedgerUnavailable` only if nothing was sent.
        """
        async with gate.slots:
            if not may_begin() or (await gate.pace.wait() and not may_begin()):
                return False
            ready = await self._preparation.ready(work, route)
            started = datetime.now(UTC)
            if shadow and not self._would_die(ready, work.delivery, route):
                return await self._shadow.end(work, route, ready, started)
            lease = 2 * route.destination.timeout + LEASE_MARGIN
            begin = partial(self._begin, work.delivery, started=started, lease=lease)
            try:
                begun = await begin(ready)
            except LedgerUnavailable:
                raise
            except Exception as exc:  # noqa: BLE001 - what cannot even be recorded would come back for ever
                ready = Ready(ready.warnings, ready.version, failed=exc)
                begun = await begin(ready)
            if not begun:
                return False
            if attempt is not None:
                attempt.begun()
            result = await self._carry(ready, work, route, lease)
        ended = datetime.now(UTC)
        if await self._settle(work, route, result, ready, started, ended):
            self._tell(work, result, started, ended, attempt)
        else:
            log.warning("delivery.fence_lost", delivery_id=work.delivery.id, attempt=work.delivery.attempts + 1)
            if attempt is not None:
                attempt.fence_lost()
        return True

    def _would_die(self, ready: Ready, delivery: Delivery, route: OpenRoute) -> bool:
        """Whether it could not even be made ready, for a reason that lies in the message or its mapping."""
        if ready.request is not None:
            return False
        now = datetime.now(UTC)
        decision = decide(ready.failed, delivery, route.destination, repeatable=route.repeatable, now=now)
        return isinstance(decision, Dead)

    async def give_up(self, work: Work) -> None:
        """A delivery whose route is configured no more: dead, so that somebody sees it, instead of tried for ever."""
        now = datetime.now(UTC)
        nothing = Ready([])
        if await self._begin(work.delivery, nothing, started=now, lease=LEASE_MARGIN):
            fence = work.delivery.attempts + 1
            await insist(
                work.delivery.id,
                partial(self._ledger.settle, Settlement(work.delivery.id, fence, _NO_ROUTE, now, "hold", "hold")),
            )
            log.error("delivery.no_route", delivery_id=work.delivery.id, destination=work.delivery.destination)

    async def _begin(self, delivery: Delivery, ready: Ready, *, started: datetime, lease: timedelta) -> bool:
        return await self._ledger.begin_attempt(
            Begin(
                delivery_id=delivery.id,
                fence=delivery.attempts + 1,
                started_at=started,
                lease=lease,
                mapping_version=ready.version,
                keys=ready.keys,
                request_digest=ready.digest,
                may_repeat=delivery.may_repeat,
                payment=ready.payment,
            )
        )

    async def _carry(self, ready: Ready, work: Work, route: OpenRoute, lease: timedelta) -> _Result:
        """Handed over, unless there is nothing to hand over or nobody knows whether it was."""
        if ready.request is None:
            return self._failed(ready.failed, work.delivery, route)
        if self._doubtful.get(work.delivery.id) == work.delivery.attempts:
            return _Result(Uncertain(fault_of(sent_since())))
        return await self._hand_over(ready.request, ready, work, route, lease)

    async def _hand_over(
        self, request: Outbound, ready: Ready, work: Work, route: OpenRoute, lease: timedelta
    ) -> _Result:
        delivery = work.delivery
        messages: tuple[NewMessage, ...] = ()
        try:
            async with asyncio.timeout((lease - LEASE_MARGIN / 2).total_seconds()):
                receipt = await route.adapter.deliver(request)
            if receipt.reply is not None or receipt.facts.get("outcome"):
                taken = partial(self._answers.taken, work, receipt, ready.data)
                messages = await insist(delivery.id, partial(taken, datetime.now(UTC)))
        except TimeoutError:
            return self._failed(not_back(), delivery, route)
        except MappingError as exc:
            # It was taken: what may not be repeated is not lost because its answer cannot be read.
            unread = exc if route.repeatable else unreadable(exc)
            return self._failed(unread, delivery, route)
        except Exception as exc:  # noqa: BLE001 - decide() knows what each means
            return self._failed(exc, delivery, route)
        route.breaker.success()
        warnings = tuple(map(as_dict, receipt.warnings))
        facts = {name: storable(value) for name, value in receipt.facts.items()}
        return _Result(Delivered(), receipt.answer, facts, warnings, messages)

    def _failed(self, exc: Exception, delivery: Delivery, route: OpenRoute) -> _Result:
        now = datetime.now(UTC)
        decision = decide(exc, delivery, route.destination, repeatable=route.repeatable, now=now)
        blame.tell(route.breaker, delivery.destination, exc)
        if isinstance(decision, Dead):
            if decision.fault.kind == "unclassified":
                log.error("delivery.unclassified", delivery_id=delivery.id, exc_info=exc)
            # What may have been taken is not sent again blindly, whoever is to blame.
            if route.repeatable and blame.no_accident(route.breaker, delivery.destination, exc, decision.fault.code):
                decision = Returned(now + route.destination.breaker_pause, decision.fault)
        return _Result(decision, getattr(exc, "answer", None), met=met(exc))

    async def _settle(
        self, work: Work, route: OpenRoute, result: _Result, ready: Ready, started: datetime, at: datetime
    ) -> bool:
        """Record the outcome; False when somebody else did, because the lease had run out."""
        answer = result.answer
        digest = work.envelope.digest(answer) if answer is not None else None
        settlement = Settlement(
            delivery_id=work.delivery.id,
            fence=work.delivery.attempts + 1,
            decision=result.decision,
            at=at,
            after_dead=route.settings.after_dead,
            after_refused=route.settings.after_refused,
            replies=() if route.to_client else self._replies(work, result, ready, at),
            answer_digest=digest,
            answer=work.envelope.seal_answer(answer, work.delivery.id) if answer is not None else None,
            facts=result.facts,
            warnings=(*ready.warnings, *result.warnings),
            clear_at=clear_at(result.decision, route.destination, at),
            payment=ready.payment.reference if ready.payment else None,
            receipt=receipt(work, ready, result.decision, digest, started, at) if digest else None,
            audit=_audit(work, result),
        )
        return await insist(work.delivery.id, partial(self._ledger.settle, settlement))

    def _replies(self, work: Work, result: _Result, ready: Ready, at: datetime) -> tuple[NewMessage, ...]:
        match result.decision:
            case Delivered():
                codes = [warning["code"] for warning in (*ready.warnings, *result.warnings)]
                return result.messages or self._answers.synchronised(work, at, result.facts, codes)
            case Refused(fault):
                return self._answers.refused(work, at, fault)
            case _:
                return ()

    def _tell(self, work: Work, result: _Result, started: datetime, ended: datetime, attempt: Attempt | None) -> None:
        """The one canonical log line of a settled delivery, its metrics, and its span where there is one."""
        decision, delivery = result.decision, work.delivery
        fault: Fault | None = getattr(decision, "fault", None)
        elapsed = (ended - started).total_seconds()
        name = type(decision).__name__.lower()
        self._metrics.attempted(delivery.destination, name, elapsed)
        if attempt is not None:
            attempt.settled(name, fault.code if fault else None, delivery.attempts + 1)
        for warning in result.warnings:
            self._metrics.warned(delivery.destination, warning["code"])
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
        self._tap.hear(
            Happening(
                "delivery",
                "pending" if isinstance(decision, Returned) else name,
                delivery.message_id,
                work.type,
                work.subject,
                delivery.id,
                delivery.destination,
                delivery.attempts + 1,
                fault.code if fault else "",
            )
        )


def _audit(work: Work, result: _Result) -> AuditEntry | None:
    if result.met is None:
        return None
    about = {"destination": work.delivery.destination, "attempt": work.delivery.attempts + 1}
    return barred(result.met, "worker", work.delivery.id, about)
