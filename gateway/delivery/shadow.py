"""Shadow mode: a delivery is mapped, validated, prepared and compared with what the target has, and nothing is sent.

It ends as cancelled with what was found, and its lane goes on. What could not be mapped ends dead, as it would live:
that is what a shadow is for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime

import structlog

from adapters.contract import Compared, Compares, DeliveryError, Outbound
from gateway.delivery.prepare import Ready, as_dict
from gateway.delivery.route import OpenRoute
from gateway.ledger.port import Ledger
from gateway.ledger.steering.port import Unsent
from gateway.message import Fault, Work
from gateway.telemetry.metrics import Metrics

log = structlog.get_logger(__name__)

SHADOW = Fault(
    "shadow",
    "SHADOW",
    "Chế độ chạy bóng: đã dịch và kiểm tra, không gửi gì tới hệ thống đích.",
    "Shadow mode: mapped and checked, nothing was sent to the target.",
)
_NOT_ASKED = Compared("not_asked")


class Shadow:
    """Ends what is not to be sent."""

    def __init__(self, ledger: Ledger, metrics: Metrics) -> None:
        self._ledger = ledger
        self._metrics = metrics

    async def end(self, work: Work, route: OpenRoute, ready: Ready, started: datetime) -> bool:
        """False where the delivery had moved on. After a crash before the commit it is pending, and is looked at again.

        Raises `LedgerUnavailable`.
        """
        compared = await _compare(route, ready.request) if ready.request is not None else _NOT_ASKED
        ended = datetime.now(UTC)
        end = Unsent(
            delivery_id=work.delivery.id,
            fence=work.delivery.attempts + 1,
            started_at=started,
            ended_at=ended,
            mapping_version=ready.version,
            request_digest=ready.digest,
            fault=SHADOW,
            facts=_facts(ready, compared),
            warnings=(*ready.warnings, *map(as_dict, compared.differences)),
        )
        done = await self._ledger.end_unsent(end)
        self._metrics.attempted(work.delivery.destination, "shadow", (ended - started).total_seconds())
        log.info(
            "delivery.shadowed",
            message_id=work.delivery.message_id,
            delivery_id=work.delivery.id,
            subject=work.subject,
            destination=work.delivery.destination,
            operation=work.delivery.operation,
            decision=compared.state,
        )
        return done


async def _compare(route: OpenRoute, request: Outbound) -> Compared:
    """What the target has, where it can be asked; whatever stands in the way of an answer is said and nothing more."""
    if not isinstance(route.adapter, Compares):
        return _NOT_ASKED
    try:
        async with asyncio.timeout(route.destination.timeout.total_seconds()):
            return await route.adapter.compare(request)
    except DeliveryError as exc:
        return Compared("unknown", exc.code)
    except Exception as exc:  # noqa: BLE001 - a shadow must not fail for what it only looked at
        log.warning("shadow.not_compared", destination=route.settings.destination, error=type(exc).__name__)
        return Compared("unknown", type(exc).__name__.upper())


def _facts(ready: Ready, compared: Compared) -> Mapping[str, str]:
    """What an operator compares: whether it could be mapped, and how it stands against the target."""
    if ready.request is None:
        code = getattr(ready.failed, "code", type(ready.failed).__name__.upper())
        return {"mode": "shadow", "mapping": "ok", "would_fail": str(code), "compared": compared.state}
    found = {"mode": "shadow", "mapping": "ok", "compared": compared.state}
    return found | ({"compared_code": compared.code} if compared.code else {})
