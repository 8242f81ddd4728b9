"""`python -m gateway.bench ROLE`: one process of the benchmark; started by it, configured over standard input."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable

import uvloop

from gateway.bench.process import Facts, Starter, starter

Role = Callable[[Starter, Facts], Awaitable[None]]


def role(name: str) -> Role:
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
