"""A destination in memory: an adapter that does what the test says, and a mapping that changes nothing."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from adapters.contract import Outbound, Receipt
from gateway.delivery.breaker import Breaker, Gate, Pace
from gateway.delivery.deliver import OpenRoute
from gateway.settings import DestinationSettings, RouteSettings
from mappings import Mapped

TAKEN = Receipt("0", "thành công", b"{}")
Answer = Receipt | Exception | Callable[[Outbound], Awaitable[Receipt]]


class ScriptedAdapter:
    """Gives the answers it was told to give, in order, then takes everything. `requests` is what it was handed."""

    def __init__(self) -> None:
        self.answers: deque[Answer] = deque()
        self.requests: list[Outbound] = []
        self.probe_answer: Exception | None = None

    def next(self, *answers: Answer) -> None:
        self.answers.extend(answers)

    def hold(self, receipt: Receipt = TAKEN) -> asyncio.Event:
        """Let the next delivery wait; it is taken when the event is set."""
        gate = asyncio.Event()

        async def wait(_: Outbound) -> Receipt:
            await gate.wait()
            return receipt

        self.next(wait)
        return gate

    async def deliver(self, request: Outbound) -> Receipt:
        self.requests.append(request)
        answer = self.answers.popleft() if self.answers else TAKEN
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, Receipt) else await answer(request)

    async def probe(self) -> None:
        if self.probe_answer is not None:
            raise self.probe_answer


class PlainMapping:
    """Hands the document on as it is."""

    version = "1"

    def forward(self, document: dict[str, Any]) -> Mapped:
        return Mapped(document)


def a_destination(**changes: Any) -> DestinationSettings:
    """Settings of a destination in which hours are milliseconds."""
    values: dict[str, Any] = {
        "concurrency": 2,
        "pack_size": 10,
        "timeout": timedelta(seconds=5),
        "unclear_gap": timedelta(milliseconds=20),
        "retry_schedule": (timedelta(milliseconds=10),) * 5,
        "breaker_failures": 100,
        "breaker_pause": timedelta(seconds=60),
    }
    return DestinationSettings(**(values | changes))


def a_route(
    adapter: ScriptedAdapter,
    settings: DestinationSettings,
    *,
    mapping: Any = None,
    repeatable: bool = True,
    **changes: Any,
) -> OpenRoute:
    """The route of the deliveries that `tests.builders` makes."""
    values: dict[str, Any] = {
        "type": "vn.lienthong.dossier.progressed.v1",
        "destination": "national_portal",
        "operation": "CapNhatTienDoHoSoMC",
        "mapping": "national_portal/dossier.progressed.v1",
        "after_dead": "continue",
    }
    return OpenRoute(
        RouteSettings(**(values | changes)),
        settings,
        lambda _day, _version: mapping or PlainMapping(),
        adapter,
        repeatable,
        Breaker(settings.breaker_failures, settings.breaker_pause.total_seconds()),
        tuple(
            Gate(Pace(settings.rate / settings.partitions), asyncio.Semaphore(settings.concurrency))
            for _ in range(settings.partitions)
        ),
    )
