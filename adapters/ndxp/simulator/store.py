"""The simulated store of results behind the exchange: searches, and one document at a time.

ASSUMED as a whole, as the tables of `mappings/catalog/ndxp`. A document handed out is an effect; a search is not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from adapters.ndxp.simulator.papers import PAPERS, StoredPaper
from adapters.ndxp.simulator.settings import SimulatorSettings
from adapters.simulation.log import Effect, EffectLog, digest, now

_FLAGS = ("TrangThai", "ChuKySoHopLe", "GiayToId")


class Store:
    """Answers `/TimGiayTo` and `/LayGiayTo`. `papers` may be changed by a test; `searches` counts them."""

    def __init__(self, settings: SimulatorSettings, log: EffectLog[Effect]) -> None:
        self._settings = settings
        self._log = log
        self.papers: Sequence[StoredPaper] = PAPERS
        self.searches = 0

    def answer(self, path: str, body: bytes, call: int) -> bytes | None:
        """The answer to one call, or None for a path that it does not have."""
        fields = _object(body)
        match path:
            case "/TimGiayTo":
                reply = self._search(fields)
            case "/LayGiayTo":
                reply = self._hand_out(fields, call)
            case _:
                return None
        code = reply["error_code"]
        return orjson.dumps({**reply, "error_code": code if self._settings.numeric else str(code)})

    def _search(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        self.searches += 1
        if not fields.get("MucDich") or not fields.get("MaCanBo"):
            return {"error_code": -1, "message": "Thiếu mục đích khai thác hoặc cán bộ"}
        citizen, tax_code = fields.get("SoDinhDanh"), str(fields.get("MaSoThue") or "").replace("-", "")
        found = [
            self._spelled(paper.listed())
            for paper in self.papers
            if paper.result_code == fields.get("MaGiayToKetQua")
            and (paper.citizen_id == citizen if citizen else paper.tax_code.replace("-", "") == tax_code)
        ]
        return {"error_code": 0, "message": "Thành công", "result": found}

    def _hand_out(self, fields: Mapping[str, Any], call: int) -> dict[str, Any]:
        paper = next((paper for paper in self.papers if paper.id == fields.get("GiayToId")), None)
        if paper is None:
            return {"error_code": -2, "message": "Giấy tờ không tồn tại"}
        record = self._spelled(paper.whole())
        key = str(fields.get("MaHoSo", ""))
        self._log.record(
            lambda number: Effect(number, call, "given_out", key, digest(record), now(), {"document": paper.id})
        )
        return {"error_code": 0, "message": "Thành công", "result": record}

    def _spelled(self, record: dict[str, Any]) -> dict[str, Any]:
        if not self._settings.numeric:
            return record
        return {name: int(value) if name in _FLAGS else value for name, value in record.items()}


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        tree = orjson.loads(body)
    except ValueError:
        return {}
    return tree if isinstance(tree, dict) else {}
