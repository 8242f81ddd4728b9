"""`python -m gateway.bench ROLE`: one process of the benchmark; started by it, configured over standard input."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable

import uvloop

from gateway.bench.process import Facts, Starter, starter

Role = Callable[[Starter, Facts], Awaitable[None]]


def role(name: str) -> Role:  # noqa: PLR0911 - one for each
    """What a process does. Only what it needs is loaded, so that it starts fast and its memory is its own."""
    match name:
        case "gateway":
            from gateway.bench.served import serve  # noqa: PLC0415

            return serve
        case "portal":
            from gateway.bench.portal import receive  # noqa: PLC0415

            return receive
        case "database":
            from gateway.bench.lookups import database  # noqa: PLC0415

            return database
        case "senders":
            from gateway.bench.senders import send  # noqa: PLC0415

            return send
        case "paced":
            from gateway.bench.paced import send_paced  # noqa: PLC0415

            return send_paced
        case "peer-front":
            from gateway.bench.peer import front  # noqa: PLC0415

            return front
        case "peer-worker":
            from gateway.bench.peer import worker  # noqa: PLC0415

            return worker
        case "postgresql":
            from gateway.bench.service import run_postgresql  # noqa: PLC0415

            return run_postgresql
        case "rabbitmq":
            from gateway.bench.service import run_rabbitmq  # noqa: PLC0415

            return run_rabbitmq
        case "post":
            from gateway.bench.limits import post  # noqa: PLC0415

            return post
        case "insert":
            from gateway.bench.limits import insert  # noqa: PLC0415

            return insert
    raise SystemExit(f"no role {name!r}")


async def main(name: str) -> None:
    """Play a role until it is done or whoever started it is gone."""
    play = role(name)
    started_by = await starter()
    config = await started_by.hear()
    if config is not None:
        await play(started_by, config)


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1]))
