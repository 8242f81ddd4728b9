"""Superseding, skipping and editing by hand: under the lanes' locks, audited, and the balance adds up."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from uuid_utils import uuid7

from gateway.errors import NotFoundError, StateError
from gateway.ledger.byhand.port import EDITED
from gateway.ledger.port import AuditEntry, Ledger, NewDelivery, NewMessage
from gateway.message import Dead, DeliveryId, DeliveryState, Refused, Uncertain, Waiting
from tests.builders import RING, a_begin, a_delivery, a_fault, a_message, a_settlement, a_snapshot, dead
from tests.contract.ledger_suite import LedgerSuite

S = DeliveryState
REFUSED = Refused(a_fault("R", "refused"))


def entry(delivery: NewDelivery, action: str = "delivery.supersede") -> AuditEntry:
    return AuditEntry("admin", action, delivery.id, "có bản mới hơn")


def corrected(original: NewMessage, delivery: NewDelivery, new: NewDelivery) -> NewMessage:
    """The message that a person made of another."""
    return a_message(
        new,
        subject=original.subject,
        type=original.type,
        source="urn:lienthong:gateway",
        source_id=delivery.id + EDITED,
        causation_id=original.id,
        correlation_id=original.correlation_id,
    )


class ByHandContract(LedgerSuite):
    async def whole(self, ledger: Ledger, message: NewMessage) -> dict[str, Any]:
        view = await ledger.message_view(message.id)
        assert view is not None
        return view

    async def adds_up(self, ledger: Ledger) -> dict[str, Any]:
        balance = await ledger.balance()
        assert balance["balance"] == 0
        return balance

    # ---- hurry -------------------------------------------------------------------------------------------------------

    async def test_a_waiting_one_is_due_at_once_when_somebody_says_so(self, ledger: Ledger) -> None:
        first, held = a_delivery(), a_delivery()
        await self.record(ledger, first)
        await self.record(ledger, held)
        await self.carry(ledger, first, Waiting(datetime.now(UTC) + timedelta(hours=1), a_fault()))
        heard: list[str] = []
        ledger.on_pending(lambda some: heard.extend(one.id for one in some))
        await ledger.hurry(first.id, entry(first, "delivery.hurry"))
        assert heard == [first.id]
        assert await self.states(ledger, first, held) == [S.PENDING, S.HELD]
        assert await ledger.begin_attempt(a_begin(first.id, fence=2))
        (written,) = (await ledger.audit_page(None, 1))["items"]
        assert (written["action"], written["details"]["was"]) == ("delivery.hurry", "waiting")
        with pytest.raises(StateError, match="waiting"):
            await ledger.hurry(first.id, entry(first, "delivery.hurry"))
        assert (await ledger.audit_page(None, 1))["items"][0]["ok"] is False

    # ---- supersede ---------------------------------------------------------------------------------------------------

    async def test_a_superseded_dead_one_lets_the_next_go_and_is_counted(self, ledger: Ledger) -> None:
        first, second = a_delivery(), a_delivery()
        await self.record(ledger, first)
        await self.record(ledger, second)
        await self.carry(ledger, first, dead())
        assert await ledger.supersede(first.id, entry(first), second.id) == S.DEAD
        assert await self.states(ledger, first, second) == [S.SUPERSEDED, S.PENDING]
        assert (await self.adds_up(ledger))["superseded"] == 1
        (written,) = (await ledger.audit_page(None, 5))["items"]
        assert written["details"] == {"was": "dead", "by": second.id}

    async def test_what_is_due_and_superseded_is_offered_no_more(self, ledger: Ledger) -> None:
        delivery = a_delivery()
        await self.record(ledger, delivery)
        await ledger.supersede(delivery.id, entry(delivery))
        assert await self.due(ledger) == []
        assert not await ledger.begin_attempt(a_begin(delivery.id))

    async def test_another_dossiers_delivery_does_not_make_it_needless(self, ledger: Ledger) -> None:
        first, stranger = a_delivery(), a_delivery()
        await self.record(ledger, first)
        await self.record(ledger, stranger, subject="000.00.16.H46-250612-7777")
        with pytest.raises(StateError):
            await ledger.supersede(first.id, entry(first), stranger.id)
        with pytest.raises(StateError):
            await ledger.supersede(first.id, entry(first), first.id)
        assert await self.state(ledger, first) == S.PENDING

    @pytest.mark.parametrize("action", ["supersede", "skip", "discard"])
    async def test_what_may_have_happened_is_pointed_to_the_decision(self, ledger: Ledger, action: str) -> None:
        delivery = a_delivery()
        await self.record(ledger, delivery)
        await self.carry(ledger, delivery, Uncertain(a_fault("TIMEOUT", "uncertain")))
        with pytest.raises(StateError, match="uncertain decide"):
            await getattr(ledger, action)(delivery.id, entry(delivery))
        assert [one["ok"] for one in (await ledger.audit_page(None, 5))["items"]] == [False]

    @pytest.mark.parametrize("action", ["supersede", "skip"])
    async def test_an_unknown_delivery_is_said_to_be_unknown_and_audited(self, ledger: Ledger, action: str) -> None:
        with pytest.raises(NotFoundError):
            await getattr(ledger, action)(DeliveryId("nothing"), entry(a_delivery()))
        assert [one["ok"] for one in (await ledger.audit_page(None, 5))["items"]] == [False]

    # ---- skip --------------------------------------------------------------------------------------------------------

    @pytest.mark.parametrize(("decision", "state"), [(dead(), S.DEAD), (REFUSED, S.REFUSED)])
    async def test_a_skipped_head_keeps_its_state_and_the_lane_goes_on(
        self, ledger: Ledger, decision: object, state: S
    ) -> None:
        first, second = a_delivery(), a_delivery()
        await self.record(ledger, first)
        await self.record(ledger, second)
        await self.carry(ledger, first, decision, after_refused="hold")
        assert await self.states(ledger, first, second) == [state, S.HELD]
        assert await ledger.skip(first.id, entry(first, "delivery.skip")) == state
        assert await self.states(ledger, first, second) == [state, S.PENDING]
        await self.adds_up(ledger)
        with pytest.raises(StateError):
            await ledger.skip(first.id, entry(first, "delivery.skip"))

    async def test_a_skipped_dead_one_can_still_be_replayed_behind_the_one_under_way(self, ledger: Ledger) -> None:
        first, second = a_delivery(), a_delivery()
        await self.record(ledger, first)
        await self.record(ledger, second)
        await self.carry(ledger, first, dead())
        await ledger.skip(first.id, entry(first, "delivery.skip"))
        assert await ledger.begin_attempt(a_begin(second.id))
        again = a_delivery()
        await ledger.replay(first.id, again.id, entry(first, "delivery.replay"))
        assert await self.state(ledger, again) == S.HELD
        assert await ledger.settle(a_settlement(second.id))
        assert await self.state(ledger, again) == S.PENDING
        await self.adds_up(ledger)

    async def test_only_a_head_that_holds_is_skipped(self, ledger: Ledger) -> None:
        delivery = a_delivery()
        await self.record(ledger, delivery)
        with pytest.raises(StateError):
            await ledger.skip(delivery.id, entry(delivery))

    # ---- edit --------------------------------------------------------------------------------------------------------

    async def test_an_edited_message_takes_the_place_of_the_dead_one_and_both_name_each_other(
        self, ledger: Ledger
    ) -> None:
        first, second, new = a_delivery(), a_delivery(), a_delivery()
        original = await self.record(ledger, first)
        await self.record(ledger, second)
        await self.carry(ledger, first, dead())
        await ledger.edit(first.id, corrected(original, first, new), entry(first, "delivery.edit"))
        assert await self.states(ledger, first, second, new) == [S.SUPERSEDED, S.HELD, S.PENDING]
        assert new.id in [one.id for one in self.pending]
        balance = await self.adds_up(ledger)
        assert (balance["accepted"], balance["superseded"]) == (3, 1)
        before = await self.whole(ledger, original)
        (after_id,) = before["edited_as"]
        after = await ledger.message_view(after_id)
        assert after is not None
        assert after["edit_of"] == {"message_id": original.id, "delivery_id": first.id}
        assert (before["replies"], after["deliveries"][0]["replay_of"]) == ([], first.id)
        await self.carry(ledger, new)
        assert await self.states(ledger, new, second) == [S.DELIVERED, S.PENDING]

    async def test_the_original_stays_as_it_was_received(self, ledger: Ledger) -> None:
        first, new = a_delivery(), a_delivery()
        original = await self.record(ledger, first)
        await self.carry(ledger, first, dead())
        changed = corrected(original, first, new)
        changed = changed._replace(sealed=RING.seal(b'{"code": "y"}', changed.id))
        await ledger.edit(first.id, changed, entry(first))
        assert await ledger.message_body(original.id) == b'{"code": "x"}'
        assert await ledger.message_body(changed.id) == b'{"code": "y"}'

    async def test_a_repeat_of_the_original_is_a_duplicate_of_the_original(self, ledger: Ledger) -> None:
        first, new = a_delivery(), a_delivery()
        original = await self.record(ledger, first)
        await self.carry(ledger, first, dead())
        await ledger.edit(first.id, corrected(original, first, new), entry(first))
        (again,) = await ledger.accept([original._replace(id=type(original.id)(str(uuid7())))])
        assert (again.id, again.duplicate) == (original.id, True)

    async def test_a_refused_one_stays_refused_and_the_edited_takes_its_place(self, ledger: Ledger) -> None:
        first, second, new = a_snapshot(), a_delivery(), a_snapshot()
        original = await self.record(ledger, first)
        await self.record(ledger, second)
        await self.carry(ledger, first, REFUSED, after_refused="hold")
        await ledger.edit(first.id, corrected(original, first, new), entry(first))
        assert await self.states(ledger, first, new, second) == [S.REFUSED, S.PENDING, S.HELD]
        await self.adds_up(ledger)
        with pytest.raises(StateError):  # once only
            await ledger.edit(first.id, corrected(original, first, a_snapshot()), entry(first))

    async def test_only_what_ended_badly_is_edited_and_only_once(self, ledger: Ledger) -> None:
        first = a_delivery()
        original = await self.record(ledger, first)
        with pytest.raises(StateError):
            await ledger.edit(first.id, corrected(original, first, a_delivery()), entry(first))
        await self.carry(ledger, first, dead())
        await ledger.edit(first.id, corrected(original, first, a_delivery()), entry(first))
        with pytest.raises(StateError):
            await ledger.edit(first.id, corrected(original, first, a_delivery()), entry(first))
        assert [one["ok"] for one in (await ledger.audit_page(None, 5))["items"]] == [False, True, False]
        assert (await self.adds_up(ledger))["accepted"] == 2

    async def test_an_edited_snapshot_never_lands_on_a_newer_one(self, ledger: Ledger) -> None:
        first, newer = a_snapshot("received"), a_snapshot("processing")
        original = await self.record(ledger, first)
        await self.carry(ledger, first, Dead(a_fault()), after_dead="continue")
        await self.record(ledger, newer)
        await self.carry(ledger, newer)
        with pytest.raises(StateError):
            await ledger.edit(first.id, corrected(original, first, a_snapshot()), entry(first))
        await self.adds_up(ledger)

    async def test_an_edit_and_a_newer_snapshot_at_the_same_moment_leave_one_to_be_sent(self, ledger: Ledger) -> None:
        for number in range(6):
            first, edited, newer = a_snapshot(), a_snapshot(), a_snapshot()
            subject = f"000.00.16.H46-250612-70{number:02}"
            original = await self.record(ledger, first, subject=subject)
            await self.carry(ledger, first, dead())
            both = [
                ledger.edit(first.id, corrected(original, first, edited), entry(first)),
                ledger.accept([a_message(newer, subject=subject)]),
            ]
            ends = await asyncio.gather(*(both if number % 2 else both[::-1]), return_exceptions=True)
            late = any(isinstance(end, StateError) for end in ends)
            assert await self.states(ledger, first, newer) == [S.SUPERSEDED, S.PENDING]
            if not late:
                assert await self.state(ledger, edited) == S.SUPERSEDED
            assert (await self.due(ledger))[-1:] == [newer.id]
            await self.carry(ledger, newer)
        await self.adds_up(ledger)

    async def test_the_message_of_a_delivery_opens_when_asked(self, ledger: Ledger) -> None:
        delivery = a_delivery()
        message = await self.record(ledger, delivery)
        found = await ledger.message_of(delivery.id)
        assert found is not None
        assert (found.id, found.time, found.open_body()) == (message.id, message.time, b'{"code": "x"}')
        assert await ledger.message_of(DeliveryId("nothing")) is None
