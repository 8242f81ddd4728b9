"""The payment platform's adapter in front of its simulator, and invented payments to send through it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from aiohttp import web

from adapters.contract import Outbound, Prepared, Receipt, Reply
from adapters.payment.adapter import PaymentPlatform, open_payment
from adapters.payment.settings import PaymentSettings
from adapters.payment.simulator import SimulatedPayment, SimulatorSettings, adapter_settings, faults
from adapters.payment.simulator.attempts import Attempt
from adapters.simulation.faults import Raw
from gateway.acceptance.replies import completed
from tests.adapters.citizen_rig import serving
from tests.adapters.portal_rig import FAR, closed_port
from tests.mappings.canonical import CATALOGUE

DOSSIER = "000.00.09.H46-250612-0007"
NOON = datetime(2025, 6, 12, 5, 10, 2, tzinfo=UTC)
"""12:10:02 in Viet Nam."""
AFTERNOON = datetime(2025, 6, 12, 7, 5, 9, tzinfo=UTC)
"""14:05:09 in Viet Nam."""
_PERSONAL = ("Lê Thị Mẫu Đơn", "044999000123", "Số 1 đường Giả Lập")

SAMPLES = Path(__file__).parents[1] / "mappings" / "samples" / "payment-platform"
"""The sheet's own samples; the tables are tried on the same."""
SAMPLE_SECRET = "khoa-gia-lap-chi-de-thu"


def sample(name: str) -> Any:
    return json.loads((SAMPLES / name).read_text("utf-8"))


def a_payment(**changes: Any) -> dict[str, Any]:
    """A canonical payment request, as a one-stop system sends it."""
    return {
        "dossier_code": DOSSIER,
        "amount": 100000,
        "description": f"Thanh toán hồ sơ {DOSSIER}",
        "procedure": {"code": "1.001612", "name": "Đăng ký thành lập hộ kinh doanh"},
        "agency": {"code": "000.00.09.H46", "name": "Phòng Tài chính - Kế hoạch (đơn vị giả lập)"},
        "payer": {"name": _PERSONAL[0], "id_number": _PERSONAL[1], "address": _PERSONAL[2]},
        **changes,
    }


def init_document(**changes: Any) -> dict[str, Any]:
    """What the mapping makes of a payment request; reference, time, partner and check value are empty still."""
    return CATALOGUE.get("payment/payment.requested.v1").forward(a_payment(**changes)).document


def asking_document(operation: str, attempt: Attempt) -> dict[str, Any]:
    known = {"dossier_code": DOSSIER, "reference": attempt.reference}
    if operation == "GET_BILL":
        return CATALOGUE.get("payment/payment.receipt_requested.v1").forward(known).document
    asked = known | {"transaction_time": attempt.time}
    return CATALOGUE.get("payment/payment.watch_requested.v1").forward(asked).document


def message_of(reply: Reply | None, **question: Any) -> dict[str, Any]:
    """The message the gateway makes of a reply, judged by the published schema."""
    assert reply is not None
    assert not isinstance(reply.record, bytes)
    record = dict(reply.record)
    document = CATALOGUE.get(reply.mapping).backward(record).document if reply.mapping else record
    return completed(reply.type, document, {"dossier_code": DOSSIER, **question}, NOON)


def settings_for(url: str = "http://127.0.0.1:9", **changes: Any) -> PaymentSettings:
    """Settings of an adapter in front of a simulated platform at `url`."""
    return PaymentSettings.model_validate({**adapter_settings(url), **changes})


@dataclass
class PaymentRig:
    """An open adapter, its simulator, and short ways to say what a test is about."""

    adapter: PaymentPlatform
    platform: SimulatedPayment
    operation: str = "INIT"
    personal: tuple[str, ...] = _PERSONAL
    _numbers: Any = field(default_factory=lambda: count(1))

    def request(self, deadline: float) -> Outbound:
        """As the contract's suite wants it: of the operation under test, ready to go."""
        if self.operation == "INIT":
            return self.opening(deadline=deadline).request
        attempt = self.known_attempt()
        self.platform.attempts.pay(attempt.reference)
        return self.asking(self.operation, attempt, deadline=deadline)

    def opening(self, document: Mapping[str, Any] | None = None, **changes: Any) -> Prepared:
        return self.adapter.prepare(outbound("INIT", document or init_document(), **changes))

    def asking(self, operation: str, attempt: Attempt, /, **changes: Any) -> Outbound:
        changes.setdefault("context", {"transaction_time": attempt.time} if operation == "GET_BILL" else {})
        return self.adapter.prepare(outbound(operation, asking_document(operation, attempt), **changes)).request

    def known_attempt(self) -> Attempt:
        """An attempt that the platform has had for a while."""
        attempt = Attempt(f"A_{next(self._numbers)}", "20250612081002", 100000, "VND", DOSSIER)
        self.platform.attempts.add(0, attempt, {})
        return attempt

    async def open(self, **changes: Any) -> Receipt:
        return await self.adapter.deliver(self.opening(**changes).request)

    async def query(self, attempt: Attempt, /, **changes: Any) -> Receipt:
        return await self.adapter.deliver(self.asking("QUERY", attempt, **changes))

    async def bill(self, attempt: Attempt, /, **changes: Any) -> Receipt:
        return await self.adapter.deliver(self.asking("GET_BILL", attempt, **changes))

    def upset(self, fault: str, **how: Any) -> None:
        self.platform.next(faults.FAULTS[fault](**how))

    def answer(self, body: bytes, status: int = 200, content_type: str = "application/json") -> None:
        """Let the next call be answered with exactly this."""
        self.platform.next(Raw(body, status, {"Content-Type": content_type}))

    def hold(self) -> asyncio.Event:
        hold = faults.Hold()
        self.platform.next(hold)
        return hold.reached

    def effects(self) -> int:
        """Things done by the operation under test."""
        return len(self.done({"INIT": "init", "QUERY": "query", "GET_BILL": "bill"}[self.operation]))

    def done(self, kind: str) -> list[Mapping[str, str]]:
        """Details of what the platform did of one kind, in order."""
        return [effect.details for effect in self.platform.effects if effect.kind == kind]

    def calls(self) -> int:
        return self.platform.calls


def outbound(operation: str, document: Any, **changes: Any) -> Outbound:
    values: dict[str, Any] = {
        "idempotency_key": "k-1",
        "correlation_id": "c-1",
        "deadline": asyncio.get_running_loop().time() + FAR,
        "subject": DOSSIER,
        **changes,
    }
    return Outbound(operation=operation, document=document, **values)


def tokens() -> Callable[[], str]:
    """Random ends that a test can foresee: 0000000001, 0000000002, …"""
    numbers = count(1)
    return lambda: f"{next(numbers):010}"


@asynccontextmanager
async def open_payment_rig(
    *,
    operation: str = "INIT",
    away: bool = False,
    timeout: timedelta = timedelta(seconds=20),
    simulator: SimulatorSettings | None = None,
    clock: Callable[[], datetime] = lambda: NOON,
    sleep: Any = asyncio.sleep,
    **settings: Any,
) -> AsyncIterator[PaymentRig]:
    """Open adapter and simulator; `settings` go to the adapter, `simulator` to the platform, both live by `clock`."""
    platform = SimulatedPayment(simulator, clock, sleep)
    async with platform.running() as url:
        section = {
            **adapter_settings(closed_port() if away else url, platform.settings),
            "timeout": timeout,
            "connect_pause": timedelta(0),
            **settings,
        }
        async with open_payment(PaymentSettings.model_validate(section), clock, tokens()) as adapter:
            yield PaymentRig(adapter, platform, operation)


Take = Callable[[str, bytes], web.Response]


@asynccontextmanager
async def province(take: Take) -> AsyncIterator[str]:
    """A province that listens, and answers each call by `take(operation, body)`; gives the address for callbacks."""

    async def handle(request: web.Request) -> web.Response:
        return take(request.match_info["operation"], await request.read())

    app = web.Application()
    app.router.add_post("/callbacks/{operation}", handle)
    async with serving(app) as url:
        yield f"{url}/callbacks"
