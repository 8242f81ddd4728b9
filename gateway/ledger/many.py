"""What statements are made of: many rows at once, lists as one parameter, states that indexes recognise.

Statements for many rows are compiled once per dialect and handed to the driver as they are.

SQLAlchemy's own path builds a parameter dictionary per row and statement (about 9 us a row, twelve rows a message);
this one builds the driver's tuples directly (about 2 us). The statements stay the Core expressions they are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

import orjson
from sqlalchemy import (
    BigInteger,
    Connection,
    Dialect,
    Executable,
    Insert,
    String,
    Table,
    and_,
    bindparam,
    literal_column,
    or_,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator

from gateway.message import OPEN, DeliveryState

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Compiled:
    """SQL in the dialect's words, and how a row becomes its parameters: picked in one step, the few then converted."""

    sql: str
    pick: Callable[[Row], tuple[Any, ...]]
    converts: tuple[tuple[int, Callable[[Any], Any]], ...]
    fixed: tuple[tuple[int, Any], ...]
    """Values that the statement brings itself, by place."""

    def bind(self, row: Row) -> list[Any]:
        values = list(self.pick(row))
        for place, convert in self.converts:
            values[place] = convert(values[place])
        for place, value in self.fixed:
            values.insert(place, value)
        return values


class Many:
    """An INSERT or UPDATE for many rows; rows are mappings of parameter names to values."""

    def __init__(self, statement: Callable[[str], Executable] | Executable, columns: Sequence[str] = ()) -> None:
        """`columns`: of an INSERT, the columns every row brings (an UPDATE names its parameters itself)."""
        self._statement = statement
        self._columns = tuple(columns)
        self._compiled: dict[str, _Compiled] = {}

    def run(self, connection: Connection, rows: Sequence[Row]) -> None:
        """Execute for every row; nothing for none."""
        if not rows:
            return
        compiled = self._compiled.get(connection.dialect.name) or self._compile(connection.dialect)
        connection.exec_driver_sql(compiled.sql, [tuple(compiled.bind(row)) for row in rows])

    def _compile(self, dialect: Dialect) -> _Compiled:
        statement = self._statement(dialect.name) if callable(self._statement) else self._statement
        keys = list(self._columns) if isinstance(statement, Insert) else None
        compiled: Any = statement.compile(dialect=dialect, column_keys=keys)  # type: ignore[attr-defined]
        processors = compiled._bind_processors  # noqa: SLF001 - the dialect's conversions, as SQLAlchemy applies them
        binds = [(compiled.binds[name], processors.get(name)) for name in compiled.positiontup]
        asked = [(bind.key, convert) for bind, convert in binds if bind.required]
        made = self._compiled[dialect.name] = _Compiled(
            sql=str(compiled),
            pick=_picker([name for name, _ in asked]),
            converts=tuple((place, convert) for place, (_, convert) in enumerate(asked) if convert is not None),
            fixed=tuple(
                (place, convert(bind.value) if convert else bind.value)
                for place, (bind, convert) in enumerate(binds)
                if not bind.required
            ),
        )
        return made


def _picker(names: Sequence[str]) -> Callable[[Row], tuple[Any, ...]]:
    """The values of these names, in this order, always as a tuple."""
    if len(names) == 1:
        return lambda row: (row[names[0]],)
    return itemgetter(*names)


def if_new(table: Table, unique: Sequence[str]) -> Callable[[str], Executable]:
    """INSERT … ON CONFLICT DO NOTHING in the dialect's own words."""

    def build(dialect: str) -> Executable:
        made = sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)
        return made.on_conflict_do_nothing(index_elements=unique)

    return build


def columns(table: Table, *without: str) -> list[str]:
    """The names of a table's columns, but for some."""
    return [column.name for column in table.columns if column.name not in without]


class _List(TypeDecorator[Any]):
    """A list as one parameter: an array on PostgreSQL, JSON text on SQLite."""

    impl = String
    cache_ok = True

    def __init__(self, numbers: bool) -> None:
        super().__init__()
        self.numbers = numbers

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        item = BigInteger() if self.numbers else String()
        return dialect.type_descriptor(ARRAY(item) if dialect.name == "postgresql" else String())

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        return list(value) if dialect.name == "postgresql" else orjson.dumps(list(value)).decode()


class unpacked(FunctionElement[Any]):  # noqa: N801 - written like the SQL function it is
    """The members of a list parameter as rows: `json_each` on SQLite, `unnest` on PostgreSQL."""

    inherit_cache = True


@compiles(unpacked, "sqlite")
def _sqlite(element: Any, compiler: Any, **options: Any) -> str:
    return f"(SELECT value FROM json_each({compiler.process(element.clauses, **options)}))"  # noqa: S608 - no values in it


@compiles(unpacked, "postgresql")
def _postgresql(element: Any, compiler: Any, **options: Any) -> str:
    return f"(SELECT unnest({compiler.process(element.clauses, **options)}))"


def among(column: Any, name: str, *, numbers: bool = False) -> Any:
    """`column IN (the list parameter name)`: one parameter, so the statement's text never changes with the length."""
    return column.op("IN")(unpacked(bindparam(name, type_=_List(numbers))))


def written(state: DeliveryState) -> Any:
    """The state written out in the statement, for comparisons.

    Compare it with a parameter, and SQLite prepares the statement anew each time it runs: it looks at the value to see
    whether a partial index fits.
    """
    return literal_column(f"'{state}'")


def is_in(column: Any, *states: DeliveryState) -> Any:
    """The column holds one of the states; of open ones in the words of the partial indexes, else these do not fit."""
    condition = or_(*(column == written(state) for state in sorted(states)))
    if not set(states) <= OPEN:
        return condition
    words = and_(*(column != written(state) for state in sorted(set(DeliveryState) - OPEN)))
    return words if set(states) == OPEN else and_(condition, words)
