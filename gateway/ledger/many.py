"""What statements are made of: many rows at once, lists as one parameter, states that indexes recognise.

What every message needs is compiled once per engine and handed to its driver: `gateway.ledger.hot` on PostgreSQL,
`gateway.ledger.lite` on SQLite.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
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

from gateway.ledger import hot, lite
from gateway.message import OPEN, DeliveryState

Row = Mapping[str, Any]


class Many:
    """An INSERT or UPDATE for many rows; rows are mappings of parameter names to values."""

    def __init__(self, statement: Callable[[str], Executable] | Executable, columns: Sequence[str] = ()) -> None:
        """`columns`: of an INSERT, the columns every row brings (an UPDATE names its parameters itself)."""
        self._statement = statement
        self._columns = tuple(columns)
        self._bound: lite.Bound | None = None
        self._unpacked: hot.Unpacked | None = None

    def run(self, connection: Connection, rows: Sequence[Row]) -> list[Any]:
        """Execute for every row; nothing for none. Gives back what it returns, on PostgreSQL."""
        if not rows:
            return []
        if hot.on_postgresql(connection):
            unpacked = self.unpacked(connection.dialect)
            return hot.fetch(connection, unpacked.text(), unpacked.parameters(rows))
        if self._bound is None:
            self._bound = lite.bound(*self._built(connection.dialect), connection.dialect)
        lite.execute_many(connection, self._bound.sql, map(self._bound.values, rows))
        return []

    def unpacked(self, dialect: Dialect) -> hot.Unpacked:
        """For all rows at once, on PostgreSQL."""
        if self._unpacked is None:
            self._unpacked = hot.unpacked(*self._built(dialect), dialect)
        return self._unpacked

    def _built(self, dialect: Dialect) -> tuple[Executable, list[str] | None]:
        statement = self._statement(dialect.name) if callable(self._statement) else self._statement
        return statement, list(self._columns) if isinstance(statement, Insert) else None


class Ask:
    """A SELECT that every message needs; parameters are mappings of names to values."""

    def __init__(self, statement: Any) -> None:
        self._statement = statement
        self._asked: dict[str, hot.Asked | lite.Asked] = {}

    def run(self, connection: Connection, values: Row) -> Sequence[Any]:
        """Its rows, with attributes named like the columns."""
        dialect = connection.dialect
        if dialect.name not in self._asked:
            compiled = hot.compile_asked if hot.on_postgresql(connection) else lite.asked
            self._asked[dialect.name] = compiled(self._statement, dialect)
        return self._asked[dialect.name].run(connection, values)


class AtOnce:
    """PostgreSQL in its own words, for many rows: `{rows}` stands for them, as a table with these columns and types."""

    def __init__(self, sql: str, **columns: str) -> None:
        self._unpacked = hot.Unpacked.of(sql, columns)
        self._text = self._unpacked.text()

    def run(self, connection: Connection, rows: Sequence[Row]) -> list[Any]:
        """Execute for all rows; what it returns."""
        return hot.fetch(connection, self._text, self._unpacked.parameters(rows))


class AskEach:
    """A SELECT by a list of keys, of which PostgreSQL finds each by its index, whenever it made its plan.

    For a list as one parameter it looks through the whole table as long as its connection lives, once it has planned
    that while the table was small.
    """

    def __init__(self, statement: Any, sql: str, **columns: str) -> None:
        """`statement` has the list `keys`; `sql` says the same in PostgreSQL's words, a row of `{rows}` a `key`.

        `columns`: other parameters of `statement`, with their types; they stand in each row.
        """
        self._ask = Ask(statement)
        self._at_once = AtOnce(sql, key="text", **columns)
        self._row = namedtuple("Row", [column.key for column in statement.selected_columns])  # type: ignore[misc]  # noqa: PYI024

    def run(self, connection: Connection, keys: Iterable[str], **values: Any) -> Sequence[Any]:
        """Its rows, with attributes named like the columns."""
        if not hot.on_postgresql(connection):
            return self._ask.run(connection, {"keys": list(keys), **values})
        return [self._row(*row) for row in self._at_once.run(connection, [{"key": key, **values} for key in keys])]


class Together:
    """PostgreSQL: several statements for many rows as one, with a word of our own on what is given back of them.

    In `answer` they are called `w0`, `w1` and so on. None sees what another does.
    """

    def __init__(self, answer: str, *writes: Many) -> None:
        self._answer = answer
        self._writes = writes
        self._text = ""

    def run(self, connection: Connection, *rows: Sequence[Row]) -> list[Any]:
        """Execute all, each for its rows; the answer's rows as the driver gives them."""
        parts = [one.unpacked(connection.dialect) for one in self._writes]
        if not self._text:
            self._text = hot.joined(parts, self._answer)
        return hot.fetch(connection, self._text, hot.parameters(parts, rows))


_together: dict[tuple[Many, ...], str] = {}


def together(connection: Connection, *writes: tuple[Many, Sequence[Row]]) -> None:
    """Several statements about different rows, of which none needs what another does: one statement on PostgreSQL."""
    some = [(many, rows) for many, rows in writes if rows]
    if not some or not hot.on_postgresql(connection):
        for many, rows in some:
            many.run(connection, rows)
        return
    key = tuple(many for many, _ in some)
    parts = [many.unpacked(connection.dialect) for many in key]
    if key not in _together:
        _together[key] = hot.joined(parts)
    hot.fetch(connection, _together[key], hot.parameters(parts, [rows for _, rows in some]))


def if_new(table: Table, unique: Sequence[str] = (), told: Sequence[Any] = ()) -> Callable[[str], Executable]:
    """INSERT … ON CONFLICT DO NOTHING in the dialect's own words; `told`: what PostgreSQL gives back of new rows.

    Without `unique` every rule of uniqueness counts.
    """
    rule = list(unique) or None

    def build(dialect: str) -> Executable:
        if dialect == "sqlite":
            return sqlite.insert(table).on_conflict_do_nothing(index_elements=rule)
        made = postgresql.insert(table).on_conflict_do_nothing(index_elements=rule)
        return made.returning(*told) if told else made

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


class _Among(FunctionElement[Any]):
    """The first is a member of the list that the second is."""

    inherit_cache = True  # and no type: told that it is true or false, SQLite would compare it, and use no index


@compiles(_Among, "sqlite")
def _sqlite(element: Any, compiler: Any, **options: Any) -> str:
    column, some = (compiler.process(clause, **options) for clause in element.clauses)
    return f"({column} IN (SELECT value FROM json_each({some})))"  # noqa: S608 - no values in it


@compiles(_Among, "postgresql")
def _postgresql(element: Any, compiler: Any, **options: Any) -> str:
    column, some = (compiler.process(clause, **options) for clause in element.clauses)
    return f"({column} = ANY ({some}))"


def among(column: Any, name: str, *, numbers: bool = False) -> Any:
    """`column IN (the list parameter name)`: one parameter, so the statement's text never changes with the length."""
    return _Among(column, bindparam(name, type_=_List(numbers)))


def written(state: DeliveryState) -> Any:
    """The state written out in the statement, for comparisons.

    Compare it with a parameter, and SQLite prepares the statement anew each time it runs: it looks at the value to see
    whether a partial index fits.
    """
    return literal_column(f"'{state}'")


class _Stands(FunctionElement[Any]):
    """The row's state is the one written out; says nothing that an index could be chosen by."""

    inherit_cache = True

    def __init__(self, column: Any, state: DeliveryState) -> None:
        super().__init__(column, written(state))


@compiles(_Stands, "sqlite")
def _stands_on_sqlite(element: Any, compiler: Any, **options: Any) -> str:
    column, state = (compiler.process(clause, **options) for clause in element.clauses)
    return f"{column} = {state}"


@compiles(_Stands, "postgresql")
def _stands_on_postgresql(element: Any, compiler: Any, **options: Any) -> str:
    column, state = (compiler.process(clause, **options) for clause in element.clauses)
    return f"COALESCE({column}, '') = {state}"


def stands(column: Any, state: DeliveryState) -> Any:
    """The row is in this state, where rows are found by id or lane.

    Said plainly, PostgreSQL would look through all that is pending for a few ids as soon as it takes that for less
    work: on a table it knows nothing of yet, or one that had nothing pending when it last looked.
    """
    return _Stands(column, state)


def is_in(column: Any, *states: DeliveryState) -> Any:
    """The column holds one of the states; of open ones in the words of the partial indexes, else these do not fit."""
    condition = or_(*(column == written(state) for state in sorted(states)))
    if not set(states) <= OPEN:
        return condition
    words = and_(*(column != written(state) for state in sorted(set(DeliveryState) - OPEN)))
    return words if set(states) == OPEN else and_(condition, words)
