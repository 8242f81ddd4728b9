"""Every configured route with its mapping, adapter, breaker and pace at hand; all mistakes said at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from pydantic import ValidationError

from adapters.contract import Adapter, AdapterSpec
from gateway.acceptance.routing import ONESTOP, client_route, route_name
from gateway.delivery.breaker import Breaker, Gate, Pace
from gateway.delivery.route import AsItIs, OpenRoute
from gateway.errors import ConfigurationError
from gateway.message import AfterEnd
from gateway.settings import ClientSettings, DestinationSettings, RouteSettings, Settings

_AFTER_END: AfterEnd = "continue"
"""An answer that a client's system will not take holds up none of its others."""
_NO_SYSTEM = (
    "adapters: chưa nối với hệ thống nào; hãy điền ít nhất một mục [adapters.<tên>] / no system is connected; fill in "
    "at least one section [adapters.<name>]"
)


@dataclass(slots=True)
class _Open:
    """What destinations share among their routes."""

    settings: Settings
    specs: Mapping[str, AdapterSpec]
    stack: AsyncExitStack
    wrap: Callable[[Adapter], Adapter]
    adapters: dict[str, tuple[AdapterSpec, Any, Adapter]] = field(default_factory=dict)
    shared: dict[str, tuple[Breaker, tuple[Gate, ...]]] = field(default_factory=dict)

    async def adapter(self, name: str, section: Mapping[str, Any]) -> tuple[AdapterSpec, Any, Adapter]:
        """The destination's adapter, opened once. Raises `LookupError`, `ValidationError`."""
        if name not in self.adapters:
            kind = name.partition("/")[0]
            if kind not in self.specs:
                raise LookupError(f"no adapter {kind!r}; there are {sorted(self.specs)}")
            spec = self.specs[kind]
            own = spec.settings.model_validate(dict(section))
            opened = self.wrap(await self.stack.enter_async_context(spec.open(own)))
            self.adapters[name] = (spec, own, opened)
        return self.adapters[name]

    def destination(self, name: str, route: RouteSettings) -> DestinationSettings:
        chosen = self.settings.destination(name)
        if route.retry_schedule is None:
            return chosen
        return chosen.model_copy(update={"retry_schedule": route.retry_schedule})

    def bounds(self, name: str, destination: DestinationSettings) -> tuple[Breaker, tuple[Gate, ...]]:
        """The breaker of a destination and the gates of its partitions."""
        if name not in self.shared:
            parts = destination.partitions
            gates = tuple(
                Gate(Pace(destination.rate / parts), asyncio.Semaphore(max(1, destination.concurrency // parts)))
                for _ in range(parts)
            )
            self.shared[name] = (
                Breaker(destination.breaker_failures, destination.breaker_pause.total_seconds()),
                gates,
            )
        return self.shared[name]


async def open_routes(
    settings: Settings,
    specs: Mapping[str, AdapterSpec],
    catalogue: Any,
    stack: AsyncExitStack,
    wrap: Callable[[Adapter], Adapter] = lambda adapter: adapter,
    *,
    some: bool = True,
) -> dict[str, OpenRoute]:
    """By the name the ledger knows them by. `catalogue` has the mappings; `some`: there must be at least one.

    Raises `ConfigurationError`.
    """
    opening = _Open(settings, specs, stack, wrap)
    mistakes: list[str] = []
    routes: dict[str, OpenRoute] = {}
    mistakes += _unknown(settings, specs)
    if some and not settings.active_routes:
        mistakes.append(_NO_SYSTEM)
    for route in settings.active_routes:
        try:
            catalogue.get(route.mapping)
            routes[route_name(route)] = await _open(opening, route, catalogue)
        except ValidationError as exc:
            place = f"adapters.{route.destination}"
            mistakes += [f"{place}.{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in exc.errors()]
        except LookupError as exc:
            mistakes.append(f"routes: {route.type} -> {route.destination}: {exc}")
    for client in settings.clients:
        try:
            if client.reply_mode == "poll":  # nothing to open; what is written must make sense all the same
                specs[ONESTOP].settings.model_validate(dict(client.replies))
                continue
            routes[client_route(client.name, client.reply_mode)] = await _open_client(opening, client)
        except ValidationError as exc:
            place = f"clients.{client.name}.replies"
            mistakes += [f"{place}.{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in exc.errors()]
        except LookupError as exc:
            mistakes.append(f"clients.{client.name}.replies: {exc}")
    if mistakes:
        raise ConfigurationError(sorted(set(mistakes)))
    return routes


def _unknown(settings: Settings, specs: Mapping[str, AdapterSpec]) -> list[str]:
    """What leads nowhere: systems nobody knows."""
    named = {f"routes: {route.type}": route.destination for route in settings.routes}
    named |= {f"adapters.{name}": name for name in settings.adapters}
    return [
        f"{place}: no adapter {name!r}; there are {sorted(specs)}" for place, name in named.items() if name not in specs
    ]


async def _open(opening: _Open, route: RouteSettings, catalogue: Any) -> OpenRoute:
    name = route.destination
    spec, own, adapter = await opening.adapter(name, opening.settings.adapters.get(name, {}))
    if route.operation not in spec.operations:
        raise LookupError(f"{name} knows no operation {route.operation!r}; it knows {sorted(spec.operations)}")
    destination = opening.destination(name, route)
    breaker, gates = opening.bounds(name, destination)
    repeatable = route.operation in spec.repeatable(own)
    mapping = partial(catalogue.get, route.mapping)
    return OpenRoute(
        route, destination, mapping, adapter, repeatable, breaker, gates, pays=spec.pays, alarms=spec.alarms
    )


async def _open_client(opening: _Open, client: ClientSettings) -> OpenRoute:
    name = f"{ONESTOP}/{client.name}"
    section = {**opening.settings.adapters.get(ONESTOP, {}), "client": client.name, **client.replies}
    if client.reply_mode == "amqp" and opening.settings.amqp_url:
        section.setdefault("broker_url", opening.settings.amqp_url)
    spec, own, adapter = await opening.adapter(name, section)
    if client.reply_mode not in spec.operations:
        known = ", ".join(sorted(spec.operations))
        raise LookupError(f"mode {client.reply_mode!r} is not known; there are poll, {known}")
    route = RouteSettings(
        type="*", destination=name, operation=client.reply_mode, mapping="", after_dead=_AFTER_END,
        after_refused=_AFTER_END,
    )  # fmt: skip
    destination = opening.destination(name, route)
    breaker, gates = opening.bounds(name, destination)
    as_it_is = AsItIs()
    repeatable = client.reply_mode in spec.repeatable(own)
    return OpenRoute(
        route, destination, lambda _day, _version: as_it_is, adapter, repeatable, breaker, gates, to_client=True
    )
