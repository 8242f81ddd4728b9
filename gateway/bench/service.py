"""PostgreSQL and RabbitMQ of a benchmark, each kept by a process of its own, so that its CPU is counted."""

from __future__ import annotations

import subprocess
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit

from gateway.bench.process import Facts, Starter, usage
from gateway.demo.services import postgres, rabbitmq
from gateway.demo.services.programs import postgresql_programs


async def run_rabbitmq(starter: Starter, config: Facts) -> None:
    """The role: a RabbitMQ; tells its address, and what it has used when asked."""
    with rabbitmq(Path(config["cache"])) as url:
        starter.tell(url=url)
        while (order := await starter.hear()) is not None:
            starter.tell(**{order["do"]: usage()})


async def run_postgresql(starter: Starter, config: Facts) -> None:
    """The role: a PostgreSQL whose writes are synced; makes a new database when asked for one."""
    cache = Path(config["cache"])
    numbers = count(1)
    with postgres(cache, durable=True) as url:
        starter.tell(url=url)
        while (order := await starter.hear()) is not None:
            asked = order["do"]
            starter.tell(**{asked: _database(cache, url, next(numbers)) if asked == "database" else usage()})


def _database(cache: Path, url: str, number: int) -> str:
    """Make an empty database and give its address."""
    at, name = urlsplit(url), f"bench_{number}"
    command = [str(postgresql_programs(cache) / "createdb"), "-h", str(at.hostname), "-p", str(at.port)]
    subprocess.run([*command, "-U", str(at.username), name], check=True, capture_output=True)  # noqa: S603 - our words
    return at._replace(path=f"/{name}").geturl()
