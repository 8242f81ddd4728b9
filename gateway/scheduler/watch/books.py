"""The balance sheet in the background: today and yesterday often, the whole ledger now and then."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from gateway.ledger.alerts.port import Finding
from gateway.ledger.port import Ledger
from gateway.scheduler.watch import findings
from gateway.watch_settings import BalanceRule
from mappings.convert import VIETNAM

_NEVER = datetime.min.replace(tzinfo=UTC)
_MOST_DAYS = 31
_PAGE = 50


class Books:
    """Remembers what the last count found, because counts are rarer than looks."""

    def __init__(self, ledger: Ledger, rule: BalanceRule) -> None:
        self._ledger = ledger
        self._rule = rule
        self._days_at = self._whole_at = _NEVER
        self._of_days: tuple[Finding, ...] = ()
        self._of_all: tuple[Finding, ...] = ()

    async def look(self, now: datetime) -> Iterable[Finding]:
        """What is off, as last counted. A day that is off is counted until it is not; so is the whole."""
        if now - self._days_at >= self._rule.every:
            sheets = [await self._ledger.balance(day) for day in await self._days(now)]
            of_days = [one for sheet in sheets for one in findings.unbalanced(sheet)]
            for day in {sheet["day"] for sheet in sheets} - {one.details["day"] for one in of_days}:
                of_days += findings.uneven(day, await self._uneven(day))
            self._of_days = tuple(of_days)
            if self._whole_due(now):
                self._of_all = _beyond(await self._ledger.balance(), sheets)
                self._whole_at = now
            self._days_at = now
        return (*self._of_days, *self._of_all)

    async def _uneven(self, day: str) -> int:
        """Messages of a day with too few or too many deliveries, though all together they add up; at most a page."""
        cursor: str | None = None
        while True:
            page = await self._ledger.messages_page({"day": day, "unbalanced": "true"}, cursor, _PAGE)
            cursor = page["next"]
            if page["items"] or cursor is None:
                return len(page["items"])

    def _whole_due(self, now: datetime) -> bool:
        every = self._rule.whole_every
        return bool(every) and (bool(self._of_all) or now - self._whole_at >= every)

    async def _days(self, now: datetime) -> list[str]:
        """Yesterday, today, and the days of open alerts."""
        today = now.astimezone(VIETNAM).date()
        days = {str(today), str(today - timedelta(days=1))}
        page = await self._ledger.alerts_page({"state": "open", "kind": "balance"}, None, _MOST_DAYS)
        days |= {one["details"]["day"] for one in page["items"] if one["details"].get("day")}
        return sorted(days)


def _beyond(whole: Mapping[str, Any], days: list[dict[str, Any]]) -> tuple[Finding, ...]:
    """What is off in the whole ledger and not already told of one of these days."""
    told: dict[str, int] = {}
    for sheet in days:
        for row in sheet["by"]:
            told[row["destination"]] = told.get(row["destination"], 0) + row["balance"]
    rest = [row for row in whole["by"] if row["balance"] != told.get(row["destination"], 0)]
    return tuple(findings.unbalanced({**whole, "by": rest}))
