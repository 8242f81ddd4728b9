"""An AMQP intake on a real RabbitMQ under names of its own, with everything behind it in memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import aiormq
import orjson
from aiormq import spec

from gateway.acceptance.validation import Validator
from gateway.broker.topology import Topology, intake, intake_exchange, rejected_queue
from gateway.intake.amqp import AmqpIntake
from gateway.intake.credentials.directory import Directory
from gateway.intake.credentials.limits import NO_LIMITS
from gateway.intake.letters import Reader
from gateway.intake.refusals import Refusals
from gateway.settings import AmqpSettings, CodeRuleSettings
from gateway.telemetry.metrics import Metrics
from tests.broker.rig import Rig, channel, eventually
from tests.fakes.acceptance import MemoryAcceptance, MemoryAudit
from tests.intake.conftest import NOW, PACKAGED, a_client
from tests.intake.documents import SOURCE, an_event

ACCOUNT = "guest"
"""The only account of the tests' RabbitMQ."""
CLIENT = a_client("motcua", "lt_key", sources=(SOURCE,), amqp_user=ACCOUNT)
STRUCTURED = "application/cloudevents+json"


@dataclass
class AmqpDoor:
    """The queue senders publish to, and what became of what they sent."""

    broker: Rig
    channel: aiormq.abc.AbstractChannel
    code_rules: CodeRuleSettings
    acceptance: MemoryAcceptance = field(default_factory=MemoryAcceptance)
    metrics: Metrics = field(default_factory=lambda: Metrics("test"))
    audit: MemoryAudit = field(default_factory=MemoryAudit)

    @property
    def topology(self) -> Topology:
        return intake(self.broker.prefix)

    @asynccontextmanager
    async def running(self, url: str = "", acceptance: Any = None, **settings: Any) -> AsyncIterator[AmqpIntake]:
        """An intake at work, stopped in good order when left."""
        reader = Reader(
            Validator(self.code_rules),
            PACKAGED,
            Directory((CLIENT,)),
            without_user=settings.pop("without_user", ""),
            max_event_bytes=settings.pop("max_event_bytes", 1 << 20),
            clock=lambda: NOW,
        )
        limits = settings.pop("limits", NO_LIMITS)
        changed = AmqpSettings(prefix=self.broker.prefix, **settings)
        refusals = Refusals(self.audit, timedelta(seconds=60))
        taking = acceptance or self.acceptance
        one = AmqpIntake(url or self.broker.url, taking, reader, self.metrics, changed, refusals, limits=limits)
        await one.open()
        task = asyncio.create_task(one.run())
        await eventually(lambda: self._ready(one))
        try:
            yield one
        finally:
            await one.stop()
            async with asyncio.timeout(20):
                await task
            await one.close()
            await refusals.close()

    async def _ready(self, one: AmqpIntake) -> bool:
        return await one.ready() is None

    async def send(
        self,
        body: Any = None,
        content_type: str | None = STRUCTURED,
        headers: Mapping[str, Any] | None = None,
        user: str | None = ACCOUNT,
        **properties: Any,
    ) -> None:
        """Publish as a sender does; returns once RabbitMQ has it."""
        raw = body if isinstance(body, bytes) else orjson.dumps(an_event() if body is None else body)
        await self.channel.basic_publish(
            raw,
            exchange=intake_exchange(self.broker.prefix),
            routing_key="vn.lienthong.dossier.recorded.v1",
            properties=spec.Basic.Properties(
                content_type=content_type, user_id=user, headers=dict(headers or {}), delivery_mode=2, **properties
            ),
            mandatory=True,
        )

    async def stored(self, count: int) -> list[str]:
        """The ids of what was accepted, in order, once there are so many."""

        async def enough() -> bool:
            return len(self.acceptance.order) >= count

        await eventually(enough)
        return self.acceptance.order

    async def rejected(self) -> aiormq.abc.DeliveredMessage:
        """The next one that was laid aside."""
        found: list[aiormq.abc.DeliveredMessage] = []

        async def is_there() -> bool:
            message = await self.channel.basic_get(rejected_queue(self.broker.prefix), no_ack=True)
            if isinstance(message.delivery, spec.Basic.GetOk):
                found.append(message)
            return bool(found)

        await eventually(is_there)
        return found[0]

    async def waiting(self, queue: str = "") -> int:
        """Messages in a queue (the intake's) that nobody has in hand."""
        async with channel(self.broker.url) as asking:
            name = queue or intake_exchange(self.broker.prefix)
            return (await asking.queue_declare(name, passive=True)).message_count or 0

    async def left(self) -> int:
        """What was not acknowledged, once nobody consumes any more."""

        async def nobody_consumes() -> bool:
            async with channel(self.broker.url) as asking:
                answer = await asking.queue_declare(intake_exchange(self.broker.prefix), passive=True)
                return answer.consumer_count == 0

        await eventually(nobody_consumes)
        return await self.waiting()


def codes(message: aiormq.abc.DeliveredMessage) -> list[str]:
    """The codes of the reasons for which it was laid aside."""
    headers: Any = message.header.properties.headers
    return [one["code"] for one in orjson.loads(headers["errors"])]


@asynccontextmanager
async def an_amqp_door(url: str, code_rules: CodeRuleSettings) -> AsyncIterator[AmqpDoor]:
    async with channel(url) as own:
        door = AmqpDoor(Rig(url), own, code_rules)
        async with door.running():
            pass  # the topology is there
        try:
            yield door
        finally:
            await door.broker.clean(door.topology)


SOON = timedelta(milliseconds=300)
"""Patience of an intake that is to lose it."""
