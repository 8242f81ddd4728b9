"""The log: what was recorded is chained, once and whole, and what was changed behind its back is found."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.errors import GatewayError, NotFoundError
from gateway.ledger.port import AuditEntry, Ledger
from gateway.security.merkle import ProofError, check_consistency
from gateway.security.notes import Signer, read_note
from gateway.security.receipts import leaf_of, read_proof, write_proof
from tests.builders import a_delivery, a_settlement
from tests.contract.ledger_suite import LedgerSuite

SIGNER = Signer("lienthong-test", Ed25519PrivateKey.from_private_bytes(bytes(range(32))))


def a_receipt(number: int) -> bytes:
    return leaf_of({"kind": "receipt", "number": number})


class ProofContract(LedgerSuite):
    async def receive(self, ledger: Ledger, number: int) -> str:
        """A delivery that got an answer; its id."""
        delivery = a_delivery(lane=False)
        await self.record(ledger, delivery)
        await self.carry(ledger, delivery, receipt=a_receipt(number))
        return delivery.id

    async def test_a_receipt_is_proven_once_it_is_chained(self, ledger: Ledger) -> None:
        one = await self.receive(ledger, 1)
        assert await ledger.receipts(one) is None
        assert await ledger.chain(SIGNER, 100) == 1
        evidence = await ledger.receipts(one)
        assert evidence is not None
        proof = read_proof(write_proof(evidence.note, evidence.entries), SIGNER.public)
        assert list(proof.entries) == [{"kind": "receipt", "number": 1}]

    async def test_the_receipts_of_a_message_are_those_of_its_deliveries(self, ledger: Ledger) -> None:
        first, second = a_delivery(lane=False), a_delivery(lane=False, destination="payment")
        message = await self.record(ledger, first, second)
        await self.carry(ledger, first, receipt=a_receipt(1))
        await self.carry(ledger, second, receipt=a_receipt(2))
        await ledger.chain(SIGNER, 100)
        evidence = await ledger.receipts(message.id)
        assert evidence is not None and len(evidence.entries) == 2

    async def test_an_attempt_without_an_answer_has_no_receipt(self, ledger: Ledger) -> None:
        delivery = a_delivery()
        await self.record(ledger, delivery)
        await self.carry(ledger, delivery)
        await self.receive(ledger, 1)
        await ledger.chain(SIGNER, 100)
        evidence = await ledger.receipts(delivery.id)
        assert evidence is not None and evidence.entries == []

    async def test_what_is_not_there_has_no_receipts(self, ledger: Ledger) -> None:
        with pytest.raises(NotFoundError):
            await ledger.receipts("nothing")

    async def test_every_entry_is_chained_once_in_portions(self, ledger: Ledger) -> None:
        ids = [await self.receive(ledger, number) for number in range(7)]
        assert [await ledger.chain(SIGNER, 3) for _ in range(4)] == [3, 3, 1, 0]
        for one in ids:
            evidence = await ledger.receipts(one)
            assert evidence is not None and len(evidence.entries) == 1

    async def test_a_lost_fence_leaves_no_receipt(self, ledger: Ledger) -> None:
        delivery = a_delivery()
        await self.record(ledger, delivery)
        await self.carry(ledger, delivery)
        assert not await ledger.settle(a_settlement(delivery.id, receipt=a_receipt(1)))
        assert await ledger.chain(SIGNER, 100) == 0

    async def test_the_log_only_grows_and_says_so(self, ledger: Ledger) -> None:
        await self.receive(ledger, 1)
        await self.receive(ledger, 2)
        await ledger.chain(SIGNER, 100)
        older = read_note(str(await ledger.newest_checkpoint()), SIGNER.public)
        await self.receive(ledger, 3)
        await ledger.chain(SIGNER, 100)
        growth = await ledger.growth(older.size)
        assert growth is not None
        newer = read_note(growth.note, SIGNER.public)
        check_consistency(older.size, newer.size, growth.proof, older.root, newer.root)
        with pytest.raises(ProofError):
            await ledger.growth(newer.size + 1)

    async def test_audit_rows_are_entries_too_failed_ones_included(self, ledger: Ledger) -> None:
        for ok in (True, False):
            await ledger.record_audit(AuditEntry("admin", "delivery.replay", "x", "thử", ok=ok, details={"n": 1}))
        await ledger.chain(SIGNER, 100)
        evidence = await ledger.audit_evidence(None, None, 100)
        assert evidence is not None
        proof = read_proof(write_proof(evidence.note, evidence.entries), SIGNER.public)
        assert [entry["ok"] for entry in proof.entries] == [True, False]
        assert await ledger.audit_flaws(100) == []

    async def test_the_newest_audit_entries_come_in_the_order_of_the_log(self, ledger: Ledger) -> None:
        for number in range(5):
            await ledger.record_audit(AuditEntry("admin", f"action-{number}", "x", "thử"))
        await ledger.chain(SIGNER, 100)
        evidence = await ledger.audit_evidence(None, None, 2)
        assert evidence is not None
        found = read_proof(write_proof(evidence.note, evidence.entries), SIGNER.public).entries
        assert [entry["action"] for entry in found] == ["action-3", "action-4"]

    async def test_nothing_is_found_where_nothing_was_changed(self, ledger: Ledger) -> None:
        for number in range(260):
            await ledger.record_audit(AuditEntry("admin", f"action-{number}", "x", "thử"))
        while await ledger.chain(SIGNER, 100):
            pass
        assert await ledger.tile_flaws(0, 1) == ([], True)
        assert await ledger.tile_flaws(1, 1) == ([], False)
        assert await ledger.day_flaws(SIGNER.public) == []

    async def test_another_key_does_not_go_on_signing(self, ledger: Ledger) -> None:
        await self.receive(ledger, 1)
        await ledger.chain(SIGNER, 100)
        await self.receive(ledger, 2)
        other = Signer("lienthong-other", Ed25519PrivateKey.from_private_bytes(bytes(32)))
        with pytest.raises(GatewayError):
            await ledger.chain(other, 100)
        assert await ledger.chain(SIGNER, 100) == 1
