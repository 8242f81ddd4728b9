"""Everything wrong that can be sent, in front of a real ledger: nothing of it is stored, not even by half."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import func, select

from gateway.acceptance.accept import Acceptance
from gateway.acceptance.routing import Router
from gateway.ledger.address import sqlite_url
from gateway.ledger.ledger import SqlLedger
from gateway.ledger.migrate import migrate
from gateway.ledger.schema import metadata
from gateway.settings import CodeRuleSettings, LedgerSettings, load_settings
from gateway.telemetry.metrics import Metrics
from tests.builders import RING
from tests.intake.conftest import Door, a_door
from tests.intake.documents import CODE, an_event, with_value
from tests.intake.questions import GOOD, asking
from tests.intake.test_intake_bad_input import CASES, CLOSED, assert_no_traceback

BATCH = "application/cloudevents-batch+json"
NDJSON = "application/x-ndjson"


class Never:
    """A backlog that is never full."""

    def full(self) -> bool:
        return False


@dataclass
class RealDoor:
    door: Door
    ledger: SqlLedger

    async def rows(self) -> dict[str, int]:
        """How many rows every table holds; only those that hold any."""
        counts = {name: select(func.count()).select_from(table) for name, table in metadata.tables.items()}
        found = await self.ledger._storage.read(
            lambda c: {name: int(c.execute(count).scalar_one()) for name, count in counts.items()}
        )
        return {name: count for name, count in found.items() if count}


@pytest.fixture
async def real(
    tmp_path: Path, code_rules: CodeRuleSettings, caplog: pytest.LogCaptureFixture
) -> AsyncIterator[RealDoor]:
    caplog.set_level(logging.DEBUG)
    url = sqlite_url(tmp_path / "ledger.db")
    await migrate(url)
    ledger = SqlLedger(url, RING, LedgerSettings())
    acceptance = Acceptance(ledger, Router(load_settings(environment={}).routes), RING, Metrics("test"), Never())
    async with a_door(code_rules, acceptance, ledger) as door:
        yield RealDoor(door, ledger)
    await ledger.close()


async def test_the_whole_table_of_bad_input_leaves_not_one_row(
    real: RealDoor, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    for case in sorted(CASES, key=CLOSED.__contains__):
        if case in CLOSED:
            real.door.move_to_2026()
        answer = await real.door.call(case.method, case.path, case.body, case.content_type, case.headers, case.key)
        response, problem = answer
        assert response.status == case.status, (case.name, problem)
        assert {(one["code"], one["pointer"]) for one in problem["errors"]} == case.errors, case.name
    assert await real.rows() == {}
    assert_no_traceback(caplog, capfd)


async def test_a_good_event_is_one_message_with_its_delivery(real: RealDoor) -> None:
    response, _ = await real.door.post(orjson.dumps(an_event()))
    assert response.status == 202
    rows = await real.rows()
    assert rows.pop("sought") > 0  # by whom it is found
    assert rows == {"message": 1, "lane": 1, "delivery": 1, "outbox": 1}


@pytest.mark.parametrize(("type_", "data"), GOOD)
async def test_a_good_question_is_one_message_with_its_delivery_however_it_was_typed(
    real: RealDoor, type_: str, data: dict[str, Any]
) -> None:
    response, first = await real.door.post(asking(type_, data))
    assert (response.status, first) == (202, {"id": first["id"], "state": "accepted", "duplicate": False})
    typed = {**data, "dossier_code": f" {CODE.lower()} "}
    response, again = await real.door.post(asking(type_, typed, subject=CODE.lower()))
    assert (response.status, again) == (202, {**first, "duplicate": True})
    rows = await real.rows()
    rows.pop("sought", None)
    assert rows == {"message": 1, "delivery": 1, "outbox": 1}


@pytest.mark.parametrize("last", [with_value("/data/note", "Khác"), with_value("/data/status", "x", id="hs-3")])
async def test_a_batch_with_one_bad_event_adds_nothing(real: RealDoor, last: bytes) -> None:
    await real.door.post(orjson.dumps(an_event()))
    before = await real.rows()
    response, _ = await real.door.post(b"[" + orjson.dumps(an_event(id="hs-2")) + b"," + last + b"]", BATCH)
    assert response.status in (409, 422)
    assert await real.rows() == before


async def test_a_batch_that_contradicts_itself_adds_nothing_and_says_where(real: RealDoor) -> None:
    events = [orjson.dumps(an_event(id="a")), orjson.dumps(an_event(id="b")), with_value("/data/note", "Khác", id="a")]
    response, problem = await real.door.post(b"[" + b",".join(events) + b"]", BATCH)
    assert (response.status, problem["errors"][0]["pointer"]) == (409, "/2")
    assert "phần tử 0" in problem["errors"][0]["message"]
    assert await real.rows() == {}


async def test_of_lines_the_good_ones_are_stored_whatever_stands_between(real: RealDoor) -> None:
    lines = [
        orjson.dumps(an_event(id="a")),
        with_value("/data/note", "Khác", id="a"),
        b"{broken",
        orjson.dumps(an_event(id="b")),
        with_value("/data/status", "x", id="c"),
    ]
    _, raw = await real.door.post(b"\n".join(lines), NDJSON)
    assert [orjson.loads(line)["status"] for line in raw.splitlines()] == [202, 409, 400, 202, 422]
    rows = await real.rows()
    assert (rows["message"], rows["delivery"]) == (2, 2)
