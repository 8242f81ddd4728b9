"""Run the simulated database alone: `python -m adapters.citizen_db.simulator --port 9300 --log effects.ndjson`.

Writes one line `ready http://HOST:PORT` once it takes calls, and stops on SIGINT or SIGTERM.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
from typing import Any

import uvloop
from pydantic import ValidationError

from adapters.citizen_db.simulator import SimulatedCitizenDb, SimulatorSettings


def main(arguments: list[str] | None = None) -> int:
    """Parse, serve, return the exit code: 2 for settings that make no sense."""
    options = _parser().parse_args(arguments)
    try:
        chosen: dict[str, Any] = dict(_switch(text) for text in options.set)
        settings = SimulatorSettings.model_validate({**chosen, "log": options.log})
    except (ValidationError, ValueError) as exc:
        sys.stderr.write(f"{exc}\n")
        return 2
    uvloop.run(_serve(SimulatedCitizenDb(settings), options.host, options.port))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m adapters.citizen_db.simulator", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=9300, help="0 = any free port")
    parser.add_argument("--log", default=None, help="NDJSON file every effect is appended to; read back at the start")
    parser.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="a switch, value as JSON or text"
    )
    return parser


def _switch(text: str) -> tuple[str, Any]:
    key, equals, value = text.partition("=")
    if not equals:
        raise ValueError(f"--set needs KEY=VALUE, not {text!r}")
    try:
        return key, json.loads(value)
    except ValueError:
        return key, value


async def _serve(database: SimulatedCitizenDb, host: str, port: int) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with database.running(host, port) as url:
        sys.stdout.write(f"ready {url}\n")
        sys.stdout.flush()
        await stop.wait()


if __name__ == "__main__":
    raise SystemExit(main())
