"""The systems under test, each in processes of its own: the reference peer, and the gateway on both of its engines."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.bench.process import Child, child

PEER = "faststream"
EMBEDDED = "embedded"
PRODUCTION = "production"
SYSTEMS = (PEER, EMBEDDED, PRODUCTION)
"""FastStream on RabbitMQ without a ledger; SQLite in one process and its door; PostgreSQL and RabbitMQ."""

START_WITHIN = 120.0
"""Seconds for a process to start, on a machine that has other work."""
_SERVERS = ("postgresql", "rabbitmq")


@dataclass(frozen=True, slots=True)
class Servers:
    """PostgreSQL (synced writes) and RabbitMQ, private to one benchmark."""

    postgresql: Child
    rabbitmq: Child
    amqp: str

    async def new_database(self) -> str:
        """The address of an empty database."""
        url: str = (await self.postgresql.ask("database"))["database"]
        return url


@asynccontextmanager
async def servers(cache: Path, folder: Path) -> AsyncIterator[Servers]:
    """Start both; what had to be unpacked lies in `cache`. Raises `BenchError`."""
    config = {"cache": str(cache)}
    async with child("postgresql", config, folder) as postgresql, child("rabbitmq", config, folder) as rabbitmq:
        await postgresql.hear("url", START_WITHIN)
        yield Servers(postgresql, rabbitmq, (await rabbitmq.hear("url", START_WITHIN))["url"])


@dataclass(frozen=True, slots=True)
class Office:
    """A system that takes messages. The CPU of `parts` counts; `books` knows a ledger, if there is one."""

    port: int
    key: str
    front: Child
    parts: Mapping[str, Child]
    books: Child | None = None

    async def cpu(self) -> dict[str, float]:
        """CPU seconds so far by process; what a gateway started stands beside it, of a server all is one."""
        used: dict[str, float] = {}
        for name, part in self.parts.items():
            usage = (await part.ask("usage"))["usage"]
            below = sum(usage["below"].values())
            if name in _SERVERS:
                used[name] = below
                continue
            used[name] = usage["own"]
            if below:
                used[f"{name}, door"] = below
        return used


@asynccontextmanager
async def office(
    system: str, served: Servers, portal: int, messages: int, folder: Path, **more: Any
) -> AsyncIterator[Office]:
    """Open a system for `messages` to come; `more` goes into a gateway's configuration (`data`, `database`)."""
    if system == PEER:
        config = {"amqp": served.amqp, "portal": portal}
        async with child("peer-worker", config, folder) as worker, child("peer-front", config, folder) as front:
            await worker.hear("working", START_WITHIN)
            port = (await front.hear("port", START_WITHIN))["port"]
            yield Office(port, "lt_none", front, {"front": front, "worker": worker, "rabbitmq": served.rabbitmq})
        return
    key = "lt_" + secrets.token_urlsafe(24)
    config = {"data": str(folder / f"data-{key[3:9]}"), "portal": portal, "key": key, "messages": messages} | more
    parts = {}
    if system == PRODUCTION:
        config = {"database": await served.new_database(), "amqp": served.amqp} | config
        parts = {"postgresql": served.postgresql, "rabbitmq": served.rabbitmq}
    async with child("gateway", config, folder) as gateway:
        address = (await gateway.hear("address", START_WITHIN))["address"]
        port = int(address.rsplit(":", 1)[1])
        yield Office(port, key, gateway, {"gateway": gateway} | parts, gateway)
