"""A simulator's panel over HTTP: script faults and read effects from another process.

GET  /_panel/effects[?after=SEQUENCE]   {"effects": [...], "calls": n} and what else this system counts
POST /_panel/faults                     {"fault": "html", "times": 2, "on": "DongBoHoSoMC", "status": 502}
GET  /_panel/faults                     what still waits, and the names there are
POST /_panel/reset                      forget everything
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import orjson
from aiohttp import web

if TYPE_CHECKING:
    from adapters.simulation.system import Simulation


def panel_routes(system: Simulation) -> list[web.RouteDef]:
    """The routes, bound to one simulated system."""

    async def effects(request: web.Request) -> web.Response:
        after = request.query.get("after", "0")
        if not (after.isascii() and after.isdigit()):
            return _json({"error": "after must be a sequence number"}, 400)
        newer = [asdict(effect) for effect in system.effects[int(after) :]]
        return _json({"effects": newer, "calls": system.calls, **system.counts()})

    async def faults(_: web.Request) -> web.Response:
        waiting = [{"fault": p.name, "times": p.times, "on": p.on} for p in system.pending]
        return _json({"waiting": waiting, "known": sorted(system.faults)})

    async def add_fault(request: web.Request) -> web.Response:
        try:
            wish = orjson.loads(await request.read())
            fault = system.faults[wish.pop("fault")]
            times, on = int(wish.pop("times", 1)), wish.pop("on", None)
            system.next(fault(**wish), times=times, on=on)
        except (ValueError, TypeError, KeyError, AttributeError) as exc:
            return _json({"error": f"{type(exc).__name__}: {exc}", "known": sorted(system.faults)}, 400)
        return _json({"waiting": len(system.pending)})

    async def reset(_: web.Request) -> web.Response:
        system.reset()
        return _json({})

    return [
        web.get("/_panel/effects", effects),
        web.get("/_panel/faults", faults),
        web.post("/_panel/faults", add_fault),
        web.post("/_panel/reset", reset),
    ]


def _json(tree: object, status: int = 200) -> web.Response:
    return web.Response(status=status, body=orjson.dumps(tree), content_type="application/json")
