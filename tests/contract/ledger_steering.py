"""How destinations are steered: closures, pauses, probes, announced maintenance, what is held back, what was known."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from gateway.errors import NotFoundError, StateError
from gateway.ledger.port import AuditEntry, Ledger, NewDelivery
from gateway.ledger.steering.port import KnownDossier, NewWindow, Probed, Unsent, Withholding
from gateway.message import DeliveryId, Fault, Waiting
from tests.builders import NOW, a_begin, a_delivery, a_fault, a_settlement, a_snapshot
from tests.contract.ledger_suite import LedgerSuite
from tests.passing import let_pass

PORTAL = "national_portal"
HERE, THERE = "000.00.16.H46-250612-0001", "000.00.17.H46-250612-0001"


def an_entry(action: str = "destination.pause", target: str = PORTAL) -> AuditEntry:
    return AuditEntry("admin", action, target, "Cổng DVCQG báo nâng cấp")


def an_unsent(delivery_id: str) -> Unsent:
    fault = Fault("shadow", "SHADOW", "Chạy bóng.", "Shadow.")
    return Unsent(
        DeliveryId(delivery_id), 1, datetime.now(UTC), datetime.now(UTC), "1", b"x", fault, {"compared": "same"}
    )


def hold_back(ledger: Ledger, *codes: str) -> None:
    """From now on what these agencies send to the portal is held back, as after a restart."""

    def held_for(_: str, subject: str) -> str | None:
        return next((code for code in codes if subject.startswith(code)), None)

    ledger._withholding = Withholding(frozenset({PORTAL}), held_for) if codes else None  # type: ignore[attr-defined]


class SteeringContract(LedgerSuite):
    async def test_a_closed_destination_is_told_until_its_time_is_over(self, ledger: Ledger) -> None:
        assert await ledger.steering() == {}
        await ledger.tell_destination(PORTAL, 60, "HTTP_503")
        await ledger.tell_destination("payment", 600, "LOGIN", vi="Sai mật khẩu.", en="Wrong password.")
        before = (await ledger.steering())[PORTAL].closed
        await ledger.tell_destination(PORTAL, 30, "TIMEOUT")
        told = {name: one.closed for name, one in (await ledger.steering()).items()}
        assert told[PORTAL] and told[PORTAL][:3] == (pytest.approx(30, abs=10), "TIMEOUT", "breaker")
        assert before and told[PORTAL].since == before.since  # it goes on
        assert told["payment"] and told["payment"][4:] == ("Sai mật khẩu.", "Wrong password.")
        await let_pass(ledger, timedelta(seconds=40))
        assert [name for name, one in (await ledger.steering()).items() if one.closed] == ["payment"]
        await ledger.tell_destination("payment", 0, "")
        assert not any(one.closed for one in (await ledger.steering()).values())

    async def test_a_target_that_asks_to_wait_is_not_a_breaker_that_opened(self, ledger: Ledger) -> None:
        await ledger.tell_destination(PORTAL, 60, "HTTP_429", by="target")
        assert (await ledger.steering())[PORTAL].standing()[0] == "told_to_wait"
        await ledger.tell_destination(PORTAL, 60, "HTTP_503")
        assert (await ledger.steering())[PORTAL].standing()[0] == "breaker_open"

    async def test_a_pause_stays_until_it_is_taken_back_and_both_are_audited(self, ledger: Ledger) -> None:
        news: list[tuple[str, str]] = []
        ledger.on_news(lambda kind, word: news.append((kind, word)))
        await ledger.pause(PORTAL, an_entry())
        await let_pass(ledger, timedelta(days=30))
        paused = (await ledger.steering())[PORTAL]
        assert paused.pause and (paused.pause.by, paused.pause.reason) == ("admin", "Cổng DVCQG báo nâng cấp")
        assert paused.standing()[0] == "paused" and paused.closed is None
        await ledger.resume(PORTAL, an_entry("destination.resume"))
        assert (await ledger.steering())[PORTAL].standing() == ("running", 0.0)
        assert news == [("destination", PORTAL)] * 2
        entries = (await ledger.audit_page(None, 10))["items"]
        assert [(one["action"], one["ok"]) for one in entries] == [
            ("destination.resume", True), ("destination.pause", True)
        ]  # fmt: skip
        assert entries[0]["details"]["paused_by"] == "admin"

    async def test_a_pause_and_an_open_breaker_do_not_undo_each_other(self, ledger: Ledger) -> None:
        await ledger.tell_destination(PORTAL, 60, "HTTP_503")
        await ledger.pause(PORTAL, an_entry())
        await ledger.tell_destination(PORTAL, 0, "")
        assert (await ledger.steering())[PORTAL].standing()[0] == "paused"
        await ledger.tell_destination(PORTAL, 60, "HTTP_503")
        await ledger.resume(PORTAL, an_entry("destination.resume"))
        assert (await ledger.steering())[PORTAL].standing()[0] == "breaker_open"

    async def test_what_is_paused_or_not_is_said_and_a_refused_attempt_is_audited_too(self, ledger: Ledger) -> None:
        with pytest.raises(StateError):
            await ledger.resume(PORTAL, an_entry("destination.resume"))
        await ledger.pause(PORTAL, an_entry())
        with pytest.raises(StateError, match="admin"):
            await ledger.pause(PORTAL, an_entry())
        entries = (await ledger.audit_page(None, 10))["items"]
        assert [one["ok"] for one in entries] == [False, True, False]

    async def test_a_probe_is_taken_by_one_process_and_answered_once(self, ledger: Ledger) -> None:
        await ledger.ask_probe(PORTAL, "first", an_entry("destination.probe"))
        await ledger.ask_probe(PORTAL, "second", an_entry("destination.probe"))
        assert not await ledger.take_probe(PORTAL, "first")
        taken = await asyncio.gather(*(ledger.take_probe(PORTAL, "second") for _ in range(4)))
        assert taken.count(True) == 1
        await ledger.end_probe(PORTAL, "first", Probed(ok=True))
        probe = (await ledger.steering())[PORTAL].probe
        assert probe and (probe.taken, probe.result) == (True, None)
        said = Probed(False, "LOGIN_REFUSED", "Cổng không nhận tài khoản", "The login was refused")
        await ledger.end_probe(PORTAL, "second", said)
        probe = (await ledger.steering())[PORTAL].probe
        assert probe and probe.result == said

    async def test_maintenance_closes_while_it_lasts_and_opens_by_itself(self, ledger: Ledger) -> None:
        start = datetime.now(UTC) + timedelta(hours=1)
        new = NewWindow("w1", PORTAL, start, start + timedelta(hours=2))
        made = await ledger.add_maintenance(new, an_entry("maintenance.add"))
        assert made.starts_at == start and made.who == "admin"
        assert (await ledger.steering())[PORTAL].standing()[0] == "running"
        assert (await ledger.steering())[PORTAL].standing(3700)[0] == "maintenance"  # without asking again
        await let_pass(ledger, timedelta(hours=2))
        standing, seconds = (await ledger.steering())[PORTAL].standing()
        assert (standing, seconds) == ("maintenance", pytest.approx(3600, abs=30))
        await let_pass(ledger, timedelta(hours=1, minutes=1))
        assert await ledger.steering() == {}
        assert await ledger.maintenance() == []
        assert [one.id for one in await ledger.maintenance(past=True)] == ["w1"]

    async def test_of_windows_that_overlap_the_last_end_counts_and_each_is_cancelled_by_itself(
        self, ledger: Ledger
    ) -> None:
        now = datetime.now(UTC)
        for name, hours in (("short", 1), ("long", 5)):
            new = NewWindow(name, PORTAL, None, now + timedelta(hours=hours))
            await ledger.add_maintenance(new, an_entry("maintenance.add"))
        assert (await ledger.steering())[PORTAL].standing() == ("maintenance", pytest.approx(5 * 3600, abs=30))
        gone = await ledger.cancel_maintenance("long", an_entry("maintenance.cancel", "long"))
        assert gone.cancelled_by == "admin"
        assert (await ledger.steering())[PORTAL].standing() == ("maintenance", pytest.approx(3600, abs=30))

    async def test_maintenance_that_holds_no_time_or_is_not_there_is_refused(self, ledger: Ledger) -> None:
        now = datetime.now(UTC)
        for name, start, hours in (("past", -3, -1), ("backwards", 3, 1)):
            new = NewWindow(name, PORTAL, now + timedelta(hours=start), now + timedelta(hours=hours))
            with pytest.raises(StateError):
                await ledger.add_maintenance(new, an_entry("maintenance.add"))
        with pytest.raises(NotFoundError):
            await ledger.cancel_maintenance("nothing", an_entry("maintenance.cancel", "nothing"))
        new = NewWindow("w", PORTAL, None, now + timedelta(hours=1))
        await ledger.add_maintenance(new, an_entry("maintenance.add"))
        await ledger.cancel_maintenance("w", an_entry("maintenance.cancel", "w"))
        with pytest.raises(StateError):
            await ledger.cancel_maintenance("w", an_entry("maintenance.cancel", "w"))
        assert [one.id for one in await ledger.maintenance(past=True)] == ["w"]
        entries = (await ledger.audit_page(None, 10))["items"]
        assert [one["ok"] for one in entries] == [False, True, True, False, False, False]

    async def both(self, ledger: Ledger) -> tuple[NewDelivery, NewDelivery]:
        """One of each agency, recorded."""
        here, there = a_delivery(), a_delivery()
        await self.record(ledger, here, subject=HERE)
        await self.record(ledger, there, subject=THERE)
        return here, there

    async def test_what_an_agency_sends_is_held_back_while_others_flow(self, ledger: Ledger) -> None:
        hold_back(ledger, "000.00.16.H46")
        here, there = await self.both(ledger)
        assert await self.due(ledger) == [there.id] == [one.id for one in self.pending]
        assert await self.states(ledger, here, there) == ["pending", "pending"]
        assert await ledger.held_for() == {PORTAL: {"000.00.16.H46": 1}}
        assert await ledger.outbox_depth() == 1

    async def test_what_waited_already_is_held_by_the_next_start_and_let_go_by_another(self, ledger: Ledger) -> None:
        here, there = await self.both(ledger)
        await self.carry(ledger, here, Waiting(datetime.now(UTC) + timedelta(hours=1), a_fault()))
        hold_back(ledger, "000.00.16.H46")
        assert await ledger.judge_held() == 1
        assert await ledger.judge_held() == 0
        await let_pass(ledger, timedelta(hours=2))
        assert await self.due(ledger) == [there.id]
        hold_back(ledger)
        assert await ledger.judge_held() == 1
        assert set(await self.due(ledger)) == {here.id, there.id}
        assert await ledger.held_for() == {}

    async def test_a_lane_that_is_held_back_keeps_its_order_when_it_is_let_go(self, ledger: Ledger) -> None:
        hold_back(ledger, "000.00.16.H46")
        first, second = a_delivery(), a_delivery()
        await self.record(ledger, first, subject=HERE)
        await self.record(ledger, second, subject=HERE)
        await ledger.discard(
            first.id, an_entry("delivery.discard", first.id)
        )  # the next is promoted, and held back too
        assert await self.due(ledger) == []
        third = a_delivery()
        await self.record(ledger, third, subject=HERE)
        hold_back(ledger)
        await ledger.judge_held()
        assert await self.due(ledger) == [second.id]
        assert await ledger.begin_attempt(a_begin(second.id))
        await ledger.settle(a_settlement(second.id))
        assert await self.due(ledger) == [third.id]

    async def test_what_is_not_sent_ends_cancelled_with_what_was_found_and_the_lane_goes_on(
        self, ledger: Ledger
    ) -> None:
        first, second = a_delivery(), a_delivery()
        message = await self.record(ledger, first)
        await self.record(ledger, second)
        end = an_unsent(first.id)
        assert await ledger.end_unsent(end)
        assert await self.states(ledger, first, second) == ["cancelled", "pending"]
        assert await self.due(ledger) == [second.id]
        view = await ledger.message_view(message.id)
        assert view is not None
        [shown] = view["deliveries"]
        [attempt] = shown["attempt_log"]
        assert (shown["last_error"]["code"], attempt["outcome"], attempt["facts"]) == (
            "SHADOW", "shadow", {"compared": "same"}
        )  # fmt: skip
        assert view["state"] == "completed"
        assert not await ledger.end_unsent(end)  # told twice
        balance = await ledger.balance()
        assert (balance["cancelled"], balance["open"], balance["balance"]) == (1, 1, 0)
        assert (await ledger.board())[0]["states"]["cancelled"] == 1

    async def test_what_is_under_way_is_not_ended_as_unsent(self, ledger: Ledger) -> None:
        delivery = a_delivery()
        await self.record(ledger, delivery)
        assert await ledger.begin_attempt(a_begin(delivery.id))
        assert not await ledger.end_unsent(an_unsent(delivery.id))
        assert await ledger.settle(a_settlement(delivery.id))

    async def test_a_dossier_known_by_import_is_taken_as_accepted(self, ledger: Ledger) -> None:
        dossiers = [KnownDossier(HERE, "processing", NOW), KnownDossier(THERE, "completed", NOW)]
        done = await ledger.import_known(PORTAL, dossiers, "admin")
        assert (done.new, done.known) == (2, 0)
        delivery = a_delivery()
        await self.record(ledger, delivery, subject=HERE)
        [work] = await ledger.read_pack([delivery.id])
        assert (work.delivery.known_taken, work.delivery.first_contact) == (True, False)
        other = a_delivery()
        await self.record(ledger, other, subject="000.00.16.H46-250612-0002")
        [work] = await ledger.read_pack([other.id])
        assert (work.delivery.known_taken, work.delivery.first_contact) == (False, True)
        asked = [HERE, THERE, "000.00.16.H46-250612-0002"]
        assert await ledger.known_among(PORTAL, asked) == {HERE: True, THERE: True}

    async def test_an_import_keeps_the_later_confirmation_and_shows_in_the_passport(self, ledger: Ledger) -> None:
        later = KnownDossier(HERE, "completed", NOW + timedelta(days=1))
        await ledger.import_known(PORTAL, [later], "admin")
        done = await ledger.import_known(PORTAL, [KnownDossier(HERE, "received", NOW)], "admin")
        assert (done.new, done.known) == (0, 1)
        view = await ledger.dossier_view(HERE)
        assert view is not None
        assert [(one["destination"], one["operation"], one["status"]) for one in view["last_confirmed"]] == [
            (PORTAL, "import", "completed")
        ]

    async def test_contact_is_no_longer_the_first_once_a_call_was_left_unclear(self, ledger: Ledger) -> None:
        snapshot = a_snapshot()
        await self.record(ledger, snapshot)
        now = datetime.now(UTC)
        unclear = Waiting(now, a_fault("TIMEOUT", "uncertain"), unclear=True)
        await self.carry(ledger, snapshot, unclear, clear_at=now + timedelta(milliseconds=1))
        newer = a_snapshot()
        await self.record(ledger, newer)
        [work] = await ledger.read_pack([newer.id])
        assert (work.delivery.known_taken, work.delivery.first_contact) == (False, False)
