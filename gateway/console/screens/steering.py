"""Steering destinations from the board: pause, resume, probe. The same operations as `/v1/destinations`."""

from __future__ import annotations

from aiohttp import web

from gateway.console.asking import Asked, Way, see
from gateway.console.parts import Parts
from gateway.console.rendering import address


def ways(parts: Parts) -> tuple[Way, ...]:
    """What the buttons on the board do."""
    steering = parts.steering

    async def pause(asked: Asked) -> web.Response:
        await steering.pause(_name(asked), asked.visitor.name, asked.reason())
        return _back("paused")

    async def resume(asked: Asked) -> web.Response:
        await steering.resume(_name(asked), asked.visitor.name, asked.reason())
        return _back("resumed")

    async def probe(asked: Asked) -> web.Response:
        """Answers within half a minute, whether or not somebody answered by then."""
        await steering.probe(_name(asked), asked.visitor.name)
        return _back("probed")

    return (
        Way("POST", "/destinations/pause", pause, "operator"),
        Way("POST", "/destinations/resume", resume, "operator"),
        Way("POST", "/destinations/probe", probe, "operator"),
    )


def _name(asked: Asked) -> str:
    return asked.filled.get("destination", "")


def _back(said: str) -> web.Response:
    return see(address(said=said))
