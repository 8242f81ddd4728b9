"""Superseding, skipping, editing and deciding, mixed into everything else in any order, break neither P2 nor P3."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from hypothesis.stateful import run_state_machine_as_test

from gateway.ledger.ledger import SqlLedger
from gateway.ledger.migrate import migrate
from gateway.ledger.storage import sqlite_url
from gateway.operations.deliveries import DeliveryOperations
from gateway.settings import LedgerSettings
from tests.builders import RING
from tests.property.model.by_hand import ByHandMachine
from tests.property.model.world import World
from tests.property.test_operations_model import _TIMES, NewWorld, _looking


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
def test_whatever_people_do_by_hand_in_whatever_order(new_world: NewWorld) -> None:
    machine = type("Machine", (ByHandMachine,), {"new_world": staticmethod(new_world)})
    run_state_machine_as_test(machine, settings=_looking(25, 40))
