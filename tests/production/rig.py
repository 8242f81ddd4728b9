"""A gateway on PostgreSQL and RabbitMQ: a database and names of its own, a simulated portal, processes as asked for."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from gateway.settings import Settings
from tests.e2e.rig import settings_for

_READY_SECONDS = 150


def production_settings(
    folder: Path, portal: str, database_url: str, amqp_url: str, *, workers: int = 0, **destination: Any
) -> Settings:
    """The settings of the end-to-end tests, on servers."""
    base = settings_for(folder, portal, workers=workers, **destination)
    changed = base.model_dump() | {
        "database_url": database_url,
        "amqp_url": amqp_url,
        "amqp": {"prefix": f"t{secrets.token_hex(4)}"},
    }
    return Settings.model_validate(changed)


def at_portal(balance: Mapping[str, Any]) -> tuple[int, int, int]:
    """Accepted for the portal, delivered there, and by how much the books are out."""
    [line] = [one for one in balance["by"] if one["destination"] == "national_portal"]
    return line["accepted"], line["delivered"], balance["balance"]


class Process:
    """A `lienthong serve --role …` of its own."""

    def __init__(self, process: asyncio.subprocess.Process, log: Path) -> None:
        self._process = process
        self._log = log
        self.address = ""

    @classmethod
    async def start(cls, config: Path, role: str, log: Path, environment: Mapping[str, str] | None = None) -> Process:
        """Start it; returns when it serves."""
        with log.open("wb") as output:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "gateway", "serve", *(("--role", role) if role else ()),
                stderr=output, stdout=output, stdin=asyncio.subprocess.DEVNULL,
                env={**os.environ, "LIENTHONG_CONFIG": str(config), **(environment or {})},
            )  # fmt: skip
        started = cls(process, log)
        async with asyncio.timeout(_READY_SECONDS):
            while not started.address:
                assert process.returncode is None, started.log
                started.address = next(
                    (str(line["address"]) for line in started.lines if line["event"] == "gateway.started"), ""
                )
                await asyncio.sleep(0.05)
        return started

    @property
    def log(self) -> str:
        return self._log.read_text("utf-8", "replace")

    @property
    def lines(self) -> list[dict[str, Any]]:
        """What it logged so far."""
        return [orjson.loads(line) for line in self.log.splitlines() if line.startswith("{") and line.endswith("}")]

    def send(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    async def ended(self) -> int:
        return await self._process.wait()

    async def stop(self) -> int:
        """As an operator stops it; its exit status."""
        if self._process.returncode is None:
            self._process.send_signal(signal.SIGCONT)
            self._process.terminate()
        return await self._process.wait()
