"""The balance sheet with the list behind every number: the address under which exactly those obligations stand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import Any
from urllib.parse import urlencode

from gateway.acceptance.routing import ONESTOP
from gateway.ledger.balance import NUMBERS

Row = Mapping[str, Any]


def with_lists(sheet: Mapping[str, Any]) -> dict[str, Any]:
    """The sheet with `lists` in every line: name of a number -> address of its list.

    The list of `balance` has the messages at fault: those that owe more or fewer deliveries than there are.
    """
    day = {"day": sheet["day"]} if sheet["day"] else {}
    rows = []
    for row in sheet["by"]:
        where = {**day, "destination": row["destination"]}
        shown = {**row, "lists": _lists(where)}
        if "types" in row:
            shown["types"] = [{**one, "lists": _lists({**where, "type": one["type"]})} for one in row["types"]]
        rows.append(shown)
    return {**sheet, "lists": _lists(day), "by": rows}


def for_sender(sheet: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The sheet for a sending system: answers to all the others stand in one line that names none of them.

    It adds up as before; that line has no lists, for there is nothing behind it that a sender may see.
    """
    others = [row for row in sheet["by"] if _answers_another(row["destination"], name)]
    if not others:
        return dict(sheet)
    kept = [row for row in sheet["by"] if row not in others]
    return {**sheet, "by": sorted([*kept, _together(others)], key=itemgetter("destination"))}


def _answers_another(destination: str, name: str) -> bool:
    return destination.startswith(f"{ONESTOP}/") and destination != f"{ONESTOP}/{name}"


def _together(rows: Sequence[Row]) -> dict[str, Any]:
    types: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        for one in row.get("types", ()):
            types[one["type"]].append(one)
    by_type = {"types": [{"type": name, **_sum(types[name])} for name in sorted(types)]} if types else {}
    return {"destination": ONESTOP, **_sum(rows), **by_type}


def _sum(rows: Sequence[Row]) -> dict[str, int]:
    return {name: sum(row[name] for row in rows) for name in NUMBERS}


def _lists(where: Mapping[str, str]) -> dict[str, str]:
    return {name: _address(name, where) for name in NUMBERS}


def _address(name: str, where: Mapping[str, str]) -> str:
    if name == "balance":
        return "/v1/messages?" + urlencode({**where, "unbalanced": "true"})
    chosen = {"counted": "true"} if name == "accepted" else {"state": name, "counted": "true"}
    return "/v1/deliveries?" + urlencode({**where, **chosen})
