"""The simulated database itself: both SOAP ports and a platform's two JSON forms, each under a path of its own.

`/xroad`, `/direct`, `/lgsp`, `/lgsp_camel`. Beside them stand the effect log (each answer that gave something out) and
the fault panel, in process and under `/_panel/`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

import orjson
from aiohttp import web

from adapters.citizen_db.simulator import exchange, platforms, replies
from adapters.citizen_db.simulator.faults import FAULTS
from adapters.citizen_db.simulator.questions import read_request
from adapters.citizen_db.simulator.register import LOOKUP, Asked, Register
from adapters.citizen_db.simulator.replies import Told
from adapters.citizen_db.simulator.settings import SimulatorSettings
from adapters.simulation.log import Effect, EffectLog
from adapters.simulation.system import Simulation
from adapters.transport.envelope import Envelope, local_name, read_envelope


class SimulatedCitizenDb(Simulation):
    """An imitation of the population database. `next` scripts faults, `effects` is what was given out.

    `clock` is what timestamps are compared with. Everything is kept in memory, and in the log file where one is named.
    """

    faults = FAULTS

    def __init__(self, settings: SimulatorSettings | None = None, clock: Callable[[], float] = time.time) -> None:
        self.settings = settings or SimulatorSettings()
        super().__init__(EffectLog(self.settings.log, Effect))
        self.register = Register(self.settings, self.log)
        self._clock = clock
        self.app.router.add_post("/xroad", self._xroad)
        self.app.router.add_post("/direct", self._direct)
        self.app.router.add_post("/lgsp", self._platform)
        self.app.router.add_post("/lgsp_camel", self._platform)

    def counts(self) -> Mapping[str, int]:
        return {"not_found": self.register.not_found}

    def reset(self) -> None:
        """Forget effects, faults, counts and request ids; the people stay."""
        super().reset()
        self.register.clear()

    async def _xroad(self, request: web.Request) -> web.Response:
        body = await request.read()
        envelope = read_envelope(body)
        return await self.with_faults(
            request, _operation(envelope), lambda call: self._over_the_exchange(envelope, body, call)
        )

    async def _direct(self, request: web.Request) -> web.Response:
        envelope = read_envelope(await request.read())
        return await self.with_faults(
            request, _operation(envelope), lambda call: self._directly(envelope, request.headers, call)
        )

    async def _platform(self, request: web.Request) -> web.Response:
        body, camel = await request.read(), request.path == "/lgsp_camel"
        token = request.headers.get("Authorization", "")
        return await self.with_faults(request, LOOKUP, lambda call: self._relay(body, token, call, camel=camel))

    def _over_the_exchange(self, envelope: object, body: bytes, call: int) -> web.Response:
        if not isinstance(envelope, Envelope) or envelope.content is None:
            return _fault("Server.ClientProxy.MissingBody", "Malformed SOAP message", call)
        caller = exchange.caller_of(envelope.headers, _operation(envelope), self.settings)
        if isinstance(caller, exchange.Denied):
            return _fault(caller.code, caller.sentence, call)
        read = read_request(envelope.content, strict=self.settings.strict_order)
        if read is None:
            return _fault("soapenv:Client", "Yêu cầu không đúng XSD")
        answer = self.register.ask(Asked(call, *read, caller.consumer, caller.issue))
        mask = self.settings.consumers[caller.consumer]
        return _xml(replies.wrapped(Told(answer, read[0], call, mask, self.settings), envelope.headers, body))

    def _directly(self, envelope: object, headers: Mapping[str, str], call: int) -> web.Response:
        caller = exchange.caller_by_digest(headers, self.settings, self._clock())
        if caller is None:
            return web.Response(status=401, text="Unauthorized")
        if not isinstance(envelope, Envelope) or envelope.content is None:
            return _fault("soapenv:Client", "Không đọc được yêu cầu")
        read = read_request(envelope.content, strict=self.settings.strict_order)
        if read is None:
            return _fault("soapenv:Client", "Yêu cầu không đúng XSD")
        answer = self.register.ask(Asked(call, *read, caller.consumer, caller.issue))
        mask = self.settings.consumers[caller.consumer]
        return _xml(replies.bare(Told(answer, read[0], call, mask, self.settings)))

    def _relay(self, body: bytes, token: str, call: int, *, camel: bool) -> web.Response:
        if self.settings.bearer and token != f"Bearer {self.settings.bearer}":
            return _json({"error_code": "-1", "message": "Unauthorized"}, 401)
        fields = platforms.read_question(body, self.settings, camel=camel)
        if fields is None:
            return _json({"error_code": "-1", "message": "Thiếu tham số"})
        answer = self.register.ask(Asked(call, LOOKUP, fields, "platform"))
        told = Told(answer, LOOKUP, call, self.settings.consumers["platform"], self.settings)
        return _json(platforms.answer(told, camel=camel))


def _operation(envelope: object) -> str:
    content = envelope.content if isinstance(envelope, Envelope) else None
    return "" if content is None else local_name(content)


def _fault(code: str, sentence: str, call: int | None = None) -> web.Response:
    body = replies.fault(code, sentence, None if call is None else replies.reference(call))
    return _xml(body, 500)


def _xml(body: bytes, status: int = 200) -> web.Response:
    return web.Response(status=status, body=body, content_type="text/xml", charset="utf-8")


def _json(tree: object, status: int = 200) -> web.Response:
    return web.Response(status=status, body=orjson.dumps(tree), content_type="application/json")
