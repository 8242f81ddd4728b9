"""Who owns an embedded ledger: one `serve` at a time, found by everybody else through a lock file.

The lock is the kernel's (`flock`), so it goes with its process, however that ends; a file left behind locks nothing.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from gateway.errors import GatewayError

LOCK = "serve.lock"


class FolderOwnedError(GatewayError):
    """Another gateway already serves this data folder."""


@dataclass(frozen=True, slots=True)
class Owner:
    """The gateway that serves a data folder. `address` is empty while it is still starting."""

    pid: int
    address: str


@contextmanager
def owned(data_dir: Path) -> Iterator[Callable[[str], None]]:
    """Own the folder until left; gives a function by which the owner tells where it listens.

    Raises `FolderOwnedError` when somebody else does.
    """
    descriptor = os.open(data_dir / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            other = _read(descriptor)
            raise FolderOwnedError(
                f"Thư mục dữ liệu {data_dir} đang được tiến trình {other.pid} phục vụ ({other.address}); hãy dừng tiến "
                f"trình ấy hoặc chọn data_dir khác. / The data folder {data_dir} is served by process {other.pid} "
                f"({other.address}); stop that one or choose another data_dir."
            ) from None
        _write(descriptor, Owner(os.getpid(), ""))
        yield lambda address: _write(descriptor, Owner(os.getpid(), address))
    finally:
        os.close(descriptor)


def owner_of(data_dir: Path) -> Owner | None:
    """Who serves the folder now; None when nobody does."""
    try:
        descriptor = os.open(data_dir / LOCK, os.O_RDWR)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _read(descriptor)
    finally:
        os.close(descriptor)
    return None


def _write(descriptor: int, owner: Owner) -> None:
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, json.dumps({"pid": owner.pid, "address": owner.address}).encode(), 0)


def _read(descriptor: int) -> Owner:
    """What the owner wrote; between its truncating and its writing there is nothing to read."""
    try:
        told = json.loads(os.pread(descriptor, 4096, 0))
        return Owner(int(told["pid"]), str(told["address"]))
    except (ValueError, KeyError):
        return Owner(0, "")
