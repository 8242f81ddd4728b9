"""Notices reach their channels once, survive restarts and outages of a channel, and no channel waits for another."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from gateway.ledger.address import sqlite_url
from gateway.ledger.ledger import SqlLedger
from gateway.ledger.migrate import migrate
from gateway.notify.channels import open_channels
from gateway.scheduler.watch.teller import Teller
from gateway.settings import LedgerSettings
from gateway.watch_settings import AlertSettings
from tests.builders import NOW, RING
from tests.contract.ledger_alerts import a_finding, a_look
from tests.delivery.way_out import eventually
from tests.notify.servers import SECRET, Address, an_address

LINK = "https://truc.example.invalid/console"
MINUTE = timedelta(minutes=1)


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[SqlLedger]:
    url = sqlite_url(folder / "ledger.db")
    await migrate(url)
    ledger = SqlLedger(url, RING, LedgerSettings())
    yield ledger
    await ledger.close()


def settings(**urls: str) -> AlertSettings:
    hooks = {name: {"url": url, "secrets": [SECRET], "plain_http": True} for name, url in urls.items()}
    return AlertSettings.model_validate({"webhooks": hooks, "retry_schedule": ["1m", "5m"], "give_up_after": "1h"})


def told(address: Address) -> list[str]:
    return [orjson.loads(body)["type"].rpartition(".")[2] for _, body in address.calls]


async def look(ledger: SqlLedger, *found: Any, at: Any = NOW) -> None:
    await ledger.observe(a_look(*found, at=at, channels={"dead": ["ops"]}))


async def tell(ledger: SqlLedger, own: AlertSettings, at: Any) -> None:
    async with open_channels(own) as channels:
        for name, channel in channels.items():
            await Teller(ledger, own, LINK).tell(name, channel, at)


async def test_opening_and_closing_are_told_once_each_across_restarts(tmp_path: Path) -> None:
    async with an_address() as address:
        own = settings(ops=address.url)
        async with opened(tmp_path) as ledger:
            await look(ledger, a_finding())
        for minutes in (0, 1):  # it stopped before anybody was told; told once, whoever looks again
            async with opened(tmp_path) as ledger:
                await tell(ledger, own, NOW + minutes * MINUTE)
        assert told(address) == ["opened"]
        async with opened(tmp_path) as ledger:
            await look(ledger, at=NOW + 2 * MINUTE)
        for minutes in (2, 3):
            async with opened(tmp_path) as ledger:
                await tell(ledger, own, NOW + minutes * MINUTE)
        assert told(address) == ["opened", "closed"]
    assert orjson.loads(address.calls[0][1])["data"]["link"] == LINK


async def test_killed_between_sending_and_noting_it_is_told_again_under_the_same_id(tmp_path: Path) -> None:
    async with opened(tmp_path) as ledger, an_address() as address:
        own = settings(ops=address.url)
        await look(ledger, a_finding())
        async with open_channels(own) as channels:
            [notice] = await ledger.take_notices("ops", 1, NOW, 5 * MINUTE)
            from gateway.scheduler.watch.teller import letter_of

            await channels["ops"].send(letter_of(notice, LINK))  # and here it is killed
        await tell(ledger, own, NOW + MINUTE)
        assert len(address.calls) == 1
        await tell(ledger, own, NOW + 5 * MINUTE)
        await tell(ledger, own, NOW + 50 * MINUTE)
    assert len({headers["webhook-id"] for headers, _ in address.calls}) == 1
    assert len(address.calls) == 2


async def test_a_channel_that_is_down_is_tried_again_later_and_given_up_in_the_end(tmp_path: Path) -> None:
    async with opened(tmp_path) as ledger, an_address() as address:
        own = settings(ops=address.url)
        address.status = 503
        await look(ledger, a_finding())
        for minutes in (0, 0.5, 1, 3, 6):  # due at 0, 1 and 6
            await tell(ledger, own, NOW + minutes * MINUTE)
        assert len(address.calls) == 3
        address.status = 204
        await tell(ledger, own, NOW + 11 * MINUTE)
        assert len(address.calls) == 4
        await look(ledger, at=NOW + 12 * MINUTE)
        address.status = 503
        for minutes in range(12, 200):
            await tell(ledger, own, NOW + minutes * MINUTE)
        [item] = (await ledger.alerts_page({}, None, 9))["items"]
    states = {one["event"]: (one["state"], one["error"]) for one in item["notices"]}
    assert states == {"opened": ("sent", None), "closed": ("given_up", "HTTP_503")}


async def test_a_channel_that_hangs_keeps_no_other_waiting(tmp_path: Path) -> None:
    async with opened(tmp_path) as ledger, an_address() as address, an_address() as silent:
        silent.answers.clear()
        own = settings(hangs=silent.url, ops=address.url)
        await ledger.observe(a_look(a_finding(), channels={"dead": ["hangs", "ops"]}, at=NOW))
        telling = asyncio.create_task(Teller(ledger, own, LINK, every=0.01).run())

        async def it_was_told() -> bool:
            return told(address) == ["opened"]

        try:
            await eventually(it_was_told)
        finally:
            telling.cancel()
            await asyncio.gather(telling, return_exceptions=True)


@pytest.mark.parametrize("kind", ["dead", "silence"])
def test_a_rule_that_names_a_channel_nobody_configured_is_refused(kind: str) -> None:
    with pytest.raises(ValueError, match="there is no such channel"):
        AlertSettings.model_validate({kind: {"channels": ["ops"]}})


def test_a_rule_may_name_its_channels() -> None:
    own = AlertSettings.model_validate(
        {**settings(ops="http://127.0.0.1:1", duty="http://127.0.0.1:2").model_dump(), "dead": {"channels": ["duty"]}}
    )
    assert (own.channels_of("dead"), own.channels_of("age")) == (("duty",), ("ops", "duty"))
