"""Clients that come and go while the gateway runs: a key counts from the call that made it, no longer than it may."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from gateway.errors import LedgerUnavailable
from gateway.intake.client_views import ClientViews
from gateway.intake.credentials.directory import Directory
from gateway.intake.credentials.limits import Limits
from gateway.intake.credentials.rates import Rates
from gateway.intake.credentials.ways import credentials_of
from gateway.intake.gate import Gate
from gateway.ledger.address import sqlite_url
from gateway.ledger.clients.port import Clients, NewClient, StoredClient
from gateway.ledger.ledger import SqlLedger
from gateway.ledger.migrate import migrate
from gateway.operations.clients import ClientOperations
from gateway.security.api_key import digest_of
from gateway.settings import CodeRuleSettings, LedgerSettings, Settings
from tests.builders import RING
from tests.fakes.acceptance import MemoryAcceptance
from tests.intake.conftest import ADMIN_KEY, CLIENTS, KEY, Door, a_door
from tests.intake.documents import SOURCE, an_event

NEW = {"name": "xa-moi", "sources": [SOURCE], "agencies": ["H46.16"], "types": ["dossier.recorded.v1"]}
WHY = {"reason": "Nối phần mềm một cửa mới"}


@dataclass
class Site:
    """A door, its clock-driven directory, and that of another process of the installation."""

    door: Door
    ledger: SqlLedger
    elsewhere: Directory
    now: list[datetime]

    async def administer(self, path: str = "", **told: Any) -> tuple[int, Any]:
        method = "POST" if told else "GET"
        response, answer = await self.door.call(
            method, f"/v1/clients{path}", orjson.dumps(told or None), "application/json", key=ADMIN_KEY
        )
        return response.status, answer

    async def may_send(self, key: str, **event: Any) -> int:
        response, _ = await self.door.post(orjson.dumps(an_event(**event)), key=key)
        return response.status

    async def audited(self) -> list[tuple[str, str, bool, Any]]:
        items = (await self.ledger.audit_page(None, 50))["items"]
        return [(one["action"], one["target"], one["ok"], one["reason"]) for one in items]


@pytest.fixture
async def site(code_rules: CodeRuleSettings, tmp_path: Path) -> AsyncIterator[Site]:
    url = sqlite_url(tmp_path / "ledger.db")
    await migrate(url)
    ledger = SqlLedger(url, RING, LedgerSettings())
    now = [datetime.now(UTC)]
    directory, elsewhere = (Directory(CLIENTS, ledger, lambda: now[0]) for _ in range(2))
    await directory.refresh()
    await elsewhere.refresh()
    more = {
        "gate": Gate([credentials_of(Settings(), directory, ADMIN_KEY)]),
        "areas": [ClientViews(ClientOperations(ledger, CLIENTS), directory)],
        "limits": Limits(Rates(), directory.rate_of),
    }
    async with a_door(code_rules, MemoryAcceptance(), ledger, **more) as door:
        yield Site(door, ledger, elsewhere, now)
    await ledger.close()


async def test_a_new_client_sends_at_once_and_its_key_is_told_once(site: Site) -> None:
    status, made = await site.administer(**NEW, **WHY)
    assert status == 200 and made["key"].startswith(made["key_id"]) and len(made["key"]) >= 46
    assert await site.may_send(made["key"]) == 202
    assert await site.may_send(made["key"], source="urn:khac") == 403
    _, told = await site.administer()
    [shown] = [one for one in told["items"] if one["name"] == "xa-moi"]
    assert shown["sources"] == [SOURCE] and shown["keys"][0]["in_force"] and shown["origin"] == "ledger"
    assert made["key"] not in str(told) and digest_of(made["key"]) not in str(told)
    assert [one["origin"] for one in told["items"] if one["name"] == "motcua"] == ["configuration"]


async def test_another_process_hears_of_a_client_and_of_its_end_at_its_next_look(site: Site) -> None:
    _, made = await site.administer(**NEW, **WHY)
    assert site.elsewhere.by_key(made["key"]) is None
    await site.elsewhere.refresh()
    assert site.elsewhere.by_key(made["key"]) is not None
    await site.administer("/xa-moi/revoke", **WHY)
    assert await site.may_send(made["key"]) == 401
    await site.elsewhere.refresh()
    assert site.elsewhere.by_key(made["key"]) is None and site.elsewhere.named("xa-moi") is None


async def test_old_and_new_keys_count_together_until_the_old_one_ends(site: Site) -> None:
    _, made = await site.administer(**NEW, **WHY)
    status, again = await site.administer("/xa-moi/rotate", keep="2h", **WHY)
    assert status == 200 and again["old_keys"] == [made["key_id"]] and again["key"] != made["key"]
    assert [await site.may_send(one["key"]) for one in (made, again)] == [202, 202]
    site.now[0] += timedelta(hours=2, seconds=1)
    assert [await site.may_send(one["key"]) for one in (made, again)] == [401, 202]
    await site.administer("/xa-moi/revoke", key=again["key_id"], **WHY)
    assert await site.may_send(again["key"]) == 401


async def test_a_key_of_the_configuration_is_revoked_as_fast_and_stays_so(site: Site) -> None:
    assert await site.may_send(KEY) == 202
    status, done = await site.administer("/motcua/revoke", **WHY)
    assert status == 200 and len(done["revoked"]) == 1
    assert await site.may_send(KEY) == 401
    anew = Directory(CLIENTS, site.ledger)
    await anew.refresh()
    assert anew.by_key(KEY) is None and anew.named("motcua") is None, "a restart does not bring it back"
    _, again = await site.administer("/motcua/rotate", **WHY)
    assert [await site.may_send(key) for key in (KEY, again["key"])] == [401, 202]
    await anew.refresh()
    assert anew.named("motcua") is not None


async def test_a_rabbitmq_account_speaks_for_its_client_until_that_is_revoked(site: Site) -> None:
    await site.administer(**NEW, amqp_user="mq-xa", **WHY)
    await site.elsewhere.refresh()
    client = site.elsewhere.by_account("mq-xa")
    assert client is not None and client.name == "xa-moi"
    await site.administer("/xa-moi/revoke", **WHY)
    await site.elsewhere.refresh()
    assert site.elsewhere.by_account("mq-xa") is None


async def test_every_change_leaves_its_audit_row_and_no_key_is_in_it(site: Site) -> None:
    _, made = await site.administer(**NEW, **WHY)
    assert (await site.administer(**NEW, **WHY))[0] == 409
    assert (await site.administer("/khong-co/rotate", **WHY))[0] == 404
    assert (await site.administer("/xa-moi/revoke", **WHY))[0] == 200
    why = WHY["reason"]
    assert await site.audited() == [
        ("client.revoke", "xa-moi", True, why),
        ("client.rotate", "khong-co", False, why),
        ("client.add", "xa-moi", False, why),
        ("client.add", "xa-moi", True, why),
    ]
    assert made["key"] not in str(await site.ledger.audit_page(None, 50))


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"name": "Xa Moi"}, "CLIENT_NAME"),
    ({"name": "administrator"}, "CLIENT_NAME"),
    ({"agencies": ["H46", "xã"]}, "AGENCY_FORMAT"),
    ({"types": ["dossier.synchronised.v1"]}, "TYPE_UNKNOWN"),
    ({"rate": -1}, "SCHEMA_MINIMUM"),
    ({"rate": 0.001, "burst": 101}, "CLIENT_BURST"),
    ({"lạ": 1}, "SCHEMA_ADDITIONALPROPERTIES"),
    ({"reason": " "}, "REASON_REQUIRED"),
]


async def test_a_client_that_would_be_other_than_was_meant_is_refused(site: Site) -> None:
    for changes, code in WRONG:
        status, told = await site.administer(**NEW | WHY | changes)
        assert (status, told["errors"][0]["code"]) == (422, code)
    refused = [one for one in await site.audited() if not one[2]]
    assert ("client.add", "administrator", False, WHY["reason"]) in refused


async def test_a_client_of_the_configuration_is_not_changed_here(site: Site) -> None:
    status, told = await site.administer(**NEW | WHY | {"name": "motcua"})
    assert status == 409 and "lienthong.toml" in told["detail"]
    assert ("client.add", "motcua", False, WHY["reason"]) in await site.audited()


async def test_the_rate_of_a_new_client_counts_at_once(site: Site) -> None:
    _, made = await site.administer(**NEW, rate=1, burst=2, **WHY)
    assert [await site.may_send(made["key"]) for _ in range(3)] == [202, 202, 429]


async def test_when_a_key_was_last_used_is_written_now_and_then(site: Site) -> None:
    _, made = await site.administer(**NEW, **WHY)
    await site.elsewhere.refresh()
    for _ in range(3):
        site.elsewhere.by_key(made["key"])
    await site.elsewhere.note_uses()
    _, told = await site.administer()
    [shown] = [one for one in told["items"] if one["name"] == "xa-moi"]
    assert shown["keys"][0]["used_at"] is not None


async def test_before_the_ledger_was_read_nobody_is_let_in() -> None:
    """A key that the configuration knows may have been revoked."""

    class Away:
        async def clients(self, unless: int | None = None) -> None:
            raise LedgerUnavailable("away")

        async def note_key_uses(self, uses: object) -> None:
            raise LedgerUnavailable("away")

    directory = Directory(CLIENTS, Away())
    async with directory.followed(every=60):
        for ask in (directory.by_key, directory.named, directory.by_account):
            with pytest.raises(LedgerUnavailable):
                ask(KEY)


class Scripted:
    """A ledger's share that says what it is told to."""

    def __init__(self, *answers: Clients | Exception) -> None:
        self.answers = list(answers)
        self.held: asyncio.Event | None = None

    async def clients(self, unless: int | None = None) -> Clients | None:
        answer = self.answers.pop(0) if self.answers else None
        held, self.held = self.held, None
        if held is not None:
            await held.wait()
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def note_key_uses(self, uses: object) -> None:
        raise RuntimeError("a mistake")


async def test_the_clients_are_followed_whatever_goes_wrong_once() -> None:
    directory = Directory(CLIENTS, Scripted(RuntimeError("a mistake"), RuntimeError("again"), Clients(3, (), ())))
    async with directory.followed(every=0):
        await asyncio.wait_for(directory.known(), 10)
        assert directory.by_key(KEY) is not None


async def test_of_two_looks_at_once_the_older_answer_changes_nothing() -> None:
    """A client that was revoked in between must not come back with it."""
    stored = StoredClient(NewClient("xa-moi"), datetime.now(UTC), "root", None)
    ledger = Scripted(Clients(1, (stored,), ()), Clients(2, (stored._replace(revoked_at=datetime.now(UTC)),), ()))
    directory = Directory(CLIENTS, ledger)
    late = ledger.held = asyncio.Event()
    first = asyncio.create_task(directory.refresh())
    while ledger.held is not None:
        await asyncio.sleep(0)
    await directory.refresh()
    late.set()
    await first
    assert directory.named("xa-moi") is None
