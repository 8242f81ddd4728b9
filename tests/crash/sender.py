"""A one-stop system that knows how to behave: one dossier's messages in order, each repeated until it is answered."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from functools import cache
from typing import Any

import aiohttp
import orjson

from adapters.national_portal.adapter import STEPS_PER_CALL
from adapters.national_portal.simulator import digest
from mappings import Catalogue
from tests.crash.history import Answered, Posted, Sent
from tests.crash.processes import Birth
from tests.e2e.rig import KEY, STRUCTURED, progressed, recorded

Event = dict[str, Any]
STATUSES = ("received", "processing", "supplement_requested", "payment_requested", "completed")
STEP_STATUSES = ("received", "processing")
"""Steps tell of these only: a snapshot with another status must arrive, whatever newer one follows."""


def workload(seed: int, dossiers: int, messages: int) -> list[list[Event]]:
    """For each dossier its messages in order: a snapshot, then snapshots and progress as they come.

    Some progress is long enough to need two or three calls. Statuses go forth and back, as they do when something is
    asked for; no two snapshots are the same.
    """
    chance = random.Random(seed)
    return [
        [an_event(chance, f"000.00.16.H46-250612-{dossier:04}", number) for number in range(1, messages + 1)]
        for dossier in range(1, dossiers + 1)
    ]


def an_event(chance: random.Random, code: str, number: int) -> Event:
    """Message `number` of a dossier: the first is a snapshot."""
    if number == 1 or chance.random() < 0.45:
        status = "received" if number == 1 else chance.choice(STATUSES)
        return recorded(number, status, code=code, note=f"Lần {number}")
    steps = chance.randint(12, 24) if chance.random() < 0.3 else chance.randint(1, 3)
    return progressed(number, *chance.choices(STEP_STATUSES, k=steps), code=code)


@cache
def _catalogue() -> Catalogue:
    return Catalogue.load()


def posted(event: Event) -> Posted:
    """What must be found at the portal when this event was carried there."""
    data = event["data"]
    document = _catalogue().get("national_portal/" + event["type"].removeprefix("vn.lienthong.")).forward(data).document
    if "steps" not in data:
        return Posted(event["id"], event["subject"], data["status"], ((digest(document),),))
    digests = [digest(step) for step in document["data"]]
    parts = tuple(tuple(digests[at : at + STEPS_PER_CALL]) for at in range(0, len(digests), STEPS_PER_CALL))
    return Posted(event["id"], event["subject"], None, parts, frozenset(step["status"] for step in data["steps"]))


class Sender:
    """Sends dossiers side by side and keeps the log that its gateway will be judged by."""

    def __init__(self, dossiers: Sequence[Sequence[Event]], alive: Callable[[], Awaitable[Birth]]) -> None:
        """`alive` waits for a gateway that takes messages. Nothing is sent before `allow`."""
        self.log: list[Any] = []
        self.answers: dict[str, dict[str, Any]] = {}
        self.posted = {event["id"]: posted(event) for events in dossiers for event in events}
        self._dossiers = dossiers
        self._alive = alive
        self._allowed = 0
        self._more = asyncio.Event()

    def allow(self, messages: int) -> None:
        """Let this many messages out from now on, dossiers in turn."""
        self._allowed += messages
        self._more.set()

    async def run(self) -> None:
        """Return when everything was answered."""
        headers = {"Authorization": f"Bearer {KEY}"}
        async with aiohttp.ClientSession(headers=headers) as http, asyncio.TaskGroup() as tasks:
            for number, events in enumerate(self._dossiers):
                tasks.create_task(self._dossier(http, number, events))

    async def _dossier(self, http: aiohttp.ClientSession, number: int, events: Sequence[Event]) -> None:
        for turn, event in enumerate(events):
            while turn * len(self._dossiers) + number >= self._allowed:
                self._more.clear()
                await self._more.wait()
            await self._until_answered(http, event)

    async def _until_answered(self, http: aiohttp.ClientSession, event: Event) -> None:
        body = orjson.dumps(event)
        while True:
            gateway = await self._alive()
            self.log.append(Sent(self.posted[event["id"]]))
            try:
                async with http.post(f"{gateway.address}/v1/messages", data=body, headers=STRUCTURED) as response:
                    answer = await response.json()
                    assert response.status == 202, answer
            except aiohttp.ClientError:
                await gateway.ended.wait()  # nothing else may cut a connection
                continue
            self.log.append(Answered(event["id"]))
            self.answers[event["id"]] = answer
            return
