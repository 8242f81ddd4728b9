"""The live tail, and what tells the board that something happened; the same events as `/v1/stream`."""

from __future__ import annotations

from aiohttp import web

from gateway.console.asking import Asked, Way
from gateway.console.parts import Parts
from gateway.console.rendering import Page
from gateway.console.words import STATES, TYPES
from gateway.telemetry.streaming import FILTERS

_BOARD_EVERY = 2.0
"""Seconds between two renewals of a board."""
MOST_ROWS = 2_000


def ways(parts: Parts) -> tuple[Way, ...]:
    """The page and its stream."""

    async def show(asked: Asked) -> Page:
        values = {
            "f": {name: asked.query(name) for name in FILTERS},
            "destinations": parts.destinations(),
            "types": list(TYPES),
            "states": [name for name in STATES if name != "open"],
            "most": MOST_ROWS,
        }
        return Page("tail.html", values)

    async def stream(asked: Asked) -> web.StreamResponse:
        watcher = asked.visitor.name
        if asked.query("kinds") == "board":
            return await parts.streams.changes(asked.request, watcher, asked.may_still, "board", _BOARD_EVERY)
        filters = {name: asked.query(name) for name in FILTERS if asked.query(name)}
        return await parts.streams.events(asked.request, watcher, asked.may_still, filters)

    return (Way("GET", "/tail", show), Way("GET", "/stream", stream))
