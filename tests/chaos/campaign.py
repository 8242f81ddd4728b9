"""One campaign: an installation under load is upset for a while, then left alone until nothing is open, then judged."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from tests.chaos.books import appoint_notary, books_of
from tests.chaos.judge import Evidence, Finding, judge, open_keys
from tests.chaos.nemesis import Nemesis
from tests.chaos.programs import ProgramError
from tests.chaos.senders import Senders, pay_for_ever, pay_the_rest, watch_balance
from tests.chaos.site import Site

SETTLES_WITHIN = 120.0
"""Seconds that everything gets to end once nothing is broken any more."""


@dataclass(frozen=True)
class Plan:
    """How much of everything. It lasts `seconds`, and longer until `faults` and `messages` are reached."""

    seed: int
    seconds: float
    faults: int = 0
    messages: int = 0
    at_once: int = 24
    rate: float = 30.0
    """Messages a second, when nothing is in their way."""
    pause: float = 0.5
    only: Sequence[str] = ()
    """Kinds of faults; none = all."""


@dataclass(frozen=True)
class Verdict:
    """What a campaign has shown."""

    plan: Plan
    evidence: Evidence
    findings: Sequence[Finding]
    faults: dict[str, int]
    seconds: float
    settled_in: float

    def figures(self) -> dict[str, Any]:
        """The counts, for people and for JSON."""
        log = self.evidence.log
        return {
            "seed": self.plan.seed,
            "seconds": round(self.seconds, 1),
            "settled_in": round(self.settled_in, 1),
            "messages": len(log.answered_at),
            "payments": len(log.payments),
            "repeats_by_senders": log.repeats,
            "effects_portal": len(self.evidence.portal),
            "effects_payment": sum(effect.kind == "init" for effect in self.evidence.payment),
            "moves": len(self.evidence.books.moves),
            "faults": sum(self.faults.values()),
            "faults_by_kind": self.faults,
            "findings": len(self.findings),
        }


async def campaign(site: Site, plan: Plan, tell: Callable[[str], None] = lambda _: None) -> Verdict:
    """Upset, settle, judge. What a process does that it must not (end by itself, never come back) is a finding too."""
    began = time.monotonic()
    await appoint_notary(site)
    senders = Senders(site, plan.seed, at_once=plan.at_once, rate=plan.rate)
    nemesis = Nemesis(site, plan.seed, only=plan.only)
    failed: list[Finding] = []
    async with _all_along(watch_balance(site, senders.log), pay_for_ever(site, plan.seed)):
        sending = asyncio.create_task(senders.run(), name="senders")
        try:
            await _upset(nemesis, senders, sending, plan, began, tell)
        except* ProgramError as group:
            failed += [Finding("process", str(exc)) for exc in group.exceptions]
        failed += [Finding("process", text) for text in nemesis.fallen]
        senders.enough.set()
        quiet = time.monotonic()
        tell("mọi thứ đã được trả lại nguyên vẹn; đợi mọi việc xong / all is whole again; waiting until all has ended")
        failed += await settle(site, senders, sending)
        settled_in = time.monotonic() - quiet
    _write_down(site, nemesis)
    evidence = Evidence(senders.log, site.portal.effects(), site.payment.effects(), await books_of(site), nemesis.done)
    findings = [*failed, *judge(evidence)]
    return Verdict(plan, evidence, findings, nemesis.counts(), time.monotonic() - began, settled_in)


def _write_down(site: Site, nemesis: Nemesis) -> None:
    """What was done and when, beside the logs, for whoever looks for the cause of a finding."""
    lines = [orjson.dumps({**asdict(one), "at": str(datetime.fromtimestamp(one.began, UTC))}) for one in nemesis.done]
    (site.folder / "faults.ndjson").write_bytes(b"".join(line + b"\n" for line in lines))


async def _upset(
    nemesis: Nemesis,
    senders: Senders,
    sending: asyncio.Task[None],
    plan: Plan,
    began: float,
    tell: Callable[[str], None],
) -> None:
    """Until the plan is fulfilled; raises what fails meanwhile, in a group."""
    async with asyncio.TaskGroup() as tasks:
        upsetting = tasks.create_task(nemesis.run(plan.pause))
        told = 0.0
        while not upsetting.done() and not sending.done():
            await asyncio.sleep(0.2)
            spent, answered = time.monotonic() - began, len(senders.log.answered_at)
            if spent - told >= 10:
                told = spent
                tell(f"{spent:5.0f} s: {answered} tin / messages, {len(nemesis.done)} sự cố / faults")
            if spent >= plan.seconds and len(nemesis.done) >= plan.faults and answered >= plan.messages:
                nemesis.enough.set()


async def settle(site: Site, senders: Senders, sending: asyncio.Task[None]) -> list[Finding]:
    """Until all that was sent is answered and has ended; what has not in time is a finding."""
    try:
        async with asyncio.timeout(SETTLES_WITHIN):
            await sending
            while await not_ended(site, senders):
                await asyncio.sleep(0.5)
                await pay_the_rest(site)
    except TimeoutError:
        sending.cancel()
        left = await not_ended(site, senders)
        unanswered = len(senders.log.sent_at) - len(senders.log.answered_at)
        return [Finding("stuck", f"{len(left)} open, {unanswered} unanswered after {SETTLES_WITHIN:.0f} s: {left[:5]}")]
    return []


async def not_ended(site: Site, senders: Senders) -> list[str]:
    """The messages that something is still to become of."""
    books = await books_of(site)  # first: what is in doubt there was opened before, if ever
    return open_keys(books, senders.log.payments, site.payment.effects())


@asynccontextmanager
async def _all_along(*work: Any) -> AsyncIterator[None]:
    """Run these beside the block, until it ends."""
    tasks = [asyncio.create_task(one) for one in work]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        for outcome in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(outcome, Exception):
                raise outcome
