"""A sending system reads the balance without reading who else is connected."""

from __future__ import annotations

from typing import Any

from gateway.ledger.balance import NUMBERS
from gateway.reports.balance import for_sender


def row(destination: str, accepted: int, **more: Any) -> dict[str, Any]:
    return {"destination": destination, **dict.fromkeys(NUMBERS, 0), "accepted": accepted, "open": accepted, **more}


def sheet(*rows: dict[str, Any]) -> dict[str, Any]:
    return {"day": None, **{name: sum(one[name] for one in rows) for name in NUMBERS}, "by": list(rows)}


PORTAL, OWN, HERS, HIS = (
    row("national_portal", 5), row("onestop/motcua", 3), row("onestop/so-tu-phap", 2), row("onestop/xa-mau", 1),
)  # fmt: skip


def test_answers_to_others_stand_in_one_line_without_their_names() -> None:
    told = for_sender(sheet(PORTAL, OWN, HERS, HIS), "motcua")
    assert told["by"] == [PORTAL, row("onestop", 3), OWN]


def test_the_sheet_adds_up_as_before() -> None:
    whole = sheet(PORTAL, OWN, HERS, HIS)
    told = for_sender(whole, "motcua")
    assert {name: told[name] for name in NUMBERS} == {name: whole[name] for name in NUMBERS}
    assert all(sum(one[name] for one in told["by"]) == whole[name] for name in NUMBERS)


def test_types_of_a_day_are_added_up_too() -> None:
    def of_type(name: str, accepted: int) -> dict[str, Any]:
        return {"type": name, **dict.fromkeys(NUMBERS, 0), "accepted": accepted}

    hers = row("onestop/so-tu-phap", 2, types=[of_type("a", 1), of_type("b", 1)])
    his = row("onestop/xa-mau", 1, types=[of_type("b", 1)])
    (line,) = for_sender(sheet(hers, his), "motcua")["by"]
    assert line == row("onestop", 3, types=[of_type("a", 1), of_type("b", 2)])


def test_a_system_that_nobody_else_stands_beside_reads_the_sheet_as_it_is() -> None:
    whole = sheet(PORTAL, OWN)
    assert for_sender(whole, "motcua") == whole


def test_a_name_that_begins_like_ones_own_is_anothers() -> None:
    told = for_sender(sheet(row("onestop/motcua-2", 1)), "motcua")
    assert told["by"] == [row("onestop", 1)]
