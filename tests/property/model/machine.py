"""The machine: a rule for everything senders and processes do, an invariant for everything that must hold.

What people do is in `tests.property.model.people`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import orjson
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from gateway.acceptance.routing import route_name
from gateway.delivery.recover import recover
from gateway.errors import ConflictError
from gateway.ledger.port import Begin, NewMessage, Settlement
from gateway.message import (
    ACTIVE,
    AfterEnd,
    Dead,
    Decision,
    Delivered,
    DeliveryId,
    DeliveryState,
    Refused,
    Returned,
    Uncertain,
    Waiting,
)
from gateway.settings import RouteSettings
from tests.builders import RING, a_delivery, a_fault, a_message, a_snapshot
from tests.property.model.world import World

S = DeliveryState
CODES = ("000.00.16.H46-250612-0001", "000.00.16.H46-250612-0002")
STATUSES = ("received", "processing", "completed")
STRICT, LENIENT, UNLANED = "national_portal", "archive", "register"
"""Lanes that whatever failed holds; lanes that go on without it, but a subject that was never taken; no lanes."""
AFTER: dict[str, AfterEnd] = {STRICT: "hold", LENIENT: "until_accepted", UNLANED: "continue"}
SNAPSHOTS, STEPS = "vn.lienthong.dossier.recorded.v1", "vn.lienthong.dossier.progressed.v1"
_TO_PORTAL = {"destination": STRICT, "after_dead": "hold", "after_refused": "hold"}
ROUTES = (
    RouteSettings(type=SNAPSHOTS, operation="DongBoHoSoMC", mapping="x", supersedes=True, **_TO_PORTAL),
    RouteSettings(type=STEPS, operation="CapNhatTienDoHoSoMC", mapping="x", **_TO_PORTAL),
)
REASONS = ("đã sửa danh mục", "hồ sơ gửi nhầm", "theo công văn 12/CV")
FAULT = a_fault()
PAST, FUTURE = datetime(2025, 1, 1, tzinfo=UTC), datetime(2125, 1, 1, tzinfo=UTC)
SETTLED: tuple[Decision, ...] = (
    *(Delivered() for _ in range(4)),
    Waiting(PAST, FAULT),
    Waiting(FUTURE, FAULT),
    Returned(PAST, FAULT),
    Uncertain(FAULT),
    Refused(FAULT),
    Dead(FAULT),
)
PROVEN: tuple[Decision, ...] = (Delivered(), Returned(PAST, FAULT), Refused(FAULT), Dead(FAULT))

codes = st.sampled_from(CODES)
reasons = st.sampled_from(REASONS)
laned = st.sampled_from((STRICT, LENIENT))
arrivals = st.tuples(codes, laned, st.sampled_from(STATUSES), st.booleans())


class LedgerMachine(RuleBasedStateMachine):
    """Subclasses say which ledger: `new_world` gives an empty one."""

    new_world: ClassVar[Callable[[], World]]

    def __init__(self) -> None:
        super().__init__()
        self.world = type(self).new_world()
        self.begun: list[tuple[str, int]] = []
        """Attempts that somebody began, whoever has forgotten them since."""

    def teardown(self) -> None:
        self.world.close()

    def chosen(self, data: Any, *states: S) -> Any:
        return data.draw(st.sampled_from(self.world.rows(*states)))

    @initialize(
        arrivals=st.lists(st.tuples(codes, laned, st.sampled_from(STATUSES), st.booleans()), min_size=2, max_size=6)
    )
    def a_day_begins(self, arrivals: list[tuple[str, str, str, bool]]) -> None:
        for code, destination, status, snapshot in arrivals:
            if snapshot:
                self.a_snapshot(code, status, None, both=destination == LENIENT)
            else:
                self.world.accept([self.step(code, destination, status)])

    # -- senders ------------------------------------------------------------------------------------------------

    @rule(code=codes, status=st.sampled_from(STATUSES), sequence=st.none() | st.integers(0, 9), both=st.booleans())
    def a_snapshot_arrives(self, code: str, status: str, sequence: int | None, both: bool) -> None:
        self.a_snapshot(code, status, sequence, both=both)

    def a_snapshot(self, code: str, status: str, sequence: int | None, *, both: bool) -> None:
        number = None if sequence is None else str(sequence)
        wanted = [
            a_snapshot(status, sequence=sequence)._replace(destination=name, route=route_name(ROUTES[0]))
            for name in (STRICT, LENIENT)[: 1 + both]
        ]
        message = a_message(*wanted, subject=code, type=SNAPSHOTS, time=None, sequence=number)
        sealed = RING.seal(orjson.dumps({"code": code, "status": status}), message.id)
        assert self.world.accept([message._replace(sealed=sealed)]) == [False]

    @rule(code=codes, destination=laned, statuses=st.lists(st.sampled_from(STATUSES), min_size=1, max_size=3))
    def progress_arrives(self, code: str, destination: str, statuses: list[str]) -> None:
        self.world.accept([self.step(code, destination, status) for status in statuses])

    @rule(code=codes)
    def a_question_arrives(self, code: str) -> None:
        self.world.accept([a_message(a_delivery(destination=UNLANED, lane=False, route="lookup"), subject=code)])

    @precondition(lambda self: self.world.sent)
    @rule(data=st.data(), code=codes)
    def a_repeat_arrives_beside_something_new(self, data: Any, code: str) -> None:
        again = self.again(data.draw(st.sampled_from(self.world.sent)))
        assert self.world.accept([again, self.step(code, STRICT, "processing")]) == [True, False]

    @precondition(lambda self: self.world.sent)
    @rule(data=st.data(), code=codes)
    def a_contradiction_arrives_and_nothing_of_its_batch_is_kept(self, data: Any, code: str) -> None:
        again = self.again(data.draw(st.sampled_from(self.world.sent)))._replace(content_hash=b"khac")
        try:
            self.world.accept([self.step(code, STRICT, "processing"), again])
        except ConflictError:
            return
        raise AssertionError("other content under the same id was taken")

    def step(self, code: str, destination: str, status: str) -> NewMessage:
        new = a_delivery(destination=destination, route=route_name(ROUTES[1]), step_statuses=frozenset({status}))
        return a_message(new, subject=code)

    def again(self, message: NewMessage) -> NewMessage:
        fresh = a_message(*(one._replace(id=a_delivery().id) for one in message.deliveries), subject=message.subject)
        return fresh._replace(source=message.source, source_id=message.source_id, content_hash=message.content_hash)

    # -- processes ----------------------------------------------------------------------------------------------

    @rule(destination=st.sampled_from(tuple(AFTER)), limit=st.integers(1, 5))
    def the_relay_looks(self, destination: str, limit: int) -> None:
        due, _ = self.world.run(self.world.ledger.take_due(destination, limit))
        states = {row.id: row.state for row in self.world.rows()}
        assert all(states[one.id] == S.PENDING for one in due)

    @precondition(lambda self: self.world.rows(S.PENDING))
    @rule(data=st.data(), dies=st.booleans())
    def an_attempt_begins(self, data: Any, dies: bool) -> None:
        self.begin(self.chosen(data, S.PENDING), timedelta(seconds=-1) if dies else timedelta(minutes=5))

    @precondition(lambda self: self.world.rows(S.PENDING))
    @rule(data=st.data(), decision=st.sampled_from(SETTLED))
    def an_attempt_is_over_in_no_time(self, data: Any, decision: Decision) -> None:
        self.an_attempt_is_made(self.chosen(data, S.PENDING), decision)

    @precondition(lambda self: self.world.rows(S.PENDING))
    @rule(decisions=st.lists(st.sampled_from(SETTLED), min_size=2, max_size=6))
    def much_is_sent(self, decisions: list[Decision]) -> None:
        self.the_worker_works(decisions)

    def the_worker_works(self, decisions: list[Decision]) -> None:
        """One after the other, the oldest first; what an outcome frees is due for the next."""
        for decision in decisions:
            for row in self.world.rows(S.PENDING)[:1]:
                self.an_attempt_is_made(row, decision)

    def an_attempt_is_made(self, row: Any, decision: Decision) -> None:
        self.begin(row, timedelta(minutes=5))
        self.world.moved()
        assert self.settle(row, decision, row.attempts + 1, None)
        self.world.moved()

    def begin(self, row: Any, lease: timedelta) -> None:
        begin = Begin(DeliveryId(row.id), row.attempts + 1, datetime.now(UTC), lease, "1")
        assert self.world.run(self.world.ledger.begin_attempt(begin))
        assert not self.world.run(self.world.ledger.begin_attempt(begin)), "an attempt began twice"
        self.begun.append((row.id, row.attempts + 1))

    @precondition(lambda self: self.world.rows(S.DELIVERING))
    @rule(data=st.data(), decision=st.sampled_from(SETTLED), clear=st.booleans())
    def an_attempt_ends(self, data: Any, decision: Decision, clear: bool) -> None:
        row = self.chosen(data, S.DELIVERING)
        assert self.settle(row, decision, row.attempts, PAST if clear else None)

    @precondition(lambda self: self.begun)
    @rule(data=st.data(), decision=st.sampled_from(SETTLED))
    def somebody_forgotten_speaks_up(self, data: Any, decision: Decision) -> None:
        """Whoever lost the lease changes nothing any more; whoever still holds it settles."""
        delivery_id, fence = data.draw(st.sampled_from(self.begun))
        row = self.world.row(delivery_id)
        holds = row.state == S.DELIVERING and row.attempts == fence
        assert self.settle(row, decision, fence, None) == holds

    def settle(self, row: Any, decision: Decision, fence: int, clear_at: datetime | None) -> bool:
        rule_of = AFTER[row.destination]
        now = datetime.now(UTC)
        one = Settlement(DeliveryId(row.id), fence, decision, now, rule_of, rule_of, clear_at=clear_at)
        settled: bool = self.world.run(self.world.ledger.settle(one))
        if settled:
            self.world.arrived(row, decision)
        return settled

    @rule()
    def what_dead_processes_left_is_recovered(self) -> None:
        self.world.run(recover(self.world.ledger, {}, at_start=False))

    @rule()
    def orphans_are_promoted_and_there_are_none(self) -> None:
        assert self.world.run(self.world.ledger.promote_orphans()) == 0

    @precondition(lambda self: self.world.rows(S.UNCERTAIN))
    @rule(data=st.data(), decision=st.sampled_from(PROVEN), late=st.booleans())
    def proof_arrives(self, data: Any, decision: Decision, late: bool) -> None:
        row = self.chosen(data, S.UNCERTAIN)
        rule_of, fence = AFTER[row.destination], row.attempts - late
        one = Settlement(DeliveryId(row.id), fence, decision, datetime.now(UTC), rule_of, rule_of)
        resolved = self.world.run(self.world.ledger.resolve(one))
        assert resolved == (not late)
        if resolved:
            self.world.arrived(row, decision)

    # -- what holds whatever happened ---------------------------------------------------------------------------

    @invariant()
    def every_obligation_is_in_exactly_one_state(self) -> None:
        counted = [(row.message_id, row.destination) for row in self.world.rows() if row.replaced_by is None]
        assert sorted(counted) == sorted(self.world.owed)

    @invariant()
    def every_move_is_along_the_transitions(self) -> None:
        self.world.moved()

    @invariant()
    def the_balance_is_zero_and_agrees_with_what_everybody_counted(self) -> None:
        told = self.world.balance()
        assert (told["balance"], told["accepted"]) == (0, len(self.world.owed))
        for state in (S.DELIVERED, S.REFUSED, S.CANCELLED):
            assert told[state] == self.world.ended[state], f"{state}: {told[state]} != {self.world.ended[state]}"

    @invariant()
    def a_lane_has_one_active_delivery_and_never_waits_for_nobody(self) -> None:
        lanes: dict[int, list[Any]] = {}
        for row in self.world.rows():
            if row.in_lane:
                lanes.setdefault(row.lane_id, []).append(row)
        for members in lanes.values():
            assert sum(S(row.state) in ACTIVE for row in members) <= 1
            assert any(row.state != S.HELD for row in members), "a lane waits for nobody"

    @invariant()
    def whoever_is_pending_or_waiting_stands_in_the_outbox(self) -> None:
        assert self.world.outbox() == {row.id for row in self.world.rows(S.PENDING, S.WAITING)}

    @invariant()
    def effects_of_a_lane_come_in_the_order_of_their_places(self) -> None:
        """Whatever was replayed: its lane had waited for it."""
        for (destination, code), effects in self.world.effects.items():
            if destination == STRICT and (destination, code) not in self.world.loose:
                places = [one.position for one in effects]
                assert places == sorted(places), f"out of place: {places}"

    @invariant()
    def steps_arrive_in_the_order_in_which_they_were_accepted(self) -> None:
        """A lane that went on without a dead one meets it again at its replay; nothing else may overtake."""
        for (destination, code), effects in self.world.effects.items():
            strict = destination == STRICT and (destination, code) not in self.world.loose
            told = [one.accepted for one in effects if not (one.snapshot or one.resent) and (strict or not one.again)]
            assert destination == UNLANED or told == sorted(told), f"out of order: {told}"

    @invariant()
    def no_snapshot_lands_on_top_of_a_newer_one(self) -> None:
        for effects in self.world.effects.values():
            told = [one.accepted for one in effects if one.snapshot]
            assert told == sorted(told), f"an older snapshot over a newer one: {told}"

    @invariant()
    def every_action_left_its_audit_entry_and_nothing_else_did(self) -> None:
        audited, asked = self.world.audited(), self.world.asked
        assert len(audited) == len(asked), f"{len(audited)} audit rows for {len(asked)} actions"
        for row, action in zip(audited, asked, strict=True):
            assert action.is_told_by(row), f"{action} was audited as {row}"
