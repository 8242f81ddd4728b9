"""The simulated exchange: all four access styles in front of its own store and of whoever the settings name.

A under `/gateway`, B under `/lgsp` (each with `/token`), C at `/XrdAdapter|VXPAdapter/RestService/forward`, D at `/r1`,
the store itself at `/store`. Beside them stand the effect log and the fault panel, in process and under `/_panel/`.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from functools import partial
from typing import cast

from aiohttp import web

from adapters.contract import DeliveryError
from adapters.ndxp.simulator import refusals, ways
from adapters.ndxp.simulator.faults import FAULTS, Fault, standing
from adapters.ndxp.simulator.providers import Provider, Providers, carry
from adapters.ndxp.simulator.refusals import STYLE, Style
from adapters.ndxp.simulator.settings import SimulatorSettings
from adapters.ndxp.simulator.store import Store
from adapters.ndxp.simulator.tokens import Tokens
from adapters.simulation.log import Effect, EffectLog, now
from adapters.simulation.system import Simulation
from adapters.transport.http import Answer, Http
from adapters.transport.settings import HttpSettings


class SimulatedExchange(Simulation):
    """An imitation of the exchange. `next` scripts faults, `effects` is what was handed out or carried on.

    `clock` is what tokens age by. Everything is kept in memory, and in the log file where the settings name one.
    """

    faults = FAULTS

    def __init__(self, settings: SimulatorSettings | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self.settings = settings or SimulatorSettings()
        super().__init__(EffectLog(self.settings.log, Effect))
        self.store = Store(self.settings, self.log)
        self.tokens = Tokens(self.settings, clock)
        self.providers = Providers(self.settings)
        self.carried = 0
        self._standing = standing(self.settings.failure, self.settings.slow_by)
        self.app.cleanup_ctx.append(self._line)
        add = self.app.router.add_route
        add("POST", "/{style:gateway|lgsp}/token", self._token)
        served: tuple[tuple[str, Style], ...] = (
            ("/gateway{path:/.*}", "oauth2"),
            ("/lgsp{path:/.*}", "lgsp"),
            ("/{adapter:XrdAdapter|VXPAdapter}/RestService/forward{path:.*}", "forward"),
            ("/r1{path:/.*}", "xroad"),
            ("/store{path:.*}", "direct"),
        )
        for path, style in served:
            add("*", path, partial(self._serve, style))

    def counts(self) -> Mapping[str, int]:
        return {"tokens": self.tokens.issued, "searches": self.store.searches, "carried": self.carried}

    def reset(self) -> None:
        """Forget effects, faults, tokens and counts; the documents stay."""
        super().reset()
        self.tokens.lose()
        self.tokens.calls.clear()
        self.tokens.issued = self.store.searches = self.carried = 0

    async def _line(self, _: web.Application) -> AsyncIterator[None]:
        """Connections to the providers of the settings."""
        async with Http(HttpSettings.model_validate({})) as self._http:
            yield

    async def _token(self, request: web.Request) -> web.Response:
        form = {name: str(value) for name, value in (await request.post()).items()}
        request[STYLE] = "lgsp" if request.match_info["style"] == "lgsp" else "oauth2"

        async def answer(_: int) -> web.Response:
            return ways.token(self, request, form)

        return await self._upset(request, "login", answer)

    async def _serve(self, style: Style, request: web.Request) -> web.Response:
        request[STYLE] = style
        body = await request.read()

        async def answer(number: int) -> web.Response:
            reached = ways.reach(self, request, style)
            if isinstance(reached, web.Response):
                return reached
            said = await self._said(request, reached, body, number)
            return said if isinstance(said, web.Response) else ways.wrapped(self, request, body, said)

        return await self._upset(request, request.path.rpartition("/")[2], answer)

    async def _upset(
        self, request: web.Request, service: str | None, answer: Callable[[int], Awaitable[web.Response]]
    ) -> web.Response:
        """Answer one call, with the next matching fault around it, else the one the settings name."""
        self.calls += 1
        number = self.calls
        fault: Fault | None = self._fault_for(service) if self.pending else None
        fault = fault or (self._standing if service != "login" else None)
        if fault is None:
            return await answer(number)
        if (instead := await fault.before(self, request)) is not None:
            return instead
        response = await answer(number)
        return await fault.after(self, request, cast("bytes", response.body)) or response

    async def _said(self, request: web.Request, provider: Provider, body: bytes, number: int) -> Answer | web.Response:
        """What the provider says; the exchange's own word that it is down where nothing comes."""
        if not provider.base:
            said = self.store.answer(provider.path, body, number)
            known = Answer(200, "application/json", said or b"")
            return known if said is not None else Answer(404, "text/html", b"<html>Not Found</html>")
        try:
            answer = await carry(self._http, provider, request, ways.inner_query(request), body)
        except DeliveryError:
            return refusals.refusal("provider_down", request[STYLE], self.settings)
        self.carried += 1
        key = request.headers.get("X-Road-Issue", "")
        details = {"provider": provider.name, "status": str(answer.status)}
        whole = hashlib.sha256(body).hexdigest()
        self.log.record(lambda at: Effect(at, number, "carried", key, whole, now(), details))
        return answer
