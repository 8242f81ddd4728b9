"""What the door refuses leaves an audit entry, and a flood leaves few."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson

from gateway.browser import network_of
from gateway.errors import LedgerUnavailable
from gateway.intake.refusals import MOST_OPEN, Refusals
from gateway.ledger.port import AuditEntry
from tests.e2e.rig import ADMIN, KEY, running
from tests.fakes.acceptance import MemoryAudit
from tests.intake.conftest import Door
from tests.intake.documents import an_event

MINUTE = timedelta(seconds=60)


def refused(actor: str = "-", reason: str = "CREDENTIALS_UNKNOWN", action: str = "refused.listMessages") -> AuditEntry:
    return AuditEntry(actor, action, "/v1/messages", reason, ok=False)


async def test_the_first_is_written_at_once_and_repeats_as_one_entry_with_their_count() -> None:
    ledger = MemoryAudit()
    refusals = Refusals(ledger, MINUTE)
    for _ in range(5000):
        await refusals.note(refused(), "203.0.113.9")
    assert ledger.entries == [refused()]
    await refusals.note(refused("motcua"))
    await refusals.note(refused(reason="CREDENTIALS_MISSING"), "203.0.113.9")
    await refusals.note(refused(), "203.0.113.10")
    assert len(ledger.entries) == 4
    await refusals.close()
    assert [one.details for one in ledger.entries[4:]] == [{"count": 4999}]


async def test_a_window_ends_by_itself_and_the_next_refusal_is_a_first_again() -> None:
    ledger = MemoryAudit()
    refusals = Refusals(ledger, timedelta(milliseconds=30))
    await refusals.note(refused())
    await refusals.note(refused())
    async with asyncio.timeout(10):
        while len(ledger.entries) < 2:
            await asyncio.sleep(0.005)
    assert [one.details.get("count") for one in ledger.entries] == [None, 1]
    await refusals.note(refused())
    assert len(ledger.entries) == 3
    await refusals.close()
    assert len(ledger.entries) == 3


async def test_a_flood_from_everywhere_is_held_in_bounded_memory_and_few_entries() -> None:
    ledger = MemoryAudit()
    refusals = Refusals(ledger, MINUTE)
    for number in range(MOST_OPEN + 1000):
        await refusals.note(refused(), f"198.51.{number // 250}.{number % 250}")
    assert len(ledger.entries) == MOST_OPEN + 1
    await refusals.close()
    assert len(ledger.entries) == MOST_OPEN + 2
    assert (ledger.entries[-1].actor, ledger.entries[-1].details) == ("-", {"count": 999})


async def test_a_ledger_that_is_away_changes_no_answer() -> None:
    ledger = MemoryAudit()
    ledger.fail_with = LedgerUnavailable("away")
    refusals = Refusals(ledger, MINUTE)
    await refusals.note(refused())
    await refusals.close()


def test_neighbours_on_ipv6_count_as_one_and_nonsense_as_nobody() -> None:
    assert network_of("2001:db8:1:2::7") == network_of("2001:db8:1:2:ffff::1") == "2001:db8:1:2::/64"
    assert (network_of("::ffff:192.0.2.1"), network_of("192.0.2.1")) == ("192.0.2.1", "192.0.2.1")
    assert network_of(None) == network_of("nowhere") == "-"


async def test_speaking_for_another_is_audited_line_by_line_and_wrong_content_is_not(door: Door) -> None:
    foreign = orjson.dumps(an_event(source="urn:another"))
    response, _ = await door.post(foreign)
    assert response.status == 403
    _, answered = await door.post(foreign + b"\n" + foreign + b"\n", "application/x-ndjson")
    assert answered.count(b"SOURCE_NOT_GRANTED") == 2
    response, _ = await door.post(b'{"specversion":"1.0"}')
    assert response.status == 422
    [entry] = door.audit.entries
    assert (entry.actor, entry.action, entry.reason) == ("motcua", "refused.postMessages", "SOURCE_NOT_GRANTED")


async def test_what_is_refused_about_who_and_about_commands_stands_in_the_audit(tmp_path: Path) -> None:
    async with running(tmp_path) as rig:

        async def call(method: str, path: str, key: str = "", **how: Any) -> int:
            headers = {"Authorization": f"Bearer {key}" if key else ""} | how.pop("headers", {})
            async with rig.http.request(method, rig.gateway.address + path, headers=headers, **how) as response:
                await response.read()
                return response.status

        assert await call("GET", "/v1/messages") == 401
        assert await call("GET", "/v1/groups", "lt_wrong") == 401
        assert await call("GET", "/v1/groups", KEY) == 403
        assert await call("POST", "/v1/destinations/national_portal/pause", ADMIN, json={}) == 422
        assert (
            await call("POST", "/v1/keys/k1/drop", ADMIN, data=b"{", headers={"Content-Type": "application/json"})
            == 400
        )
        assert await call("POST", "/v1/callbacks/nobody/anything", json={}) == 404
        assert await call("GET", "/v1/messages/nothing", ADMIN) == 404
        page = await rig.gateway.ledger.audit_page(None, 50)
        found = {
            (one["action"], one["actor"], one["reason"])
            for one in page["items"]
            if one["action"].startswith("refused.")
        }
        assert found == {
            ("refused.listMessages", "-", "CREDENTIALS_UNKNOWN"),
            ("refused.listGroups", "-", "CREDENTIALS_UNKNOWN"),
            ("refused.listGroups", "mot-cua", "PEOPLE_ONLY"),
            ("refused.pauseDestination", "administrator", "REASON_REQUIRED"),
            ("refused.dropKey", "administrator", "JSON_SYNTAX"),
            ("refused.takeCallback", "-", "NOT_FOUND"),
        }
        assert all(one["target"].endswith(" 127.0.0.1") and one["ok"] is False for one in page["items"])
