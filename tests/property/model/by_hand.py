"""The machine, and people who do more than replay and discard: supersede, skip, edit, decide what nobody can prove."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule

from gateway.ledger.byhand.port import EDITED
from gateway.ledger.port import AuditEntry, Settlement
from gateway.message import OPEN, Dead, Decision, Delivered, DeliveryId, DeliveryState, MessageId, Returned
from tests.builders import a_delivery, a_message, a_snapshot
from tests.property.model.machine import AFTER, FAULT, PAST, STATUSES, STRICT, OperatingMachine, reasons

S = DeliveryState
CHOSEN: tuple[Decision, ...] = (Delivered(), Returned(PAST, FAULT), Dead(FAULT))
HEADS = (S.DEAD, S.REFUSED)


class ByHandMachine(OperatingMachine):
    """Every rule of the machine, and these."""

    def __init__(self) -> None:
        super().__init__()
        self.let_go: set[tuple[str, str]] = set()
        """Lanes that a person sent on past a dead or refused head: what is sent of it later is late by their word."""

    @rule(data=st.data(), reason=reasons, named=st.booleans())
    def one_is_superseded(self, data: Any, reason: str, named: bool) -> None:
        chosen = self.target(data)
        by = DeliveryId(self.target(data)) if named else None

        async def act(who: str, why: str) -> S:
            entry = AuditEntry(who, "delivery.supersede", chosen, why)
            return await self.world.ledger.supersede(DeliveryId(chosen), entry, by)

        self.world.operates("delivery.supersede", chosen, reason, act)

    @rule(data=st.data(), reason=reasons, head=st.booleans())
    def one_is_skipped(self, data: Any, reason: str, head: bool) -> None:
        chosen = self.a_head(data) if head else self.target(data)

        async def act(who: str, why: str) -> S:
            return await self.world.ledger.skip(DeliveryId(chosen), AuditEntry(who, "delivery.skip", chosen, why))

        if self.world.operates("delivery.skip", chosen, reason, act) is not None:
            row = self.world.row(chosen)
            assert not row.in_lane and row.state in HEADS
            self.let_go.add((row.destination, row.subject))

    @rule(data=st.data(), reason=reasons, head=st.booleans(), status=st.sampled_from(STATUSES))
    def one_is_edited(self, data: Any, reason: str, head: bool, status: str) -> None:
        chosen = self.a_head(data) if head else self.target(data)
        row = next((row for row in self.world.rows() if row.id == chosen), None)
        new = a_snapshot(status) if row is not None and row.snapshot else a_delivery(step_statuses=frozenset({status}))
        message = a_message(
            new,
            subject=row.subject if row is not None else "khong-co",
            source="urn:lienthong:gateway",
            source_id=chosen + EDITED,
            causation_id=row.message_id if row is not None else "khong-co",
        )

        async def act(who: str, why: str) -> bool:
            await self.world.ledger.edit(DeliveryId(chosen), message, AuditEntry(who, "delivery.edit", chosen, why))
            return True

        if self.world.operates("delivery.edit", chosen, reason, act):
            assert row is not None
            self.world.owed.add((message.id, row.destination))
            # Whoever edits puts the corrected one where the original stood.
            self.world.order[message.id] = self.world.order[MessageId(row.message_id)]
            if not row.in_lane:
                self.let_go.add((row.destination, row.subject))

    @precondition(lambda self: self.world.rows(S.UNCERTAIN))
    @rule(data=st.data(), reason=reasons, decision=st.sampled_from(CHOSEN), late=st.booleans())
    def a_doubt_is_decided(self, data: Any, reason: str, decision: Decision, late: bool) -> None:
        row = self.chosen(data, S.UNCERTAIN)
        rule_of = AFTER[row.destination]
        one = Settlement(DeliveryId(row.id), row.attempts - late, decision, datetime.now(UTC), rule_of, rule_of)

        async def act(who: str, why: str) -> bool:
            await self.world.ledger.decide(one, AuditEntry(who, "delivery.decide", row.id, why))
            return True

        decided = self.world.operates("delivery.decide", row.id, reason, act)
        assert bool(decided) == (not late)
        if decided:
            self.world.arrived(row, decision)

    def a_head(self, data: Any) -> str:
        """Something that a lane may be waiting for, if there is any."""
        heads = [row.id for row in self.world.rows(*HEADS)]
        return str(data.draw(st.sampled_from(heads))) if heads else self.target(data)

    @invariant()
    def effects_of_a_lane_come_in_the_order_of_their_places(self) -> None:
        for lane, effects in self.world.effects.items():
            if lane[0] == STRICT and lane not in self.let_go:
                places = [one.position for one in effects]
                assert places == sorted(places), f"out of place: {places}"

    @invariant()
    def steps_arrive_in_the_order_in_which_they_were_accepted(self) -> None:
        for lane, effects in self.world.effects.items():
            if lane in self.let_go:
                continue
            told = [one.accepted for one in effects if not one.snapshot and (lane[0] == STRICT or not one.replay)]
            assert told == sorted(told), f"out of order: {told}"

    @invariant()
    def a_group_stands_open_for_whatever_failed_and_has_not_ended(self) -> None:
        groups = self.world.run(self.world.ledger.failure_groups("open"))
        counted = sum(sum(one.standing.values()) for one in groups)
        stuck = [row for row in self.world.rows(*OPEN, S.DEAD) if row.error_code and not row.replaced_by]
        assert counted == len(stuck)
