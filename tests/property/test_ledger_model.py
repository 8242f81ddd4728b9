"""No sequence of arrivals, attempts, failures and operations breaks P2 (states, balance) or P3 (order in a lane)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import Connection, create_engine, select
from sqlalchemy.pool import StaticPool
from uuid_utils import uuid7

from gateway.errors import GatewayError
from gateway.ledger import operate, settle
from gateway.ledger import statements as sql
from gateway.ledger.balance import balance as balance_of
from gateway.ledger.port import AuditEntry, Pending
from gateway.ledger.record import record
from gateway.ledger.storage.opening import open_storage
from gateway.ledger.storage.port import Storage
from gateway.ledger.tables import audit, delivery, lane, message, metadata, outbox, tally
from gateway.message import (
    ACTIVE,
    TRANSITIONS,
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
from tests.builders import a_begin, a_delivery, a_fault, a_message, a_settlement, a_snapshot
from tests.services import databases

S = DeliveryState
CODES = ("000.00.16.H46-250612-0001", "000.00.16.H46-250612-0002")
STATUSES = ("received", "processing", "completed")
RULES = ("hold", "continue", "until_accepted")
LATER = datetime.now(UTC) + timedelta(days=1)
FAULT = a_fault()
After = tuple[str, str]
AFTER = st.tuples(st.sampled_from(RULES), st.sampled_from(RULES))
DECISIONS: tuple[Decision, ...] = (
    Delivered(),
    Waiting(LATER, FAULT),
    Returned(LATER, FAULT),
    Uncertain(FAULT),
    Refused(FAULT),
    Dead(FAULT),
)


class LedgerModel(RuleBasedStateMachine):
    """Drives the ledger's transactions at random; what it keeps itself is only what senders and operators know."""

    def __init__(self) -> None:
        super().__init__()
        self.open()
        self.before: dict[str, S] = {}
        self.accepted = 0
        self.audited = 0
        self.delivered_positions: dict[int, list[int]] = {}
        self.delivered_snapshots: dict[int, list[int]] = {}
        self.replayed_lanes: set[int] = set()

    def open(self) -> None:
        """An empty ledger."""
        self.engine = create_engine("sqlite://", poolclass=StaticPool)
        metadata.create_all(self.engine)

    def teardown(self) -> None:
        self.engine.dispose()

    def run(self, work: Callable[[Connection], Any]) -> Any:
        with self.engine.begin() as connection:
            return work(connection)

    def transact(self, work: Any) -> Any:
        pending: list[Pending] = []
        return self.run(lambda connection: work(connection, pending))

    def rows(self, *states: S) -> list[Any]:
        found = self.run(lambda c: c.execute(select(delivery).order_by(delivery.c.id)).all())
        return [row for row in found if not states or row.state in states]

    @rule(code=st.sampled_from(CODES), status=st.sampled_from(STATUSES), sequence=st.none() | st.integers(0, 9))
    def a_snapshot_arrives(self, code: str, status: str, sequence: int | None) -> None:
        message = a_message(a_snapshot(status, sequence=sequence), subject=code)
        self.transact(lambda c, pending: record(c, [[message]], pending))
        self.accepted += 1

    @rule(code=st.sampled_from(CODES), statuses=st.lists(st.sampled_from(STATUSES), min_size=1, max_size=2))
    def progress_arrives(self, code: str, statuses: list[str]) -> None:
        messages = [a_message(a_delivery(step_statuses=frozenset({one})), subject=code) for one in statuses]
        self.transact(lambda c, pending: record(c, [messages], pending))
        self.accepted += len(statuses)

    @precondition(lambda self: self.rows(S.PENDING))
    @rule(data=st.data())
    def an_attempt_begins(self, data: Any) -> None:
        self.begin(data.draw(st.sampled_from(self.rows(S.PENDING))))

    @precondition(lambda self: self.rows(S.DELIVERING))
    @rule(data=st.data(), decision=st.sampled_from(DECISIONS), after=AFTER, stale=st.booleans(), unclear=st.booleans())
    def an_attempt_ends(self, data: Any, decision: Decision, after: After, stale: bool, unclear: bool) -> None:
        row = data.draw(st.sampled_from(self.rows(S.DELIVERING)))
        self.end(row, decision, after, row.attempts - 1 if stale else row.attempts, unclear=unclear)

    @precondition(lambda self: self.rows(S.PENDING))
    @rule(data=st.data(), decision=st.sampled_from((Delivered(), Dead(FAULT), Refused(FAULT))), after=AFTER)
    def an_attempt_is_over_in_no_time(self, data: Any, decision: Decision, after: After) -> None:
        row = data.draw(st.sampled_from(self.rows(S.PENDING)))
        self.begin(row)
        self.before[row.id] = S.DELIVERING
        self.end(row, decision, after, row.attempts + 1)

    def begin(self, row: Any) -> None:
        assert self.transact(lambda c, _: settle.begin(c, [a_begin(row.id, row.attempts + 1)])) == [True]

    def end(self, row: Any, decision: Decision, after: After, fence: int, *, unclear: bool = False) -> None:
        clear_at = LATER if unclear and not isinstance(decision, Delivered) else None
        rules = {"after_dead": after[0], "after_refused": after[1]}
        settled = a_settlement(row.id, decision, fence, clear_at=clear_at, **rules)
        [kept] = self.transact(lambda c, pending: settle.settle(c, [settled], pending))
        assert kept == (self.one(row.id).attempts == fence)
        if kept and isinstance(decision, Delivered):
            # A snapshot may take the place of a replay, behind which the lane had gone on.
            if row.replay_of is None and not (row.snapshot and row.lane_id in self.replayed_lanes):
                self.delivered_positions.setdefault(row.lane_id, []).append(row.position)
            if row.snapshot:
                self.delivered_snapshots.setdefault(row.lane_id, []).append(self.accepted_as(row.message_id))

    def one(self, delivery_id: str) -> Any:
        return next(row for row in self.rows() if row.id == delivery_id)

    def accepted_as(self, message_id: str) -> int:
        query = select(message.c.seq).where(message.c.id == message_id)
        return int(self.run(lambda c: c.execute(query).scalar_one()))

    @precondition(lambda self: self.rows(S.WAITING))
    @rule(data=st.data())
    def a_retry_falls_due(self, data: Any) -> None:
        row = data.draw(st.sampled_from(self.rows(S.WAITING)))
        self.transact(lambda c, _: c.execute(sql.waiting_to_pending, {"ids": [row.id], "now": LATER}))

    @precondition(lambda self: self.rows(S.DEAD))
    @rule(data=st.data())
    def a_dead_one_is_replayed(self, data: Any) -> None:
        row = data.draw(st.sampled_from(self.rows(S.DEAD)))
        new, entry = DeliveryId(str(uuid7())), AuditEntry("admin", "replay", row.id, "thử")
        self.operate(lambda c, pending: operate.replay(c, DeliveryId(row.id), new, entry, LATER, pending))
        self.replayed_lanes.add(row.lane_id)

    @precondition(lambda self: self.rows())
    @rule(data=st.data())
    def anything_is_discarded(self, data: Any) -> None:
        row = data.draw(st.sampled_from(self.rows()))
        entry = AuditEntry("admin", "discard", row.id, "thử")
        self.operate(lambda c, pending: operate.discard(c, DeliveryId(row.id), entry, LATER, pending))

    def operate(self, act: Any) -> None:
        try:
            self.transact(act)
            self.audited += 1
        except GatewayError:
            pass

    @invariant()
    def every_move_is_along_the_transitions(self) -> None:
        now = {row.id: S(row.state) for row in self.rows()}
        for delivery_id, state in now.items():
            was = self.before.get(delivery_id, state)
            assert was is state or state in TRANSITIONS[was], f"{was} -> {state}"
        assert set(self.before) <= set(now)
        self.before = now

    @invariant()
    def the_balance_is_zero_and_agrees_with_the_senders(self) -> None:
        balance = self.run(lambda c: balance_of(c, None))
        assert (balance["balance"], balance["accepted"]) == (0, self.accepted)

    @invariant()
    def a_lane_has_one_active_delivery_and_never_waits_for_nobody(self) -> None:
        lanes: dict[int, list[Any]] = {}
        for row in self.rows():
            if row.in_lane:
                lanes.setdefault(row.lane_id, []).append(row)
        for members in lanes.values():
            assert sum(S(row.state) in ACTIVE for row in members) <= 1
            assert any(row.state != S.HELD for row in members)

    @invariant()
    def whoever_is_pending_or_waiting_stands_in_the_outbox(self) -> None:
        due = set(self.run(lambda c: c.execute(select(outbox.c.delivery_id)).scalars().all()))
        assert due == {row.id for row in self.rows(S.PENDING, S.WAITING)}

    @invariant()
    def effects_of_a_lane_are_in_the_order_of_their_places(self) -> None:
        for positions in self.delivered_positions.values():
            assert positions == sorted(positions)

    @invariant()
    def no_snapshot_lands_on_top_of_a_newer_one_whoever_replays_what(self) -> None:
        for numbers in self.delivered_snapshots.values():
            assert numbers == sorted(numbers)

    @invariant()
    def nothing_of_an_unclear_lane_is_due_before_it_is_clear(self) -> None:
        query = (
            select(outbox.c.due_at, lane.c.clear_at)
            .join(delivery, delivery.c.id == outbox.c.delivery_id)
            .join(lane, lane.c.id == delivery.c.lane_id)
            .where(lane.c.clear_at.is_not(None))
        )
        a_rounding = timedelta(minutes=1)
        assert all(due_at >= clear_at - a_rounding for due_at, clear_at in self.run(lambda c: c.execute(query).all()))

    @invariant()
    def the_counters_of_final_states_say_what_the_rows_say(self) -> None:
        found: dict[str, int] = {}
        for row in self.rows():
            found[row.state] = found.get(row.state, 0) + 1
        counted = {one.state: one.count for one in self.run(lambda c: c.execute(select(tally)).all())}
        for state in S:
            if not TRANSITIONS[state]:
                assert counted.get(state, 0) == found.get(state, 0)

    @invariant()
    def no_action_lacks_its_audit_entry(self) -> None:
        assert len(self.run(lambda c: c.execute(select(audit.c.seq)).all())) == self.audited
        assert len(self.run(lambda c: c.execute(select(lane.c.id)).all())) <= len(CODES)


LedgerModel.TestCase.settings = settings(
    max_examples=60, stateful_step_count=30, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
TestLedgerModel = LedgerModel.TestCase


def test_the_same_holds_on_postgresql(postgres_server: str) -> None:
    with asyncio.Runner() as runner:
        url = runner.run(databases.create(postgres_server, migrated=True))
        storage = runner.run(_opened(url))

        class PostgresModel(LedgerModel):
            def open(self) -> None:
                runner.run(databases.empty(url))

            def teardown(self) -> None:
                """The next one empties it."""

            def run(self, work: Callable[[Connection], Any]) -> Any:
                return runner.run(storage.write(work, brief=True))

        try:
            run_state_machine_as_test(PostgresModel, settings=settings(LedgerModel.TestCase.settings, max_examples=12))
        finally:
            runner.run(storage.close())
            runner.run(databases.drop(postgres_server, url))


async def _opened(url: str) -> Storage:
    return open_storage(url)
