"""Making one message ready to be sent: open, map, fix the keys; nothing leaves, and whatever goes wrong is a value."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any, NamedTuple, cast

import orjson

from adapters.contract import Adapter, Outbound, Prepared, Prepares
from gateway.delivery.insist import insist
from gateway.delivery.paying import begun, payment_context
from gateway.delivery.route import OpenRoute, mapping_for
from gateway.errors import LedgerUnavailable
from gateway.ledger.payments.port import PaymentBegun
from gateway.ledger.port import Ledger
from gateway.message import Work

_NOTHING: Mapping[str, Any] = MappingProxyType({})
_NOTHING_FAILED = RuntimeError("nothing failed")


class Ready(NamedTuple):
    """What is about to be sent, or why nothing can be."""

    warnings: list[dict[str, str]]
    version: str | None = None
    """The mapping version it went through, or was to go through."""
    keys: Mapping[str, str] = _NOTHING
    request: Outbound | None = None
    digest: bytes | None = None
    failed: Exception = _NOTHING_FAILED
    data: Mapping[str, Any] = _NOTHING
    """The canonical document; what a system answers is completed from it."""
    payment: PaymentBegun | None = None


class Preparation:
    """Makes messages ready."""

    def __init__(self, ledger: Ledger, read_data: Callable[[bytes, str], dict[str, Any]]) -> None:
        """`read_data` turns the bytes as received (and their form) into canonical data again."""
        self._ledger = ledger
        self._read_data = read_data

    async def ready(self, work: Work, route: OpenRoute) -> Ready:
        """What will be sent, or why nothing can be. Raises `LedgerUnavailable` where the ledger had to be asked."""
        known: Mapping[str, Any] = {}
        warnings: list[dict[str, str]] = []
        version = work.delivery.pinned_version
        try:
            mapping = mapping_for(work, route)
            version = mapping.version
            data = self._read_data(work.envelope.open(), work.body_form)
            if route.pays:
                known = await payment_context(self._ledger, work, data)
            mapped = mapping.forward(data)
            warnings.extend(map(as_dict, mapped.warnings))
            prepared = _prepare(route.adapter, self._outbound(work, route, mapped.document, known))
            digest = work.envelope.digest(orjson.dumps(prepared.request.document))
            payment = begun(prepared.payment, data)
            return Ready(warnings, version, prepared.keys, prepared.request, digest, data=data, payment=payment)
        except LedgerUnavailable:
            raise
        except Exception as exc:  # noqa: BLE001 - decide() knows what each means; nothing has been sent
            return Ready(warnings, version, failed=exc)

    def _outbound(self, work: Work, route: OpenRoute, document: Any, known: Mapping[str, Any]) -> Outbound:
        """The document on its way. Its time runs from now: waiting for a slot or for the pace uses none of it."""
        delivery = work.delivery

        async def checkpoint(part: str, answer: bytes) -> None:
            digest = work.envelope.digest(answer)
            await insist(
                delivery.id, partial(self._ledger.checkpoint, delivery.id, part, delivery.attempts + 1, digest)
            )

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
            context={
                "known_taken": delivery.known_taken,
                "first_contact": delivery.first_contact,
                "last_try": delivery.tries >= len(route.destination.retry_schedule),
                **known,
                **(_event(work) if route.to_client else {}),
            },
        )


def _prepare(adapter: Adapter, request: Outbound) -> Prepared:
    if hasattr(adapter, "prepare"):  # `isinstance` with a protocol costs twenty times as much, for every message
        return cast("Prepares", adapter).prepare(request)
    return Prepared({}, request)


def _event(work: Work) -> dict[str, Any]:
    """The attributes by which a system of the province knows the event."""
    event = {"id": work.delivery.message_id, "source": work.source, "type": work.type, "subject": work.subject}
    event["time"] = work.accepted_at.isoformat(timespec="milliseconds")
    known = {"causationid": work.causation_id, "traceparent": work.traceparent}
    return {"event": event | {name: value for name, value in known.items() if value}}


def as_dict(warning: Any) -> dict[str, str]:
    """A warning as the ledger keeps it."""
    return {"code": warning.code, "pointer": warning.pointer, "vi": warning.vi, "en": warning.en}
