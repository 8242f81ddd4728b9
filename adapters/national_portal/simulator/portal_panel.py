"""What the portal's panel has beside the common one.

POST /_panel/file       {"to": URL, "sample": "promotion", "code": "…"} or {"to": URL, "data": {…}, "service": "…",
                        "isUpdating": true}; answers after the province: {"error_code": 0, "message": "…", "tries": 1}
GET  /_panel/catalogue  what is published, by kind
POST /_panel/catalogue  {"do": "add" | "rename" | "remove", "kind": "procedures", "code": "…", "name": "…"}
GET  /_panel/dossiers   what the portal holds: code and status
POST /_panel/dossiers   {"do": "forget", "code": "…"} or {"do": "change", "code": "…", "status": "3"}: drift to be found
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import orjson
from aiohttp import web
from yarl import URL

from adapters.national_portal.simulator.catalogue import KINDS, PortalCatalogue
from adapters.national_portal.simulator.samples import SAMPLES, Push

if TYPE_CHECKING:
    from adapters.national_portal.simulator.app import SimulatedPortal
    from adapters.national_portal.simulator.services import Services

_HERE = frozenset({"127.0.0.1", "localhost", "::1"})


def portal_routes(portal: SimulatedPortal) -> list[web.RouteDef]:
    """The routes, bound to one simulated portal."""

    async def file(request: web.Request) -> web.Response:
        try:
            wish = _object(await request.read())
            to, push = _here(wish.pop("to")), _push(wish)
        except (ValueError, TypeError, KeyError) as exc:
            return _json({"error": f"{type(exc).__name__}: {exc}", "known": sorted(SAMPLES)}, 400)
        return _json(asdict(await portal.file(push, to=to)))

    async def published(_: web.Request) -> web.Response:
        return _json({kind: portal.catalogue.names(kind) for kind in KINDS})

    async def change(request: web.Request) -> web.Response:
        try:
            _change(portal.catalogue, _object(await request.read()))
        except (ValueError, TypeError, KeyError) as exc:
            return _json({"error": f"{type(exc).__name__}: {exc}", "known": [*_CHANGES]}, 400)
        return await published(request)

    async def held(_: web.Request) -> web.Response:
        return _json({code: str(one.get("TrangThaiHoSo", "")) for code, one in portal.services.dossiers.items()})

    async def drift(request: web.Request) -> web.Response:
        try:
            _drift(portal.services, _object(await request.read()))
        except (ValueError, TypeError, KeyError) as exc:
            return _json({"error": f"{type(exc).__name__}: {exc}", "known": [*_DRIFTS]}, 400)
        return await held(request)

    return [
        web.get("/_panel/dossiers", held),
        web.post("/_panel/dossiers", drift),
        web.post("/_panel/file", file),
        web.get("/_panel/catalogue", published),
        web.post("/_panel/catalogue", change),
    ]


def _here(to: Any) -> str:
    """A sandbox calls nobody but this machine."""
    if URL(to).host not in _HERE:
        raise ValueError("to must be an address of this machine")
    return str(to)


def _push(wish: Mapping[str, Any]) -> Push:
    if "sample" in wish:
        make = SAMPLES[wish["sample"]]
        return make(str(wish["code"])) if "code" in wish else make()
    data = wish["data"]
    row = data[0] if isinstance(data, list) else data
    code = wish.get("code") or row.get("MaHoSo", "")
    return Push(str(code), data, str(wish.get("service", "")), updating=wish.get("isUpdating") in (True, "True"))


_CHANGES: Mapping[str, Callable[[PortalCatalogue, Mapping[str, str]], None]] = {
    "add": lambda catalogue, wish: catalogue.add(wish["kind"], wish["code"], wish["name"]),
    "rename": lambda catalogue, wish: catalogue.rename(wish["kind"], wish["code"], wish["name"]),
    "remove": lambda catalogue, wish: catalogue.remove(wish["kind"], wish["code"]),
}


def _change(catalogue: PortalCatalogue, wish: Mapping[str, Any]) -> None:
    _CHANGES[wish["do"]](catalogue, wish)


_DRIFTS: Mapping[str, Callable[[Services, Mapping[str, str]], None]] = {
    "forget": lambda services, wish: services.forget(wish["code"]),
    "change": lambda services, wish: services.change(wish["code"], wish["status"]),
}


def _drift(services: Services, wish: Mapping[str, str]) -> None:
    _DRIFTS[wish["do"]](services, wish)


def _object(body: bytes) -> dict[str, Any]:
    tree = orjson.loads(body)
    if not isinstance(tree, dict):
        raise TypeError("an object is expected")
    return tree


def _json(tree: object, status: int = 200) -> web.Response:
    return web.Response(status=status, body=orjson.dumps(tree), content_type="application/json")
