"""Roles as processes of their own: what each does, what happens when one ends, and what cannot be split."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import pytest

from adapters.citizen_db import simulator as citizen_db
from adapters.citizen_db.simulator import SimulatedCitizenDb
from adapters.national_portal import simulator as national_portal
from adapters.national_portal.simulator import SimulatedPortal
from gateway.bootstrap import check_roles, read_roles
from gateway.errors import ConfigurationError
from gateway.settings import Settings
from tests.e2e.rig import ADMIN, KEY, STRUCTURED, eventually, progressed, recorded
from tests.production.rig import Process, at_portal

LOOKUP = {
    "service": "lookup",
    "dossier_code": "000.00.16.H46-250612-0001",
    "procedure_code": "1.001193",
    "officer": {"id": "044082999100"},
    "person": {"citizen_id": "044085999001", "full_name": "Nguyễn Văn Mẫu", "birth_date": "1985-04-12"},
}


@dataclass
class Province:
    """Simulators in this process, the gateway's roles each in their own."""

    folder: Path
    config: Path
    portal: SimulatedPortal
    people: SimulatedCitizenDb
    http: aiohttp.ClientSession
    stack: AsyncExitStack
    roles: dict[str, Process] = field(default_factory=dict)

    async def start(self, role: str, name: str = "") -> Process:
        name = name or role
        process = await Process.start(self.config, role, self.folder / f"{name}.log")
        self.stack.push_async_callback(process.stop)
        self.roles[name] = process
        return process

    async def send(self, event: dict[str, Any], *, name: str = "intake", **headers: str) -> tuple[int, dict[str, Any]]:
        url = f"{self.roles[name].address}/v1/messages"
        async with self.http.post(url, data=orjson.dumps(event), headers=STRUCTURED | headers) as answer:
            return answer.status, await answer.json(content_type=None)

    async def balance(self) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {ADMIN}"}
        async with self.http.get(f"{self.roles['intake'].address}/v1/balance", headers=headers) as answer:
            found: dict[str, Any] = await answer.json()
            return found

    async def settled(self) -> dict[str, Any]:
        async def nothing_open() -> bool:
            return bool((await self.balance())["open"] == 0)

        await eventually(nothing_open, 60)
        return await self.balance()


@asynccontextmanager
async def province(folder: Path, database_url: str, amqp_url: str) -> AsyncIterator[Province]:
    portal, people = national_portal.build(), citizen_db.build()
    async with AsyncExitStack() as stack:
        urls = [await stack.enter_async_context(one.running()) for one in (portal, people)]
        http = await stack.enter_async_context(aiohttp.ClientSession(headers={"Authorization": f"Bearer {KEY}"}))
        config = folder / "lienthong.toml"
        config.write_text(_toml(folder, database_url, amqp_url, *urls), "utf-8")
        yield Province(folder, config, portal, people, http, stack)


def _toml(folder: Path, database_url: str, amqp_url: str, portal: str, people: str) -> str:
    tree: dict[str, Any] = {
        "data_dir": str(folder / "data"),
        "database_url": database_url,
        "amqp_url": amqp_url,
        "admin_token": ADMIN,
        "amqp.prefix": f"t{secrets.token_hex(4)}",
        "http.port": 0,
        "ledger.sweep_every": "200ms",
        "destinations.national_portal.retry_schedule": ["50ms"] * 20,
        "destinations.national_portal.unclear_gap": "50ms",
        "destinations.national_portal.breaker_pause": "200ms",
        "destinations.national_portal.timeout": "5s",
    }
    tree["adapters"] = {
        "national_portal": national_portal.adapter_settings(portal),
        "citizen_db": citizen_db.adapter_settings(people),
    }
    lines = [f"{name} = {orjson.dumps(value).decode()}" for name, value in _dotted(tree)]
    key = hashlib.sha256(KEY.encode()).hexdigest()
    return "\n".join([*lines, "[[clients]]", 'name = "mot-cua"', f'key_sha256 = "{key}"'])


def _dotted(tree: dict[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in tree.items():
        if isinstance(value, dict):
            yield from _dotted(value, f"{before}{name}.")
        else:
            yield before + name, value


async def test_each_role_in_its_own_process_carries_a_dossier_from_door_to_portal(
    tmp_path: Path, database_url: str, rabbitmq_server: str
) -> None:
    async with province(tmp_path, database_url, rabbitmq_server) as here:
        for role in ("intake", "relay", "worker", "scheduler", "console"):
            await here.start(role)
        assert (await here.send(recorded(1)))[0] == 202
        assert (await here.send(progressed(2, "received")))[0] == 202
        balance = await here.settled()
        assert at_portal(balance) == (2, 2, 0)
        assert [kind.kind for kind in here.portal.effects] == ["create", "progress"]
        for name, process in here.roles.items():
            async with here.http.get(f"{process.address}/healthz") as answer:
                assert answer.status == 200, name
        async with here.http.get(f"{here.roles['worker'].address}/metrics") as answer:
            assert 'lienthong_attempts_total{destination="national_portal"' in await answer.text()
        async with here.http.get(f"{here.roles['intake'].address}/console") as answer:
            assert answer.status == 404
        async with here.http.post(f"{here.roles['console'].address}/v1/messages", data=b"{}") as answer:
            assert answer.status == 405
        await console_watches_the_others(here)


async def console_watches_the_others(here: Province) -> None:
    """What a door takes and a worker settles is told to whoever watches elsewhere, within seconds."""
    url, told, number = f"{here.roles['console'].address}/v1/stream", "", 100
    async with (
        here.http.get(url, headers={"Authorization": f"Bearer {ADMIN}"}) as stream,
        asyncio.timeout(60),
    ):
        while not all(f"event: {name}" in told for name in ("accepted", "settled")):
            number += 1
            await here.send(recorded(1, code=f"000.00.16.H46-250612-0{number}"))
            with suppress(TimeoutError):
                async with asyncio.timeout(1):
                    told += (await stream.content.readuntil(b"\n\n")).decode()


async def test_an_answer_stored_by_the_worker_wakes_who_waits_at_the_door(
    tmp_path: Path, database_url: str, rabbitmq_server: str
) -> None:
    async with province(tmp_path, database_url, rabbitmq_server) as here:
        for role in ("intake", "relay", "worker"):
            await here.start(role)
        event = recorded(1) | {"id": "q1", "type": "vn.lienthong.citizen.lookup_requested.v1", "data": LOOKUP}
        status, answer = await here.send(event, Prefer="wait=20")
        assert status == 200, answer


async def test_a_worker_told_to_stop_finishes_what_it_began_and_another_goes_on(
    tmp_path: Path, database_url: str, rabbitmq_server: str
) -> None:
    async with province(tmp_path, database_url, rabbitmq_server) as here:
        for role, name in (("intake,relay", "intake"), ("worker", "first"), ("worker", "second")):
            await here.start(role, name)
        codes = [f"000.00.16.H46-250612-{number:04}" for number in range(1, 61)]
        for code in codes[:30]:
            await here.send(recorded(1, code=code))
        assert await here.roles["first"].stop() == 0
        for code in codes[30:]:
            await here.send(recorded(1, code=code))
        balance = await here.settled()
        assert at_portal(balance) == (60, 60, 0)
        assert sorted(effect.key for effect in here.portal.effects) == codes
        stopped = here.roles["first"].lines
        assert stopped[-1]["event"] == "gateway.stopped"
        assert not [line for line in stopped if line["event"] == "gateway.drain_cut_short"]


def test_roles_are_read_from_their_names() -> None:
    assert read_roles("intake, worker") == {"intake", "worker"}
    assert read_roles("") == {"intake", "relay", "worker", "console", "scheduler"}
    with pytest.raises(ConfigurationError, match="gardener"):
        read_roles("worker,gardener")


def test_roles_cannot_be_split_on_embedded_storage() -> None:
    check_roles(Settings(), read_roles(""))
    for settings in (Settings(), Settings(amqp_url="amqp://broker/"), Settings(database_url="postgresql://db/x")):
        with pytest.raises(ConfigurationError, match="PostgreSQL"):
            check_roles(settings, read_roles("worker"))
    check_roles(Settings(database_url="postgresql://db/x", amqp_url="amqp://broker/"), read_roles("worker"))
