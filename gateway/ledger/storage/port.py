"""What the ledger asks of the place where it rests, and how that place says no."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, Protocol, TypeVar

from sqlalchemy import Connection

R = TypeVar("R")


class LostRaceError(Exception):
    """Another transaction was in the way (a deadlock): this one was rolled back whole, and may be run again."""


class StatementRefusedError(Exception):
    """PostgreSQL will never carry this out: a broken rule, or a statement or value that is wrong."""

    def __init__(self, word: str, constraint: str | None) -> None:
        super().__init__(f"PostgreSQL refuses this: {word} {constraint or ''}".rstrip())


Way = Literal["outcomes", "starts", "intake"]
"""How brief transactions go: on PostgreSQL each of these has a connection of its own, so none waits for another."""


class Storage(Protocol):
    """Runs functions over a connection, off the event loop."""

    alone: bool
    """Whether one process owns it: then nobody else offers, delivers or lives."""

    async def write(self, work: Callable[[Connection], R], *, brief: bool = False, way: Way = "outcomes") -> R:
        """One transaction; returns after its commit, or raises and nothing was stored.

        `brief`: the work is bounded and small (a group commit), so it may be done on the event loop. `way`: of brief
        work; what starts attempts is on PostgreSQL one statement at most, which is a transaction by itself. Whoever is
        cancelled while waiting abandons the answer, never the transaction.

        `LedgerUnavailable` says that the storage itself failed (full, locked, gone), so the same may work later;
        `LostRaceError` that it works if tried again at once. What the database refuses (a broken rule, a wrong
        statement) is raised as it is: trying again would not help.
        """

    async def read(self, work: Callable[[Connection], R], *, brief: bool = False, whole: bool = False) -> R:
        """Reads; on SQLite in one snapshot. `brief`: a few rows by their ids. Raises as `write` does.

        `whole`: in one snapshot on PostgreSQL too, for what compares rows of several statements.
        """

    async def close(self) -> None:
        """Let go of all connections."""
