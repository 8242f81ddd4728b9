"""A simulated system as a server: calls counted and upset by the faults that wait in line, and a panel."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, cast

from aiohttp import web

from adapters.simulation.faults import FAULTS, Fault
from adapters.simulation.log import EffectLog
from adapters.simulation.panel import panel_routes

_LARGEST_BODY = 64 << 20


@dataclass(slots=True)
class Pending:
    """A fault waiting for its calls. `on`: a service's name, "login", or None for any service call."""

    name: str
    fault: Fault
    times: int
    on: str | None


class Simulation:
    """What every simulated system is. `next` scripts faults, `effects` is what was really done, `calls` how many came.

    A subclass adds its routes to `app`, answers through `with_faults`, and says what `reset` forgets besides.
    """

    faults: Mapping[str, Callable[..., Fault]] = FAULTS
    apart: frozenset[object] = frozenset({"login"})
    """Kinds of calls that a fault meant for any service call passes by."""

    def __init__(self, log: EffectLog[Any]) -> None:
        self.log = log
        self.pending: deque[Pending] = deque()
        self.calls = 0
        self.app = web.Application(client_max_size=_LARGEST_BODY)
        self.app.add_routes(panel_routes(self))

    @property
    def effects(self) -> Sequence[Any]:
        """Everything done so far, oldest first."""
        return self.log.effects

    def counts(self) -> Mapping[str, int]:
        """What the panel shows besides effects and calls."""
        return {}

    def next(self, fault: Fault, times: int = 1, on: str | None = None) -> None:
        """Let `fault` meet the next `times` matching calls; faults wait in line, each for its own calls."""
        self.pending.append(Pending(type(fault).__name__, fault, times, on))

    def reset(self) -> None:
        """Forget effects, faults and counts; a subclass forgets its own as well."""
        self.log.clear()
        self.pending.clear()
        self.calls = 0

    @asynccontextmanager
    async def running(self, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[str]:
        """Serve until left, once; gives the base URL. A caller gone away ends its handler, so silence never lingers."""
        runner = web.AppRunner(self.app, access_log=None, handler_cancellation=True, shutdown_timeout=0.1)
        await runner.setup()
        try:
            site = web.TCPSite(runner, host, port)
            await site.start()
            yield f"http://{host}:{runner.addresses[0][1]}"
        finally:
            await runner.cleanup()
            self.log.close()

    async def with_faults(
        self, request: web.Request, service: object, process: Callable[[int], web.Response]
    ) -> web.Response:
        """Answer one call: the next matching fault steps in around `process`, which gets the call's number."""
        self.calls += 1
        number = self.calls
        fault = self._fault_for(service) if self.pending else None
        if fault is None:
            return process(number)
        if (instead := await fault.before(self, request)) is not None:
            return instead
        response = process(number)
        return await fault.after(self, request, cast("bytes", response.body)) or response

    def _fault_for(self, service: object) -> Fault | None:
        for pending in self.pending:
            if pending.on == service or (pending.on is None and service not in self.apart):
                pending.times -= 1
                if pending.times <= 0:
                    self.pending.remove(pending)
                return pending.fault
        return None
