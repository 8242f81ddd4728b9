"""`lienthong check`, system by system: its login, then the right to each service that the routes need.

What has an effect there is not tried; of that, the ledger knows whether the system has turned it away of late.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack

from adapters.contract import DeliveryError, Tries
from adapters.registry import ADAPTERS
from gateway.bootstrap import open_ledger
from gateway.cli.findings import Finding
from gateway.delivery.open_routes import open_routes
from gateway.delivery.route import OpenRoute
from gateway.errors import ConfigurationError
from gateway.ledger.groups.port import FailureGroup
from gateway.operations.live import load_catalogue, own_folder
from gateway.settings import Settings

PROBE_SECONDS = 20
ROUTES = "tuyến và bộ nối / routes and adapters"
_WELL = "trả lời tốt / answers well"
_AFTER = "chưa thử: dòng trên phải đúng trước / not tried: the line above comes first"
_IN_EARNEST = (
    "không thử, vì sẽ có tác dụng thật; chưa thấy bị từ chối / not tried, it would have an effect; no refusal seen"
)
_ANSWERS = "gọi thử / a trial call"


async def check_systems(settings: Settings, *, probe: bool, ledger: bool) -> list[Finding]:
    """Every destination opened as the gateway would. `probe`: and tried; `ledger`: there is one to look into."""
    async with AsyncExitStack() as stack:
        try:
            routes = await open_routes(settings, ADAPTERS, load_catalogue(own_folder(settings.data_dir)), stack)
        except ConfigurationError as exc:
            return [Finding(ROUTES, "; ".join(exc.mistakes))]
        found = [Finding(ROUTES, None, f"{len(routes)}")]
        if not probe:
            return found
        stuck = await _stuck(settings) if ledger else ()
        by_destination: dict[str, list[OpenRoute]] = {}
        for route in routes.values():
            by_destination.setdefault(route.settings.destination, []).append(route)
        for name, own in by_destination.items():
            found += await _tried(name, own)
            found += _untried(name, own, [one for one in stuck if one.destination == name])
        return found


async def _tried(name: str, routes: Sequence[OpenRoute]) -> list[Finding]:
    """The first trial, and if it went well those of the services that are routed or that no route names."""
    trials = _trials(routes)
    first, *others = trials
    found = [await _trial(name, first, trials[first])]
    if found[0].wrong:
        return found + [Finding(name, None, _AFTER, part, tried=False) for part in others]
    return found + [await _trial(name, part, trials[part]) for part in others]


def _trials(routes: Sequence[OpenRoute]) -> Mapping[str, Callable[[], Awaitable[None]]]:
    adapter, destination = routes[0].adapter, routes[0].settings.destination
    if not isinstance(adapter, Tries):
        return {_ANSWERS: adapter.probe}
    operations = ADAPTERS[destination.partition("/")[0]].operations
    routed = {route.settings.operation for route in routes}
    return {part: call for part, call in adapter.trials().items() if part in routed or part not in operations}


async def _trial(name: str, part: str, call: Callable[[], Awaitable[None]]) -> Finding:
    try:
        async with asyncio.timeout(PROBE_SECONDS):
            await call()
    except DeliveryError as exc:
        return Finding(name, f"{exc.code}: {exc.vi} / {exc.en}", "", part)
    except TimeoutError:
        return Finding(name, f"không trả lời trong / no answer within {PROBE_SECONDS} s", "", part)
    return Finding(name, None, _WELL, part)


def _untried(name: str, routes: Sequence[OpenRoute], stuck: Iterable[FailureGroup]) -> Iterator[Finding]:
    """What only a real message shows, and what the last ones have shown."""
    tried = set(_trials(routes))
    if tried == {_ANSWERS}:
        return
    told = {one.operation: one for one in stuck}
    for operation in sorted({route.settings.operation for route in routes} - tried):
        if one := told.get(operation):
            stands = sum(one.standing.values())
            yield Finding(name, f"{one.error_code}: {one.vi} / {one.en} ({stands})", "", operation, tried=False)
        else:
            yield Finding(name, None, _IN_EARNEST, operation, tried=False)


async def _stuck(settings: Settings) -> list[FailureGroup]:
    """Open groups of failures that an operator has to mend at the system itself: accounts, rights, addresses."""
    async with open_ledger(settings) as (ledger, _):
        groups = await ledger.failure_groups("open")
    return [one for one in groups if any(one.standing.values()) and _of_the_system(one)]


def _of_the_system(group: FailureGroup) -> bool:
    spec = ADAPTERS.get(group.destination.partition("/")[0])
    entry = spec.explain(group.error_code) if spec else None
    return group.error_class == "permanent" and entry is not None and entry.fixer == "operator"
