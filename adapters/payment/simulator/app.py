"""The simulated platform itself: one address per message, the payer's page, receipts, the day's file (sheet §1 to §9).

`/init`, `/query`, `/bill`; beside them the effect log, and the panel in process and under `/_panel/`, by which the
payer pays, fails, or leaves the platform in doubt.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import orjson
from aiohttp import web

from adapters.payment.asking import VIETNAM
from adapters.payment.signing import ASKING_FIELDS, INIT_FIELDS
from adapters.payment.simulator import checks, messages
from adapters.payment.simulator.attempts import FAILED, PAID, Attempt, Attempts
from adapters.payment.simulator.counter import counter_routes
from adapters.payment.simulator.faults import FAULTS, NOTICE, Fault, NoticeFault
from adapters.payment.simulator.notices import Notices, Sleep
from adapters.payment.simulator.settings import SimulatorSettings
from adapters.simulation.log import Effect, EffectLog
from adapters.simulation.system import Simulation

Record = dict[str, Any]
_OK = "00"


def _now() -> datetime:
    return datetime.now(UTC)


class SimulatedPayment(Simulation):
    """An imitation of the payment platform. `next` scripts faults, `effects` is what was really done.

    `clock` dates payments, `sleep` is waited by between resends. Everything is kept in memory and, descriptions apart,
    in the log file where the settings name one; payers nowhere.
    """

    faults = FAULTS
    apart = frozenset({NOTICE, "file"})

    def __init__(
        self,
        settings: SimulatorSettings | None = None,
        clock: Callable[[], datetime] = _now,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self.settings = settings or SimulatorSettings()
        self.log: EffectLog[Effect]
        super().__init__(EffectLog(self.settings.log, Effect))
        self._clock = clock
        self.attempts = Attempts(self.settings, self.log, clock)
        self.notices = Notices(self.settings, self.attempts, sleep)
        self.sum_warnings = 0
        self.app.router.add_post("/init", self._init)
        self.app.router.add_post("/query", self._query)
        self.app.router.add_post("/bill", self._bill)
        self.app.router.add_get("/noi-bo/{transaction}.pdf", self._file)
        self.app.add_routes(counter_routes(self))

    @asynccontextmanager
    async def running(self, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[str]:
        async with super().running(host, port) as url, self.notices.open():
            yield url

    def counts(self) -> Mapping[str, int]:
        kinds = [effect.kind for effect in self.effects]
        return {
            "opened": kinds.count("init"),
            "paid": kinds.count(PAID),
            "failed": kinds.count(FAILED),
            "notices": kinds.count("notice"),
            "sum_warnings": self.sum_warnings,
        }

    def next(self, fault: Fault, times: int = 1, on: str | None = None) -> None:
        """As ever; what upsets notifications waits for one."""
        super().next(fault, times, NOTICE if isinstance(fault, NoticeFault) else on)

    def reset(self) -> None:
        """Forget attempts, effects, faults, counts and what is to be notified."""
        super().reset()
        self.notices.forget()
        self.attempts.clear()
        self.sum_warnings = 0

    def pay(self, reference: str) -> Attempt:
        """The payer pays, whether or not anybody saw the page's address; the province is notified.

        Raises `KeyError` for a reference the platform does not have.
        """
        return self._end(reference, self.attempts.pay)

    def fail(self, reference: str, code: str = "24") -> Attempt:
        """The attempt fails with `code`; the province is notified. Raises `KeyError`."""
        return self._end(reference, lambda known: self.attempts.fail(known, code))

    def pend(self, reference: str) -> Attempt:
        """The platform does not know how it ends; nobody is notified. Raises `KeyError`."""
        return self.attempts.pend(reference)

    def begin(self, dossier: str, amount: int, reference: str) -> Attempt:
        """A payer who came by the portal begins a payment under a reference of the platform's own (§7)."""
        time = self._clock().astimezone(VIETNAM).strftime("%Y%m%d%H%M%S")
        attempt = Attempt(reference, time, amount, "VND", dossier, begun_here=True)
        self.attempts.add(0, attempt, {"MaHoSo": dossier})
        return attempt

    async def look_up(self, dossier: str) -> Any:
        """Ask the province what is due, as when a citizen types a dossier code on the portal (§7)."""
        return await self.notices.look_up(dossier)

    def day_file(self, day: str) -> bytes | None:
        """The reconciliation file of `day` (yyyyMMdd); None while it is not there (§9, assumed)."""
        there = datetime.strptime(day, "%Y%m%d").replace(tzinfo=VIETNAM) + timedelta(days=1, hours=6)
        if self.settings.day_file_waits and self._clock() < there:
            return None
        ended = [one for one in self.attempts.all() if one.day == day]
        return messages.day_file(ended, {one.state: self.attempts.state_of(one) for one in ended}, self.settings)

    def _end(self, reference: str, end: Callable[[str], Attempt]) -> Attempt:
        before = self.attempts.of(reference)
        after = end(reference)
        if after.state != before.state:
            fault = self._fault_for(NOTICE) if self.pending else None
            self.notices.post(after, fault if isinstance(fault, NoticeFault) else NoticeFault())
        return after

    async def _init(self, request: web.Request) -> web.Response:
        body = await request.read()
        base = self.settings.page_base or f"{request.url.origin()}/pay?ref="
        return await self.with_faults(
            request, "INIT", lambda call: self._answer(request, body, lambda asked: self._open(call, asked, base))
        )

    async def _query(self, request: web.Request) -> web.Response:
        body = await request.read()
        answer = await self.with_faults(
            request, "QUERY", lambda call: self._answer(request, body, lambda asked: self._tell(call, asked))
        )
        self.notices.queried(str(_object(body).get("MaThamChieu", "")))
        return answer

    async def _bill(self, request: web.Request) -> web.Response:
        body = await request.read()
        return await self.with_faults(
            request, "GET_BILL", lambda call: self._answer(request, body, lambda asked: self._receipt(call, asked))
        )

    async def _file(self, request: web.Request) -> web.Response:
        """A receipt's file, on the host that only the platform's network sees."""
        transaction = request.match_info["transaction"]

        def file(_: int) -> web.Response:
            if not any(one.transaction == transaction for one in self.attempts.all()):
                return web.Response(status=404, text="Not Found")
            return web.Response(body=messages.receipt_file(transaction), content_type="application/pdf")

        return await self.with_faults(request, "file", file)

    def _answer(
        self, request: web.Request, body: bytes, process: Callable[[Record], Record | web.Response]
    ) -> web.Response:
        token = self.settings.bearer
        if token and request.headers.get("Authorization") != f"Bearer {token}":
            return web.Response(status=401, text="Unauthorized")
        said = process(_object(body))
        if isinstance(said, web.Response):
            return said
        if self.settings.wrap:
            said = {"error_code": "0", "message": orjson.dumps(said).decode()}
        return web.Response(body=orjson.dumps(said), content_type="application/json")

    def _say(self, code: str, asked: Record, **more: Any) -> Record:
        return messages.answer(code, asked, self.settings, **more)

    def _open(self, call: int, asked: Record, base: str) -> Record:
        if asked.get("LoaiBanTin") != "INIT":
            return self._say(checks.FIELD, asked)
        if wrong := checks.wrong_with(asked, INIT_FIELDS, self.settings) or checks.wrong_with_opening(asked):
            return self._say(wrong, asked)
        reference = str(asked["MaThamChieu"])
        if any(one.reference == reference for one in self.attempts.all()):
            if self.settings.duplicate_reference == "refuse":
                return self._say(checks.DUPLICATE, asked)
            return self._say(_OK, asked, UrlThanhToan=base + reference)
        if self.settings.sum_check != "off" and not checks.adds_up(asked):
            if self.settings.sum_check == "error":
                return self._say(checks.AMOUNT, asked)
            self.sum_warnings += 1
        self.attempts.add(call, _attempt(asked), asked)
        return self._say(_OK, asked, UrlThanhToan=base + reference)

    def _tell(self, call: int, asked: Record) -> Record:
        attempt = self._asked_about(asked, "QUERY")
        if isinstance(attempt, str):
            return self._say(attempt, asked)
        state = self.attempts.state_of(attempt)
        self.attempts.note(call, "query", attempt.reference, {"state": state})
        return self._say(_OK, asked, **messages.standing(attempt, state, self.settings))

    def _receipt(self, call: int, asked: Record) -> Record | web.Response:
        attempt = self._asked_about(asked, "GET_BILL")
        if isinstance(attempt, str):
            return self._say(attempt, asked)
        settings = self.settings
        if not self.attempts.receipt_ready(attempt):
            return {"MaLoi": checks.NO_RECEIPT, "MoTaLoi": "Chưa có biên lai", settings.receipt_field: ""}
        self.attempts.note(call, "bill", attempt.reference, {"form": settings.receipt})
        if settings.receipt == "pdf":
            return web.Response(body=messages.receipt_file(attempt.transaction), content_type="application/pdf")
        said = {"MaLoi": _OK, "MoTaLoi": "Thành công"} if settings.receipt_code else {}
        return {**said, settings.receipt_field: messages.receipt_address(attempt, settings)}

    def _asked_about(self, asked: Record, kind: str) -> Attempt | str:
        """The attempt that a question is about, or the `MaLoi` of what is wrong with the question."""
        if asked.get("LoaiBanTin") != kind:
            return checks.FIELD
        if wrong := checks.wrong_with(asked, ASKING_FIELDS, self.settings):
            return wrong
        return self.attempts.find(asked.get("MaThamChieu"), asked.get("ThoiGianGD")) or checks.NOT_FOUND


def _attempt(asked: Record) -> Attempt:
    return Attempt(
        reference=str(asked["MaThamChieu"]),
        time=str(asked["ThoiGianGD"]),
        amount=int(asked["SoTien"]),
        currency=str(asked["MaTienTe"]),
        dossier=str(asked["ThongTinBienLai"]["MaHoSo"]),
        description=str(asked["ThongTinGiaoDich"]),
    )


def _object(body: bytes) -> Record:
    try:
        tree = orjson.loads(body)
    except ValueError:
        return {}
    return cast("Record", tree) if isinstance(tree, dict) else {}
