"""While one system is away the other is served as ever, tries are not used up, and what waited goes out by itself."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from tests.chaos.books import appoint_notary, books_of
from tests.chaos.campaign import settle
from tests.chaos.judge import OTHERS_GO_ON, Evidence, judge
from tests.chaos.nemesis import Done
from tests.chaos.senders import Senders
from tests.chaos.site import embedded

pytestmark = pytest.mark.timeout(300)
_AWAY = 12.0
_CALLS_AT_ONCE, _FAILURES, _PROBES = 16, 5, _AWAY + 3
"""What may fail before the breaker opens (calls under way, and as many as it counts), then one probe a second."""


async def test_payments_are_opened_while_the_portal_is_away_and_no_tries_are_used_up(tmp_path: Path) -> None:
    async with embedded(tmp_path) as site:
        await appoint_notary(site)
        senders = Senders(site, 6, at_once=24, rate=40)
        sending = asyncio.create_task(senders.run())
        await asyncio.sleep(2)
        began = time.time()
        await site.lines["national_portal"].refuse()
        site.lines["national_portal"].cut()
        await asyncio.sleep(_AWAY)
        meanwhile = [key for key, at in senders.log.answered_at.items() if began <= at <= time.time() - OTHERS_GO_ON]
        await site.lines["national_portal"].heal()
        away = Done("portal away", "national_portal", began, time.time())
        senders.enough.set()
        assert await settle(site, senders, sending) == []
        books = await books_of(site)
        portal, payment = site.portal.effects(), site.payment.effects()
    assert judge(Evidence(senders.log, portal, payment, books, [away])) == []
    assert any(key in senders.log.payments for key in meanwhile)
    assert sum(key not in senders.log.payments for key in meanwhile) > _FAILURES
    failed = sum(one.attempts - 1 for one in books.obligations if one.attempts and one.key not in senders.log.payments)
    assert failed <= _CALLS_AT_ONCE + _FAILURES + _PROBES
