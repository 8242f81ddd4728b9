"""Counting for the indicators by the clock, beside the path of a message: what was accepted, then what has ended.

How far it has come stands in the ledger and moves in the transaction that takes over what was counted: killed at any
moment, or run twice at once, nothing is missed and nothing counts twice.
"""

from __future__ import annotations

import asyncio

import structlog

from gateway.acceptance.canonical import data_of
from gateway.errors import LedgerUnavailable
from gateway.indicator_settings import IndicatorSettings
from gateway.ledger.indicators.port import SETTLED, SNAPSHOT, Counted, DossierFacts, Portion
from gateway.ledger.port import Ledger
from gateway.reports.indicators.facts import Rules, facts_of
from gateway.security.key_file import SealError
from gateway.working_time import WorkingTime

log = structlog.get_logger(__name__)

_EVERY = 2.0
_FEW, _MANY = 50, 400
"""Messages in one transaction: few, so that nobody waits for it, and more the more there are, so that it keeps up."""
_SHARE = 8
"""The part of what is still to be counted that a transaction takes."""
_REST = 0.02
"""Seconds between two of them, in which what waited for one is through before the next."""
_IN_A_TURN = 16
"""Bodies opened in one turn of the loop: half a millisecond. A thread would keep the interpreter from it for five."""
_OPEN_AT_ONCE = 200
_PAGES = 20
"""Open dossiers on a page, and pages in one look: an outage may leave a hundred thousand, and ending one must not cost
them all."""


class CountingKeeper:
    """Counts until cancelled."""

    def __init__(
        self, ledger: Ledger, settings: IndicatorSettings, calendar: WorkingTime, every: float = _EVERY
    ) -> None:
        """`every`: seconds between two looks."""
        self._ledger = ledger
        self._destination = settings.synchronised_with
        self._rules = Rules(calendar)
        self._every = every
        self._seen: int | None = None
        """How much had ended when the last walk through all open dossiers began."""
        self._walk: tuple[int, str] | None = None
        """A walk that is not at its end: how much had ended when it began, and how far it is."""

    async def run(self) -> None:
        """A look now and then; one that fails is made again."""
        while True:
            try:
                await self.look()
            except LedgerUnavailable as exc:
                log.warning("counting.ledger_unavailable", error=str(exc))
            except Exception:
                log.exception("counting.failed")
            await asyncio.sleep(self._every)

    async def look(self) -> None:
        """Count what there is, in small transactions between which others have their turn.

        What comes meanwhile waits for the next look: followed as it comes, it would be a transaction a message.
        """
        last, limit = None, _FEW
        while portion := await self._ledger.messages_to_count(limit):
            counted = await read_portion(portion, self._rules)
            if not await self._ledger.note_facts(counted, self._destination):
                return  # somebody else counts
            if counted.unreadable:
                log.warning("counting.unreadable", count=counted.unreadable)
            last = last or portion.last
            if portion.up_to >= last:
                break
            limit = share_of(portion.last - portion.up_to)
            await asyncio.sleep(_REST)
        await self._settle()
        while await self._ledger.recount_day():
            pass

    async def _settle(self) -> None:
        """What has ended since the last walk began; what ends meanwhile begins another one."""
        ended, after = self._walk or (await self._ledger.settled_count(self._destination), "")
        if ended == self._seen:
            return
        for _ in range(_PAGES):
            following = await self._ledger.settle_facts(self._destination, after, _OPEN_AT_ONCE)
            if following is None:
                self._seen, self._walk = ended, None
                return
            after = following
            self._walk = (ended, after)


def share_of(left: int) -> int:
    """How many messages one transaction takes of what is left."""
    return min(max(_FEW, left // _SHARE), _MANY)


async def read_portion(portion: Portion, rules: Rules) -> Counted:
    """What the messages of a portion tell. A body that is gone, or does not open, is counted as such."""
    facts: list[DossierFacts] = []
    unreadable = 0
    for place, message in enumerate(portion.messages):
        if place % _IN_A_TURN == 0:
            await asyncio.sleep(0)
        if message.type != SNAPSHOT:
            continue
        try:
            facts.append(facts_of(message, data_of(message.open_body(), message.body_form), rules))
        except (SealError, ValueError, KeyError, TypeError, AttributeError):
            unreadable += 1
    paid = frozenset(message.subject for message in portion.messages if message.type == SETTLED)
    return Counted(portion.after, portion.up_to, facts, paid, unreadable)
