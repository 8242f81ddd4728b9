"""How much room the disks of this installation have left, and whether that is too little to take anything more."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from gateway.edge_settings import DiskSettings

_ASK_EVERY = 1.0
"""Seconds for which an answer of the operating system counts: a message costs no question."""


def free_bytes(folder: Path) -> int:
    """What is free on the disk of a folder."""
    return shutil.disk_usage(folder).free


class Disk:
    """The least room of the data folder and of the folders named beside it.

    Below `refuse_below` nothing more is taken, while what is needed to deliver and settle still fits; below
    `warn_below` somebody is told. A folder that cannot be looked at says nothing: the ledger itself will.
    """

    def __init__(
        self,
        data_dir: Path,
        settings: DiskSettings,
        meter: Callable[[Path], int] = free_bytes,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`meter` gives the free bytes of a folder, or raises `OSError`."""
        self._folders: Sequence[Path] = (data_dir, *settings.folders)
        self._settings = settings
        self._meter = meter
        self._clock = clock
        self._asked_at = float("-inf")
        self._least: tuple[int, Path] | None = None

    def least(self) -> tuple[int, Path] | None:
        """Free bytes and the folder where they are fewest; None where nothing can be said."""
        if self._clock() - self._asked_at >= _ASK_EVERY:
            self._asked_at = self._clock()
            self._least = min(self._looked(), default=None)
        return self._least

    def _looked(self) -> list[tuple[int, Path]]:
        found = []
        for folder in self._folders:
            try:
                found.append((self._meter(folder), folder))
            except OSError:
                continue
        return found

    def short(self) -> bool:
        """Whether too little is left to take anything more."""
        return self._below(self._settings.refuse_below)

    def low(self) -> tuple[int, Path] | None:
        """What is left, and where, once somebody should make room."""
        return self.least() if self._below(self._settings.warn_below) else None

    def _below(self, bound: int) -> bool:
        least = self.least()
        return least is not None and least[0] < bound

    async def ready(self) -> str | None:
        """What is wrong for `/readyz`; None when there is room."""
        least = self.least()
        if least is None or not self.short():
            return None
        free, folder = least
        return (
            f"Đĩa của {folder} chỉ còn {free >> 20} MiB: không nhận thêm; hãy dọn chỗ. / Only {free >> 20} MiB are "
            f"free on the disk of {folder}: nothing more is taken; make room."
        )
