"""Taking messages from RabbitMQ: nothing is acknowledged before it is stored, nothing overtakes within the queue.

While the ledger cannot store, messages stay in hand, unacknowledged; after a while the channel is closed, which gives
them back in order, so that another intake, perhaps one that reaches its ledger, gets its turn. They are never refused
back: a queue's delivery limit would kill them in no time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from itertools import groupby
from typing import TypeVar

import structlog
from aiormq import spec
from aiormq.abc import DeliveredMessage

from gateway.broker.connection import Link, pauses
from gateway.broker.publisher import PERSISTENT, Publisher
from gateway.broker.speaking import speaking
from gateway.broker.subscription import Subscription
from gateway.broker.topology import PREFIX, intake, intake_exchange, rejected_queue
from gateway.errors import BrokerUnavailable, IntakeError, LedgerUnavailable
from gateway.intake import problem
from gateway.intake.credentials.limits import NO_LIMITS, Limits
from gateway.intake.letters import Good, Letter, Reader, Refused, rejection
from gateway.intake.messages import Accepts
from gateway.intake.refusals import Refusals, code_of
from gateway.ledger.port import AuditEntry
from gateway.message import Client
from gateway.settings import AmqpSettings
from gateway.telemetry.metrics import DoorMetrics

log = structlog.get_logger(__name__)

Answer = TypeVar("Answer")
_MOST_AT_ONCE = 200
"""Messages judged and stored in one go; between two such groups everybody else gets their turn."""
_LOOK_AGAIN_SECONDS = 0.5
"""While a client has to wait: its rate may have been changed meanwhile."""
_COME_BACK_SECONDS = 5.0
"""After giving messages back: time for another intake to be served first."""


class _GiveUpError(Exception):
    """What is in hand cannot be dealt with now."""


class AmqpIntake:
    """Consumes the queue `<prefix>.intake`; one of several processes at a time, the others wait for their turn."""

    def __init__(
        self,
        url: str,
        acceptance: Accepts,
        reader: Reader,
        metrics: DoorMetrics,
        settings: AmqpSettings,
        refusals: Refusals,
        name: str = PREFIX,
        limits: Limits = NO_LIMITS,
    ) -> None:
        """`name` says in RabbitMQ's own tools which process this is."""
        topology = intake(settings.prefix)
        self._acceptance = acceptance
        self._reader = reader
        self._metrics = metrics
        self._settings = settings
        self._refusals = refusals
        self._limits = limits
        self._taking = Link(url, f"{name} intake", topology)
        self._laying_aside = Link(url, f"{name} intake.rejected", topology)
        self._publisher = Publisher(self._laying_aside)
        self._subscription: Subscription | None = None
        self._stopping = asyncio.Event()

    async def open(self) -> None:
        """Connect; a RabbitMQ that is away is waited for in the background.

        Raises `ConfigurationError` for an account it turns away and for queues that exist with other properties.
        """
        try:
            await self._taking.open()
            await self._laying_aside.open()
        except BaseException:
            await self.close()
            raise

    async def run(self) -> None:
        """Take messages until `stop` or cancelled; what is in hand then comes again."""
        while not self._stopping.is_set():
            try:
                await self._take_turns()
            except Exception:
                log.exception("amqp_intake.failed")
                await self._pause(_COME_BACK_SECONDS)

    async def close(self) -> None:
        """Let go of the connections."""
        await asyncio.gather(self._taking.close(), self._laying_aside.close())

    async def stop(self) -> None:
        """Take nothing more; what is in hand is stored and acknowledged, or given back. `run` returns then."""
        self._stopping.set()
        if self._subscription is not None:
            await self._subscription.stop()

    async def ready(self) -> str | None:
        """None when it can take messages now, else what is wrong."""
        return self._taking.trouble or self._laying_aside.trouble

    async def _take_turns(self) -> None:
        """Consume until stopped, or until what is in hand has to be given back."""
        self._subscription = Subscription(self._taking, intake_exchange(self._settings.prefix), self._settings.prefetch)
        self._subscription.start()
        try:
            while group := await self._subscription.some(_MOST_AT_ONCE):
                await self._deal_with(group)
        except _GiveUpError:
            log.warning("amqp_intake.given_back", reason="ledger or broker away", seconds=_COME_BACK_SECONDS)
            await self._subscription.close()
            await self._pause(_COME_BACK_SECONDS)
        finally:
            await self._subscription.close()

    async def _deal_with(self, group: Sequence[DeliveredMessage]) -> None:
        """Store or lay aside every message of a group, then acknowledge all of them at once."""
        read = [self._read(message) for message in group]
        for client, run in groupby(read, key=lambda one: one.client if isinstance(one, Good) else None):
            some = list(run)
            if client is None:
                refused = [one for one in some if isinstance(one, Refused)]
            else:
                await self._keep_to_rate(client, len(some))
                refused = await self._accept([one for one in some if isinstance(one, Good)])
            for one in refused:
                await self._lay_aside(one)
        last = group[-1]
        with suppress(BrokerUnavailable), speaking():
            await last.channel.basic_ack(last.delivery_tag or 0, multiple=True, wait=False)

    async def _keep_to_rate(self, client: Client, messages: int) -> None:
        """Wait until the client may send so many. Raises `_GiveUpError` when stopped meanwhile."""
        while seconds := self._limits.wait_for(client, messages):
            await self._pause(min(seconds, _LOOK_AGAIN_SECONDS))
            if self._stopping.is_set():
                raise _GiveUpError
        self._limits.take(client, messages)

    def _read(self, message: DeliveredMessage) -> Good | Refused:
        letter = _letter(message)
        try:
            return self._reader.read(letter)
        except Exception:
            log.exception("amqp_intake.unexpected")
            return Refused(letter, _internal())

    async def _accept(self, letters: Sequence[Good]) -> list[Refused]:
        """Store events of one client in order; those that are refused."""
        client = letters[0].client
        try:
            await self._insist(lambda: self._acceptance.accept_all(client, [one.event for one in letters]))
        except _GiveUpError:
            raise
        except Exception as exc:  # noqa: BLE001 - whatever it is, it must not stop the queue; it is logged below
            if len(letters) == 1:
                return [_refused(letters[0], exc)]
            # One of them cannot be stored: one by one, in order, so that it fails alone.
            return [refused for one in letters for refused in await self._accept([one])]
        return []

    async def _lay_aside(self, refused: Refused) -> None:
        """Into the queue of what was rejected, with the reasons."""
        self._metrics.rejected(refused.error.reason)
        if refused.error.status in (401, 403):
            await self._refusals.note(_noted(refused, self._settings.prefix), refused.letter.user)
        keep = self._settings.keep_rejected_bodies
        headers, body = rejection(refused, datetime.now(UTC)), refused.letter.body if keep else b""
        content_type = refused.letter.content_type if keep else None

        async def publish() -> None:
            properties = spec.Basic.Properties(delivery_mode=PERSISTENT, headers=headers, content_type=content_type)
            await self._publisher.publish("", rejected_queue(self._settings.prefix), body, properties)

        await self._insist(publish)

    async def _insist(self, act: Callable[[], Awaitable[Answer]]) -> Answer:
        """Do it, again and again while ledger or broker cannot. Raises `_GiveUpError` when patience is at its end."""
        loop = asyncio.get_running_loop()
        until = loop.time() + self._settings.patience.total_seconds()
        for pause in pauses():
            try:
                return await act()
            except (LedgerUnavailable, BrokerUnavailable) as exc:
                log.warning("amqp_intake.waiting", error=str(exc))
            except IntakeError as exc:
                if exc.status not in (429, 503):
                    raise
                log.info("amqp_intake.waiting", reason=exc.reason)
            if self._stopping.is_set() or loop.time() + pause > until:
                break
            await self._pause(pause)
        raise _GiveUpError

    async def _pause(self, seconds: float) -> None:
        """So long, or until stopped."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stopping.wait()


def _letter(message: DeliveredMessage) -> Letter:
    properties = message.header.properties
    return Letter(
        body=message.body,
        content_type=properties.content_type or "",
        user=properties.user_id or "",
        headers=properties.headers or {},
        id=properties.message_id or "",
    )


def _refused(letter: Good, exc: Exception) -> Refused:
    if not isinstance(exc, IntakeError):
        log.error("amqp_intake.unexpected", exc_info=exc)
    return Refused(letter.letter, exc if isinstance(exc, IntakeError) else _internal(), letter.client, letter.event)


def _noted(refused: Refused, prefix: str) -> AuditEntry:
    """What the audit says of a message nobody may send."""
    who = refused.client.name if refused.client else "-"
    return AuditEntry(who, "refused.amqp", f"{prefix}.intake", code_of(refused.error), ok=False)


def _internal() -> IntakeError:
    """The fault is ours: the sender sends again once it is mended."""
    return problem.refusal(
        500,
        "INTERNAL",
        "Lỗi bên trong trục, đã ghi vào nhật ký; hãy báo quản trị viên rồi gửi lại.",
        "An error inside the gateway, noted in its log; tell the administrator, then send again.",
    )
