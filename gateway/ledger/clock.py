"""The ledger's clock: PostgreSQL's own, so that no process with a wrong one can end a lease or bring a retry forward.

On SQLite one process owns the ledger and its clock is the ledger's: whoever runs a statement with one of these brings
the moment as `now`. On PostgreSQL that parameter is not looked at.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BindParameter, Float, bindparam
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from gateway.ledger.types import UtcDateTime


class _Moment(FunctionElement[datetime]):
    inherit_cache = True
    type = UtcDateTime()


class ledger_now(_Moment):  # noqa: N801 - written like the SQL function it is
    """The moment at which the statement came in. Stable within it, so an index on moments is used."""

    inherit_cache = True

    def __init__(self) -> None:
        super().__init__(bindparam("now", type_=UtcDateTime()))


class from_now(_Moment):  # noqa: N801 - as above
    """So many seconds from now, given in the parameter `name`; NULL where it is None."""

    inherit_cache = True

    def __init__(self, name: str) -> None:
        seconds: BindParameter[float] = bindparam(name, type_=Float())
        super().__init__(seconds, bindparam("now", type_=UtcDateTime()))


@compiles(ledger_now, "postgresql")
def _now_on_postgresql(element: Any, compiler: Any, **options: Any) -> str:  # noqa: ARG001 - its parameter is not for here
    return "statement_timestamp()"


@compiles(ledger_now, "sqlite")
def _now_on_sqlite(element: Any, compiler: Any, **options: Any) -> str:
    return str(compiler.process(element.clauses, **options))


@compiles(from_now, "postgresql")
def _later_on_postgresql(element: Any, compiler: Any, **options: Any) -> str:
    seconds, _ = element.clauses
    return f"statement_timestamp() + make_interval(secs => {compiler.process(seconds, **options)})"


@compiles(from_now, "sqlite")
def _later_on_sqlite(element: Any, compiler: Any, **options: Any) -> str:
    seconds, now = element.clauses
    said, then = compiler.process(seconds, **options), compiler.process(now, **options)
    return f"{then} + CAST({said} * 1000000 AS INTEGER)"


def now() -> datetime:
    """The clock of this process."""
    return datetime.now(UTC)


def seconds_until(moment: datetime | None, now: datetime) -> float:
    """How long from now until then; 0 where there is no such moment, or it is past."""
    return max(0.0, (moment - now) / timedelta(seconds=1)) if moment is not None else 0.0
