"""PostgreSQL: what every message needs goes to the driver itself, and rows for one table go in one statement.

SQLAlchemy's cursor takes 100 us a statement, and PostgreSQL about 20 us a row that comes by itself; a message meets ten
statements of a row each. Here the same Core expressions are compiled once, rows become arrays that the statement
unpacks, and what belongs together becomes one statement.
"""

from __future__ import annotations

import re
from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Dialect, Executable
from sqlalchemy.util import await_only

PATIENCE = 30.0
"""Seconds for one statement: a server that hangs, or a cut connection that nobody told of, is no ledger any more."""

Row = Mapping[str, Any]
_PLACE = re.compile(r"\$(\d+)(?:::(TIMESTAMP WITH TIME ZONE|[A-Z]+))?(\[\])?")
_VALUES = re.compile(r"\sVALUES\s\((.*?)\)(?=\sON CONFLICT|\sRETURNING|$)", re.DOTALL)


def on_postgresql(connection: Connection) -> bool:
    """Whether this is the way to go."""
    return connection.dialect.name == "postgresql"


def fetch(connection: Connection, sql: str, parameters: Sequence[Any]) -> list[Any]:
    """Run a statement in the connection's transaction; its rows as the driver gives them."""
    driver: Any = connection.connection.driver_connection
    rows: list[Any] = await_only(driver.fetch(sql, *parameters, timeout=PATIENCE))
    return rows


@dataclass(frozen=True, slots=True)
class Asked:
    """A compiled statement with single parameters, and the type of its rows."""

    sql: str
    names: tuple[str, ...]
    converts: tuple[tuple[int, Callable[[Any], Any]], ...]
    row: Callable[..., Any]

    def run(self, connection: Connection, values: Row) -> list[Any]:
        parameters = [values[name] for name in self.names]
        for place, convert in self.converts:
            parameters[place] = convert(parameters[place])
        row = self.row
        return [row(*record) for record in fetch(connection, self.sql, parameters)]


def compile_asked(statement: Any, dialect: Dialect) -> Asked:
    """For a SELECT whose columns need no conversion on this driver."""
    compiled = statement.compile(dialect=dialect)
    sql = str(compiled)
    names: list[str] = []
    converts: list[tuple[int, Callable[[Any], Any]]] = []
    for name in compiled.positiontup:
        bind = compiled.binds[name]
        if not bind.required:
            sql = _inline(sql, compiled.positiontup.index(name) + 1, bind.value)
            continue
        convert = compiled._bind_processors.get(name)  # noqa: SLF001 - as in `many`
        if convert is not None:
            converts.append((len(names), convert))
        names.append(bind.key)
    sql = _renumbered(sql)
    keys = [column.key for column in statement.selected_columns]
    return Asked(sql, tuple(names), tuple(converts), namedtuple("Row", keys))  # noqa: PYI024


def _inline(sql: str, number: int, value: Any) -> str:
    return re.sub(rf"\${number}\b", _literal(value), sql)


def _renumbered(sql: str) -> str:
    """Places counted from 1 without gaps, in the order they have."""
    numbers = sorted({int(found[1]) for found in _PLACE.finditer(sql)})
    fresh = {old: new for new, old in enumerate(numbers, 1)}
    return re.sub(r"\$(\d+)", lambda found: f"${fresh[int(found[1])]}", sql)


@dataclass(frozen=True, slots=True)
class Unpacked:
    """An INSERT, UPDATE or DELETE for many rows at once. In `sql` stands `{rows}` for the arrays as a table `u`."""

    sql: str
    names: tuple[str, ...]
    types: tuple[str, ...]
    converts: tuple[Callable[[Any], Any] | None, ...]

    def text(self, first: int = 1, names: Sequence[str] = ()) -> str:
        """The statement, its parameters counted from `first`."""
        arrays = ", ".join(f"${first + place}::{kind}[]" for place, kind in enumerate(self.types))
        columns = ", ".join(names or (f"c{place}" for place in range(len(self.types))))
        return self.sql.replace("{rows}", f"unnest({arrays}) AS u({columns})")

    def arrays(self, rows: Sequence[Row]) -> list[list[Any]]:
        """The rows, turned round."""
        return [
            [row[name] for row in rows] if convert is None else [convert(row[name]) for row in rows]
            for name, convert in zip(self.names, self.converts, strict=True)
        ]


def unpacked(statement: Executable, columns: Sequence[str] | None, dialect: Dialect) -> Unpacked:
    """The statement for one row, as Core says it, turned into one for many."""
    compiled: Any = statement.compile(  # type: ignore[attr-defined]
        dialect=dialect, column_keys=columns, for_executemany=True
    )
    processors = compiled._bind_processors  # noqa: SLF001 - the dialect's conversions, as SQLAlchemy applies them
    binds = {number: compiled.binds[name] for number, name in enumerate(compiled.positiontup, 1)}
    names: list[str] = []
    types: list[str] = []
    converts: list[Callable[[Any], Any] | None] = []

    def place(found: re.Match[str]) -> str:
        bind = binds[int(found[1])]
        kind = found[2]
        if not bind.required:
            return f"{_literal(bind.value)}::{kind}"
        if bind.key not in names:
            names.append(bind.key)
            # The driver has its own way with JSON; as text it needs none.
            types.append("TEXT" if kind == "JSONB" else kind)
            converts.append(processors.get(compiled.bind_names[bind]))
        column = f"u.c{names.index(bind.key)}"
        return f"{column}::JSONB" if kind == "JSONB" else column

    sql = _PLACE.sub(place, str(compiled))
    return Unpacked(_with_rows(sql), tuple(names), tuple(types), tuple(converts))


def _with_rows(sql: str) -> str:
    if sql.startswith("INSERT"):
        return _VALUES.sub(lambda found: f" SELECT {found[1]} FROM {{rows}}", sql)  # noqa: S608 - no values in it
    word = "USING" if sql.startswith("DELETE") else "FROM"
    head, _, condition = sql.partition(" WHERE ")
    return f"{head} {word} {{rows}} WHERE {condition}"


def _literal(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bool | int):
        return str(value)
    assert isinstance(value, str) and "'" not in value  # noqa: S101, PT018 - our own words only
    return f"'{value}'"


def joined(parts: Sequence[Unpacked]) -> str:
    """One statement that does them all. None sees what another does, and their order is not given."""
    first, texts = 1, []
    for part in parts:
        texts.append(part.text(first))
        first += len(part.names)
    *others, last = texts
    named = ", ".join(f"w{number} AS ({text})" for number, text in enumerate(others))
    return f"WITH {named} {last}" if named else last
