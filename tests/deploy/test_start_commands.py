"""The commands by which the image and compose.yaml start the gateway, run as they stand, outside Docker.

What a container would have for itself is given to each process: its paths, its port. Everything else is as written.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
import shutil
import socket
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp
import orjson
import pytest

from gateway.demo.services.process import free_port
from gateway.edge_settings import HttpSettings
from gateway.health import look
from tests.deploy.tree import DOCKER, compose, gateway_services, image_command, image_environment, scratch, seconds
from tests.e2e.rig import KEY, STRUCTURED, recorded
from tests.services.databases import a_database, dsn

_WAIT = 90.0
PORTAL = """
[callbacks.national_portal]
allow_from = []
[adapters.national_portal]
adapter_url = "https://portal.example.invalid/VXPAdapter"
username = "tinh"
password = "khong-phai-that"
madonvi = "000.00.00.H46"
"""
"""A system that is connected, as far as the configuration says; nobody answers there."""


class Supervisor(asyncio.DatagramProtocol):
    """The end of NOTIFY_SOCKET, as systemd has it."""

    def __init__(self) -> None:
        self._said: dict[str, asyncio.Event] = {}

    def datagram_received(self, data: bytes, _: object) -> None:
        self._said.setdefault(data.decode(), asyncio.Event()).set()

    async def hears(self, word: str) -> None:
        """Returns once it was said."""
        async with asyncio.timeout(_WAIT):
            await self._said.setdefault(word, asyncio.Event()).wait()


@pytest.fixture
async def installation(tmp_path: Path, postgres_server: str, rabbitmq_server: str) -> AsyncIterator[Path]:
    """What `./prepare` made and somebody filled in, on servers of this machine."""
    for name in ("secrets", "lienthong"):
        (tmp_path / name).mkdir()
    config = (DOCKER / "lienthong.example.toml").read_text("utf-8")
    names = f'[amqp]\nprefix = "t{secrets.token_hex(4)}"\n'
    client = f'[[clients]]\nname = "mot-cua"\nkey_sha256 = "{hashlib.sha256(KEY.encode()).hexdigest()}"\n'
    (tmp_path / "lienthong" / "lienthong.toml").write_text(f"{config}{names}{PORTAL}{client}", "utf-8")
    async with a_database(postgres_server) as url:
        (tmp_path / "secrets" / "database_url").write_text(dsn(url) + "\n")
        (tmp_path / "secrets" / "amqp_url").write_text(rabbitmq_server + "\n")
        (tmp_path / "secrets" / "admin_token").write_text(f"lt_admin_{secrets.token_hex(16)}\n")
        yield tmp_path


def environment(folder: Path, service: str, port: int) -> dict[str, str]:
    """What the container would see: the image's words, then compose's, and nothing of this machine but its loader."""
    told = image_environment() | compose()["services"][service]["environment"]
    program = Path(sys.executable).parent
    own = {name: scratch(str(value), folder) for name, value in told.items()}
    return own | {"PATH": f"{program}:/usr/bin:/bin", "LIENTHONG_HTTP__PORT": str(port), "LIENTHONG_HTTP__WORKERS": "0"}


async def start(words: list[str], told: Mapping[str, str]) -> asyncio.subprocess.Process:
    program = shutil.which(words[0], path=told["PATH"])
    assert program
    return await asyncio.create_subprocess_exec(program, *words[1:], env=dict(told), cwd="/", stderr=2, stdin=0)


async def healthy(words: list[str], told: Mapping[str, str], process: asyncio.subprocess.Process) -> None:
    """Ask as the HEALTHCHECK does until the answer is good."""
    async with asyncio.timeout(_WAIT):
        while await (await start(words, told)).wait() != 0:
            assert process.returncode is None
            await asyncio.sleep(0.5)


@pytest.mark.timeout(300)
async def test_every_command_of_the_image_starts_and_stops_what_it_should(installation: Path) -> None:
    services = gateway_services()
    migrating = environment(installation, "migrate", 0)
    entry = image_command("ENTRYPOINT")
    assert await (await start(entry + services["migrate"]["command"], migrating)).wait() == 0

    async with AsyncExitStack() as stack:
        way = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        way.bind(str(installation / "notify"))
        told_to, systemd = await asyncio.get_running_loop().create_datagram_endpoint(Supervisor, sock=way)
        stack.callback(told_to.close)
        running = {}
        for name in services.keys() - {"migrate"}:
            told = environment(installation, name, free_port())
            if name == "worker":
                told |= {"NOTIFY_SOCKET": str(installation / "notify"), "WATCHDOG_USEC": "300000"}
            process = await start(entry + services[name]["command"], told)
            stack.callback(lambda one=process: one.returncode is None and one.kill())
            running[name] = process, told
        for process, told in running.values():
            await healthy([*entry, "health"], told, process)
        await systemd.hears("READY=1")
        await systemd.hears("WATCHDOG=1")

        address = f"http://127.0.0.1:{running['intake'][1]['LIENTHONG_HTTP__PORT']}"
        headers = STRUCTURED | {"Authorization": f"Bearer {KEY}"}
        async with (
            aiohttp.ClientSession(headers=headers) as http,
            http.post(f"{address}/v1/messages", data=orjson.dumps(recorded(1))) as answer,
        ):
            assert answer.status == 202, await answer.text()

        for process, _ in running.values():
            process.terminate()
        await systemd.hears("STOPPING=1")
        for name, (process, _) in running.items():
            async with asyncio.timeout(seconds(services[name]["stop_grace_period"])):
                assert (name, await process.wait()) == (name, 0)


def test_health_is_bad_where_nobody_answers() -> None:
    wrong = look(HttpSettings(host="0.0.0.0", port=free_port()), "/healthz")
    assert wrong and "127.0.0.1" in wrong
