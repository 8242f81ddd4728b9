"""Sums for reports, in a transaction of the caller."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection

from gateway.ledger.indicators import statements as sql
from gateway.ledger.indicators.port import COUNTS, OFFERED, Figures, Sums, Wanted

_KEYS = ("agency", "level", "procedure", "day")


def agencies(connection: Connection, first: str, last: str) -> list[str]:
    """See `IndicatorLedger.indicator_agencies`."""
    return sorted(connection.execute(sql.agencies_heard, {"b_first": first, "b_last": last}).scalars())


def figures(connection: Connection, wanted: Wanted) -> Figures:
    """See `IndicatorLedger.indicator_figures`."""
    which = {"agencies": wanted.agencies is not None, "level": wanted.level is not None}
    asked: dict[str, Any] = {"agencies": list(wanted.agencies)} if wanted.agencies is not None else {}
    asked |= {"b_level": wanted.level} if wanted.level is not None else {}
    days = asked | {"b_first": wanted.first, "b_last": wanted.last}
    late = {
        (row.agency, row.level): row.overdue
        for row in connection.execute(sql.overdue(**which), asked | {"b_cutoff": wanted.cutoff})
    }
    units = {(one.agency, one.level): one for one in _sums(connection, sql.sums("agency", "level", **which), days)}
    return Figures(
        [_with_overdue(units.get(key, Sums(*key)), late.get(key, 0)) for key in sorted({*units, *late})],
        _sums(connection, sql.sums("procedure", "level", **which), days),
        _sums(connection, sql.sums("day", **which), days),
    )


def _sums(connection: Connection, statement: Any, asked: dict[str, Any]) -> list[Sums]:
    return [
        Sums(
            **{key: getattr(row, key) for key in _KEYS if key in row._mapping},  # noqa: SLF001 - as documented
            counts={name: int(getattr(row, name)) for name in (*COUNTS, *OFFERED)},
        )
        for row in connection.execute(statement, asked)
    ]


def _with_overdue(one: Sums, overdue: int) -> Sums:
    counts = dict.fromkeys((*COUNTS, *OFFERED), 0) | dict(one.counts)
    return Sums(one.agency, one.level, counts={**counts, "overdue": overdue})
