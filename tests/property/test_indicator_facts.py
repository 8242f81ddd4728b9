"""Any order of snapshots, payments and looks, with any repeats, gives the same facts and the same sums."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, select
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.pool import StaticPool

from gateway.ledger.indicators import count
from gateway.ledger.indicators.port import COUNTS, Counted, DossierFacts
from gateway.ledger.indicators.tables import indicator_day, indicator_fact
from gateway.ledger.schema import metadata

_START = datetime(2025, 3, 10, tzinfo=UTC)
_DAYS = ("2025-03-10", "2025-03-11", None)
_MARKS = st.frozensets(st.sampled_from(["online", "fee_bearing", "digitised", "paid_declared", "in_time", "judged"]))


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    engine = create_engine("sqlite://", poolclass=StaticPool)
    metadata.create_all(engine)
    yield engine
    engine.dispose()


@st.composite
def _snapshots(draw: st.DrawFn) -> list[DossierFacts]:
    """Snapshots of a few dossiers, each of which is told with or without a sequence and a time."""
    made = []
    for subject, with_sequence, with_time in (("A", True, False), ("B", False, True), ("C", False, False)):
        for _ in range(draw(st.integers(0, 4))):
            number = draw(st.integers(1, 5))
            received = draw(st.sampled_from(_DAYS))
            made.append(
                DossierFacts(
                    subject, f"m-{len(made)}", len(made) + 1,
                    number if with_sequence else None,
                    _START + timedelta(hours=number) if with_time else None,
                    draw(st.sampled_from(["H46.1", "H46.2"])), "commune", "1.000001",
                    received, draw(st.sampled_from(_DAYS)) if received else None,
                    marks=draw(_MARKS), working_seconds=number,
                )
            )  # fmt: skip
    return made


def _counted(connection: Connection, steps: list[list[DossierFacts]]) -> None:
    for number, facts in enumerate(steps):
        assert count.note(connection, Counted(number, number + 1, facts), "portal", _START)


def _found(connection: Connection) -> tuple[list[Any], list[Any]]:
    days = select(indicator_day).order_by(indicator_day.c.day, indicator_day.c.agency)
    sums = [row for row in connection.execute(days) if any(row[4:])]
    return list(connection.execute(select(indicator_fact).order_by(indicator_fact.c.subject))), sums


def _in_memory(engine: Engine, steps: list[list[DossierFacts]], *, anew: bool = False) -> tuple[list[Any], list[Any]]:
    with engine.connect() as connection:
        try:
            _counted(connection, steps)
            if anew:
                count.begin_anew(connection)
                while count.recount_day(connection):
                    pass
            return _found(connection)
        finally:
            connection.rollback()


@settings(max_examples=60, deadline=None)
@given(st.data(), _snapshots())
def test_any_order_and_any_repeats_give_the_same(
    engine: Engine, data: st.DataObject, snapshots: list[DossierFacts]
) -> None:
    facts, sums = _in_memory(engine, [[one] for one in snapshots])
    repeated = snapshots + (data.draw(st.lists(st.sampled_from(snapshots), max_size=4)) if snapshots else [])
    shuffled = data.draw(st.permutations(repeated))
    cut = data.draw(st.integers(0, len(shuffled)))
    assert _in_memory(engine, [list(shuffled[:cut]), list(shuffled[cut:])]) == (facts, sums)
    assert _in_memory(engine, [[one] for one in shuffled], anew=True) == (facts, sums)


@settings(max_examples=30, deadline=None)
@given(_snapshots())
def test_the_sums_are_those_of_the_facts(engine: Engine, snapshots: list[DossierFacts]) -> None:
    facts, sums = _in_memory(engine, [[one] for one in snapshots])
    received = Counter(row.received_day for row in facts if row.received_day)
    assert sum(row.received for row in sums) == sum(received.values())
    assert sum(row.finished for row in sums) == sum(1 for row in facts if row.received_day and row.finished_day)
    assert all(number >= 0 for row in sums for number in row[4 : 4 + len(COUNTS)])
