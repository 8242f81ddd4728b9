"""What the watch asks of the ledger: alerts that open and close once, notices that go out once, what it remembers."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any

from gateway.ledger.alerts.port import Finding, Notice, Observed, Told
from gateway.ledger.port import Ledger
from gateway.message import Uncertain
from tests.builders import NOW, a_delivery, a_fault
from tests.contract.ledger_suite import LedgerSuite

MINUTE = timedelta(minutes=1)
KINDS = frozenset({"dead", "closed"})


def a_finding(key: str = "national_portal", **changes: Any) -> Finding:
    return Finding(**({"kind": "dead", "key": key, "vi": "Có lượt dừng.", "en": "Some are dead."} | changes))


def a_look(*findings: Finding, at: datetime = NOW, after: timedelta = timedelta(0), **changes: Any) -> Observed:
    values: dict[str, Any] = {"channels": {"dead": ["ops", "duty"]}, "kinds": KINDS} | changes
    return Observed(at=at, findings=findings, close_after=after, **values)


class AlertContract(LedgerSuite):
    async def _open(self, ledger: Ledger) -> list[str]:
        return [one["key"] for one in (await ledger.alerts_page({"state": "open"}, None, 50))["items"]]

    async def _take(self, ledger: Ledger, channel: str = "ops", at: datetime = NOW) -> list[Notice]:
        return await ledger.take_notices(channel, 10, at, MINUTE)

    async def test_what_is_wrong_opens_one_alert_however_often_it_is_seen(self, ledger: Ledger) -> None:
        [change] = await ledger.observe(a_look(a_finding()))
        assert (change.event, change.kind, change.key) == ("opened", "dead", "national_portal")
        assert await ledger.observe(a_look(a_finding(), at=NOW + MINUTE)) == []
        assert await self._open(ledger) == ["national_portal"]

    async def test_two_that_look_at_once_open_one(self, ledger: Ledger) -> None:
        told = await asyncio.gather(*(ledger.observe(a_look(a_finding())) for _ in range(4)))
        assert sum(map(len, told)) == 1
        assert len(await self._take(ledger)) == 1

    async def test_an_alert_closes_once_when_nothing_is_wrong_any_more_and_may_open_anew(self, ledger: Ledger) -> None:
        await ledger.observe(a_look(a_finding()))
        [change] = await ledger.observe(a_look(at=NOW + MINUTE))
        assert change.event == "closed"
        assert await ledger.observe(a_look(at=NOW + 2 * MINUTE)) == []
        [again] = await ledger.observe(a_look(a_finding(), at=NOW + 3 * MINUTE))
        assert (again.event, again.id != change.id) == ("opened", True)

    async def test_an_alert_closes_only_after_it_was_clear_for_long_enough(self, ledger: Ledger) -> None:
        await ledger.observe(a_look(a_finding()))
        for minutes, wrong in ((1, False), (2, True), (3, False), (4, False)):
            found = [a_finding()] if wrong else []
            assert await ledger.observe(a_look(*found, at=NOW + minutes * MINUTE, after=2 * MINUTE)) == []
        [change] = await ledger.observe(a_look(at=NOW + 5 * MINUTE, after=2 * MINUTE))
        assert change.event == "closed"

    async def test_a_kind_that_was_not_looked_at_stays_as_it_is(self, ledger: Ledger) -> None:
        await ledger.observe(a_look(a_finding()))
        assert await ledger.observe(a_look(kinds=frozenset({"closed"}))) == []
        assert await self._open(ledger) == ["national_portal"]

    async def test_an_open_alert_says_what_was_seen_last(self, ledger: Ledger) -> None:
        await ledger.observe(a_look(a_finding(details={"count": 1})))
        await ledger.observe(a_look(a_finding(vi="Có 2 lượt dừng.", en="Two are dead.", details={"count": 2})))
        [item] = (await ledger.alerts_page({}, None, 50))["items"]
        assert (item["vi"], item["details"]) == ("Có 2 lượt dừng.", {"count": 2})

    async def test_each_channel_is_told_once_of_opening_and_once_of_closing(self, ledger: Ledger) -> None:
        await ledger.observe(a_look(a_finding()))
        await ledger.observe(a_look(at=NOW + MINUTE))
        for channel in ("ops", "duty"):
            [opened] = await self._take(ledger, channel, NOW + MINUTE)
            assert (opened.event, opened.vi, opened.tries) == ("opened", "Có lượt dừng.", 1)
            assert await self._take(ledger, channel, NOW + MINUTE) == []  # the closing waits for its opening
            await ledger.settle_notice(opened, Told(NOW + MINUTE))
            [closed] = await self._take(ledger, channel, NOW + MINUTE)
            assert (closed.event, closed.alert_id, closed.closed_at) == ("closed", opened.alert_id, NOW + MINUTE)
            await ledger.settle_notice(closed, Told(NOW + MINUTE))
            assert await self._take(ledger, channel, NOW + timedelta(days=9)) == []
        [item] = (await ledger.alerts_page({"state": "closed"}, None, 50))["items"]
        assert {(one["channel"], one["event"], one["state"]) for one in item["notices"]} == {
            (channel, event, "sent") for channel in ("ops", "duty") for event in ("opened", "closed")
        }

    async def test_a_closing_is_told_to_whoever_heard_of_the_opening(self, ledger: Ledger) -> None:
        await ledger.observe(a_look(a_finding(), channels={"dead": ["ops"]}))
        [opened] = await self._take(ledger)
        await ledger.settle_notice(opened, Told(NOW))
        await ledger.observe(a_look(at=NOW, channels={"dead": ["duty"]}))
        assert [one.event for one in await self._take(ledger)] == ["closed"]
        assert await self._take(ledger, "duty") == []

    async def test_a_notice_that_was_taken_and_never_told_is_due_again(self, ledger: Ledger) -> None:
        await ledger.observe(a_look(a_finding()))
        [first] = await self._take(ledger)
        assert await self._take(ledger, at=NOW + MINUTE / 2) == []
        [second] = await self._take(ledger, at=NOW + MINUTE)
        assert (second.alert_id, second.tries) == (first.alert_id, 2)

    async def test_a_notice_that_failed_waits_for_its_next_try_or_is_given_up(self, ledger: Ledger) -> None:
        await ledger.observe(a_look(a_finding()))
        [notice] = await self._take(ledger)
        await ledger.settle_notice(notice, Told(NOW, "HTTP_503", NOW + 5 * MINUTE))
        assert await self._take(ledger, at=NOW + 4 * MINUTE) == []
        [notice] = await self._take(ledger, at=NOW + 5 * MINUTE)
        await ledger.settle_notice(notice, Told(NOW + 5 * MINUTE, "HTTP_503"))
        assert await self._take(ledger, at=NOW + timedelta(days=9)) == []
        [item] = (await ledger.alerts_page({}, None, 50))["items"]
        told = next(one for one in item["notices"] if one["channel"] == "ops")
        assert (told["state"], told["error"], told["tries"]) == ("given_up", "HTTP_503", 2)

    async def test_open_alerts_come_first_each_newest_first_page_by_page(self, ledger: Ledger) -> None:
        for number in range(6):
            await ledger.observe(a_look(a_finding(f"k{number}"), kinds=frozenset()))
        await ledger.observe(a_look(*(a_finding(f"k{number}") for number in (0, 2, 4))))
        found, cursor = [], None
        while True:
            page = await ledger.alerts_page({"kind": "dead"}, cursor, 2)
            found += [one["key"] for one in page["items"]]
            cursor = page["next"]
            if cursor is None:
                break
        assert found == ["k4", "k2", "k0", "k5", "k3", "k1"]
        assert (await ledger.alerts_page({"kind": "closed"}, None, 2))["items"] == []

    async def test_marks_are_kept_moved_and_dropped(self, ledger: Ledger) -> None:
        await ledger.note_marks({"a": NOW, "b": NOW})
        await ledger.note_marks({"a": NOW + MINUTE}, ["b"])
        assert await ledger.watch_marks() == {"a": NOW + MINUTE}

    async def test_when_a_source_last_spoke_is_gathered_from_its_messages(self, ledger: Ledger) -> None:
        for source, minutes in (("urn:a", 0), ("urn:a", 5), ("urn:b", 3)):
            await self.record(
                ledger, a_delivery(), source=source, accepted_at=NOW + minutes * MINUTE, subject=f"{source}{minutes}"
            )
        await ledger.hear_sources(NOW + 6 * MINUTE)
        await self.record(ledger, a_delivery(), source="urn:b", accepted_at=NOW + 8 * MINUTE, subject="later")
        await ledger.hear_sources(NOW + 9 * MINUTE)
        heard = {one.source: one.last_at for one in await ledger.sources_heard(NOW)}
        assert heard == {"urn:a": NOW + 5 * MINUTE, "urn:b": NOW + 8 * MINUTE}
        assert [one.source for one in await ledger.sources_heard(NOW + 7 * MINUTE)] == ["urn:b"]

    async def test_what_is_unclear_is_counted_by_destination(self, ledger: Ledger) -> None:
        delivery = a_delivery()
        await self.record(ledger, delivery)
        assert await ledger.unclear() == []
        await self.carry(ledger, delivery, Uncertain(a_fault()))
        [one] = await ledger.unclear()
        assert (one.destination, one.number) == ("national_portal", 1)

    async def test_samples_say_how_much_was_open_and_how_much_had_ended(self, ledger: Ledger) -> None:
        await ledger.sample_backlog(NOW, timedelta(hours=1))
        assert await ledger.backlog_samples(NOW) == []  # nothing to do: nothing written
        first, second = a_delivery(), a_delivery()
        await self.record(ledger, first, subject="one")
        await self.record(ledger, second, subject="two")
        await ledger.sample_backlog(NOW, timedelta(hours=1))
        await self.carry(ledger, first)
        await ledger.sample_backlog(NOW + MINUTE, timedelta(hours=1))
        samples = await ledger.backlog_samples(NOW)
        assert [(one.at, one.open, one.ended) for one in samples] == [(NOW, 2, 0), (NOW + MINUTE, 1, 1)]
        await self.carry(ledger, second)
        for minutes in (2, 3):
            await ledger.sample_backlog(NOW + minutes * MINUTE, timedelta(hours=1))
        assert [one.open for one in await ledger.backlog_samples(NOW)] == [2, 1, 0]  # idle again: the last says so
        await self.record(ledger, a_delivery(), subject="three")
        await ledger.sample_backlog(NOW + 62 * MINUTE, timedelta(hours=1))
        assert [one.open for one in await ledger.backlog_samples(NOW)] == [0, 1]  # what is older was dropped
