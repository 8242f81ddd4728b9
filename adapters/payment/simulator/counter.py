"""Where payers and operators of a rehearsal stand: the payment page, and what the panel offers beside faults.

GET  /pay?ref=REFERENCE                 the payer's page, with a button for each end
POST /pay?ref=REFERENCE                 pays; with &outcome=fail fails, with &outcome=pend leaves the platform in doubt
POST /_panel/pay, fail, pend            {"reference": "…", "code": "24"}: the same, for programs
GET  /_panel/attempts                   every attempt and how it stands
POST /_panel/callbacks                  {"url": "http://…/v1/callbacks/payment"}: where the province listens
POST /_panel/lookup                     {"MaHoSo": "…"}: ask the province what is due
GET  /doi-soat?ngay=yyyyMMdd            the file of one day
"""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any

import orjson
from aiohttp import ClientError, web

from adapters.payment.simulator.attempts import Attempt

if TYPE_CHECKING:
    from adapters.payment.simulator.app import SimulatedPayment

_PAGE = (
    "<!doctype html><html lang=vi><meta charset=utf-8><title>Trang thanh toán giả lập</title>"
    "<h1>Trang thanh toán giả lập / Simulated payment page</h1><p>{dossier}: {amount} {currency} ({state})</p>{buttons}"
)
_ENDS = {"pay": "Nộp tiền / Pay", "fail": "Hủy / Cancel", "pend": "Chưa rõ kết quả / Leave in doubt"}
_BAD = (ValueError, KeyError, TypeError)


def counter_routes(system: SimulatedPayment) -> list[web.RouteDef]:
    """The routes, bound to one simulated platform."""
    counter = Counter(system)
    return [
        web.get("/pay", counter.page),
        web.post("/pay", counter.page),
        web.post("/_panel/{end:pay|fail|pend}", counter.end),
        web.get("/_panel/attempts", counter.attempts),
        web.post("/_panel/callbacks", counter.callbacks),
        web.post("/_panel/lookup", counter.lookup),
        web.get("/doi-soat", counter.day),
    ]


class Counter:
    """The handlers."""

    def __init__(self, system: SimulatedPayment) -> None:
        self._system = system

    async def page(self, request: web.Request) -> web.Response:
        try:
            attempt = self._system.attempts.of(request.query.get("ref", ""))
            if request.method == "POST":
                attempt = self._end(request.query.get("outcome", "pay"), attempt.reference)
        except KeyError:
            return web.Response(status=404, text="Không có giao dịch này / no such payment")
        return web.Response(text=_page(attempt), content_type="text/html")

    async def end(self, request: web.Request) -> web.Response:
        try:
            wish = await _wish(request)
            ended = self._end(request.match_info["end"], str(wish["reference"]), str(wish.get("code", "24")))
        except _BAD as exc:
            return _bad(exc)
        return _json(_facts(ended))

    async def attempts(self, _: web.Request) -> web.Response:
        return _json({"attempts": [_facts(one) for one in self._system.attempts.all()]})

    async def callbacks(self, request: web.Request) -> web.Response:
        try:
            self._system.notices.callbacks = str((await _wish(request))["url"])
        except _BAD as exc:
            return _bad(exc)
        return _json({"callbacks": self._system.notices.callbacks})

    async def lookup(self, request: web.Request) -> web.Response:
        try:
            dossier = str((await _wish(request))["MaHoSo"])
        except _BAD as exc:
            return _bad(exc)
        try:
            return _json(await self._system.look_up(dossier))
        except (ClientError, ValueError) as exc:
            return _bad(exc, 502)

    async def day(self, request: web.Request) -> web.Response:
        try:
            content = self._system.day_file(request.query.get("ngay", ""))
        except ValueError:
            return web.Response(status=400, text="ngay=yyyyMMdd")
        if content is None:
            return web.Response(status=404, text="Chưa có tệp / not there yet")
        return web.Response(body=content, content_type="text/plain", charset="utf-8")

    def _end(self, end: str, reference: str, code: str = "24") -> Attempt:
        """Raises `KeyError` for an end or a reference there is not."""
        if end == "fail":
            return self._system.fail(reference, code)
        return {"pay": self._system.pay, "pend": self._system.pend}[end](reference)


async def _wish(request: web.Request) -> dict[str, Any]:
    wish = orjson.loads(await request.read())
    if not isinstance(wish, dict):
        raise TypeError("a JSON object is wanted")
    return wish


def _page(attempt: Attempt) -> str:
    buttons = "".join(
        f'<form method=post action="/pay?ref={html.escape(attempt.reference)}&amp;outcome={name}">'
        f"<button>{label}</button></form>"
        for name, label in _ENDS.items()
    )
    return _PAGE.format(
        dossier=html.escape(attempt.dossier),
        amount=attempt.amount,
        currency=html.escape(attempt.currency),
        state=attempt.state,
        buttons=buttons,
    )


def _facts(attempt: Attempt) -> dict[str, str | int]:
    return {
        "reference": attempt.reference,
        "dossier": attempt.dossier,
        "amount": attempt.amount,
        "state": attempt.state,
        "transaction": attempt.transaction,
    }


def _bad(exc: Exception, status: int = 400) -> web.Response:
    return _json({"error": f"{type(exc).__name__}: {exc}"}, status)


def _json(tree: object, status: int = 200) -> web.Response:
    return web.Response(status=status, body=orjson.dumps(tree), content_type="application/json")
