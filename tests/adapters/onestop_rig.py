"""The adapter for one client in front of the simulated one-stop system, and invented events to send through it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from typing import Any

from adapters.contract import Adapter, DeliveryError, Outbound, Receipt
from adapters.onestop import SPEC
from adapters.onestop.simulator import SimulatedOneStop, SimulatorSettings, adapter_settings
from adapters.onestop.simulator.faults import FAULTS
from adapters.simulation.faults import Hold
from tests.adapters.portal_rig import closed_port

FAR = 3600.0
_PERSONAL = ("Lê Thị Mẫu Đơn", "044999000123", "0900000001", "mau.don@example.invalid")
SUBJECT = "000.00.09.H46-250612-0007"


def an_event(number: int = 1, subject: str = SUBJECT, **changes: Any) -> dict[str, Any]:
    """Attributes as the gateway gives them; event `number` of its dossier, one second after the one before."""
    return {
        "id": f"0197a3f0-0000-7000-8000-{number:012}",
        "source": "urn:lienthong:gateway",
        "type": "vn.lienthong.citizen.found.v1",
        "subject": subject,
        "time": f"2025-06-12T01:{number // 60:02}:{number % 60:02}.000+00:00",
        **changes,
    }


def a_document(subject: str = SUBJECT) -> dict[str, Any]:
    return {"dossier_code": subject, "person": {"full_name": _PERSONAL[0], "citizen_id": _PERSONAL[1]}}


def outbound(event: dict[str, Any] | None = None, operation: str = "callback", **changes: Any) -> Outbound:
    """A delivery of `event` with an invented document."""
    values: dict[str, Any] = {
        "document": a_document(),
        "idempotency_key": "k-1",
        "correlation_id": "c-1",
        "deadline": asyncio.get_running_loop().time() + FAR,
        "context": {"event": an_event() if event is None else event},
        **changes,
    }
    return Outbound(operation=operation, **values)


@dataclass
class OneStopRig:
    """An open adapter, its simulator, and short ways to say what a test is about."""

    adapter: Adapter
    onestop: SimulatedOneStop
    url: str
    personal: tuple[str, ...] = _PERSONAL
    _numbers: Any = field(default_factory=lambda: count(1))

    def request(self, deadline: float) -> Outbound:
        return outbound(an_event(next(self._numbers)), deadline=deadline)

    async def send(self, request: Outbound | None = None) -> Receipt | DeliveryError:
        """What one delivery came to."""
        try:
            return await self.adapter.deliver(request or outbound())
        except DeliveryError as error:
            return error

    def upset(self, fault: str, **how: Any) -> None:
        self.onestop.next(FAULTS[fault](**how))

    def hold(self) -> asyncio.Event:
        hold = Hold()
        self.onestop.next(hold)
        return hold.reached

    def effects(self) -> int:
        return len(self.onestop.effects)

    def calls(self) -> int:
        return self.onestop.calls


@asynccontextmanager
async def open_onestop_rig(
    *,
    away: bool = False,
    timeout: timedelta = timedelta(seconds=20),
    simulator: SimulatorSettings | None = None,
    **settings: Any,
) -> AsyncIterator[OneStopRig]:
    """Open adapter and simulator; `settings` go to the adapter, `simulator` to the one-stop system."""
    onestop = SimulatedOneStop(simulator)
    async with onestop.running() as url:
        section = {
            **adapter_settings(closed_port() if away else url, onestop.settings),
            "timeout": timeout,
            "connect_pause": timedelta(0),
            **settings,
        }
        async with SPEC.open(SPEC.settings.model_validate(section)) as adapter:
            yield OneStopRig(adapter, onestop, url)
