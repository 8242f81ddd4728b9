"""Trying the channels of alerts: a test notice goes out at once, and its outcome comes back; audited either way."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from uuid_utils import uuid7

from gateway.errors import NotFoundError, StateError
from gateway.ledger.port import AuditEntry, Ledger
from gateway.notify.channel import Channel, NotToldError
from gateway.notify.channels import open_channels
from gateway.notify.letter import Letter
from gateway.watch_settings import AlertSettings

ACTION = "alert.test"


class AlertOperations:
    """What a person may do about alerts."""

    def __init__(self, ledger: Ledger, settings: AlertSettings, link: str) -> None:
        """`link`: where the console is, for the letters."""
        self._ledger = ledger
        self._settings = settings
        self._link = link

    async def test(self, channel: str, actor: str, reason: str) -> list[dict[str, Any]]:
        """Send a test notice to one channel, or to all where none is named; how each went.

        Raises `NotFoundError` for a channel nobody configured, `StateError` where there is none at all.
        """
        try:
            names = self._chosen(channel)
        except (NotFoundError, StateError) as exc:
            details = {"refused": type(exc).__name__}
            await self._ledger.record_audit(AuditEntry(actor, ACTION, channel, reason, ok=False, details=details))
            raise
        async with open_channels(self._settings) as channels:
            told = [await _try(name, channels[name], self._letter()) for name in names]
        for one in told:
            details = {"code": one["code"]} if one["code"] else {}
            await self._ledger.record_audit(
                AuditEntry(actor, ACTION, one["channel"], reason, ok=one["ok"], details=details)
            )
        return told

    def _chosen(self, channel: str) -> tuple[str, ...]:
        known = self._settings.channels
        if not known:
            raise StateError(
                "Chưa cấu hình kênh cảnh báo nào; hãy thêm [alerts.webhooks.<tên>] hoặc [alerts.mail.<tên>]. / No "
                "channel is configured; add [alerts.webhooks.<name>] or [alerts.mail.<name>]."
            )
        if channel and channel not in known:
            names = ", ".join(known)
            raise NotFoundError(
                f"Không có kênh này; các kênh: {names}. / There is no such channel; there are: {names}."
            )
        return (channel,) if channel else known

    def _letter(self) -> Letter:
        return Letter(
            id=f"{uuid7()}-test",
            event="test",
            at=datetime.now(UTC),
            vi="Đây là thư thử của trục. Không có gì phải làm.",
            en="This is a test of the gateway. There is nothing to do.",
            link=self._link,
        )


async def _try(name: str, channel: Channel, letter: Letter) -> dict[str, Any]:
    fault: Mapping[str, str] = {"code": "", "vi": "", "en": ""}
    try:
        await channel.send(letter)
    except NotToldError as exc:
        fault = {"code": exc.code, "vi": exc.vi, "en": exc.en}
    return {"channel": name, "ok": not fault["code"], **fault}
