"""PostgreSQL: what every message needs goes to the driver itself, and rows for one table go in one statement.

SQLAlchemy's cursor takes 100 us a statement, and PostgreSQL about 20 us a row that comes by itself; a message meets ten
statements of a row each. Here the same Core expressions are compiled once, many rows become one parameter that the
statement takes apart, and what belongs together becomes one statement.
"""

from __future__ import annotations

import re
from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection, Dialect, Executable
from sqlalchemy.util import await_only

PATIENCE = 30.0
"""Seconds for one statement: a server that hangs, or a cut connection that nobody told of, is no ledger any more."""

Row = Mapping[str, Any]
_PLACE = re.compile(r"\$(\d+)(?:::(TIMESTAMP WITH TIME ZONE|[A-Z]+))?(\[\])?")
_LIST = re.compile(r"ANY \(\$(\d+)::(VARCHAR|BIGINT)\[\]\)")
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
        if _LIST.search(sql):
            convert = as_json
        if convert is not None:
            converts.append((len(names), convert))
        names.append(bind.key)
    sql = _renumbered(_LIST.sub(_listed, sql))
    keys = [column.key for column in statement.selected_columns]
    return Asked(sql, tuple(names), tuple(converts), namedtuple("Row", keys))  # noqa: PYI024


def _listed(found: re.Match[str]) -> str:
    """A list parameter, as JSON too."""
    return f"ANY (ARRAY(SELECT json_array_elements_text(${found[1]}::text::json)::{found[2]}))"


def _inline(sql: str, number: int, value: Any) -> str:
    return re.sub(rf"\${number}\b", _literal(value), sql)


def _renumbered(sql: str) -> str:
    """Places counted from 1 without gaps, in the order they have."""
    numbers = sorted({int(found[1]) for found in _PLACE.finditer(sql)})
    fresh = {old: new for new, old in enumerate(numbers, 1)}
    return re.sub(r"\$(\d+)", lambda found: f"${fresh[int(found[1])]}", sql)


@dataclass(frozen=True, slots=True)
class Unpacked:
    """An INSERT, UPDATE or DELETE for many rows at once: `{rows}` stands for them, as a table `u`.

    They travel as JSON, but for their bytes: to encode arrays costs the driver 1 us a value, four times what it costs
    to write and read JSON; bytes in JSON are twice as long, and PostgreSQL took 50 us to read those of one message.
    """

    sql: str
    columns: tuple[str, ...]
    """Names and types: what of a row is looked at."""
    blobs: tuple[str, ...] = ()
    """Names of what is bytes."""

    @classmethod
    def of(cls, sql: str, kinds: Mapping[str, str]) -> Unpacked:
        """With columns by name and type."""
        columns = tuple(f"{name} {kind}" for name, kind in kinds.items() if kind.lower() != "bytea")
        return cls(sql, columns, tuple(name for name, kind in kinds.items() if kind.lower() == "bytea"))

    def text(self, first: int = 1) -> str:
        """The statement, with its parameters from this number on.

        The condition on their places is always true, but lets PostgreSQL expect one row instead of a hundred: it then
        finds each by its index. Left to itself, it looked through a whole table that was small when it planned, and had
        grown since (a plan is kept as long as its connection): 600 us of CPU a message.
        """
        names = ", ".join(column.partition(" ")[0] for column in self.columns)
        blobs = "".join(
            f", (${number}::bytea[])[place::int] AS {name}" for number, name in enumerate(self.blobs, first + 1)
        )
        rows = (
            f"(SELECT {names}{blobs} FROM ROWS FROM (json_to_recordset(${first}::text::json)"  # noqa: S608 - no values
            f" AS ({', '.join(self.columns)})) WITH ORDINALITY AS r({names}, place) WHERE abs(place) = place) AS u"
        )
        return self.sql.replace("{rows}", rows)

    def parameters(self, rows: Sequence[Row]) -> list[Any]:
        """The rows as the statement takes them."""
        names = [name.strip('"') for name in self.blobs]
        return [_as_json(rows, _nothing if names else _hex), *([row[name] for row in rows] for name in names)]


def as_json(some: Sequence[Any]) -> str:
    """A list of texts or numbers, as a parameter."""
    return _as_json(some, _hex)


def _as_json(some: Sequence[Any], of_bytes: Callable[[Any], Any]) -> str:
    return orjson.dumps(some, default=of_bytes).decode()


def _hex(value: Any) -> str:
    """PostgreSQL's own way to write bytes."""
    return "\\x" + memoryview(value).hex()


def _nothing(_: Any) -> None:
    """Bytes have a parameter of their own."""


def unpacked(statement: Executable, columns: Sequence[str] | None, dialect: Dialect) -> Unpacked:
    """The statement for one row, as Core says it, turned into one for many."""
    compiled: Any = statement.compile(  # type: ignore[attr-defined]
        dialect=dialect, column_keys=columns, for_executemany=True
    )
    binds = {number: compiled.binds[name] for number, name in enumerate(compiled.positiontup, 1)}
    kinds: dict[str, str] = {}

    def place(found: re.Match[str]) -> str:
        bind, kind = binds[int(found[1])], found[2]
        if not bind.required:
            return f"{_literal(bind.value)}::{kind}"
        kinds[bind.key] = kind
        return f'u."{bind.key}"'

    sql = _with_rows(_PLACE.sub(place, str(compiled)))
    return Unpacked.of(sql, {f'"{name}"': kind for name, kind in kinds.items()})


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


def joined(parts: Sequence[Unpacked], answer: str = "") -> str:
    """One statement that does them all. None sees what another does, and their order is not given.

    `answer`: what it gives back, in terms of `w0`, `w1` and so on; else what the last one does.
    """
    texts, first = [], 1
    for part in parts:
        texts.append(part.text(first))
        first += 1 + len(part.blobs)
    *others, last = [*texts, answer] if answer else texts
    named = ", ".join(f"w{number} AS ({text})" for number, text in enumerate(others))
    return f"WITH {named} {last}" if named else last


def parameters(parts: Sequence[Unpacked], rows: Sequence[Sequence[Row]]) -> list[Any]:
    """What statements that were joined take, each for its rows."""
    return [one for part, some in zip(parts, rows, strict=True) for one in part.parameters(some)]
