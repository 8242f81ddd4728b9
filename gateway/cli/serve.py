"""`lienthong serve`: the gateway until told to stop. Without any configuration, the sandbox profile."""

from __future__ import annotations

import asyncio
import signal
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Annotated, Any

import structlog
import typer
import uvloop

from gateway.bootstrap import EVERY_ROLE, Role, check_roles, read_roles
from gateway.cli import context
from gateway.cli.first_user import first_user
from gateway.cli.supervised import supervised
from gateway.cli.words import fail
from gateway.demo.sandbox import sandbox
from gateway.errors import ConfigurationError
from gateway.settings import load_settings
from gateway.telemetry import logging as log_setup

log = structlog.get_logger(__name__)


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command("serve")(serve)


def serve(
    role: Annotated[
        str, typer.Option("--role", help="intake,relay,worker,console,scheduler; mặc định: tất cả / default: all")
    ] = "",
) -> None:
    """Chạy trục cho đến khi nhận SIGTERM hoặc Ctrl-C / run the gateway until SIGTERM or Ctrl-C."""
    settings = context.settings()
    try:
        roles = read_roles(role)
        check_roles(settings, roles)
    except ConfigurationError as exc:
        fail(str(exc), 2)
    log_setup.configure(settings.log)
    in_sandbox = context.is_sandbox(settings) and roles == EVERY_ROLE
    uvloop.run(_serve(context.config_file(), settings.data_dir, roles, in_sandbox=in_sandbox))


async def _serve(file: Path | None, data_dir: Path, roles: frozenset[Role], *, in_sandbox: bool) -> None:
    # Everything there is, which no other command needs.
    from gateway.bootstrap.gateway import run_gateway  # noqa: PLC0415
    from gateway.bootstrap.parts import calm_garbage_collector  # noqa: PLC0415

    async with AsyncExitStack() as stack:
        overrides: dict[str, Any] = {}
        simulators = None
        if in_sandbox:
            simulators = await stack.enter_async_context(sandbox(data_dir))
            overrides = dict(simulators.overrides)
            log.warning(
                "gateway.sandbox_profile",
                mode="sandbox",
                reason="no lienthong.toml: simulators, nothing leaves this machine",
            )
        stop = stop_event()
        gateway = await stack.enter_async_context(run_gateway(load_settings(file, overrides=overrides), roles=roles))
        if simulators is not None:
            simulators.connect(gateway.address)
        if "console" in roles:
            await first_user(gateway)
        calm_garbage_collector()
        async with supervised():
            await stop.wait()


def stop_event() -> asyncio.Event:
    """Set by the first SIGTERM or Ctrl-C; a second one ends the process at once."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def once(number: signal.Signals) -> None:
        stop.set()
        loop.remove_signal_handler(number)

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, once, number)
    return stop
