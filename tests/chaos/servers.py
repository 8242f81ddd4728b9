"""PostgreSQL and RabbitMQ of an installation under chaos: each keeps its port and its disk over all its lives."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from gateway.demo.services.postgres import _NOBODY, _answers, _make, _settings
from gateway.demo.services.process import free_port
from gateway.demo.services.programs import postgresql_programs, rabbitmq_root
from gateway.demo.services.rabbitmq import _environment, _greets, _listens, _Node
from tests.architecture.tree import ROOT
from tests.chaos.programs import Program

_CACHE = ROOT / ".cache"


@dataclass(frozen=True)
class Database:
    """A durable PostgreSQL. `url` is SQLAlchemy's; `program.stop(SIGQUIT)` is its crash ("immediate")."""

    program: Program
    url: str

    @property
    def plain_url(self) -> str:
        return self.url.replace("+asyncpg", "")


@dataclass(frozen=True)
class Queues:
    """A RabbitMQ."""

    program: Program
    url: str
    disk: Path

    def wipe(self) -> None:
        """Lose everything it ever wrote; it must not be running."""
        assert not self.program.alive
        shutil.rmtree(self.disk)
        self.disk.mkdir()


@asynccontextmanager
async def database() -> AsyncIterator[Database]:
    """A private one, gone on leaving."""
    programs, user = postgresql_programs(_CACHE), _NOBODY if os.geteuid() == 0 else None
    folder, port = Path(tempfile.mkdtemp(prefix="lienthong-chaos-pg-")), free_port()
    try:
        if user is not None:
            os.chown(folder, user, user)
        _make(programs, folder / "data", user)
        command = [str(programs / "postgres"), "-D", str(folder / "data"), "-p", str(port)]
        program = Program(
            "postgres",
            [*command, *_settings(folder, durable=True)],
            folder / "log",
            ready=_says(lambda: _answers(programs, port)),
            user=user,
            stop_with=signal.SIGINT,
        )
        await program.start()
        try:
            yield Database(program, f"postgresql+asyncpg://lienthong@127.0.0.1:{port}/postgres")
        finally:
            await program.stop(signal.SIGQUIT)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@asynccontextmanager
async def queues() -> AsyncIterator[Queues]:
    """A private one, gone on leaving."""
    root, folder = rabbitmq_root(_CACHE), Path(tempfile.mkdtemp(prefix="lienthong-chaos-mq-"))
    node = _Node(folder, free_port(), free_port(), free_port())
    try:
        environment = _environment(root, node)
        found = shutil.which("epmd", path=environment["PATH"]) or "epmd"
        names = Program(
            "epmd",
            [found, "-port", str(node.epmd), "-address", "127.0.0.1"],
            folder / "epmd.log",
            ready=_says(lambda: _listens(node.epmd)),
            environment=environment,
        )
        broker = Program(
            "rabbitmq",
            [str(root / "usr/lib/rabbitmq/bin/rabbitmq-server")],
            folder / "console.log",
            ready=_says(lambda: _greets(node.amqp)),
            environment=environment,
            orphaned_with=signal.SIGTERM,  # the script passes it on to the node, which would outlive it otherwise
        )
        await names.start()
        try:
            await broker.start()
            yield Queues(broker, f"amqp://guest:guest@127.0.0.1:{node.amqp}/", folder / "mnesia")
        finally:
            await broker.kill()
            await names.kill()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _says(condition: Callable[[], bool]) -> Callable[[], Awaitable[bool]]:
    async def asked() -> bool:
        return condition()

    return asked
