"""A look now and then at what a process stands on: ledger, broker, the disk of the data folder, the last backup."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path
from typing import Protocol

import structlog

from gateway.telemetry.metrics import VitalMetrics

log = structlog.get_logger(__name__)

BACKUP_MARK = "last-backup"
"""A file of the data folder, changed at the end of the last backup: by `lienthong backup`, or touched by
whoever backs up PostgreSQL."""
_EVERY = 10.0


class _Ready(Protocol):
    async def ready(self) -> str | None: ...


async def watch_vitals(
    vitals: VitalMetrics, ledger: _Ready, broker: _Ready, data_dir: Path, every: float = _EVERY
) -> None:
    """Keep the gauges fresh until cancelled; a look that fails is not the last."""
    while True:
        try:
            await look(vitals, ledger, broker, data_dir)
        except Exception:
            log.exception("vitals.failed")
        await asyncio.sleep(every)


async def look(vitals: VitalMetrics, ledger: _Ready, broker: _Ready, data_dir: Path) -> None:
    """Read the gauges once."""
    vitals.ledger_up.set(await ledger.ready() is None)
    vitals.broker_up.set(await broker.ready() is None)
    disk = await asyncio.to_thread(shutil.disk_usage, data_dir)
    vitals.disk_free.set(disk.free)
    vitals.disk_size.set(disk.total)
    mark = data_dir / BACKUP_MARK
    vitals.last_backup.set(mark.stat().st_mtime if mark.exists() else 0)
