"""`lienthong check`: files of certificates that the configuration names can be read, and have not ended."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from gateway.errors import ConfigurationError
from gateway.reports.expiring import Ending, certificates_of
from gateway.settings import Settings
from mappings.convert import VIETNAM


async def check_certificates(settings: Settings) -> str:
    """How many there are, and which end before long. Raises `ConfigurationError` for those of no use any more."""
    found = await asyncio.to_thread(lambda: [*certificates_of(settings)])
    now = datetime.now(UTC)
    if wrong := [flaw for one in found if (flaw := _flaw(one, now))]:
        raise ConfigurationError(wrong)
    soon = [one for one in found if one.at is not None and one.at - now <= settings.alerts.expiring.before]
    told = [f"{one.name}: {_day(one.at)}" for one in soon if one.at is not None]
    return "; ".join([f"{len(found)}", *(["sắp hết hạn / soon to end: " + ", ".join(told)] if told else [])])


def _flaw(one: Ending, now: datetime) -> str:
    if one.at is None:
        return f"{one.name}: không đọc được, cần PEM / cannot be read, needs PEM"
    return f"{one.name}: hết hạn từ / ended on {_day(one.at)}" if one.at <= now else ""


def _day(at: datetime) -> str:
    return at.astimezone(VIETNAM).strftime("%d/%m/%Y")
