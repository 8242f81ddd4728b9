"""The simulated portal as a caller: it sends to the province until it hears 0 or 1, by an assumed policy (§5)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import aiohttp
import orjson

from adapters.national_portal.simulator.effects import EffectLog
from adapters.national_portal.simulator.samples import Push
from adapters.national_portal.simulator.settings import SimulatorSettings

Sleep = Callable[[float], Awaitable[None]]
HEARD = (0, 1)
"""Answers after which nothing is sent again: done, and here already."""


@dataclass(frozen=True, slots=True)
class Filed:
    """How it went: the last answer, None where there was none that can be read, and how often it was sent."""

    error_code: int | None
    message: str
    tries: int


class Filing:
    """Sends. Every sending is an effect, with what was answered."""

    def __init__(self, settings: SimulatorSettings, log: EffectLog, sleep: Sleep = asyncio.sleep) -> None:
        self._settings = settings
        self._log = log
        self._sleep = sleep

    async def file(self, push: Push, to: str) -> Filed:
        """Send to an address of the province; again after each pause of the settings while it does not say 0 or 1."""
        body = orjson.dumps(push.body(self._settings.security_key))
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(self._settings.file_timeout)) as http:
            tries = 1
            code, message = await self._send(http, push, to, body)
            for pause in self._settings.file_pauses:
                if code in HEARD:
                    break
                await self._sleep(pause)
                tries += 1
                code, message = await self._send(http, push, to, body)
        return Filed(code, message, tries)

    async def _send(self, http: aiohttp.ClientSession, push: Push, to: str, body: bytes) -> tuple[int | None, str]:
        headers = {"Content-Type": "application/json"}
        try:
            async with http.post(to, data=body, headers=headers, allow_redirects=False) as response:
                answer = _read(await response.read()) if response.status == 200 else (None, f"HTTP {response.status}")
        except (aiohttp.ClientError, TimeoutError) as exc:
            answer = None, type(exc).__name__
        self._log.add_filing(push.code, push.body(), answer[0])
        return answer


def _read(body: bytes) -> tuple[int | None, str]:
    """`error_code`, as number or text, and `message`."""
    try:
        tree = orjson.loads(body)
        return int(tree["error_code"]), str(tree.get("message", ""))
    except (ValueError, TypeError, KeyError):
        return None, ""
