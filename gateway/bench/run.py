"""One run of one system at full speed: from the first POST to the last delivery, checked message by message."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.bench import senders
from gateway.bench.dossiers import scripts
from gateway.bench.offices import START_WITHIN, Office, Servers, office
from gateway.bench.outcome import Outcome, delivered_of, judge
from gateway.bench.process import BenchError, Child, Facts, child

CONNECTIONS = 32
"""Kept connections of the senders, as in the reference measurement."""
_LOOK_EVERY = 0.05
_NO_BOOKS: Mapping[str, Any] = {"balance": 0, "by": ()}

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Run:
    """What one run measured. Rates are per second, `cpu` is microseconds per message by process, `peak` is bytes."""

    system: str
    end_to_end: float
    accepted: float
    cpu: Mapping[str, float]
    cores: float
    peak: float
    outcome: Outcome
    books: bool

    @property
    def total(self) -> float:
        """CPU per message of everything that ran, senders and sink included."""
        return sum(self.cpu.values())

    @property
    def sound(self) -> bool:
        """Nothing was lost, and where books are kept they say so, too."""
        return self.outcome.sound if self.books else self.outcome.complete


def bound(messages: int) -> float:
    """Seconds that a part may take before it is given up: far slower than anything seen."""
    return 60 + messages / 20


async def run(system: str, served: Servers, messages: int, folder: Path, tell: Tell, skip: int = 0, **more: Any) -> Run:
    """Let `system` carry `messages` messages. Raises `BenchError` when a part fails, refuses one or takes too long.

    `skip` and `more`: as `senders.orders` and `office` say.
    """
    async with AsyncExitStack() as stack:
        portal = await stack.enter_async_context(child("portal", {"expected": messages}, folder))
        port = (await portal.hear("port", START_WITHIN))["port"]
        tested = await stack.enter_async_context(office(system, served, port, messages, folder, **more))
        orders = senders.orders(tested.port, tested.key, messages, CONNECTIONS, skip=skip)
        sending = await stack.enter_async_context(child("senders", orders, folder))
        await sending.hear("ready", START_WITHIN)
        delivered = delivered_of(await balance_of(tested))
        before = await _cpu(tested, portal)
        sent, delivered_at = await _carry(sending, tested.front, portal, messages, tell)
        await settled(tested, bound(messages))
        settled_at = time.monotonic()
        after = await _cpu(tested, portal) | {"senders": sent["cpu"]}
        peak = (await tested.front.ask("usage"))["usage"]["peak"]
        balance = await balance_of(tested)
        effects = (await portal.ask("effects"))["effects"]
    used = {name: late - before.get(name, 0.0) for name, late in after.items()}
    return Run(
        system=system,
        end_to_end=messages / (delivered_at - sent["first"]),
        accepted=messages / (sent["last"] - sent["first"]),
        cpu={name: micro(seconds, messages) for name, seconds in used.items()},
        cores=sum(used.values()) / (settled_at - sent["first"]),
        peak=peak,
        outcome=judge(scripts(messages, CONNECTIONS, skip), effects, balance, delivered),
        books=tested.books is not None,
    )


def micro(seconds: float, count: int) -> float:
    """Microseconds for each of so many."""
    return seconds * 1e6 / count


async def _cpu(tested: Office, portal: Child) -> dict[str, float]:
    return await tested.cpu() | {"sink": (await portal.ask("usage"))["usage"]["cpu"]}


async def _carry(sending: Child, front: Child, portal: Child, messages: int, tell: Tell) -> tuple[Facts, float]:
    """Let the senders go; what they tell, and when the sink had the last message."""
    within = bound(messages)

    async def go() -> Facts:
        return all_accepted(await sending.ask("go", within), messages, by=front)

    try:
        async with asyncio.TaskGroup() as tasks:
            gone, arriving = tasks.create_task(go()), tasks.create_task(all_arrived(portal, messages, tell))
    except* BenchError as failed:
        raise failed.exceptions[0] from None
    return gone.result(), arriving.result()


async def all_arrived(portal: Child, messages: int, tell: Tell) -> float:
    """Wait for the last message at the sink; the moment it came. Raises `BenchError` when that takes too long."""
    while "at" not in (facts := await portal.hear("count", bound(messages))):
        tell(f"đã giao / delivered: {facts['count']} / {messages}")
    return float(facts["at"])


def all_accepted(sent: Facts, messages: int, *, by: Child) -> Facts:
    """What the senders tell, if every answer was a 202. Raises `BenchError` about the process that answered."""
    statuses = sent["statuses"]
    if statuses != {senders.ACCEPTED: messages}:
        raise by.failed(f"không nhận mọi thông điệp: {statuses}", f"did not accept every message: {statuses}")
    return sent


async def settled(tested: Office, within: float) -> None:
    """Return once the ledger, too, knows the outcome of everything (at once if there is none), or after `within`."""
    give_up_at = time.monotonic() + within
    while tested.books is not None and time.monotonic() < give_up_at:
        if not (await tested.books.ask("open"))["open"]:
            return
        await asyncio.sleep(_LOOK_EVERY)


async def balance_of(tested: Office) -> Mapping[str, Any]:
    """What the ledger counts; of nobody's books if there is none."""
    if tested.books is None:
        return _NO_BOOKS
    balance: Mapping[str, Any] = (await tested.books.ask("balance", START_WITHIN))["balance"]
    return balance
