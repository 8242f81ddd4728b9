"""No operation, in any order, breaks P2 or P3 or loses an audit entry: the real ledger beside a model of its users."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from gateway.ledger import lanes, operate, settle
from gateway.ledger.address import sqlite_url
from gateway.ledger.ledger import SqlLedger
from gateway.ledger.migrate import migrate
from gateway.operations.deliveries import DeliveryOperations
from gateway.settings import LedgerSettings
from tests.builders import RING
from tests.property.model.people import OperatingMachine
from tests.property.model.world import World
from tests.services import databases

_TIMES = int(os.environ.get("LIENTHONG_TEST_MODEL_TIMES", "1"))
"""How much longer than usual to look; then every run looks elsewhere."""

NewWorld = Callable[[], World]


def _looking(examples: int, steps: int, **more: Any) -> settings:
    return settings(
        max_examples=examples * _TIMES,
        stateful_step_count=steps,
        deadline=None,
        derandomize=_TIMES == 1,
        database=None,
        suppress_health_check=list(HealthCheck),
        **more,
    )


def _run(new_world: NewWorld, profile: settings) -> None:
    machine = type("Machine", (OperatingMachine,), {"new_world": staticmethod(new_world)})
    run_state_machine_as_test(machine, settings=profile)


@pytest.fixture
def new_world(tmp_path: Path) -> Iterator[NewWorld]:
    """Makes an empty world on SQLite."""
    template, numbers = tmp_path / "empty.db", count()
    with asyncio.Runner() as runner:
        runner.run(migrate(sqlite_url(template)))

        def make() -> World:
            path = tmp_path / f"{next(numbers)}.db"
            shutil.copyfile(template, path)

            async def opened() -> SqlLedger:
                return SqlLedger(sqlite_url(path), RING, LedgerSettings())

            return World(runner, runner.run(opened()), operations=DeliveryOperations)

        yield make


@pytest.mark.timeout(120 * _TIMES)
def test_whatever_is_done_in_whatever_order_on_sqlite(new_world: NewWorld) -> None:
    _run(new_world, _looking(20, 40))


@pytest.mark.timeout(120 * _TIMES)
def test_whatever_is_done_in_whatever_order_on_postgresql(postgres_server: str) -> None:
    with asyncio.Runner() as runner:
        url = runner.run(databases.create(postgres_server, migrated=True))

        async def opened() -> SqlLedger:
            await databases.empty(url)
            return SqlLedger(url, RING, LedgerSettings())

        try:
            _run(lambda: World(runner, runner.run(opened()), operations=DeliveryOperations), _looking(4, 40))
        finally:
            runner.run(databases.drop(postgres_server, url))


async def _without_audit(_ledger: SqlLedger, _entry: Any) -> None:
    return None


def _backwards(lane: lanes.Lane) -> int:
    lane.next_position += 1
    return 1_000 - lane.next_position


_FLAWS: dict[str, tuple[Any, str, Any]] = {
    "a discarded head frees nobody": (operate, "promote", lambda *_: 0),
    "a settled head frees nobody": (settle, "promote", lambda *_: 0),
    "refused actions leave no trace": (SqlLedger, "record_audit", _without_audit),
    "a replay is offered to nobody": (operate, "into_outbox", lambda *_: None),
    "a lane hands out its places backwards": (lanes, "_next_position", _backwards),
}


@pytest.mark.parametrize("flaw", _FLAWS)
def test_the_model_sees_what_is_broken(flaw: str, new_world: NewWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    owner, name, broken = _FLAWS[flaw]
    monkeypatch.setattr(owner, name, broken)
    with pytest.raises(AssertionError):
        _run(new_world, _looking(25, 40, phases=(Phase.generate,)))
