"""The balance sheet with the list behind every number: the address under which exactly those obligations stand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from gateway.ledger.balance import NUMBERS


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


def _lists(where: Mapping[str, str]) -> dict[str, str]:
    return {name: _address(name, where) for name in NUMBERS}


def _address(name: str, where: Mapping[str, str]) -> str:
    if name == "balance":
        return "/v1/messages?" + urlencode({**where, "unbalanced": "true"})
    chosen = {"counted": "true"} if name == "accepted" else {"state": name, "counted": "true"}
    return "/v1/deliveries?" + urlencode({**where, **chosen})
