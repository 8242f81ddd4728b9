"""A simulated system run alone, as `python -m adapters.SYSTEM.simulator`: the same command line for each of them.

Writes one line `ready http://HOST:PORT` once the system takes calls, and stops on SIGINT or SIGTERM.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import uvloop
from pydantic import ValidationError

from adapters.simulation.system import Simulation


def run_alone(
    package: str, build: Callable[[Mapping[str, Any]], Simulation], *, port: int, arguments: Sequence[str] | None
) -> int:
    """Parse, serve, return the exit code: 2 for settings that `build` finds make no sense."""
    options = _parser(package, port).parse_args(arguments)
    try:
        system = build({**dict(_switch(text) for text in options.set), "log": options.log})
    except (ValidationError, ValueError) as exc:
        sys.stderr.write(f"{exc}\n")
        return 2
    uvloop.run(_serve(system, options.host, options.port))
    return 0


def _parser(package: str, port: int) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"python -m {package}", description=f"Run {package} alone.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=port, help="0 = any free port")
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


async def _serve(system: Simulation, host: str, port: int) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with system.running(host, port) as url:
        sys.stdout.write(f"ready {url}\n")
        sys.stdout.flush()
        await stop.wait()
