"""Reconciliations: what a destination really holds beside what the ledger says it confirmed; sending the difference."""

from __future__ import annotations

from datetime import timedelta
from typing import cast

from aiohttp import web

from gateway.console.asking import Asked, Unfit, Way, see
from gateway.console.moments import read
from gateway.console.parts import Parts
from gateway.console.rendering import Page, address
from gateway.console.sheets import Cell, Sheet, at, code, said
from gateway.console.words import Words, destination_words
from gateway.errors import NotFoundError
from gateway.ledger.drift.port import Verb
from mappings.convert import VIETNAM

_VERBS = ("pause", "continue", "cancel", "send")
_STATES = {
    "collecting": Words("đang gom hồ sơ", "collecting"),
    "asking": Words("đang hỏi", "asking"),
    "compared": Words("đã so xong", "compared"),
    "sending": Words("đang gửi phần khác", "sending the difference"),
    "done": Words("xong", "done"),
    "cancelled": Words("đã huỷ", "cancelled"),
}


def ways(parts: Parts) -> tuple[Way, ...]:
    """Runs, one run, a new one, and steering it."""
    runs = _Runs(parts)
    return (
        Way("GET", "/reconciliations", runs.listed),
        Way("POST", "/reconciliations", runs.start, "operator"),
        Way("GET", "/reconciliations/{id}", runs.one),
        Way("POST", "/reconciliations/{id}/steer", runs.steer, "operator"),
    )


class _Runs:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def listed(self, _: Asked) -> Page:
        page = await self._parts.ledger.drift_page(None, 50)
        rows = [
            [
                Cell(destination_words(one["destination"]), address("reconciliations", one["id"])),
                at(one["since"]),
                at(one["until"]),
                said(_STATES.get(one["state"], one["state"])),
                said(one["counts"]["found"]),
                code(one["by"]),
            ]
            for one in page["items"]
        ]
        heads = (Words("Nơi nhận", "Destination"), Words("Từ", "Since"), Words("Đến", "Until"),
                 Words("Tình trạng", "State"), Words("Hồ sơ", "Dossiers"), Words("Ai", "Who"))  # fmt: skip
        values = {
            "title": Words("Đối soát", "Reconciliation"),
            "sheets": [Sheet(Words("Các lượt", "Runs"), heads, rows)],
            "destinations": self._parts.destinations(),
        }
        return Page("reconciliations.html", values)

    async def one(self, asked: Asked) -> Page:
        view = await self._parts.reconciliations.view(asked.part("id"))
        if view is None:
            raise NotFoundError("Không có lượt đối soát này. / There is no such reconciliation.")
        kinds = [[code(kind), said(count)] for kind, count in view["counts"].items()]
        items = await self._parts.ledger.drift_items_page(view["id"], {}, None, 100)
        dossiers = [
            [Cell(one["subject"], address("dossiers", one["subject"])), code(str(one.get("kind") or "–"))]
            for one in items["items"]
        ]
        sheets = [
            Sheet(Words("So được gì", "What was found"), (Words("Loại", "Kind"), Words("Số hồ sơ", "Dossiers")), kinds),
            Sheet(Words("Hồ sơ", "Dossiers"), (Words("Mã hồ sơ", "Dossier"), Words("Loại", "Kind")), dossiers),
        ]
        name = destination_words(view["destination"])
        values = {
            "title": Words(f"Đối soát: {name.vi}", f"Reconciliation: {name.en}"),
            "sheets": sheets,
            "run": view,
            "state": _STATES.get(view["state"], view["state"]),
        }
        return Page("reconciliation.html", values)

    async def start(self, asked: Asked) -> web.Response:
        destination, days = asked.filled.get("destination", ""), asked.filled.get("days", "")
        if days not in ("1", "7", "30"):
            raise Unfit("Hãy chọn khoảng thời gian. / Choose a period.")
        until = asked.now.astimezone(VIETNAM)
        since = until - timedelta(days=int(days))
        run = await self._parts.reconciliations.start(
            destination, read(since), until, asked.visitor.name, asked.reason()
        )
        return see(address("reconciliations", run, said="started"))

    async def steer(self, asked: Asked) -> web.Response:
        verb = asked.filled.get("verb", "")
        if verb not in _VERBS:
            raise Unfit("Hãy chọn một việc. / Choose what to do.")
        run = asked.part("id")
        await self._parts.reconciliations.steer(run, cast("Verb", verb), asked.visitor.name, asked.reason())
        return see(address("reconciliations", run, said="steered"))
