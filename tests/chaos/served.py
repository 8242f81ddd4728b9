"""The product's own command with three switches that only chaos needs: `python -m tests.chaos.served serve …`.

The clock of this process jumps by as many seconds as stand in the file CHAOS_CLOCK; the disk of its SQLite ledger is
full while the file CHAOS_DISK_FULL is there; leases outlive a call by CHAOS_LEASE_MARGIN seconds instead of half a
minute, so that a frozen process is overtaken while somebody still waits for it. Everything else is `lienthong`.
"""

from __future__ import annotations

import os
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import time_machine
from sqlalchemy import Connection, event
from sqlalchemy.engine import Engine

CLOCK, DISK_FULL, LEASE_MARGIN = "CHAOS_CLOCK", "CHAOS_DISK_FULL", "CHAOS_LEASE_MARGIN"
PLANTED = "CHAOS_PLANTED"
"""Words, each a fault of `tests.chaos.broken`: only for the test of the judge."""
_NO_BOUND = 4294967294
_LOOK_EVERY = 0.1


def main() -> None:
    """Set the switches up, then be the command."""
    if clock := os.environ.get(CLOCK):
        threading.Thread(target=_keep_clock, args=(Path(clock),), daemon=True).start()
    if marker := os.environ.get(DISK_FULL):
        _bound_sqlite(Path(marker))
    if margin := os.environ.get(LEASE_MARGIN):
        _shorten_leases(timedelta(seconds=float(margin)))
    for word in os.environ.get(PLANTED, "").split():
        from tests.chaos.broken import PLANTS

        PLANTS[word]()
    from gateway.__main__ import main as lienthong

    lienthong()


def _keep_clock(file: Path) -> None:
    """Jump whenever the file says another offset. Only what people call time jumps, never the monotonic clock."""
    ahead, jump = 0.0, None
    while True:
        wanted = float(file.read_text() or 0) if file.exists() else 0.0
        if wanted != ahead:
            if jump is not None:
                jump.stop()
                jump = None
            if wanted:
                jump = time_machine.travel(datetime.now(UTC) + timedelta(seconds=wanted), tick=True)
                jump.start()
            ahead = wanted
        threading.Event().wait(_LOOK_EVERY)


def _bound_sqlite(marker: Path) -> None:
    """While the marker is there the file cannot grow: SQLite itself then says that the disk is full."""

    @event.listens_for(Engine, "begin")
    def _bound(connection: Connection) -> None:
        if connection.dialect.name == "sqlite":
            # SQLite takes 1 as "no page more than there are".
            connection.exec_driver_sql(f"PRAGMA max_page_count = {1 if marker.exists() else _NO_BOUND}")


def _shorten_leases(margin: timedelta) -> None:
    from gateway.delivery import deliver

    assert isinstance(deliver.LEASE_MARGIN, timedelta)
    deliver.LEASE_MARGIN = margin


if __name__ == "__main__":
    main()
