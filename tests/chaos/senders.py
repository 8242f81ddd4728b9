"""One-stop systems under chaos: many dossiers at once, each in order, each message repeated until it is answered.

What they sent and when they were answered is all the judge believes of them; they know nothing of the gateway.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field

import aiohttp
import orjson

from tests.chaos.site import Site
from tests.crash.history import Answered, Sent
from tests.crash.sender import Event, an_event, posted
from tests.e2e.rig import ADMIN, KEY, STRUCTURED

PER_DOSSIER = 20
_PAYMENTS = 0.15
_TWICE = 0.05
"""Share of messages that are payments; share of those answered that are sent once more, as a doubting sender does."""
_PATIENCE = aiohttp.ClientTimeout(total=8)
_LATER = {429, 502, 503}
"""Answers that say: not now."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A payment that was asked for. No two have the same amount, so the platform's log tells them apart."""

    key: str
    subject: str
    amount: int


@dataclass
class IntakeLog:
    """What senders know."""

    portal: list[Sent | Answered] = field(default_factory=list)
    payments: dict[str, Asked] = field(default_factory=dict)
    sent_at: dict[str, float] = field(default_factory=dict)
    """Key -> when it was first sent (seconds since the epoch)."""
    answered_at: dict[str, float] = field(default_factory=dict)
    repeats: int = 0
    wrong: list[str] = field(default_factory=list)
    """Answers that no sender should ever get."""
    unbalanced: list[str] = field(default_factory=list)
    """Balance sheets that were not zero."""


class Senders:
    """Send until told that it is enough."""

    def __init__(self, site: Site, seed: int, *, at_once: int, rate: float) -> None:
        """`rate`: messages a second of all together, when nothing is in their way."""
        self.log = IntakeLog()
        self.enough = asyncio.Event()
        self._url = f"{site.door}/v1/messages"
        self._seed = seed
        self._at_once = at_once
        self._pause = at_once / rate
        self._codes = self._new_codes()
        self._amounts = iter(range(10_000, 1 << 40))

    async def run(self) -> None:
        """Return when it is enough and everything begun was answered."""
        headers = {"Authorization": f"Bearer {KEY}"}
        async with aiohttp.ClientSession(headers=headers, timeout=_PATIENCE) as http, asyncio.TaskGroup() as tasks:
            for number in range(self._at_once):
                tasks.create_task(self._dossiers(http, number))

    async def _dossiers(self, http: aiohttp.ClientSession, number: int) -> None:
        chance = random.Random(f"{self._seed} {number}")
        await asyncio.sleep(self._pause * chance.random())
        while not self.enough.is_set():
            code = next(self._codes)
            for turn in range(1, PER_DOSSIER + 1):
                if self.enough.is_set():
                    return
                await self._until_answered(http, self._event(chance, code, turn), chance)
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._pause * chance.uniform(0.5, 1.5)):
                        await self.enough.wait()

    def _new_codes(self) -> Iterator[str]:
        for day in range(2, 28):
            for number in range(1, 10_000):
                yield f"000.00.16.H46-2506{day:02}-{number:04}"

    def _event(self, chance: random.Random, code: str, number: int) -> Event:
        if number > 1 and chance.random() < _PAYMENTS:
            asked = Asked(f"{code}/thu-{number}", code, next(self._amounts))
            self.log.payments[asked.key] = asked
            return a_payment(asked)
        return an_event(chance, code, number)

    async def _until_answered(self, http: aiohttp.ClientSession, event: Event, chance: random.Random) -> None:
        key, body = event["id"], orjson.dumps(event)
        message = None if key in self.log.payments else posted(event)
        while key not in self.log.answered_at:
            self.log.sent_at.setdefault(key, time.time())
            if message is not None:
                self.log.portal.append(Sent(message))
            if await self._answered(http, key, body):
                self.log.answered_at[key] = time.time()
                if message is not None:
                    self.log.portal.append(Answered(key))
            else:
                self.log.repeats += 1
                await asyncio.sleep(chance.uniform(0.05, 0.4))
        if chance.random() < _TWICE:
            self.log.repeats += 1
            await self._answered(http, key, body)

    async def _answered(self, http: aiohttp.ClientSession, key: str, body: bytes) -> bool:
        try:
            async with http.post(self._url, data=body, headers=STRUCTURED) as response:
                said = await response.read()
        except (aiohttp.ClientError, TimeoutError, OSError):
            return False
        if response.status == 202:
            return True
        if response.status not in _LATER:
            self.log.wrong.append(f"{key}: {response.status} {said[:300]!r}")
            await asyncio.sleep(1)
        return False


async def watch_balance(site: Site, log: IntakeLog) -> None:
    """Until cancelled: the balance sheet is zero whenever the gateway can say what it is."""
    headers = {"Authorization": f"Bearer {ADMIN}"}
    async with aiohttp.ClientSession(headers=headers, timeout=_PATIENCE) as http:
        while True:
            with suppress(aiohttp.ClientError, TimeoutError, OSError):
                async with http.get(f"{site.door}/v1/balance") as response:
                    if response.status == 200 and (said := await response.json())["balance"] != 0:
                        log.unbalanced.append(str(said))
            await asyncio.sleep(0.7)


async def pay_for_ever(site: Site, seed: int) -> None:
    """Until cancelled: payers pay what the platform holds, some fail, some leave it for later."""
    chance, seen = random.Random(seed), set[str]()
    while True:
        for attempt in (await site.payment.ask("attempts"))["attempts"]:
            if attempt["reference"] not in seen:
                seen.add(attempt["reference"])
                if (lot := chance.random()) < 0.85:
                    await site.payment.tell("pay" if lot < 0.75 else "fail", reference=attempt["reference"])
        await asyncio.sleep(1)


async def pay_the_rest(site: Site) -> None:
    """Whoever left it for later pays."""
    for attempt in (await site.payment.ask("attempts"))["attempts"]:
        if attempt["state"] == "created":
            await site.payment.tell("pay", reference=attempt["reference"])


def a_payment(asked: Asked) -> Event:
    """The request as an event."""
    return {
        "specversion": "1.0",
        "id": asked.key,
        "source": "urn:test:mot-cua",
        "type": "vn.lienthong.payment.requested.v1",
        "subject": asked.subject,
        "data": {
            "dossier_code": asked.subject,
            "amount": asked.amount,
            "description": "Lệ phí giả lập",
            "procedure": {"code": "1.001612", "name": "Đăng ký thành lập hộ kinh doanh"},
            "agency": {"code": "000.00.16.H46", "name": "Phòng Tài chính (đơn vị giả lập)"},
            "payer": {"name": "Lê Thị Mẫu Đơn"},
            "again": True,
        },
    }
