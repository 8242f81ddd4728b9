"""The simulator's panel over HTTP: script faults and read effects from another process.

GET  /_panel/effects[?after=SEQUENCE]   {"effects": [...], "calls": n, "logins": n, "repeats_ignored": n}
POST /_panel/faults                     {"fault": "html", "times": 2, "on": "DongBoHoSoMC", "status": 502}
GET  /_panel/faults                     what still waits, and the names there are
POST /_panel/reset                      forget everything
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import orjson
from aiohttp import web

from adapters.national_portal.simulator.faults import FAULTS

if TYPE_CHECKING:
    from adapters.national_portal.simulator.app import SimulatedPortal


def panel_routes(portal: SimulatedPortal) -> list[web.RouteDef]:
    """The routes, bound to one simulated portal."""

    async def effects(request: web.Request) -> web.Response:
        after = request.query.get("after", "0")
        if not (after.isascii() and after.isdigit()):
            return _json({"error": "after must be a sequence number"}, 400)
        newer = portal.effects[int(after) :]
        return _json(
            {
                "effects": [asdict(effect) for effect in newer],
                "calls": portal.calls,
                "logins": portal.sessions.logins,
                "repeats_ignored": portal.services.repeats_ignored,
            }
        )

    async def faults(_: web.Request) -> web.Response:
        waiting = [{"fault": p.name, "times": p.times, "on": p.on} for p in portal.pending]
        return _json({"waiting": waiting, "known": sorted(FAULTS)})

    async def add_fault(request: web.Request) -> web.Response:
        try:
            wish = orjson.loads(await request.read())
            fault = FAULTS[wish.pop("fault")]
            times, on = int(wish.pop("times", 1)), wish.pop("on", None)
            portal.next(fault(**wish), times=times, on=on)
        except (ValueError, TypeError, KeyError, AttributeError) as exc:
            return _json({"error": f"{type(exc).__name__}: {exc}", "known": sorted(FAULTS)}, 400)
        return _json({"waiting": len(portal.pending)})

    async def reset(_: web.Request) -> web.Response:
        portal.reset()
        return _json({})

    return [
        web.get("/_panel/effects", effects),
        web.get("/_panel/faults", faults),
        web.post("/_panel/faults", add_fault),
        web.post("/_panel/reset", reset),
    ]


def _json(tree: object, status: int = 200) -> web.Response:
    return web.Response(status=status, body=orjson.dumps(tree), content_type="application/json")
