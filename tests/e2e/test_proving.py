"""From a POST to a file that proves, offline, what was sent where and answered how."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import orjson

from gateway.bootstrap import signer
from gateway.security.notes import read_note
from gateway.security.receipts import read_proof
from gateway.security.seal import Envelope, Sealed, load_key_ring
from tests.e2e.rig import ADMIN, CODE, KEY, Rig, eventually, recorded, running


async def fetched(rig: Rig, path: str, key: str = ADMIN) -> tuple[int, bytes]:
    headers = {"Authorization": f"Bearer {key}"}
    async with aiohttp.ClientSession(headers=headers) as http, http.get(rig.gateway.address + path) as response:
        return response.status, await response.read()


async def test_a_delivered_dossier_has_a_receipt_that_verifies_with_the_public_key_alone(tmp_path: Path) -> None:
    async with running(tmp_path) as rig:
        answer = await rig.send(recorded(1))
        await rig.settled()
        delivery = await rig.delivery(answer["id"])
        async with rig.http.get(f"{rig.gateway.address}/v1/receipts/{delivery['id']}") as response:
            assert response.status == 200, await response.text()
            file = await response.read()
        public = signer(rig.gateway.settings).public
    [entry] = read_proof(file, public).entries
    told = {"message": answer["id"], "subject": CODE, "operation": "DongBoHoSoMC", "outcome": "delivered", "attempt": 1}
    assert {name: entry[name] for name in told} == told
    assert entry["accepted_at"] <= entry["started_at"] <= entry["answered_at"]


async def test_the_digests_of_a_receipt_are_salted_and_can_be_shown_to_fit(tmp_path: Path) -> None:
    """Whoever is given the salt can check the answer's bytes; whoever is not cannot guess them."""
    async with running(tmp_path) as rig:
        answer = await rig.send(recorded(1))
        await rig.settled()
        delivery = await rig.delivery(answer["id"])
        _, file = await fetched(rig, f"/v1/receipts/{delivery['id']}")
        rows = await rig.gateway.ledger._storage.read(  # type: ignore[attr-defined]
            lambda c: c.exec_driver_sql(
                "SELECT key_id, wrapped_key, message.body, answer, answer_key_id FROM message "
                "JOIN attempt ON attempt.delivery_id = ? WHERE message.id = ?",
                (delivery["id"], answer["id"]),
            ).one()
        )
        public = signer(rig.gateway.settings).public
    ring = load_key_ring(tmp_path / "keys.json")
    sealed = Sealed(rows.key_id, rows.wrapped_key, rows.body)
    content = ring.open_answer(sealed, answer["id"], (rows.answer_key_id, rows.answer), delivery["id"])
    salt = Envelope(ring, sealed, answer["id"]).salt()
    [entry] = read_proof(file, public).entries
    assert entry["answer_digest"] == hashlib.sha256(salt + content).hexdigest()
    assert entry["answer_digest"] != hashlib.sha256(content).hexdigest()


async def test_a_client_gets_receipts_of_its_own_messages_only(tmp_path: Path) -> None:
    async with running(tmp_path) as rig:
        answer = await rig.send(recorded(1))
        await rig.settled()
        status, _ = await fetched(rig, f"/v1/receipts/{answer['id']}")
        assert status == 200
        status, body = await fetched(rig, f"/v1/receipts/{answer['id']}", "lt_somebody_else")
        assert status == 401, body
        status, _ = await fetched(rig, "/v1/receipts/nothing")
        assert status == 404


async def test_a_receipt_that_retention_removed_is_gone_and_not_unknown(tmp_path: Path) -> None:
    later = datetime.now(UTC) + timedelta(days=2)
    async with running(tmp_path) as rig:
        answer = await rig.send(recorded(1))
        await rig.settled()
        delivery = await rig.delivery(answer["id"])
        path = f"/v1/receipts/{delivery['id']}"
        await fetched(rig, path)  # returns when it is chained
        await rig.send(recorded(2, code=f"{CODE[:-1]}2"))
        await rig.settled()
        ledger = rig.gateway.ledger
        await ledger.shred(later, 100)

        async def removed() -> bool:  # not before the indicators know how it ended
            await ledger.remove(later, 100)
            return await ledger.message_view(answer["id"]) is None

        await eventually(removed)
        assert [(await fetched(rig, path, key))[0] for key in (ADMIN, KEY)] == [200, 404]
        await ledger.retire(later, 100)
        for key in (ADMIN, KEY):
            status, body = await fetched(rig, path, key)
            problem = orjson.loads(body)
            assert (status, problem["errors"][0]["code"]) == (410, "REMOVED")
            assert "đã bị xóa ngày" in problem["detail"] and "were removed on" in problem["detail"]


async def test_checkpoints_are_signed_and_grow_provably(tmp_path: Path) -> None:
    async with running(tmp_path) as rig:
        answer = await rig.send(recorded(1))
        await rig.settled()
        await fetched(rig, f"/v1/receipts/{answer['id']}")  # returns when it is chained
        _, note = await fetched(rig, "/v1/log/checkpoint")
        older = read_note(note.decode(), signer(rig.gateway.settings).public)
        status, growth = await fetched(rig, f"/v1/log/growth?from={older.size}")
        assert (status, orjson.loads(growth)["from"]) == (200, older.size)
        for wrong, expected in (("0", 409), ("999999", 409), ("x", 422), ("", 422)):
            status, _ = await fetched(rig, f"/v1/log/growth?from={wrong}")
            assert status == expected


async def test_the_audit_trail_is_exported_with_a_purpose_and_the_export_is_audited(tmp_path: Path) -> None:
    async with running(tmp_path) as rig:
        answer = await rig.send(recorded(1))
        await rig.settled()
        delivery = await rig.delivery(answer["id"])
        url = f"{rig.gateway.address}/v1/deliveries/{delivery['id']}/discard"
        async with (
            aiohttp.ClientSession(headers={"Authorization": f"Bearer {ADMIN}"}) as http,
            http.post(url, json={"reason": "thử"}) as response,
        ):
            assert response.status == 409
        await fetched(rig, f"/v1/receipts/{answer['id']}")
        status, _ = await fetched(rig, "/v1/audit/export")
        assert status == 422
        await rig.gateway.ledger.chain(signer(rig.gateway.settings), 100)
        status, file = await fetched(rig, "/v1/audit/export?purpose=thanh%20tra")
        assert status == 200
        entries = read_proof(file, signer(rig.gateway.settings).public).entries
        page = await rig.gateway.ledger.audit_page(None, 10)
    refused, unsaid = entries
    assert (unsaid["action"], unsaid["ok"], unsaid["reason"]) == ("refused.exportAudit", False, "PURPOSE_REQUIRED")
    assert (refused["action"], refused["ok"], refused["reason"]) == ("delivery.discard", False, "thử")
    assert (page["items"][0]["action"], page["items"][0]["reason"]) == ("audit.export", "thanh tra")
