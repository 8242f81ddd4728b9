"""The demo as people run it, kept up, so that everything it wrote can be looked through while it is in use."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg

from gateway.acceptance.canonical import document_of
from gateway.acceptance.shown import masked_form
from gateway.bootstrap import admin_token, open_ledger
from gateway.demo.samples import stories
from gateway.ledger.port import Ledger
from gateway.settings import Settings, load_settings
from tests.architecture.tree import ROOT
from tests.services.databases import dsn

_SHORTEST = 8
_LISTENS = re.compile(r"(http://127\.0\.0\.1:\d+)/console .*Ctrl-C", re.DOTALL)
"""Letters of a value: what is shorter stands in other words."""


@dataclass(frozen=True)
class Site:
    """A gateway that has just been through the demo. `told`: all it printed; `temporary`: where its servers lie."""

    data: Path
    temporary: Path
    address: str
    told: str

    @property
    def settings(self) -> Settings:
        return load_settings(environment={}, overrides={"data_dir": str(self.data), "database_url": self._database_url})

    @property
    def servers(self) -> dict[str, Path]:
        """PostgreSQL's folder and RabbitMQ's, logs included; none where the demo had none."""
        found = {"postgresql": "lienthong-pg-*", "rabbitmq": "lienthong-mq-*"}
        return {name: folder for name, form in found.items() for folder in self.temporary.glob(form)}

    @property
    def amqp_url(self) -> str:
        (node,) = (self.servers["rabbitmq"] / "mnesia").glob("lienthong*@localhost")
        return f"amqp://guest:guest@127.0.0.1:{node.name.removeprefix('lienthong').partition('@')[0]}/"

    @property
    def _database_url(self) -> str:
        if "postgresql" not in self.servers:
            return ""
        port = (self.servers["postgresql"] / "data" / "postmaster.pid").read_text().splitlines()[3]
        return f"postgresql+asyncpg://lienthong@127.0.0.1:{port}/postgres"

    @asynccontextmanager
    async def asking(self) -> AsyncIterator[aiohttp.ClientSession]:
        """A session of the administrator."""
        headers = {"Authorization": f"Bearer {admin_token(self.settings)}"}
        async with aiohttp.ClientSession(self.address, headers=headers) as http:
            yield http

    @asynccontextmanager
    async def viewing(self) -> AsyncIterator[aiohttp.ClientSession]:
        """A session of somebody who may look at lists and no more."""
        who = {"name": "nguoi.xem", "password": "chi xem danh sach 2026"}
        async with self.asking() as http:
            added = await http.post("/v1/users", json={**who, "role": "viewer", "reason": "thử"})
            assert added.status == 201, await added.text()
        jar = aiohttp.CookieJar(unsafe=True)  # the gateway has no name here, only an address
        async with aiohttp.ClientSession(self.address, cookie_jar=jar) as http:
            entered = await http.post("/v1/session", json=who)
            assert entered.status == 200, await entered.text()
            yield http

    async def values(self) -> set[str]:
        """Every text of a person in what was taken, what was turned away, and what systems answered."""
        async with open_ledger(self.settings, keeps_fresh=False) as (ledger, _):
            found = {value async for value in _stored(ledger)}
        for story in stories():
            for sample in story.samples:
                found |= set(personal(sample.event["type"], sample.event["data"]))
        return found

    async def rows(self) -> bytes:
        """Every row of every table as text: PostgreSQL packs long values, so its files alone would not show them."""
        if not self._database_url:
            return b""
        connection = await asyncpg.connect(dsn(self._database_url))
        try:
            names = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
            rows = [row[0] for (name,) in names for row in await connection.fetch(f'SELECT t::text FROM "{name}" t')]
            await connection.execute("CHECKPOINT")
        finally:
            await connection.close()
        return "\n".join(rows).encode()


async def _stored(ledger: Ledger) -> AsyncIterator[str]:
    place: str | None = None
    while True:
        page = await ledger.messages_page({}, place, 200)
        for item in page["items"]:
            content = await ledger.content_of(item["id"])
            assert content is not None
            for value in personal(content.type, document_of(content.body, content.body_form)):
                yield value
        place = page["next"]
        if place is None:
            return


_NOBODYS = frozenset({"transaction", "service"})
"""Members that are masked and yet nobody's: a bank's number of a payment, the name of a portal's call."""
OUR_WORDS = frozenset(
    {"Giấy khai sinh", "Nội dung khác", "Kết quả giải quyết", "Yêu cầu bổ sung giấy tờ", "Đã xử lý xong"}
)
"""Texts of samples that the gateway's own words hold as well."""


def personal(type_: str, document: dict[str, Any]) -> Iterator[str]:
    """The texts of a document that its masked form does not show."""
    yield from _hidden(document, masked_form(type_, document))


def _hidden(whole: Any, shown: Any) -> Iterator[str]:
    if isinstance(whole, dict):
        for name, value in whole.items():
            if name not in _NOBODYS:
                yield from _hidden(value, shown[name])
    elif isinstance(whole, list):
        for one, other in zip(whole, shown, strict=True):
            yield from _hidden(one, other)
    elif whole != shown and isinstance(whole, str) and len(whole) >= _SHORTEST:
        yield whole


@contextmanager
def demonstrated(*, servers: bool) -> Iterator[Site]:
    """The whole demo on SQLite, or on a PostgreSQL and a RabbitMQ of its own; up until left."""
    temporary = Path(tempfile.mkdtemp(prefix="lienthong-privacy-"))
    temporary.chmod(0o755)  # PostgreSQL runs under another account where this one is root
    data, said = temporary / "data", temporary / "stderr"
    environment = {"LIENTHONG_DATA_DIR": str(data), "LIENTHONG_HTTP__PORT": "0", "TMPDIR": str(temporary)}
    command = [sys.executable, "-m", "gateway", "demo", "--keep", "--json"]
    if servers:
        command += ["--postgres", "--rabbitmq"]
    with said.open("wb") as stderr:
        process = subprocess.Popen(
            command, cwd=ROOT, env=os.environ | environment, stdout=subprocess.PIPE, stderr=stderr, text=True
        )
        try:
            told = _report(process)
            assert json.loads(told or "{}").get("surprises") == [], told + said.read_text("utf-8")
            yield Site(data, temporary, _address(said), told + said.read_text("utf-8"))
        finally:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=60)
            shutil.rmtree(temporary, ignore_errors=True)


def _address(said: Path) -> str:
    """Where it says that it listens, once it has said everything."""
    deadline = time.monotonic() + 20
    while not (found := _LISTENS.search(said.read_text("utf-8"))):
        assert time.monotonic() < deadline, said.read_text("utf-8")
        time.sleep(0.02)
    return found[1]


def _report(process: subprocess.Popen[str]) -> str:
    """The one JSON object on stdout; nothing if the process ended without it."""
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line)
        if line == "}\n":
            break
    return "".join(lines)
