"""What a process stands on is looked at: ledger, broker, disk, the last backup."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from gateway.delivery.vitals import BACKUP_MARK, look
from gateway.telemetry.metrics import Metrics


@dataclass
class Part:
    """Something that can be ready or not."""

    flaw: str | None = None

    async def ready(self) -> str | None:
        return self.flaw


def shown(metrics: Metrics, name: str) -> float | None:
    return metrics.registry.get_sample_value(f"lienthong_{name}")


async def test_what_is_away_is_shown_as_away(tmp_path: Path) -> None:
    metrics = Metrics("test")
    await look(metrics.vitals, Part(), Part("không tới được / unreachable"), tmp_path)
    assert (shown(metrics, "ledger_up"), shown(metrics, "broker_up")) == (1, 0)
    await look(metrics.vitals, Part("đĩa đầy / disk full"), Part(), tmp_path)
    assert (shown(metrics, "ledger_up"), shown(metrics, "broker_up")) == (0, 1)


async def test_disk_and_the_last_backup_are_shown(tmp_path: Path) -> None:
    metrics = Metrics("test")
    await look(metrics.vitals, Part(), Part(), tmp_path)
    assert shown(metrics, "last_backup_timestamp_seconds") == 0
    free, size = shown(metrics, "data_free_bytes"), shown(metrics, "data_size_bytes")
    assert free and size and 0 < free <= size
    (tmp_path / BACKUP_MARK).touch()
    os.utime(tmp_path / BACKUP_MARK, (1_790_000_000, 1_790_000_000))
    await look(metrics.vitals, Part(), Part(), tmp_path)
    assert shown(metrics, "last_backup_timestamp_seconds") == 1_790_000_000


def test_who_does_the_timed_work_says_so_while_it_does() -> None:
    metrics = Metrics("test")
    with metrics.vitals.leading():
        assert shown(metrics, "scheduler_leads") == 1
    assert shown(metrics, "scheduler_leads") == 0
