"""Everything that a viewer, and not anybody, may look at: every GET of the table of routes, about whatever there is."""

from __future__ import annotations

import asyncio
import re
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Any

import aiohttp

from gateway.intake.surface import ROUTES
from gateway.intake.surface.route import Route

_NOT_VIEWERS = ("anyone", "operator", "administrator")
_QUERY: Mapping[str, Mapping[str, str]] = {
    "getGrowth": {"from": "1"},
    "getSuggestions": {"list": "procedures"},
    "listMessages": {"limit": "200"},
    "listDeliveries": {"limit": "200"},
    "exportIndicators": {"file": "bieu"},
}
_MAY_FAIL = frozenset({"getSuggestions", "getReceipts", "getDecision", "getRefreshed", "exportIndicators", "getGrowth"})
"""There may be nothing of the kind: what is said then is looked at as well."""


_NOT_IN_THE_DEMO = frozenset({"getReplay", "getReconciliation", "listReconciliationItems"})
"""Nothing of the kind happens there."""
CONSOLE: Mapping[str, str] = {
    "/console": "", "/console/messages": "", "/console/deliveries": "", "/console/groups": "", "/console/replays": "",
    "/console/indicators": "", "/console/messages/{id}": "getMessage", "/console/dossiers/{code}": "getDossier",
    "/console/groups/{fingerprint}": "getGroup",
}  # fmt: skip
"""Pages of the console, and the route of the API whose places they share."""


def viewers() -> list[Route]:
    """The routes that are looked at."""
    return [
        route
        for route in ROUTES
        if route.method == "GET"
        and route.access not in _NOT_VIEWERS
        and not (route.access == "client" and route.person in _NOT_VIEWERS)
    ]


async def answers(http: aiohttp.ClientSession) -> AsyncIterator[tuple[str, bytes]]:
    """Path -> what is answered to a viewer, for everything there is. `http`: the viewer's session."""
    things = await _things(http)
    for route in viewers():
        if route.name == "getStream":
            yield route.path, await _told(http, route.path)
            continue
        for path in _paths(route.path, route.name, things):
            async with http.get(path, params=_QUERY.get(route.name, {})) as answer:
                assert answer.status == 200 or route.name in _MAY_FAIL, (path, answer.status)
                yield path, await answer.read()
    unseen = {route.name for route in viewers() if "{" in route.path and not things[route.name]}
    assert unseen <= _NOT_IN_THE_DEMO, f"say in `_things` what these routes can be about: {unseen}"
    for form, name in CONSOLE.items():
        for path in _paths(form, name, things):
            yield path, await _page(http, path)


async def _told(http: aiohttp.ClientSession, path: str) -> bytes:
    """All that a live tail still keeps: it names itself to who comes from another, and is then asked from its start."""
    told, last = b"", "00000000-0"
    for wanted in (b"event: left_out", b"event: settled"):
        async with http.get(path, headers={"Last-Event-ID": last}) as answer, asyncio.timeout(30):
            while wanted not in told:
                told += await answer.content.readany()
        name = re.search(rb"id: ([0-9a-f]{8})-", told)
        assert name is not None
        last = f"{name[1].decode()}-0"
    return told


async def _page(http: aiohttp.ClientSession, path: str) -> bytes:
    """A page of the console, as the viewer."""
    async with http.get(path) as answer:
        assert answer.status == 200, (path, answer.status)
        return await answer.read()


async def _things(http: aiohttp.ClientSession) -> dict[str, list[str]]:
    """What the places in paths may be filled with: of messages one of each type and state."""
    found: dict[str, list[str]] = defaultdict(list)
    kinds: set[tuple[str, ...]] = set()
    async for message in _items(http, "/v1/messages"):
        states = {one["state"] for one in message["deliveries"]}
        kind = (message["type"], *sorted(states))
        if kind not in kinds:
            kinds.add(kind)
            found["getMessage"].append(message["id"])
            if "/" not in message["subject"]:  # what belongs to no dossier
                found["getDossier"].append(message["subject"])
            found["deliveries"] += [one["id"] for one in message["deliveries"]]
    found["getMaskedBody"] = found["getMessage"]
    found["getReceipts"] = found["getDecision"] = found["deliveries"]
    for name, path, key in (
        ("getGroup", "/v1/groups", "fingerprint"),
        ("getPayment", "/v1/payments", "reference"),
        ("getReplay", "/v1/replays", "id"),
        ("getReconciliation", "/v1/reconciliations", "id"),
        ("getCodeList", "/v1/codelists", "name"),
        ("getMapping", "/v1/mappings", "name"),
    ):
        found[name] = [one[key] async for one in _items(http, path)]
    found["listReconciliationItems"] = found["getReconciliation"]
    found["getRefreshed"] = found["getCodeList"]
    return found


async def _items(http: aiohttp.ClientSession, path: str) -> AsyncIterator[dict[str, Any]]:
    cursor: str | None = None
    while True:
        async with http.get(path, params={"cursor": cursor} if cursor else {}) as answer:
            page = await answer.json()
        for one in page["items"]:
            yield one
        cursor = page.get("next")
        if not cursor:
            return


def _paths(form: str, name: str, things: Mapping[str, list[str]]) -> Iterable[str]:
    places = re.findall(r"\{\w+\}", form)
    if not places:
        return [form]
    known = things[name]
    start = form.partition("{")[0]
    end = form.rpartition("}")[2]
    return [start + one + end for one in known]
