"""Receipts and audit rows go when their time is over; what was proven by them is proven still, and the log grows on."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from gateway.errors import GoneError, NotFoundError
from gateway.ledger import clock
from gateway.ledger.port import AuditEntry, Ledger
from gateway.ledger.proof.port import Evidence
from gateway.message import Uncertain
from gateway.security.merkle import check_consistency
from gateway.security.notes import read_note
from gateway.security.receipts import Proof, read_proof, write_proof
from mappings.convert import VIETNAM
from tests.builders import RING, a_delivery, a_fault, dead
from tests.contract.ledger_keeping import BEFORE
from tests.contract.ledger_proof import SIGNER, a_receipt
from tests.contract.ledger_removing import RemovingContract

SAID = "retention.receipts"


def later() -> datetime:
    """By then a day has passed since anything was signed here."""
    return clock.now() + timedelta(days=2)


def today() -> str:
    return clock.now().astimezone(VIETNAM).date().isoformat()


def proven(evidence: Evidence | None) -> Proof:
    assert evidence is not None
    return read_proof(write_proof(evidence.note, evidence.entries), SIGNER.public)


class RetiringContract(RemovingContract):
    async def removed_with_receipt(self, ledger: Ledger, number: int = 1) -> str:
        """A delivery that got an answer, and whose rows are gone; its id."""
        message = await self.long_ago(ledger, number)
        await self.carry(ledger, message.deliveries[0], receipt=a_receipt(number))
        await self.record(ledger, a_delivery(lane=False))
        await ledger.shred(BEFORE, 100)
        assert await ledger.remove(BEFORE, 100) == (1, False)
        return message.deliveries[0].id

    async def noted(self, ledger: Ledger, *actions: str) -> None:
        for action in actions:
            await ledger.record_audit(AuditEntry("admin", action, "x", "thử"))
        await ledger.chain(SIGNER, 100)

    async def flaws(self, ledger: Ledger) -> list[str]:
        tiles, _ = await ledger.tile_flaws(0, 16)
        return [
            *await ledger.audit_flaws(100),
            *tiles,
            *await ledger.bound_flaws(),
            *await ledger.day_flaws(SIGNER.public),
        ]

    async def test_a_receipt_whose_time_is_over_says_when_it_went_and_what_it_proved_stays_proven(
        self, ledger: Ledger
    ) -> None:
        gone = await self.removed_with_receipt(ledger)
        await ledger.chain(SIGNER, 100)
        taken = await ledger.receipts(gone)
        assert taken is not None
        file = write_proof(taken.note, taken.entries)
        first = today()
        assert await ledger.retire(later(), 100) == (1, False)
        with pytest.raises(GoneError, match=f"({first}|{today()}), quá thời hạn"):
            await ledger.receipts(gone)
        with pytest.raises(NotFoundError, match="There is no delivery"):
            await ledger.receipts("nothing")
        assert list(read_proof(file, SIGNER.public).entries) == [{"kind": "receipt", "number": 1}]
        assert await self.flaws(ledger) == []

    async def test_the_log_grows_on_over_what_went_and_says_so(self, ledger: Ledger) -> None:
        await self.noted(ledger, "one", "two", "three")
        older = read_note(str(await ledger.newest_checkpoint()), SIGNER.public)
        assert await ledger.retire(later(), 100) == (3, False)
        await self.noted(ledger, "four")
        growth = await ledger.growth(older.size)
        assert growth is not None
        newer = read_note(growth.note, SIGNER.public)
        check_consistency(older.size, newer.size, growth.proof, older.root, newer.root)
        assert [one["action"] for one in (await ledger.audit_page(None, 9))["items"]] == ["four", SAID]
        assert await self.flaws(ledger) == []

    async def test_receipts_of_what_is_open_or_dead_stay_until_its_rows_are_gone(self, ledger: Ledger) -> None:
        unclear, died = await self.long_ago(ledger, 1), await self.long_ago(ledger, 2)
        await self.carry(ledger, unclear.deliveries[0], Uncertain(a_fault("T", "uncertain")), receipt=a_receipt(1))
        await self.carry(ledger, died.deliveries[0], dead(), receipt=a_receipt(2))
        ids = [one.deliveries[0].id for one in (unclear, died)]
        await ledger.chain(SIGNER, 100)
        assert await ledger.retire(later(), 100) == (0, False)
        assert [len(proven(await ledger.receipts(one)).entries) for one in ids] == [1, 1]
        assert await self.flaws(ledger) == []
        await ledger.discard(died.deliveries[0].id, AuditEntry("admin", "delivery.discard", ids[1], "hết hạn"))
        await self.record(ledger, a_delivery(lane=False))
        await ledger.shred(BEFORE, 100)
        assert await ledger.remove(BEFORE, 100) == (1, False)
        assert await ledger.retire(later(), 1) == (1, True)
        assert await ledger.retire(BEFORE, 1) == (0, False)
        with pytest.raises(GoneError):
            await ledger.receipts(ids[1])
        assert len(proven(await ledger.receipts(ids[0])).entries) == 1
        assert await self.flaws(ledger) == []

    async def test_who_saw_somebody_goes_with_the_audit_row(self, ledger: Ledger) -> None:
        me = RING.seeking.of(["044999000123"])
        await ledger.record_audit(AuditEntry("lan", "people.search", "x", "khiếu nại", people=me))
        await ledger.chain(SIGNER, 100)
        assert await ledger.retire(later(), 100) == (1, False)
        await ledger.record_audit(AuditEntry("hoa", "people.search", "x", "khiếu nại", people=me))
        found = await ledger.who_saw(RING.seeking.all_of("044999000123"), None, 5)
        assert [one["actor"] for one in found["items"]] == ["hoa"]

    async def test_nothing_goes_that_no_checkpoint_of_an_earlier_day_covers(self, ledger: Ledger) -> None:
        await self.noted(ledger, "one")
        assert await ledger.retire(clock.now() - timedelta(minutes=5), 100) == (0, False)
        await ledger.record_audit(AuditEntry("admin", "two", "x", "thử"))
        assert await ledger.retire(later(), 100) == (1, False)  # the second is not in the log yet
        assert {one["action"] for one in (await ledger.audit_page(None, 9))["items"]} == {"two", SAID}

    async def test_texts_go_in_portions_and_after_each_the_log_is_whole(self, ledger: Ledger) -> None:
        """A process may be killed between any two."""
        await self.noted(ledger, *"abcde")
        told = []
        for _ in range(3):
            told.append(await ledger.retire(later(), 2))
            assert await self.flaws(ledger) == []
        assert told == [(2, True), (2, True), (1, False)]
        await ledger.chain(SIGNER, 100)
        assert await self.flaws(ledger) == []

    async def test_an_export_that_reaches_into_what_went_says_so_and_verifies(self, ledger: Ledger) -> None:
        start = clock.now()
        await self.noted(ledger, "one")
        assert (await self.exported(ledger)).removed is None
        await ledger.retire(later(), 100)
        assert await ledger.audit_evidence(None, None, 100) is None  # what says so is not in the log yet
        await self.noted(ledger, "two")
        evidence = await self.exported(ledger)
        assert [one["action"] for one in proven(evidence).entries] == [SAID, "two"]
        assert proven(evidence).entries[0]["details"]["upto"] == 1
        assert evidence.removed is not None
        for since, until in ((start, None), (None, start)):
            assert SAID in [one["action"] for one in proven(await ledger.audit_evidence(since, until, 100)).entries]
        newest = await ledger.audit_evidence(None, None, 1)
        assert [one["action"] for one in proven(newest).entries] == ["two"]
        beyond = await ledger.audit_evidence(later(), None, 100)
        assert beyond is not None and (beyond.removed, beyond.entries) == (None, [])

    async def test_an_export_is_had_while_removing_goes_on_a_portion_a_moment(self, ledger: Ledger) -> None:
        await self.noted(ledger, "one", "two", "three")
        for _ in range(2):
            await ledger.retire(later(), 1)
            await ledger.chain(SIGNER, 100)
        assert await ledger.retire(later(), 1) == (1, True)  # what says so of this portion is not in the log yet
        evidence = await self.exported(ledger)
        said = [one["details"]["upto"] for one in proven(evidence).entries if one["action"] == SAID]
        assert said == [1, 2] and evidence.removed is not None

    async def exported(self, ledger: Ledger) -> Evidence:
        evidence = await ledger.audit_evidence(None, None, 100)
        assert evidence is not None
        return evidence
