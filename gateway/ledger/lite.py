"""SQLite: what every message needs goes to the driver itself, compiled once.

SQLAlchemy's own path builds a context and a result for each statement, and a parameter dictionary for each row (about
9 us a row, twelve rows a message); this one builds the driver's values and nothing else. The statements stay the Core
expressions they are.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from sqlalchemy import Boolean, Connection, Dialect, Executable, LargeBinary

Row = Mapping[str, Any]
Convert = tuple[int, Callable[[Any], Any]]
"""A place in a row, and what its value must go through."""
_AS_THEY_ARE = (Boolean, LargeBinary)
"""What the driver takes without being told."""


def execute(connection: Connection, sql: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Run a statement in the connection's transaction; its rows as the driver gives them."""
    rows: list[tuple[Any, ...]] = _driver(connection).execute(sql, values).fetchall()
    return rows


def execute_many(connection: Connection, sql: str, rows: Iterable[Sequence[Any]]) -> None:
    """The same for each row; none gives anything back."""
    _driver(connection).executemany(sql, rows)


def _driver(connection: Connection) -> Any:
    return connection.connection.driver_connection


@dataclass(frozen=True, slots=True)
class Bound:
    """SQL in SQLite's words, and how a row becomes its parameters: picked in one step, the few then converted."""

    sql: str
    pick: Callable[[Row], tuple[Any, ...]]
    converts: tuple[Convert, ...]
    fixed: tuple[tuple[int, Any], ...]
    """Values that the statement brings itself, by place."""

    def values(self, row: Row) -> list[Any]:
        values = list(self.pick(row))
        _convert(values, self.converts)
        for place, value in self.fixed:
            values.insert(place, value)
        return values


def bound(statement: Executable, keys: Sequence[str] | None, dialect: Dialect) -> Bound:
    """Compile a statement; `keys`: of an INSERT, the columns that every row brings."""
    compiled: Any = statement.compile(dialect=dialect, column_keys=keys)  # type: ignore[attr-defined]
    processors = compiled._bind_processors  # noqa: SLF001 - the dialect's conversions, as SQLAlchemy applies them
    binds = [compiled.binds[name] for name in compiled.positiontup]
    converts = [
        None if isinstance(one.type, _AS_THEY_ARE) else processors.get(compiled.bind_names[one]) for one in binds
    ]
    asked = [(bind.key, convert) for bind, convert in zip(binds, converts, strict=True) if bind.required]
    return Bound(
        sql=str(compiled),
        pick=_picker([name for name, _ in asked]),
        converts=tuple((place, convert) for place, (_, convert) in enumerate(asked) if convert is not None),
        fixed=tuple(
            (place, convert(bind.value) if convert else bind.value)
            for place, (bind, convert) in enumerate(zip(binds, converts, strict=True))
            if not bind.required
        ),
    )


@dataclass(frozen=True, slots=True)
class Asked:
    """A compiled SELECT with single parameters, and the type of its rows."""

    bound: Bound
    row: Callable[..., Any]
    converts: tuple[Convert, ...]

    def run(self, connection: Connection, values: Row) -> list[Any]:
        made = []
        for record in execute(connection, self.bound.sql, self.bound.values(values)):
            told = list(record)
            _convert(told, self.converts)
            made.append(self.row(*told))
        return made


def asked(statement: Any, dialect: Dialect) -> Asked:
    """Compile a SELECT."""
    columns = statement.selected_columns
    made = ((n, one.type.dialect_impl(dialect).result_processor(dialect, None)) for n, one in enumerate(columns))
    return Asked(
        bound=bound(statement, None, dialect),
        row=namedtuple("Row", [column.key for column in columns]),  # noqa: PYI024
        converts=tuple((place, convert) for place, convert in made if convert is not None),
    )


def _convert(values: list[Any], converts: tuple[Convert, ...]) -> None:
    for place, convert in converts:
        value = values[place]
        if value is not None:
            values[place] = convert(value)


def _picker(names: Sequence[str]) -> Callable[[Row], tuple[Any, ...]]:
    """The values of these names, in this order, always as a tuple."""
    if not names:
        return lambda _: ()
    if len(names) == 1:
        return lambda row: (row[names[0]],)
    return itemgetter(*names)
