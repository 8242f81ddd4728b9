"""The simulated portal itself: one aiohttp application that takes all three access styles (integration sheet §1 to §4).

Beside it stand the effect log and the fault panel, in process and under `/_panel/`. It is quick enough to be the sink
of a load test: one catch-all route, no middleware, no access log.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import unquote

import orjson
from aiohttp import web

from adapters.national_portal.simulator.effects import Effect, EffectLog
from adapters.national_portal.simulator.faults import Fault
from adapters.national_portal.simulator.panel import panel_routes
from adapters.national_portal.simulator.services import READS, Reply, Services
from adapters.national_portal.simulator.sessions import Sessions
from adapters.national_portal.simulator.settings import SimulatorSettings

_GATEWAY = "/KetNoiMotCuaQuocGia/"
_DEAD_SESSION = {"error_code": -1, "message": "Session không hợp lệ hoặc đã hết hạn"}
_LARGEST_BODY = 64 << 20


@dataclass(slots=True)
class Pending:
    """A fault waiting for its calls. `on`: a service's name, "login", or None for any service call."""

    name: str
    fault: Fault
    times: int
    on: str | None


class SimulatedPortal:
    """An imitation of the national portal. `next` scripts faults, `effects` is what was really done.

    `clock` is what sessions age by. Everything is kept in memory, and in the log file where the settings name one.
    """

    def __init__(self, settings: SimulatorSettings | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self.settings = settings or SimulatorSettings()
        self.log = EffectLog(self.settings.log)
        self.services = Services(self.settings, self.log)
        self.sessions = Sessions(self.settings, clock)
        self.pending: deque[Pending] = deque()
        self.calls = 0
        self.app = web.Application(client_max_size=_LARGEST_BODY)
        self.app.add_routes(panel_routes(self))
        self.app.router.add_route("*", "/{path:.*}", self._serve)

    @property
    def effects(self) -> Sequence[Effect]:
        """Everything done so far, oldest first."""
        return self.log.effects

    def next(self, fault: Fault, times: int = 1, on: str | None = None) -> None:
        """Let `fault` meet the next `times` matching calls; faults wait in line, each for its own calls."""
        self.pending.append(Pending(type(fault).__name__, fault, times, on))

    def reset(self) -> None:
        """Forget dossiers, effects, sessions, faults and counts."""
        self.log.clear()
        self.services.clear()
        self.sessions.lose()
        self.sessions.logins = 0
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

    async def _serve(self, request: web.Request) -> web.Response:
        path = request.path
        body = await request.read()
        if path.endswith("/mapi/login"):
            return await self._with_faults(request, "login", lambda _: self._log_in(request, body))
        if path.endswith("/mapi/g"):
            call = _object(body)
            service = call.get("service")
            return await self._with_faults(request, service, lambda number: self._answer(request, number, call))
        if _GATEWAY in path:
            service = path.partition(_GATEWAY)[2]
            return await self._with_faults(
                request, service, lambda number: self._gateway(request, number, service, body)
            )
        return web.Response(status=404, text="<html><body>Not Found</body></html>", content_type="text/html")

    async def _with_faults(
        self, request: web.Request, service: object, process: Callable[[int], web.Response]
    ) -> web.Response:
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
            if pending.on == service or (pending.on is None and service != "login"):
                pending.times -= 1
                if pending.times <= 0:
                    self.pending.remove(pending)
                return pending.fault
        return None

    def _log_in(self, request: web.Request, body: bytes) -> web.Response:
        if not self._right_destination(request):
            return self._json(_WRONG_DESTINATION, status=400)
        account = _object(body)
        session = self.sessions.log_in(account.get("username"), account.get("password"))
        if session is None:
            return self._json({"error_code": -1, "message": "Tài khoản hoặc mật khẩu không đúng"})
        return self._json({"error_code": 0, "result": "Thành công", "session": session})

    def _answer(self, request: web.Request, number: int, call: dict[str, Any]) -> web.Response:
        settings = self.settings
        if not self._right_destination(request):
            return self._json(_WRONG_DESTINATION, status=400)
        if not self.sessions.alive(call.get("session")):
            return self._dead_session()
        if settings.agencies and call.get("madonvi") not in settings.agencies:
            return self._json({"error_code": -1, "message": "Mã đơn vị kết nối không hợp lệ"})
        return self._json(self.services.call(number, call.get("service"), call))

    def _gateway(self, request: web.Request, number: int, service: str, body: bytes) -> web.Response:
        token = self.settings.gateway_token
        if token and request.headers.get("Authorization") != f"Bearer {token}":
            return self._json({"error_code": -1, "message": "Unauthorized"}, status=401)
        if (request.method == "GET") != (service in READS):
            return self._json({"error_code": -1, "message": "Sai phương thức"}, status=405)
        parameters: dict[str, Any] = dict(request.query)
        if request.method == "POST":
            parameters["data"] = _parse(body)
        reply = self.services.call(number, service, parameters)
        if self.settings.wrap_gateway:
            reply = {"error_code": 0, "message": orjson.dumps(self._coded(reply)).decode()}
        return self._json(reply)

    def _dead_session(self) -> web.Response:
        if self.settings.session_answer == "http_401":
            return web.Response(status=401, body=b"")
        if self.settings.session_answer == "html":
            return web.Response(body=b"<html><body>Login</body></html>", content_type="text/html")
        return self._json(_DEAD_SESSION)

    def _right_destination(self, request: web.Request) -> bool:
        wanted = self.settings.dstcode
        return not wanted or wanted in (request.headers.get("dstcode"), unquote(request.query.get("dstcode", "")))

    def _coded(self, reply: Reply) -> Reply:
        return reply if self.settings.numeric_codes else {**reply, "error_code": str(reply["error_code"])}

    def _json(self, reply: Reply, status: int = 200) -> web.Response:
        return web.Response(status=status, body=orjson.dumps(self._coded(reply)), content_type="application/json")


_WRONG_DESTINATION: Reply = {"error_code": -1, "message": "Thiếu hoặc sai dstcode"}


def _parse(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except ValueError:
        return None


def _object(body: bytes) -> dict[str, Any]:
    tree = _parse(body)
    return tree if isinstance(tree, dict) else {}
