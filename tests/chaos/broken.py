"""Faults planted in the gateway itself, so that it is seen whether the judge of a campaign is awake.

Each makes one promise untrue now and then while everything looks well from inside: the ledger believes every word.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from itertools import count
from typing import Any

from adapters.contract import Outbound, Prepared, Receipt
from adapters.national_portal.adapter import PROGRESS, Portal
from adapters.payment.adapter import PaymentPlatform

EVERY = 12
_LATE = 1.5
Deliver = Callable[[Any, Outbound], Awaitable[Receipt]]


def lose() -> None:
    """Some progress is reported as taken and was never sent."""

    async def never(_: Deliver, __: Any, ___: Outbound) -> None:
        pass

    _instead_of_some_progress(never)


def reorder() -> None:
    """Some progress is reported as taken before it is sent, so that what follows it comes first."""
    late: set[asyncio.Task[Receipt]] = set()

    async def later(deliver: Deliver, portal: Any, request: Outbound) -> None:
        async def wait() -> Receipt:
            await asyncio.sleep(_LATE)
            return await deliver(portal, request)

        late.add(asyncio.create_task(wait()))

    _instead_of_some_progress(later)


def double() -> None:
    """Some payments are opened a second time under a new reference, as if the first had not been sent."""
    prepare, deliver, number = PaymentPlatform.prepare, PaymentPlatform.deliver, count(1)
    asked: dict[str, Outbound] = {}

    def remembered(self: PaymentPlatform, request: Outbound) -> Prepared:
        asked[request.idempotency_key] = request
        return prepare(self, request)

    async def twice(self: PaymentPlatform, request: Outbound) -> Receipt:
        if request.operation == "INIT" and next(number) % EVERY == 0:
            await deliver(self, prepare(self, asked[request.idempotency_key]).request)
        return await deliver(self, request)

    PaymentPlatform.prepare, PaymentPlatform.deliver = remembered, twice  # type: ignore[method-assign]


def _instead_of_some_progress(act: Callable[[Deliver, Any, Outbound], Awaitable[None]]) -> None:
    deliver, number, answers = Portal.deliver, count(1), list[Receipt]()

    async def sometimes(self: Portal, request: Outbound) -> Receipt:
        if request.operation == PROGRESS and answers and next(number) % EVERY == 0:
            await act(deliver, self, request)
            return answers[0]
        receipt = await deliver(self, request)
        if request.operation == PROGRESS and not answers:
            answers.append(receipt)
        return receipt

    Portal.deliver = sometimes  # type: ignore[method-assign]


PLANTS: dict[str, Callable[[], None]] = {"lose": lose, "reorder": reorder, "double": double}
