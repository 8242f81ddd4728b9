"""Putting a backup back, and making an installation safe whose ledger is older than what the world has seen.

Between the backup and the loss things went out and came in that this ledger knows nothing of. So nothing is sent until
a person says so: every destination is paused. What may not be sent twice and was open at the backup is shown as
uncertain instead of being sent (`gateway.delivery.restored`). What was accepted after the backup is lost here: its
senders send it again; what they send twice is recognised by its id.

Until all of that is done a mark in the data folder keeps the gateway from starting: a restore that was cut off is
finished by the same command.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from adapters.registry import ADAPTERS
from gateway.acceptance.modes import destinations_of
from gateway.bootstrap.backup import (
    CONFIGURATION,
    KEYS,
    LEDGER,
    MANIFEST,
    BackupError,
    Manifest,
    read_manifest,
    sync,
    sync_one,
)
from gateway.bootstrap.data import open_ledger
from gateway.delivery.open_routes import open_routes
from gateway.delivery.restored import MARK, begin_restore, begun_restore, end_restore, write_doubtful
from gateway.errors import ConfigurationError, StateError
from gateway.ledger.copying import flaw_of
from gateway.ledger.owner import owned
from gateway.ledger.port import Ledger
from gateway.message import DeliveryState
from gateway.operations.live import load_catalogue, own_folder
from gateway.operations.steering import SteeringOperations
from gateway.settings import Settings

_PAGE = 500
_BESIDE = ("wal", "shm", "journal")
"""What SQLite would replay into whatever ledger lies beside them."""
_APART = frozenset({LEDGER, MANIFEST, *KEYS})
"""Of a backup's files, those that are looked at otherwise."""
_UNSENT = (DeliveryState.HELD, DeliveryState.PENDING, DeliveryState.WAITING)
"""What the backup takes for not sent. `delivering` is found under way and treated as unclear at every start."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What is to be known after a restore."""

    made_at: str
    paused: tuple[str, ...]
    doubtful: int
    """Deliveries that will be shown as uncertain instead of being sent."""
    balance: Mapping[str, Any]


def put_back(backup: Path, data_dir: Path, ledger: Path | None = None) -> str:
    """Check every byte of a backup and lay it into an empty data folder; when it was made.

    `ledger`: where its file belongs, if not into that folder. Raises `BackupError`, `FolderOwnedError`.

    Killed at any moment, it is done again with the same backup; until `make_safe` is through, the gateway does not
    start. The configuration is laid beside, as `lienthong.toml.restored`: which one is in force is for a person to say.
    """
    manifest = read_manifest(backup)
    if flaw := flaw_of(backup / LEDGER):
        raise BackupError(f"Sổ trong bản sao lưu hỏng: {flaw}. / The ledger of the backup is damaged: {flaw}.")
    if not manifest.keys and not (data_dir / "keys.json").exists():
        raise BackupError(
            f"Bản sao lưu không kèm khoá: hãy đặt keys.json và signing.json vào {data_dir} trước. / This backup is "
            f"without keys: put keys.json and signing.json into {data_dir} first."
        )
    try:
        data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        with owned(data_dir):
            _lay_down(backup, data_dir, ledger or data_dir / LEDGER, manifest)
    except OSError as exc:
        raise BackupError(
            f"Chưa khôi phục xong: {exc}; hãy sửa nguyên nhân rồi chạy lại với chính bản sao lưu ấy. / The restore is "
            f"not through: {exc}; mend the cause, then run it again with the same backup."
        ) from exc
    return manifest.made_at


def _lay_down(backup: Path, data_dir: Path, ledger: Path, manifest: Manifest) -> None:
    digest = str(manifest.files[LEDGER]["sha256"])
    if (goes_on := begun_restore(data_dir) == digest) and ledger.exists():
        return
    _refuse_what_is_there(data_dir, ledger, manifest.files, goes_on=goes_on)
    begin_restore(data_dir, digest)
    for name in manifest.files:
        target = data_dir / _laid_as(name)
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if name not in (LEDGER, MANIFEST):
            shutil.copy2(backup / name, target)
    ledger.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = ledger.with_name(f"{ledger.name}.part")
    shutil.copy2(backup / LEDGER, draft)
    sync_one(draft)
    sync_one(draft.parent)
    sync(data_dir)
    draft.rename(ledger)  # last: without it a restore that was cut off is begun anew


def _laid_as(name: str) -> str:
    """Where a file of the backup goes, in the data folder."""
    return f"{CONFIGURATION}.restored" if name == CONFIGURATION else name


def _is_other(target: Path, sha256: str) -> bool:
    """Whether something lies there whose bytes are not those of the backup."""
    if not target.exists():
        return False
    return not target.is_file() or hashlib.sha256(target.read_bytes()).hexdigest() != sha256


def _refuse_what_is_there(data_dir: Path, ledger: Path, files: Mapping[str, Any], *, goes_on: bool) -> None:
    """Nothing is replaced but what this very restore laid down before it was cut off. Raises `BackupError`."""
    laid = () if goes_on else (MARK, *(name for name in KEYS if name in files))
    beside = (ledger.with_name(f"{ledger.name}-{kind}") for kind in _BESIDE)
    there = [path for path in (ledger, *beside, *(data_dir / name for name in laid)) if path.exists()]
    if not goes_on:
        others = {data_dir / _laid_as(name): files[name]["sha256"] for name in files if name not in _APART}
        there += [path for path, sha256 in others.items() if _is_other(path, sha256)]
    if there:
        names = ", ".join(map(str, there))
        raise BackupError(
            f"Đã có {names}; hãy dời cả thư mục ấy đi trước (đừng xoá). / There is already {names}; move that folder "
            "away first (do not delete it)."
        )


async def make_safe(settings: Settings, made_at: str, actor: str) -> Restored:
    """Pause every destination and note what is in doubt; for any ledger that was put back, PostgreSQL's too.

    No process of the installation may run meanwhile. Doing it twice does no harm; cut off, it is done again. Raises
    `FolderOwnedError`, `ConfigurationError`, `LedgerUnavailable`.
    """
    async with AsyncExitStack() as stack:
        settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        stack.enter_context(owned(settings.data_dir))
        ledger, _ = await stack.enter_async_context(open_ledger(settings))
        catalogue = load_catalogue(own_folder(settings.data_dir))
        routes = await open_routes(settings, ADAPTERS, catalogue, stack, some=False)
        await _refuse_strangers(ledger, settings)
        once = {(r.settings.destination, r.settings.operation) for r in routes.values() if not r.repeatable}
        doubtful = await _unsent(ledger, once)
        write_doubtful(settings.data_dir, made_at, doubtful)
        reason = f"khôi phục từ bản sao lưu / restored from the backup of {made_at}"
        paused = await _pause_all(ledger, settings, actor, reason)
        end_restore(settings.data_dir)
        return Restored(made_at, paused, len(doubtful), await ledger.balance())


async def _refuse_strangers(ledger: Ledger, settings: Settings) -> None:
    """What may not be sent twice is known from the configuration, so whoever is to be sent to must stand in it."""
    known = destinations_of(settings)
    strangers = sorted(
        row["destination"]
        for row in await ledger.board()
        if row["destination"] not in known and any(row["states"].get(state) for state in _UNSENT)
    )
    if strangers:
        names = ", ".join(strangers)
        told = (
            f"adapters: sổ còn lượt chưa gửi đến {names} mà cấu hình không có; hãy đặt cấu hình cũ vào chỗ của nó "
            f"({CONFIGURATION}.restored trong thư mục dữ liệu) rồi chạy lại lienthong restore / the ledger has "
            f"deliveries to {names} that were not sent, and the configuration does not know them; put the old one in "
            f"place ({CONFIGURATION}.restored in the data folder), then run lienthong restore again"
        )
        raise ConfigurationError([told])


async def _unsent(ledger: Ledger, once: set[tuple[str, str]]) -> dict[str, int]:
    """Deliveries that the ledger takes for not sent and that may not be sent twice, with their attempts."""
    found: dict[str, int] = {}
    for destination in {name for name, _ in once}:
        for state in _UNSENT:
            cursor: str | None = None
            while True:
                filters = {"destination": destination, "state": str(state)}
                page = await ledger.deliveries_page(filters, cursor, _PAGE)
                for one in page["items"]:
                    if (one["destination"], one["operation"]) in once:
                        found[one["id"]] = one["attempts"]
                cursor = page["next"]
                if cursor is None:
                    break
    return found


async def _pause_all(ledger: Ledger, settings: Settings, actor: str, reason: str) -> tuple[str, ...]:
    """Destinations that are paused now; one that was before keeps its own reason."""
    steering = SteeringOperations(ledger, destinations_of(settings))
    names = [one["name"] for one in await steering.destinations()]
    for name in names:
        try:
            await steering.pause(name, actor, reason)
        except StateError:
            continue
    return tuple(names)
