"""What people do, each as one rule: choose a target, and let `World.operates` call the operation and expect its audit.

Most targets are any delivery in any state, or none at all: what is refused must be told and audited like the rest.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule

from gateway.acceptance.replies import SOURCE, Replies
from gateway.acceptance.routing import Router
from gateway.ledger.byhand.port import EDITED
from gateway.ledger.drift.port import Judged, Verb
from gateway.ledger.groups.keep import groups as groups_of
from gateway.ledger.port import AuditEntry
from gateway.ledger.replays.port import Chosen
from gateway.message import OPEN, Dead, Decision, Delivered, DeliveryId, DeliveryState
from gateway.operations.byhand import ByHandOperations
from gateway.operations.doubts import Choice, DoubtOperations
from gateway.operations.drift import ReconciliationOperations
from gateway.operations.replays import Limits, ReplayOperations, Steer
from gateway.operations.steering import SteeringOperations
from gateway.scheduler.drift_sending import Sending
from gateway.scheduler.replays import ReplayKeeper
from gateway.settings import DestinationSettings
from tests.builders import RING, a_delivery, a_message, a_snapshot
from tests.property.model.machine import AFTER, FAULT, REASONS, ROUTES, SETTLED, STRICT, LedgerMachine, codes
from tests.property.model.world import ANY

S = DeliveryState
HOUR = timedelta(hours=1)
NOWHERE = "khong-co"

reasons = st.sampled_from(REASONS)
targets = st.data()


class OperatingMachine(LedgerMachine):
    """The ledger machine with everybody who steers it."""

    def __init__(self) -> None:
        super().__init__()
        ledger = self.world.ledger
        self.by_hand = ByHandOperations(ledger)
        self.doubts = DoubtOperations(ledger, ROUTES, {})
        self.steering = SteeringOperations(ledger, {name: DestinationSettings() for name in AFTER})
        self.replays = ReplayOperations(ledger, lambda _: 0)
        self.keeper = ReplayKeeper(ledger)
        self.reconciling = ReconciliationOperations(ledger, {STRICT})
        self.sending = Sending(ledger, Replies(RING, Router(ROUTES)), frozenset())
        self.jobs: list[str] = []
        self.runs: list[str] = []

    def target(self, data: Any, *preferred: S) -> str:
        """Mostly one of those that fit; else any delivery in any state, or one that does not exist.

        Processes do not wait for people: something is sent before.
        """
        self.the_worker_works(data.draw(st.lists(st.sampled_from(SETTLED), max_size=2)))
        fitting = [row.id for row in self.world.rows(*preferred)] if preferred else []
        any_row = [*(row.id for row in self.world.rows()), NOWHERE]
        return str(data.draw(st.sampled_from(fitting if fitting and data.draw(st.integers(0, 3)) else any_row)))

    def key_of(self, delivery_id: str) -> tuple[str, str]:
        row = self.world.row(delivery_id)
        return row.destination, row.subject

    # -- one delivery -------------------------------------------------------------------------------------------

    @rule(data=targets, reason=reasons, as_then=st.booleans())
    def one_is_replayed(self, data: Any, reason: str, as_then: bool) -> None:
        chosen, replay = self.target(data, S.DEAD), self.world.operations.replay
        self.world.operates(
            "delivery.replay", chosen, reason, lambda who, why: replay(DeliveryId(chosen), who, why, as_then=as_then)
        )

    @rule(data=targets, reason=reasons)
    def one_is_discarded(self, data: Any, reason: str) -> None:
        chosen, discard = self.target(data), self.world.operations.discard
        was = self.world.operates(
            "delivery.discard", chosen, reason, lambda who, why: discard(DeliveryId(chosen), who, why)
        )
        self.world.ended[S.CANCELLED] += was not in (None, S.REFUSED)
        if was is S.REFUSED:
            self.world.loose.add(self.key_of(chosen))

    @rule(data=targets, reason=reasons, named=st.booleans())
    def one_is_said_to_be_needless(self, data: Any, reason: str, named: bool) -> None:
        chosen = self.target(data, S.DEAD)
        by = DeliveryId(self.target(data)) if named else None
        self.world.operates(
            "delivery.supersede",
            chosen,
            reason,
            lambda who, why: self.by_hand.supersede(DeliveryId(chosen), who, why, by),
        )

    @rule(data=targets, reason=reasons)
    def a_head_is_skipped(self, data: Any, reason: str) -> None:
        chosen = self.target(data, S.DEAD, S.REFUSED)
        skipped = self.world.operates(
            "delivery.skip", chosen, reason, lambda who, why: self.by_hand.skip(DeliveryId(chosen), who, why)
        )
        if skipped is not None:
            self.world.loose.add(self.key_of(chosen))

    @rule(data=targets, reason=reasons)
    def one_is_corrected(self, data: Any, reason: str) -> None:
        """By the ledger itself: what a document may hold is judged before, and tested elsewhere."""
        chosen = self.target(data, S.DEAD, S.REFUSED)
        row = self.world.row(chosen) if chosen != NOWHERE else None
        new = a_snapshot() if row is not None and row.snapshot else a_delivery()
        corrected = a_message(new, subject=row.subject if row else "x", source=SOURCE, source_id=chosen + EDITED)
        ledger = self.world.ledger
        before = len(self.world.asked)
        self.world.operates(
            "delivery.edit",
            chosen,
            reason,
            lambda who, why: ledger.edit(DeliveryId(chosen), corrected, AuditEntry(who, "delivery.edit", chosen, why)),
        )
        if self.world.asked[before].ok and row is not None:
            self.world.note(corrected.id, [row.destination], row.message_id)
            self.world.loose.add((row.destination, row.subject))

    @rule(data=targets, reason=reasons, choice=st.sampled_from(("taken", "send_again", "give_up")), late=st.booleans())
    def what_nobody_can_prove_is_decided(self, data: Any, reason: str, choice: Choice, late: bool) -> None:
        chosen = self.target(data, S.UNCERTAIN)
        row = self.world.row(chosen) if chosen != NOWHERE else None
        attempt = row.attempts - 1 if late and row is not None else None
        decided = self.world.operates(
            "delivery.decide",
            chosen,
            reason,
            lambda who, why: self.doubts.decide(DeliveryId(chosen), choice, who, why, attempt),
        )
        if decided is not None and choice == "taken":
            self.world.arrived(row, Delivered())

    # -- a destination ------------------------------------------------------------------------------------------

    @rule(name=st.sampled_from((*AFTER, NOWHERE)), reason=reasons, pause=st.booleans())
    def a_destination_is_paused_or_resumed(self, name: str, reason: str, pause: bool) -> None:
        act = self.steering.pause if pause else self.steering.resume
        self.world.operates(f"destination.{'pause' if pause else 'resume'}", name, reason, lambda *w: act(name, *w))

    # -- many deliveries ----------------------------------------------------------------------------------------

    @rule(data=targets, destination=st.sampled_from(("", *AFTER)), reason=reasons, stale=st.booleans())
    def many_are_replayed_as_a_job(self, data: Any, destination: str, reason: str, stale: bool) -> None:
        self.the_worker_works([Dead(FAULT)])
        chosen = Chosen(destination=destination, error_class="transient")
        digest = "cu" if stale else self.world.run(self.replays.plan(chosen))["digest"]
        create = self.replays.create
        job = self.world.operates(
            "replay.create",
            ANY,
            reason,
            lambda who, why: create(chosen, digest, who, why, as_then=False, limits=Limits()),
        )
        if job is not None:
            self.jobs.append(job["id"])
            self.jobs_are_carried_on(data)

    @precondition(lambda self: self.jobs)
    @rule(data=targets)
    def jobs_are_carried_on(self, data: Any) -> None:
        for decision in data.draw(st.lists(st.sampled_from(SETTLED), max_size=3)):
            self.world.run(self.keeper.look(datetime.now(UTC)))
            self.world.moved()
            self.the_worker_works([decision])
        self.world.run(self.keeper.look(datetime.now(UTC)))

    @precondition(lambda self: self.jobs)
    @rule(data=targets, reason=reasons, how=st.sampled_from(("pause", "continue", "cancel")))
    def a_job_is_steered(self, data: Any, reason: str, how: Steer) -> None:
        job = data.draw(st.sampled_from(self.jobs))
        self.world.operates(f"replay.{how}", job, reason, lambda who, why: self.replays.steer(job, how, who, why))

    # -- what the destination holds -----------------------------------------------------------------------------

    @rule(reason=reasons, backwards=st.booleans(), lost=st.none() | st.sets(codes, min_size=1), sends=st.booleans())
    def a_reconciliation_begins(self, reason: str, backwards: bool, lost: set[str] | None, sends: bool) -> None:
        now = datetime.now(UTC)
        since, until = (now + HOUR, now - HOUR) if backwards else (now - HOUR, now + HOUR)
        run = self.world.operates(
            "reconciliation.start",
            ANY,
            reason,
            lambda who, why: self.reconciling.start(STRICT, since, until, who, why),
        )
        if run is not None:
            self.runs.append(run)
        if self.runs and lost is not None:
            self.the_portal_is_asked_and_has_lost_some(lost)
            if sends:
                self.steer(self.runs[-1], "send", reason)
                self.the_difference_is_sent_again([Delivered()])

    def the_portal_is_asked_and_has_lost_some(self, lost: set[str]) -> None:
        ledger = self.world.ledger
        for run in self.world.run(ledger.open_drift_runs()):
            self.world.run(ledger.collect_drift(run.id))
            for item in self.world.run(ledger.drift_to_ask(run.id, 100)):
                last = self.world.run(ledger.standing(STRICT, item.subject)).last
                kind: Any = "unconfirmed" if last is None else "missing" if item.subject in lost else "same"
                self.world.run(ledger.note_drift(run.id, [Judged(item.subject, kind, delivery_id=last)]))

    @precondition(lambda self: self.runs)
    @rule(data=targets, reason=reasons, verb=st.sampled_from(("pause", "continue", "cancel", "send", "send")))
    def a_reconciliation_is_steered(self, data: Any, reason: str, verb: Verb) -> None:
        self.steer(data.draw(st.sampled_from([*self.runs[-2:], NOWHERE])), verb, reason)

    def steer(self, run: str, verb: Verb, reason: str) -> None:
        self.world.operates(
            f"reconciliation.{verb}", run, reason, lambda who, why: self.reconciling.steer(run, verb, who, why)
        )

    @precondition(lambda self: self.runs)
    @rule(decisions=st.lists(st.sampled_from(SETTLED), max_size=3))
    def the_difference_is_sent_again(self, decisions: list[Decision]) -> None:
        for run in self.world.run(self.world.ledger.open_drift_runs()):
            if run.state == "sending" and not run.paused:
                self.world.run(self.sending.work_on(run, datetime.now(UTC)))
        self.world.note_what_the_gateway_said()
        self.world.moved()
        self.the_worker_works(decisions)

    # -- what holds whatever people do --------------------------------------------------------------------------

    @invariant()
    def a_group_stands_open_for_whatever_failed_and_has_not_ended(self) -> None:
        groups = self.world.read(lambda c: groups_of(c, "open"))
        stuck = [row for row in self.world.rows(*OPEN, S.DEAD) if row.error_code and not row.replaced_by]
        assert sum(sum(one.standing.values()) for one in groups) == len(stuck)
