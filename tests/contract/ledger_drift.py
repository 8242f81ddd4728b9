"""Reconciliation: what is compared, what was confirmed, and what is sent again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from gateway.errors import NotFoundError, StateError
from gateway.ledger.drift import keep
from gateway.ledger.drift.port import DriftItem, DriftRun, Judged, NewDriftRun, Verb
from gateway.ledger.port import AuditEntry, Ledger, NewDelivery, NewMessage
from gateway.message import DeliveryId, DeliveryState, Refused, Uncertain, Waiting
from tests.builders import a_begin, a_delivery, a_fault, a_message, a_snapshot, dead
from tests.contract.ledger_suite import LedgerSuite

S = DeliveryState
PORTAL = "national_portal"
CODES = tuple(f"000.00.16.H46-250612-100{n}" for n in range(4))
LATER = datetime(2125, 1, 1, tzinfo=UTC)


def entry(action: str = "reconciliation.start", target: str = "R-1") -> AuditEntry:
    return AuditEntry("admin", action, target, "kiểm tra hằng tuần")


def a_run(run_id: str = "R-1", **changes: object) -> NewDriftRun:
    now = datetime.now(UTC)
    values = {"destination": PORTAL, "since": now - timedelta(hours=1), "until": now + timedelta(hours=1)}
    return NewDriftRun(run_id, **(values | changes))  # type: ignore[arg-type]


class DriftContract(LedgerSuite):
    async def collected(self, ledger: Ledger, run_id: str = "R-1", **changes: object) -> list[DriftItem]:
        """A run whose dossiers are noted."""
        assert await ledger.start_drift(a_run(run_id, **changes), entry(target=run_id))
        while await ledger.collect_drift(run_id):
            pass
        return await ledger.drift_to_ask(run_id, 100)

    async def taken(self, ledger: Ledger, delivery: NewDelivery, code: str = CODES[0]) -> NewMessage:
        message = await self.record(ledger, delivery, subject=code)
        assert await self.carry(ledger, delivery)
        return message

    async def sending(self, ledger: Ledger, *judged: Judged, kinds: tuple[str, ...] = ("missing",)) -> DriftRun:
        """A compared run whose difference is to be sent again."""
        await self.collected(ledger)
        await ledger.note_drift("R-1", judged)
        assert await ledger.steer_drift("R-1", "send", entry("reconciliation.send"), kinds) == "sending"
        run = await ledger.drift_run("R-1")
        assert run is not None
        return run

    async def drifted(self, ledger: Ledger, kind: str = "missing") -> tuple[DriftRun, DriftItem, NewDelivery]:
        """One dossier that the destination confirmed and does not have any more, about to be sent again."""
        first = a_snapshot()
        await self.taken(ledger, first)
        judged = Judged(CODES[0], kind, "received", None, first.id)  # type: ignore[arg-type]
        run = await self.sending(ledger, judged, kinds=(kind,))
        [item] = await ledger.drift_to_send("R-1", 10)
        return run, item, first

    async def how_sent(self, ledger: Ledger) -> tuple[str | None, str | None]:
        [one] = (await ledger.drift_items_page("R-1", {}, None, 10))["items"]
        return one["sent"], one["word"]

    async def test_every_dossier_of_the_period_is_noted_once(
        self, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(keep, "WALK", 2)
        for code in (*CODES, CODES[0]):
            await self.record(ledger, a_snapshot(), a_delivery(destination="archive"), subject=code)
        assert [one.subject for one in await self.collected(ledger)] == list(CODES)
        assert await ledger.collect_drift("R-1") is False

    async def test_what_belongs_elsewhere_or_to_no_dossier_is_left_out(self, ledger: Ledger) -> None:
        await self.record(ledger, a_delivery(destination="archive"), subject=CODES[0])
        await self.record(ledger, a_delivery(lane=False), subject="catalogue/fields")
        assert await self.collected(ledger) == []
        run = await ledger.drift_run("R-1")
        assert run is not None
        assert run.state == "compared"

    async def test_the_period_is_that_of_acceptance(self, ledger: Ledger) -> None:
        await self.record(ledger, a_snapshot(), subject=CODES[0])
        past = datetime.now(UTC) - timedelta(minutes=5)
        assert await self.collected(ledger, "R-1", until=past) == []
        assert await self.collected(ledger, "R-2", since=datetime.now(UTC) + timedelta(minutes=5)) == []

    async def test_a_replay_counts_from_the_moment_it_was_made(self, ledger: Ledger) -> None:
        old = a_snapshot()._replace(id=DeliveryId("01900000-0000-7000-8000-000000000001"))
        await self.record(ledger, old)
        await self.carry(ledger, old, dead())
        assert await self.collected(ledger) == []
        await ledger.replay(old.id, a_snapshot().id, entry("delivery.replay"))
        assert len(await self.collected(ledger, "R-2")) == 1

    async def test_a_destination_has_one_open_run_and_a_refused_start_is_audited(self, ledger: Ledger) -> None:
        assert await ledger.start_drift(a_run(), entry())
        assert not await ledger.start_drift(a_run(), entry())
        with pytest.raises(StateError, match="R-1"):
            await ledger.start_drift(a_run("R-2"), entry(target="R-2"))
        assert await ledger.start_drift(a_run("R-3", destination="archive"), entry(target="R-3"))
        audited = [(one["target"], one["ok"]) for one in (await ledger.audit_page(None, 10))["items"]]
        assert audited == [("R-3", True), ("R-2", False), ("R-1", True)]
        assert {run.id for run in await ledger.open_drift_runs()} == {"R-1", "R-3"}

    async def test_a_run_is_compared_when_everything_was_asked(self, ledger: Ledger) -> None:
        for code in CODES[:2]:
            await self.record(ledger, a_snapshot(), subject=code)
        await self.collected(ledger)
        await ledger.note_drift("R-1", [Judged(CODES[0], None, word="CONNECT")])
        again = await ledger.drift_to_ask("R-1", 10)
        assert [(one.subject, one.tries) for one in again] == [(CODES[1], 0), (CODES[0], 1)]
        await ledger.note_drift("R-1", [Judged(one.subject, "same", "received", "received") for one in again])
        await ledger.note_drift("R-1", [Judged(CODES[0], "missing")])
        view = await ledger.drift_view("R-1")
        assert view is not None
        assert (view["state"], view["counts"]["same"], view["counts"]["found"]) == ("compared", 2, 2)
        assert view["ended_at"]
        assert await ledger.open_drift_runs() == []

    async def test_what_was_confirmed_is_told_in_the_order_of_its_effects(self, ledger: Ledger) -> None:
        snapshot, step, other = a_snapshot("received"), a_delivery(), a_delivery(destination="archive")
        first = await self.taken(ledger, snapshot)
        await self.record(ledger, other)
        second = await self.taken(ledger, step)
        there = await ledger.standing(PORTAL, CODES[0])
        assert [one.message_id for one in there.confirmed] == [first.id, second.id]
        assert [(one.snapshot, one.status) for one in there.confirmed] == [(True, "received"), (False, None)]
        assert there.confirmed[0].open_body() == b'{"code": "x"}'
        assert (there.last, there.moving, there.waits, there.dead) == (step.id, False, False, False)

    @pytest.mark.parametrize("how", ["pending", "delivering", "waiting", "uncertain", "dead", "refused"])
    async def test_what_is_on_its_way_is_told(self, ledger: Ledger, how: str) -> None:
        delivery = a_snapshot()
        await self.record(ledger, delivery, subject=CODES[0])
        fault = a_fault()
        ends = {
            "waiting": Waiting(LATER, fault),
            "uncertain": Uncertain(fault),
            "dead": dead(),
            "refused": Refused(fault),
        }
        if how in ends:
            await self.carry(ledger, delivery, ends[how])
        elif how == "delivering":
            assert await ledger.begin_attempt(a_begin(delivery.id))
        there = await ledger.standing(PORTAL, CODES[0])
        assert there.last is None
        assert there.moving == (how in ("delivering", "uncertain"))
        assert there.waits == (how in ("pending", "waiting"))
        assert there.dead == (how == "dead")

    async def test_the_difference_goes_out_as_a_new_message_and_what_was_confirmed_stays(self, ledger: Ledger) -> None:
        run, item, first = await self.drifted(ledger)
        again = a_snapshot()
        message = a_message(again, subject=CODES[0], source="urn:lienthong:gateway")
        assert await ledger.send_drift(run, item, [message]) == "open"
        assert await self.states(ledger, first, again) == [S.DELIVERED, S.PENDING]
        balance = await ledger.balance()
        assert [balance[name] for name in ("accepted", "delivered", "open", "balance")] == [2, 1, 1, 0]
        assert [one.id for one in self.pending[-1:]] == [again.id]
        assert (await ledger.count_drift_step("R-1", 1)).open == 1
        await self.carry(ledger, again)
        count = await ledger.count_drift_step("R-1", 1)
        assert (count.open, count.arrived, count.failed) == (0, 1, 0)
        await ledger.end_drift("R-1")
        view = await ledger.drift_view("R-1")
        assert view is not None
        assert (view["state"], view["sent"]["arrived"]) == ("sent", 1)

    async def test_nothing_is_sent_twice(self, ledger: Ledger) -> None:
        """Whoever comes second finds it under way; once it ended, the comparison is out of date."""
        run, item, _ = await self.drifted(ledger)
        await ledger.send_drift(run, item, [a_message(a_snapshot(), subject=CODES[0])])
        again = a_message(a_snapshot(), subject=CODES[0])
        assert await ledger.send_drift(run, item, [again]) == "skipped"
        assert await ledger.message_view(again.id) is None
        assert await ledger.drift_to_send("R-1", 10) == []
        assert await self.how_sent(ledger) == ("open", None)

    @pytest.mark.parametrize(
        ("how", "word"), [("pending", "UNDER_WAY"), ("dead", "DEAD"), ("delivered", "CONFIRMED_SINCE")]
    )
    async def test_what_came_in_between_wins(self, ledger: Ledger, how: str, word: str) -> None:
        run, item, _ = await self.drifted(ledger)
        newer = a_snapshot("processing")
        await self.record(ledger, newer, subject=CODES[0])
        if how != "pending":
            await self.carry(ledger, newer, dead() if how == "dead" else None)
        message = a_message(a_snapshot(), subject=CODES[0])
        assert await ledger.send_drift(run, item, [message]) == ("moved" if how == "delivered" else "skipped")
        assert await ledger.message_view(message.id) is None
        assert await self.how_sent(ledger) == ("skipped", word)

    async def test_what_fails_is_counted_and_a_run_goes_wrong_only_once(self, ledger: Ledger) -> None:
        run, item, _ = await self.drifted(ledger)
        again = a_snapshot()
        await ledger.send_drift(run, item, [a_message(again, subject=CODES[0])])
        await self.carry(ledger, again, Refused(a_fault("R", "refused")))
        assert (await ledger.count_drift_step("R-1", 1)).failed == 1
        for _ in range(2):
            await ledger.stop_drift("R-1", {"code": "X", "vi": "v", "en": "e"}, entry("reconciliation.stop"))
        stopped = [
            one for one in (await ledger.audit_page(None, 10))["items"] if one["action"] == "reconciliation.stop"
        ]
        view = await ledger.drift_view("R-1")
        assert view is not None
        assert (view["paused"], view["note"]["code"], len(stopped)) == (True, "X", 1)

    async def test_a_stair_is_climbed_once(self, ledger: Ledger) -> None:
        await self.drifted(ledger)
        for _ in range(2):
            await ledger.climb_drift("R-1", 2)
        await ledger.climb_drift("R-1", 4)
        run = await ledger.drift_run("R-1")
        assert run is not None
        assert run.step == 2

    @pytest.mark.parametrize(
        ("verbs", "state"),
        [
            (("pause", "continue"), "collecting"),
            (("cancel",), "cancelled"),
            (("pause", "cancel"), "cancelled"),
        ],
    )
    async def test_a_person_steers_an_open_run(self, ledger: Ledger, verbs: tuple[Verb, ...], state: str) -> None:
        await ledger.start_drift(a_run(), entry())
        for verb in verbs:
            found = await ledger.steer_drift("R-1", verb, entry(f"reconciliation.{verb}"))
        assert found == state
        actions = [one["action"] for one in (await ledger.audit_page(None, 10))["items"]]
        assert actions[::-1] == ["reconciliation.start", *(f"reconciliation.{verb}" for verb in verbs)]

    @pytest.mark.parametrize("verb", ["continue", "send"])
    async def test_what_makes_no_sense_now_is_refused_and_audited(self, ledger: Ledger, verb: Verb) -> None:
        await ledger.start_drift(a_run(), entry())
        with pytest.raises(StateError):
            await ledger.steer_drift("R-1", verb, entry(f"reconciliation.{verb}"))
        with pytest.raises(NotFoundError):
            await ledger.steer_drift("R-9", verb, entry(f"reconciliation.{verb}", "R-9"))
        assert [one["ok"] for one in (await ledger.audit_page(None, 10))["items"]] == [False, False, True]

    async def test_a_cancelled_run_takes_nothing_more(self, ledger: Ledger) -> None:
        run, item, _ = await self.drifted(ledger)
        await ledger.steer_drift("R-1", "cancel", entry("reconciliation.cancel"))
        message = a_message(a_snapshot(), subject=CODES[0])
        assert await ledger.send_drift(run, item, [message]) == "skipped"
        assert await ledger.message_view(message.id) is None

    async def test_lists_are_paged(self, ledger: Ledger) -> None:
        for code in CODES:
            await self.record(ledger, a_snapshot(), subject=code)
        await self.collected(ledger)
        kinds = ("same", "missing", "behind", "missing")
        await ledger.note_drift("R-1", [Judged(code, kind) for code, kind in zip(CODES, kinds, strict=True)])  # type: ignore[arg-type]
        first = await ledger.drift_items_page("R-1", {"kind": "missing"}, None, 1)
        second = await ledger.drift_items_page("R-1", {"kind": "missing"}, first["next"], 1)
        assert [one["subject"] for one in first["items"] + second["items"]] == [CODES[1], CODES[3]]
        assert second["next"] is None
        for number in (2, 3):
            await self.collected(ledger, f"R-{number}", destination=f"other-{number}")
        runs = await ledger.drift_page(None, 2)
        rest = await ledger.drift_page(runs["next"], 2)
        assert [one["id"] for one in runs["items"] + rest["items"]] == ["R-3", "R-2", "R-1"]
        assert await ledger.drift_view("R-9") is None
