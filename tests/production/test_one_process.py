"""The whole gateway on PostgreSQL and RabbitMQ in one process, with and without a door of its own processes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from adapters.national_portal.simulator import SimulatedPortal, build, faults
from gateway.bootstrap.gateway import run_gateway
from tests.e2e.rig import KEY, Rig, progressed, recorded
from tests.production.rig import at_portal, production_settings


@asynccontextmanager
async def running(
    folder: Path, database_url: str, amqp_url: str, portal: SimulatedPortal | None = None, **changes: Any
) -> AsyncIterator[Rig]:
    portal = portal or build()
    async with portal.running() as url:
        settings = production_settings(folder, url, database_url, amqp_url, **changes)
        async with (
            run_gateway(settings) as gateway,
            aiohttp.ClientSession(headers={"Authorization": f"Bearer {KEY}"}) as http,
        ):
            yield Rig(gateway, portal, http)


@pytest.mark.parametrize("workers", [0, 1, 2])
async def test_what_is_posted_arrives_in_order_and_the_books_balance(
    tmp_path: Path, database_url: str, rabbitmq_server: str, workers: int
) -> None:
    codes = [f"000.00.16.H46-250612-{number:04}" for number in range(1, 21)]
    async with running(tmp_path, database_url, rabbitmq_server, workers=workers) as rig:
        for code in codes:
            await rig.send(recorded(1, code=code))
            await rig.send(progressed(2, "received", code=code))
        balance = await rig.settled()
    assert at_portal(balance) == (40, 40, 0)
    for code in codes:
        assert [kind for kind, key, _ in rig.effects if key == code] == ["create", "progress"]


async def test_a_destination_of_several_partitions_keeps_the_order_of_each_dossier(
    tmp_path: Path, database_url: str, rabbitmq_server: str
) -> None:
    codes = [f"000.00.16.H46-250612-{number:04}" for number in range(1, 13)]
    async with running(tmp_path, database_url, rabbitmq_server, partitions=4) as rig:
        for number in (1, 2, 3):
            for code in codes:
                await rig.send(progressed(number, "processing", code=code) if number > 1 else recorded(1, code=code))
        balance = await rig.settled()
    assert at_portal(balance) == (36, 36, 0)
    for code in codes:
        assert [kind for kind, key, _ in rig.effects if key == code] == ["create", "progress", "progress"]


async def test_an_unclear_call_and_a_busy_portal_are_got_over(
    tmp_path: Path, database_url: str, rabbitmq_server: str
) -> None:
    portal = build()
    portal.next(faults.cut_after_commit(), on="DongBoHoSoMC")
    portal.next(faults.http_status(503), times=3, on="DongBoHoSoMC")
    async with running(tmp_path, database_url, rabbitmq_server, portal) as rig:
        sent = await rig.send(recorded(1))
        balance = await rig.settled()
        assert (await rig.delivery(sent["id"]))["state"] == "delivered"
    assert at_portal(balance) == (1, 1, 0)


async def test_a_repeat_is_the_same_message_and_other_content_a_conflict(
    tmp_path: Path, database_url: str, rabbitmq_server: str
) -> None:
    async with running(tmp_path, database_url, rabbitmq_server, workers=1) as rig:
        first = await rig.send(recorded(1))
        again = await rig.send(recorded(1))
        assert again == {**first, "duplicate": True}
        await rig.send(recorded(1, status="processing"), 409)
        assert at_portal(await rig.settled()) == (1, 1, 0)


async def test_all_its_parts_say_that_they_are_ready(tmp_path: Path, database_url: str, rabbitmq_server: str) -> None:
    async with (
        running(tmp_path, database_url, rabbitmq_server, workers=1) as rig,
        rig.http.get(f"{rig.gateway.address}/readyz") as answer,
    ):
        parts = ("ledger", "broker", "disk", "amqp_intake")
        assert await answer.json() == {"status": "ok", "checks": dict.fromkeys(parts)}
