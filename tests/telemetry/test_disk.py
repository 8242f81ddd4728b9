"""Too little room: nothing more is taken, in words; what was taken is delivered; somebody is told beforehand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from gateway.acceptance.accept import Acceptance
from gateway.acceptance.routing import Router
from gateway.edge_settings import DiskSettings
from gateway.errors import LedgerUnavailable
from gateway.ledger.ledger import SqlLedger
from gateway.message import Client
from gateway.scheduler.watch import findings
from gateway.settings import CodeRuleSettings, load_settings
from gateway.telemetry.disk import Disk, free_bytes
from gateway.telemetry.metrics import Metrics
from tests.builders import RING, a_begin, a_delivery, a_message, a_settlement
from tests.intake.conftest import a_door, code_rules
from tests.intake.documents import an_event
from tests.ledger.conftest import ledger

__all__ = ["code_rules", "ledger"]

MIB = 1 << 20
SETTINGS = DiskSettings(refuse_below=100 * MIB, warn_below=200 * MIB, folders=(Path("/postgresql"),))


class Meter:
    """Free bytes as a test says them, and how often somebody asked."""

    def __init__(self, **free: int) -> None:
        self.free, self.asked = free, 0

    def __call__(self, folder: Path) -> int:
        self.asked += 1
        if folder.name not in self.free:
            raise FileNotFoundError(folder)
        return self.free[folder.name] * MIB


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize(
    ("free", "short", "low"),
    [
        ({"data": 500, "postgresql": 500}, False, None),
        ({"data": 150, "postgresql": 500}, False, "/data"),
        ({"data": 500, "postgresql": 99}, True, "/postgresql"),
        ({"data": 100, "postgresql": 100}, False, "/data"),
        ({"data": 99}, True, "/data"),
        ({}, False, None),
    ],
)
async def test_the_fullest_disk_decides(free: dict[str, int], short: bool, low: str | None) -> None:
    disk = Disk(Path("/data"), SETTINGS, Meter(**free))
    assert disk.short() is short
    least = disk.low()
    assert (str(least[1]) if least else None) == low
    told = await disk.ready()
    assert bool(told) is short and (" / " in (told or " / "))


def test_the_system_is_asked_once_a_second_however_many_messages_come() -> None:
    meter, clock = Meter(data=500, postgresql=500), Clock()
    disk = Disk(Path("/data"), SETTINGS, meter, clock)
    assert not any(disk.short() for _ in range(100)) and meter.asked == 2
    meter.free["data"], clock.now = 1, 0.9
    assert not disk.short()
    clock.now = 1.0
    assert disk.short() and meter.asked == 4


def test_a_real_disk_has_room_to_tell(tmp_path: Path) -> None:
    assert free_bytes(tmp_path) > 0
    assert not Disk(tmp_path, DiskSettings(refuse_below=0)).short()
    assert Disk(tmp_path, DiskSettings(refuse_below=1 << 62)).short()


def an_acceptance(ledger: Any, disk: Disk) -> Acceptance:
    class Never:
        def full(self) -> bool:
            return False

    return Acceptance(ledger, Router(load_settings(environment={}).routes), RING, Metrics("t"), Never(), disk.short)


async def test_senders_are_told_to_come_back_and_nothing_is_stored(
    ledger: SqlLedger, code_rules: CodeRuleSettings
) -> None:
    meter, clock = Meter(data=99), Clock()
    acceptance = an_acceptance(ledger, Disk(Path("/data"), SETTINGS, meter, clock))
    async with a_door(code_rules, acceptance, ledger) as door:
        body = orjson.dumps(an_event())
        response, problem = await door.post(body)
        assert response.status == 503 and int(response.headers["Retry-After"]) > 0
        assert problem["errors"][0]["code"] == "LEDGER_UNAVAILABLE"
        assert (await ledger.balance())["accepted"] == 0
        meter.free["data"], clock.now = 500, 2.0
        response, _ = await door.post(body)
        assert response.status == 202


async def test_what_was_taken_is_delivered_and_settled_while_nothing_more_is_taken(ledger: SqlLedger) -> None:
    delivery = a_delivery()
    await ledger.accept([a_message(delivery)])
    acceptance = an_acceptance(ledger, Disk(Path("/data"), SETTINGS, Meter(data=1)))
    with pytest.raises(LedgerUnavailable):
        await acceptance.accept_all(Client("mc"), [])
    await ledger.begin_attempt(a_begin(delivery.id))
    assert await ledger.settle(a_settlement(delivery.id))
    assert (await ledger.balance())["delivered"] == 1


def test_an_alert_names_the_disk_and_what_happens_next() -> None:
    [found] = findings.low_disk(Disk(Path("/data"), SETTINGS, Meter(data=150)).low())
    assert (found.kind, found.key) == ("disk", "/data") and "503" in found.vi and "503" in found.en
    assert list(findings.low_disk(None)) == []
