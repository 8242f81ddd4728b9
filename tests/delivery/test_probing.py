"""A probe that a person asks for is answered by one of the processes, and what it found counts for all of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from adapters.contract import PermanentError
from gateway.delivery.closures import Closures
from gateway.delivery.probing import Probing
from gateway.ledger.ledger import SqlLedger
from gateway.operations.steering import SteeringOperations
from gateway.settings import LedgerSettings
from tests.builders import RING
from tests.delivery.way_out import eventually
from tests.fakes.destination import ScriptedAdapter, a_destination, a_route

PORTAL = "national_portal"


class Site:
    """A process that works the portal off."""

    def __init__(self, ledger: SqlLedger) -> None:
        self.adapter = ScriptedAdapter()
        self.route = a_route(self.adapter, a_destination())
        self.probing = Probing(ledger, [self.route])
        self.closures = Closures(ledger, (), {PORTAL: self.route.breaker}, self.probing.hear)
        self.operations = SteeringOperations(ledger, {PORTAL: self.route.destination})


@asynccontextmanager
async def working(*ledgers: SqlLedger) -> AsyncIterator[list[Site]]:
    sites = [Site(one) for one in ledgers]
    for site in sites:
        await site.closures.begin()  # as a process does before it sends anything: what it finds later is new to it
    tasks = [asyncio.create_task(site.closures.share()) for site in sites]
    try:
        yield sites
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def test_a_probe_of_a_closed_breaker_says_whether_the_login_works(ledger: SqlLedger) -> None:
    async with working(ledger) as [site]:
        assert (await site.operations.probe(PORTAL, "admin"))["ok"] is True
        words = {"vi": "Cổng DVCQG không chấp nhận tài khoản.", "en": "The portal refused the login."}
        site.adapter.probe_answer = PermanentError("LOGIN_REFUSED", scope="destination", **words)
        found = await site.operations.probe(PORTAL, "admin")
        assert found == {"destination": PORTAL, "ok": False, "code": "LOGIN_REFUSED"} | words
        assert site.closures.closed(PORTAL) == 0  # nobody's dossier has failed
    entries = (await ledger.audit_page(None, 10))["items"]
    assert [(one["action"], one["ok"]) for one in entries] == [
        ("destination.probed", False), ("destination.probe", True),
        ("destination.probed", True), ("destination.probe", True),
    ]  # fmt: skip


async def test_a_probe_that_goes_through_closes_the_breaker_at_once_and_one_that_does_not_leaves_it_open(
    ledger: SqlLedger,
) -> None:
    async with working(ledger) as [site]:
        site.route.breaker.trip("HTTP_503")
        site.adapter.probe_answer = RuntimeError("still down")
        assert (await site.operations.probe(PORTAL, "admin"))["code"] == "RUNTIMEERROR"
        assert site.route.breaker.tripped
        site.adapter.probe_answer = None
        assert (await site.operations.probe(PORTAL, "admin"))["ok"] is True
        assert not site.route.breaker.tripped


async def test_what_one_process_finds_closes_the_breakers_of_all(postgres_url: str) -> None:
    ledgers = [SqlLedger(postgres_url, RING, LedgerSettings()) for _ in range(2)]
    async with working(*ledgers) as sites:
        for site in sites:
            site.route.breaker.trip("HTTP_503")
        assert (await sites[0].operations.probe(PORTAL, "admin"))["ok"] is True

        async def closed_all() -> bool:
            return not any(site.route.breaker.tripped for site in sites)

        await eventually(closed_all)
    for one in ledgers:
        await one.close()


@pytest.mark.parametrize("patience", [0.05])
async def test_where_nobody_works_the_destination_off_that_is_said(ledger: SqlLedger, patience: float) -> None:
    operations = SteeringOperations(ledger, {PORTAL: a_destination()}, patience=patience)
    found = await operations.probe(PORTAL, "admin")
    assert (found["ok"], found["code"]) == (False, "NO_WORKER")
