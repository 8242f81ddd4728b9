"""A provincial platform in front of the database: JSON in, its envelope inside JSON or a JSON view of it out (§5.2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from adapters.citizen_db.simulator.register import People
from adapters.citizen_db.simulator.replies import Told, bare, people
from adapters.citizen_db.simulator.settings import SimulatorSettings

Fields = dict[str, Any]

_DEMANDED = ("MaYeuCau", "MaDVC", "MaCanBo", "HoVaTen")


def read_question(body: bytes, settings: SimulatorSettings, *, camel: bool) -> Fields | None:
    """The fields of a question by the names of the SOAP request, or None where one is missing or misspelled."""
    try:
        tree = orjson.loads(body)
    except ValueError:
        return None
    if not isinstance(tree, dict) or not all(isinstance(value, str) for value in tree.values()):
        return None
    if camel and tree.get("userNameService") != settings.service_account:
        return None
    fields = {_plain(key) if camel else key: value for key, value in tree.items()}
    if any(not fields.get(name) for name in _DEMANDED) or (not camel and "MaTichHop" not in fields):
        return None
    day, year = fields.pop("NgayThangNam", ""), fields.pop("Nam", "")
    return {**fields, "NgayThangNamSinh": {"Nam": day} if len(day) == 4 else {"NgayThangNam": day, "Nam": year}}


def answer(told: Told, *, camel: bool) -> dict[str, Any]:
    """What the platform makes of the database's answer."""
    if told.settings.platform_reply == "wrapped" or not isinstance(told.answer, People):
        return {"error_code": "0", "message": bare(told).decode()}
    found = people(told.answer, told.mask, told.settings)
    # Whoever makes XML into JSON writes one of a kind as an object, several as a list, none as an empty text.
    rows = None if found is None else {"CongDan": found[0] if len(found) == 1 else found} if found else ""
    view = {"Body": {} if rows is None else {"ns1:CongdanCollection": rows}}
    return _camel(view) if camel else view


def _plain(key: str) -> str:
    return key[:1].upper() + key[1:]


def _camel(tree: Any) -> Any:
    if isinstance(tree, Mapping):
        return {key if key == "Body" or ":" in key else key[:1].lower() + key[1:]: _camel(v) for key, v in tree.items()}
    return [_camel(one) for one in tree] if isinstance(tree, list) else tree
