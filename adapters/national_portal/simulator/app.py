"""The simulated portal itself: one aiohttp application that takes all three access styles (integration sheet §1 to §4).

Beside it stand the effect log, the fault panel and what makes the portal call the province, in process and under
`/_panel/`. It is quick enough to be the sink of a load test: one catch-all route, no middleware, no access log.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote

import orjson
from aiohttp import web

from adapters.national_portal.simulator.catalogue import PortalCatalogue
from adapters.national_portal.simulator.effects import EffectLog
from adapters.national_portal.simulator.faults import FAULTS
from adapters.national_portal.simulator.filing import Filed, Filing, Sleep
from adapters.national_portal.simulator.portal_panel import portal_routes
from adapters.national_portal.simulator.samples import Push
from adapters.national_portal.simulator.services import READS, Reply, Services
from adapters.national_portal.simulator.sessions import Sessions
from adapters.national_portal.simulator.settings import SimulatorSettings
from adapters.simulation.system import Simulation

_GATEWAY = "/KetNoiMotCuaQuocGia/"
_DEAD_SESSION = {"error_code": -1, "message": "Session không hợp lệ hoặc đã hết hạn"}


class SimulatedPortal(Simulation):
    """An imitation of the national portal. `next` scripts faults, `effects` is what was really done.

    `clock` is what sessions age by, `sleep` is waited by before calling the province again. `catalogue` is what it
    publishes. Everything is kept in memory, and in the log file where the settings name one.
    """

    faults = FAULTS

    def __init__(
        self,
        settings: SimulatorSettings | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self.settings = settings or SimulatorSettings()
        self.log: EffectLog
        super().__init__(EffectLog(self.settings.log))
        self.catalogue = PortalCatalogue(self.settings)
        self.services = Services(self.settings, self.log, self.catalogue)
        self.sessions = Sessions(self.settings, clock)
        self._filing = Filing(self.settings, self.log, sleep)
        self.app.add_routes(portal_routes(self))
        self.app.router.add_route("*", "/{path:.*}", self._serve)

    def counts(self) -> Mapping[str, int]:
        return {
            "logins": self.sessions.logins,
            "repeats_ignored": self.services.repeats_ignored,
            "reads": self.services.reads.total(),
            "filed": sum(effect.kind == "filed" for effect in self.effects),
        }

    def reset(self) -> None:
        """Forget dossiers, effects, sessions, faults, counts and changes of the catalogue."""
        super().reset()
        self.services.clear()
        self.catalogue.clear()
        self.sessions.lose()
        self.sessions.logins = 0

    async def file(self, dossier: Push | Mapping[str, Any], to: str) -> Filed:
        """Call the province at `to` about a dossier until it says 0 or 1, or the settings' tries are used up.

        A plain record goes bare, as the portal hands over sales promotions (§5).
        """
        push = dossier if isinstance(dossier, Push) else Push(str(dossier.get("MaHoSo", "")), dossier)
        return await self._filing.file(push, to)

    async def _serve(self, request: web.Request) -> web.Response:
        path = request.path
        body = await request.read()
        if path.endswith("/mapi/login"):
            return await self.with_faults(request, "login", lambda _: self._log_in(request, body))
        if path.endswith("/mapi/g"):
            call = _object(body)
            service = call.get("service")
            return await self.with_faults(request, service, lambda number: self._answer(request, number, call))
        if _GATEWAY in path:
            service = path.partition(_GATEWAY)[2]
            return await self.with_faults(
                request, service, lambda number: self._gateway(request, number, service, body)
            )
        return web.Response(status=404, text="<html><body>Not Found</body></html>", content_type="text/html")

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
