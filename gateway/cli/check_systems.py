"""`lienthong check`, system by system: its login, then the right to each service that the routes need.

What has an effect there is not tried; of that, the ledger knows whether the system has turned it away of late.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack

from adapters.contract import DeliveryError, Tries
from adapters.registry import ADAPTERS
from adapters.transport.failures import UNREACHED
from gateway.cli.findings import NOT_LOOKED, Finding, said
from gateway.delivery.open_routes import open_routes
from gateway.delivery.route import OpenRoute
from gateway.errors import GatewayError
from gateway.ledger.groups.port import FailureGroup
from gateway.ledger.port import Ledger
from gateway.operations.live import load_catalogue, own_folder
from gateway.settings import Settings

PROBE_SECONDS = 20
ROUTES = "tuyến và bộ nối / routes and adapters"
_WELL = "trả lời tốt / answers well"
_AFTER = "chưa thử: dòng trên phải đúng trước / not tried: the line above comes first"
_IN_EARNEST = (
    "không thử, vì sẽ có tác dụng thật; chưa thấy bị từ chối / not tried, it would have an effect; no refusal seen"
)
LOGIN = "login"
_ANSWERS = "gọi thử / a trial call"


async def check_systems(settings: Settings, ledger: Ledger | None, *, probe: bool, barred: bool) -> list[Finding]:
    """Every destination opened as the gateway would. `probe`: and tried; `barred`: the ledger cannot be looked into."""
    async with AsyncExitStack() as stack:
        try:
            routes = await open_routes(settings, ADAPTERS, load_catalogue(own_folder(settings.data_dir)), stack)
        except Exception as exc:  # noqa: BLE001 - the other lines are told all the same
            return [Finding(ROUTES, said(exc))]
        found = [Finding(ROUTES, None, f"{len(routes)}")]
        if not probe:
            return found
        stuck = None if barred else await _stuck(ledger)
        by_destination: dict[str, list[OpenRoute]] = {}
        for route in routes.values():
            by_destination.setdefault(route.settings.destination, []).append(route)
        for name, own in by_destination.items():
            trials = _trials(own)
            found += await tried(name, trials)
            found += _untried(name, own, trials, stuck)
        return found


_Trial = Callable[[], Awaitable[None]]


async def tried(name: str, trials: Mapping[str, _Trial]) -> list[Finding]:
    """One after the other, until the login fails or the system is not even reached: then all would say the same."""
    found: list[Finding] = []
    stopped = False
    for part, call in trials.items():
        if stopped:
            found.append(Finding(name, None, _AFTER, part, tried=False))
            continue
        wrong, code = await _trial(call)
        found.append(Finding(name, wrong, "" if wrong else _WELL, part))
        stopped = wrong is not None and (part == LOGIN or code in UNREACHED)
    return found


def _trials(routes: Sequence[OpenRoute]) -> Mapping[str, _Trial]:
    """The login, and those of the services that are routed or that no route names; never none."""
    adapter, destination = routes[0].adapter, routes[0].settings.destination
    if not isinstance(adapter, Tries):
        return {_ANSWERS: adapter.probe}
    trials, operations = adapter.trials(), ADAPTERS[destination.partition("/")[0]].operations
    routed = {route.settings.operation for route in routes}
    tried = {part: call for part, call in trials.services.items() if part in routed or part not in operations}
    if trials.login is not None:
        return {LOGIN: trials.login, **tried}
    return tried or {_ANSWERS: adapter.probe}


async def _trial(call: _Trial) -> tuple[str | None, str]:
    """What is wrong, if anything, and its code."""
    try:
        async with asyncio.timeout(PROBE_SECONDS):
            await call()
    except DeliveryError as exc:
        return f"{exc.code}: {exc.vi} / {exc.en}", exc.code
    except TimeoutError:
        return f"không trả lời trong / no answer within {PROBE_SECONDS} s", "TIMEOUT"
    except Exception as exc:  # noqa: BLE001 - the other systems are looked at all the same
        kind = type(exc).__name__
        return f"lỗi của bộ nối, hãy báo nhà phát triển / a fault of the adapter, tell its developers: {kind}", ""
    return None, ""


def _untried(
    name: str, routes: Sequence[OpenRoute], trials: Mapping[str, _Trial], stuck: Sequence[FailureGroup] | None
) -> Iterator[Finding]:
    """What only a real message shows, and what the last ones have shown; `stuck` None: nobody could look."""
    if not isinstance(routes[0].adapter, Tries):
        return
    told = {one.operation: one for one in stuck or () if one.destination == name}
    for operation in sorted({route.settings.operation for route in routes} - set(trials)):
        if one := told.get(operation):
            stands = sum(one.standing.values())
            yield Finding(name, f"{one.error_code}: {one.vi} / {one.en} ({stands})", "", operation, tried=False)
        else:
            yield Finding(name, None, NOT_LOOKED if stuck is None else _IN_EARNEST, operation, tried=False)


async def _stuck(ledger: Ledger | None) -> list[FailureGroup] | None:
    """Open groups of failures that an operator has to mend at the system itself: accounts, rights, addresses.

    None where the ledger does not say.
    """
    if ledger is None:
        return []
    try:
        groups = await ledger.failure_groups("open")
    except GatewayError:
        return None
    return [one for one in groups if any(one.standing.values()) and _of_the_system(one)]


def _of_the_system(group: FailureGroup) -> bool:
    spec = ADAPTERS.get(group.destination.partition("/")[0])
    entry = spec.explain(group.error_code) if spec else None
    return group.error_class == "permanent" and entry is not None and entry.fixer == "operator"
