"""A whole installation that can be upset part by part: embedded (one process on SQLite) or in production (roles).

Between all of its parts lie lines that can be cut; nothing of the gateway runs in the test's own process.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg

from adapters.national_portal.simulator import Effect as PortalEffect
from adapters.simulation.log import Effect as CommonEffect
from gateway.demo.services.process import free_port
from tests.chaos import served, servers, simulated
from tests.chaos.full_disk import Disk
from tests.chaos.programs import Program, python
from tests.chaos.proxy import Proxy, proxied, through
from tests.chaos.servers import Database, Queues
from tests.chaos.settings import LEASE_MARGIN, write_configuration
from tests.chaos.simulated import Target, answers

ROLES = {
    "intake": "intake",
    "relay": "relay",
    "worker-1": "worker",
    "worker-2": "worker",
    "scheduler": "scheduler",
    "console": "console",
}
"""Name of a process -> its role."""


@dataclass
class Site:
    """What the one who upsets it, the senders and the judge see."""

    folder: Path
    door: str
    """Where senders knock; a line of its own leads to the process behind it."""
    portal: Target[PortalEffect]
    payment: Target[CommonEffect]
    roles: dict[str, Program] = field(default_factory=dict)
    lines: dict[str, Proxy] = field(default_factory=dict)
    """By what they lead to: "door", "national_portal", "payment", and in production "WHO>postgres", "WHO>rabbitmq"."""
    database: Database | None = None
    queues: Queues | None = None
    disk: Disk | None = None

    @property
    def embedded(self) -> bool:
        return self.database is None

    def fill_disk(self) -> None:
        """No commit of the ledger that needs room succeeds from now on."""
        if self.disk is not None:
            self.disk.full = True
        else:
            _marker(self.folder).touch()

    def free_disk(self) -> None:
        if self.disk is not None:
            self.disk.full = False
        else:
            _marker(self.folder).unlink(missing_ok=True)

    def set_clock(self, role: str, seconds: float) -> None:
        """Let the clock of one process be wrong by so much."""
        _clock(self.folder, role).write_text(str(seconds))

    async def rows(self, query: str) -> list[tuple[object, ...]]:
        """Ask the ledger past the gateway."""
        if self.database is None:
            with closing(sqlite3.connect(f"file:{self.folder}/data/ledger.db?mode=ro", uri=True, timeout=10)) as ledger:
                return ledger.execute(query).fetchall()
        connection = await asyncpg.connect(self.database.plain_url)
        try:
            return [tuple(row) for row in await connection.fetch(query)]
        finally:
            await connection.close()

    def said(self) -> list[bytes]:
        """What all processes logged."""
        return [
            line for role in self.roles.values() if role.log.exists() for line in role.log.read_bytes().splitlines()
        ]


@asynccontextmanager
async def embedded(folder: Path, planted: str = "") -> AsyncIterator[Site]:
    """One process that has every role, on SQLite. `planted`: see `tests.chaos.broken`."""
    async with _surroundings(folder) as (site, config, stack):
        await _role(site, stack, "serve", ["serve"], config, site.lines["door"], {served.PLANTED: planted}).start()
        yield site


@asynccontextmanager
async def production(folder: Path) -> AsyncIterator[Site]:
    """Six processes on PostgreSQL and RabbitMQ, each with lines of its own to both."""
    async with _surroundings(folder) as (site, config, stack):
        site.database = await stack.enter_async_context(servers.database())
        site.queues = await stack.enter_async_context(servers.queues())
        site.disk = Disk()
        for name, role in ROLES.items():
            environment = {
                "LIENTHONG_DATABASE_URL": await _line(site, stack, name, "postgres", site.database.url),
                "LIENTHONG_AMQP_URL": await _line(site, stack, name, "rabbitmq", site.queues.url),
            }
            door = site.lines["door"] if role == "intake" else None
            _role(site, stack, name, ["serve", "--role", role], config, door, environment)
        await asyncio.gather(*(role.start() for role in site.roles.values()))
        yield site


@asynccontextmanager
async def _surroundings(folder: Path) -> AsyncIterator[tuple[Site, Path, AsyncExitStack]]:
    """Everything but the gateway: targets, the lines to them and from the senders, the configuration."""
    async with AsyncExitStack() as stack:
        door = await stack.enter_async_context(proxied("127.0.0.1", free_port()))
        address = f"http://127.0.0.1:{door.port}"
        portal = await stack.enter_async_context(simulated.portal(folder))
        payment = await stack.enter_async_context(simulated.payment(folder, f"{address}/v1/callbacks/payment"))
        site = Site(folder, address, portal, payment, lines={"door": door})
        urls = []
        for target in (portal, payment):
            line = await stack.enter_async_context(proxied("127.0.0.1", int(target.url.rpartition(":")[2])))
            site.lines[target.name] = line
            urls.append(through(line, target.url))
        yield site, write_configuration(folder, *urls), stack


async def _line(site: Site, stack: AsyncExitStack, name: str, to: str, url: str) -> str:
    """The line of one process to one server; gives back the address through it."""
    port = int(url.rpartition("@")[2].partition("/")[0].rpartition(":")[2])
    rewriter = site.disk.rewriter if to == "postgres" and site.disk is not None else None
    line = await stack.enter_async_context(proxied("127.0.0.1", port, rewriter))
    site.lines[f"{name}>{to}"] = line
    return through(line, url)


def _role(
    site: Site,
    stack: AsyncExitStack,
    name: str,
    command: list[str],
    config: Path,
    door: Proxy | None,
    environment: Mapping[str, str] | None = None,
) -> Program:
    """One process of the gateway; it ends with the site."""
    port = door.target_port if door is not None else free_port()
    program = Program(
        name,
        python("-m", "tests.chaos.served", *command),
        site.folder / f"{name}.log",
        ready=lambda: answers(f"http://127.0.0.1:{port}/readyz"),
        environment={
            **os.environ,
            "LIENTHONG_CONFIG": str(config),
            "LIENTHONG_HTTP__PORT": str(port),
            served.CLOCK: str(_clock(site.folder, name)),
            served.DISK_FULL: str(_marker(site.folder)),
            served.LEASE_MARGIN: str(LEASE_MARGIN),
            **(environment or {}),
        },
    )
    site.roles[name] = program
    stack.push_async_callback(program.kill)
    return program


def _clock(folder: Path, name: str) -> Path:
    return folder / f"{name}.clock"


def _marker(folder: Path) -> Path:
    return folder / "disk-is-full"
