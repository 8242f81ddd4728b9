"""Keys are rotated while messages come in and go out: nobody is turned away, and all of it opens afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from gateway.bootstrap import signer
from gateway.edge_settings import RetentionSettings
from gateway.ledger.port import StoredMessage
from gateway.scheduler.keeping import Keeper
from gateway.security.receipts import read_proof
from gateway.security.seal import ShreddedError
from tests.e2e.rig import ADMIN, Rig, recorded, running


async def command(rig: Rig, path: str, body: dict[str, Any] | None = None) -> tuple[int, dict[str, Any]]:
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {ADMIN}"}) as http:
        url = f"{rig.gateway.address}{path}"
        async with http.request("GET" if body is None else "POST", url, json=body) as response:
            return response.status, await response.json(content_type=None)


def dossier(number: int) -> dict[str, Any]:
    return recorded(1, code=f"000.00.16.H46-250612-{number:04}")


def hashes(rig: Rig) -> Callable[[StoredMessage], bytes]:
    """What the keeper makes of a body."""
    return Keeper(rig.gateway.ledger, rig.gateway.ring, RetentionSettings()).hashes


async def test_keys_are_rotated_under_load_without_a_failed_request(tmp_path: Path) -> None:
    """With a door in a process of its own, which seals what comes in and hears of the new key by its file."""
    async with running(tmp_path, workers=1) as rig:
        sending = asyncio.gather(*(rig.send(dossier(number)) for number in range(1, 41)))
        status, told = await command(rig, "/v1/keys/rotate", {"reason": "định kỳ"})
        assert (status, told) == (200, {"id": "k2", "seals": True, "searches": False})
        status, told = await command(rig, "/v1/keys/search/rotate", {"reason": "định kỳ"})
        assert (status, told["id"]) == (200, "s2")
        answers = await sending
        answers += [await rig.send(dossier(number)) for number in range(41, 51)]
        await rig.settled()
        ledger = rig.gateway.ledger
        while await ledger.rewrap(10):
            pass
        for answer in answers:
            assert await ledger.message_body(answer["id"])
        assert not await ledger.key_is_needed("k1")
        while await ledger.rehash(rig.gateway.ring.seeking.prefix, hashes(rig), 10):
            pass
        asked = {"q": "044999000123", "purpose": "kiểm thử", "limit": 200}
        status, found = await command(rig, "/v1/searches", asked)
        assert status == 200 and {one["id"] for one in answers} <= {one["id"] for one in found["items"]}
        assert not await ledger.key_is_needed("s1")
        status, listed = await command(rig, "/v1/keys")
        assert [(one["id"], one["seals"]) for one in listed["items"]] == [
            ("k2", True),
            ("k1", False),
            ("s2", False),
            ("s1", False),
        ]
        status, _ = await command(rig, "/v1/keys/k1/drop", {"reason": "đã bọc lại xong"})
        assert status == 200
        await rig.send(dossier(51))
        await rig.settled()


async def test_what_is_refused_about_keys_says_why(tmp_path: Path) -> None:
    async with running(tmp_path) as rig:
        await rig.send(dossier(1))
        await rig.settled()
        for path, body, expected in (
            ("/v1/keys/rotate", {}, 422),
            ("/v1/keys/k9/use", {"reason": "thử"}, 404),
            ("/v1/keys/k9/drop", {"reason": "thử"}, 404),
            ("/v1/keys/k1/drop", {"reason": "thử"}, 409),
        ):
            status, told = await command(rig, path, body)
            assert status == expected, told
        async with rig.http.get(f"{rig.gateway.address}/v1/keys") as response:
            assert response.status == 403


async def test_the_key_that_seals_is_not_dropped_and_a_spoilt_file_is_no_missing_key(tmp_path: Path) -> None:
    async with running(tmp_path) as rig:
        status, told = await command(rig, "/v1/keys/k1/drop", {"reason": "thử"})
        assert (status, told["errors"][0]["code"]) == (409, "KEY_SEALS")
        origin = rig.gateway.ring.origin
        assert origin is not None
        origin.write_text("{")
        for what in ("rotate", "add", "k1/use", "k2/drop"):
            status, told = await command(rig, f"/v1/keys/{what}", {"reason": "thử"})
            assert (status, told["errors"][0]["code"]) == (503, "KEYS_UNREADABLE"), what


async def test_a_shredded_dossier_is_unreadable_and_its_receipt_still_verifies(tmp_path: Path) -> None:
    async with running(tmp_path) as rig:
        answer = await rig.send(recorded(1))
        await rig.settled()
        gone, _ = await rig.gateway.ledger.shred(datetime.now(UTC) + timedelta(days=1), 100)
        assert gone >= 1
        with pytest.raises(ShreddedError):
            await rig.gateway.ledger.message_body(answer["id"])
        async with rig.http.get(f"{rig.gateway.address}/v1/receipts/{answer['id']}") as response:
            assert response.status == 200
            file = await response.read()
        message = await rig.get(f"/v1/messages/{answer['id']}")
        public = signer(rig.gateway.settings).public
    [entry] = read_proof(file, public).entries
    assert (entry["message"], entry["outcome"]) == (answer["id"], "delivered")
    assert message["outcome"] == "ok"
