"""Tells channels of alerts: each notice once, again while its channel is down; one channel never waits for another.

A notice is taken before it is sent and settled afterwards. Killed in between, it is sent again with the same id, by
which receivers know a repeat: never lost, at worst doubled.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import structlog

from gateway.errors import LedgerUnavailable
from gateway.ledger.alerts.port import Notice, Told
from gateway.ledger.port import Ledger
from gateway.notify.channel import Channel, NotToldError
from gateway.notify.channels import open_channels
from gateway.notify.letter import Letter
from gateway.operations.barred import barred
from gateway.watch_settings import AlertSettings

log = structlog.get_logger(__name__)

_EVERY = 1.0
_LONGEST = 180.0
"""Seconds that one try may take."""
_HOLD = timedelta(minutes=5)
"""A notice that was taken is left alone for so long: more than any try may take."""


class Teller:
    """Tells until cancelled."""

    def __init__(self, ledger: Ledger, settings: AlertSettings, link: str, every: float = _EVERY) -> None:
        """`link`: where the console is; `every`: seconds between two looks."""
        self._ledger = ledger
        self._settings = settings
        self._link = link
        self._every = every

    async def run(self) -> None:
        """Every channel by itself."""
        async with open_channels(self._settings) as channels, asyncio.TaskGroup() as tasks:
            for name, channel in channels.items():
                tasks.create_task(self._keep_telling(name, channel), name=f"tell {name}")

    async def _keep_telling(self, name: str, channel: Channel) -> None:
        while True:
            try:
                await self.tell(name, channel, datetime.now(UTC))
            except LedgerUnavailable as exc:
                log.warning("notices.ledger_unavailable", channel=name, error=str(exc))
            except Exception:
                log.exception("notices.failed", channel=name)
            await asyncio.sleep(self._every)

    async def tell(self, name: str, channel: Channel, now: datetime) -> None:
        """What is due for one channel at `now`, one by one."""
        while notices := await self._ledger.take_notices(name, 1, now, _HOLD):
            for notice in notices:
                await self._ledger.settle_notice(notice, await self._send(channel, notice, now))

    async def _send(self, channel: Channel, notice: Notice, now: datetime) -> Told:
        about = {"channel": notice.channel, "alert": notice.alert_id, "change": notice.event}
        try:
            async with asyncio.timeout(_LONGEST):
                await channel.send(letter_of(notice, self._link))
        except (NotToldError, TimeoutError) as exc:
            code = exc.code if isinstance(exc, NotToldError) else "TIMEOUT"
            again_at = self._again_at(notice, now)
            if (entry := barred(code, "scheduler", notice.channel, {"alert": notice.alert_id})) is not None:
                await self._ledger.record_audit(entry)
            log.warning("notice.failed" if again_at else "notice.given_up", **about, error=code, attempt=notice.tries)
            return Told(now, code, again_at)
        log.info("notice.sent", **about)
        return Told(now)

    def _again_at(self, notice: Notice, now: datetime) -> datetime | None:
        pauses = self._settings.retry_schedule
        again_at = now + pauses[min(notice.tries, len(pauses)) - 1]
        return again_at if again_at - notice.created_at <= self._settings.give_up_after else None


def letter_of(notice: Notice, link: str) -> Letter:
    """What is told of an alert that opened or closed."""
    return Letter(
        id=f"{notice.alert_id}-{notice.event}",
        event=notice.event,
        at=notice.opened_at if notice.event == "opened" else notice.closed_at or notice.created_at,
        vi=notice.vi,
        en=notice.en,
        link=link,
        kind=notice.kind,
        destination=notice.destination,
        alert_id=notice.alert_id,
        details=notice.details,
    )
