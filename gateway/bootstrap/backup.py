"""A backup of an embedded installation: ledger, keys, own mappings, configuration, and a manifest of every file.

Taken while the gateway runs. The ledger is one moment of it; keys are read before and after, and the copy is made anew
if they changed meanwhile, so that every body in the ledger can be opened by the keys beside it.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import gateway
from gateway.delivery.vitals import BACKUP_MARK
from gateway.errors import GatewayError
from gateway.ledger.copying import copy_ledger

MANIFEST = "manifest.json"
LEDGER = "ledger.db"
KEYS = ("keys.json", "signing.json", "admin.token")
MAPPINGS = "mappings"
CONFIGURATION = "lienthong.toml"
_TRIES = 5
_FORMAT = 1


class BackupError(GatewayError):
    """A backup could not be made or cannot be used, and why, in both languages."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds. `files`: name -> SHA-256 and bytes."""

    format: int
    made_at: str
    """UTC; everything that was answered before this moment is in it."""
    version: str
    keys: bool
    files: Mapping[str, Mapping[str, Any]]


def make_backup(
    data_dir: Path,
    configuration: Path | None,
    target: Path,
    *,
    ledger: Path | None = None,
    keys: bool = True,
    progress: Callable[[int, int], None] = lambda *_: None,
) -> Manifest:
    """Make the folder `target`, which must not exist; whole or not at all. Raises `BackupError`.

    `ledger`: its file, where that is not the data folder's own; in a backup it has the one name.
    `keys=False`: they are kept somewhere else; the backup then opens nothing by itself. Killed, this leaves
    `target.part`, which is no backup and which only a person removes: it may be another run's.
    """
    ledger = ledger or data_dir / LEDGER
    if not ledger.exists():
        raise BackupError(f"Chưa có sổ: {ledger}. / There is no ledger yet: {ledger}.")
    if target.exists():
        raise BackupError(
            f"{target} đã có; không ghi đè bản sao lưu nào, hãy chọn tên khác. / {target} exists; no backup is ever "
            "overwritten, choose another name."
        )
    draft = target.with_name(f"{target.name}.part")
    try:
        draft.mkdir(mode=0o700, parents=True)
    except FileExistsError as exc:
        raise BackupError(
            f"{draft} đã có: một lần sao lưu khác đang chạy hoặc đã bị ngắt; nếu không còn chạy thì xoá thư mục ấy. / "
            f"{draft} exists: another backup is running or was cut off; if none runs, delete that folder."
        ) from exc
    except OSError as exc:
        raise BackupError(_failed(exc)) from exc
    try:
        made_at = _copy_together(ledger, data_dir, draft, keys=keys, progress=progress)
        if (data_dir / MAPPINGS).is_dir():
            shutil.copytree(data_dir / MAPPINGS, draft / MAPPINGS)
        if configuration is not None and configuration.exists():
            _copy(configuration, draft / CONFIGURATION)
        found = Manifest(_FORMAT, made_at, gateway.__version__, keys, dict(_described(draft)))
        (draft / MANIFEST).write_text(json.dumps(asdict(found), indent=1), "utf-8")
        sync(draft)
        draft.rename(target)
        (data_dir / BACKUP_MARK).touch()
    except OSError as exc:
        raise BackupError(_failed(exc) if draft.exists() else _unmarked(target, exc)) from exc
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return found


def _failed(exc: OSError) -> str:
    return f"Không sao lưu được: {exc}. / The backup could not be made: {exc}."


def _unmarked(target: Path, exc: OSError) -> str:
    return (
        f"{target} đã trọn vẹn, nhưng không ghi được mốc sao lưu nên cảnh báo vẫn kêu: {exc}. / {target} is whole, but "
        f"its time could not be noted and the alarm goes on: {exc}."
    )


def _copy_together(
    ledger: Path, data_dir: Path, draft: Path, *, keys: bool, progress: Callable[[int, int], None]
) -> str:
    """Ledger and keys of one moment; when that was."""
    for _ in range(_TRIES):
        before = _keys(data_dir)
        made_at = datetime.now(UTC).isoformat(timespec="seconds")
        (draft / LEDGER).unlink(missing_ok=True)
        copy_ledger(ledger, draft / LEDGER, progress)
        if _keys(data_dir) == before:
            for name, content in before.items() if keys else ():
                _write(draft / name, content)
            return made_at
    raise BackupError("Khoá thay đổi liên tục; hãy thử lại. / The keys keep changing; try again.")


def _keys(data_dir: Path) -> dict[str, bytes]:
    return {name: (data_dir / name).read_bytes() for name in KEYS if (data_dir / name).exists()}


def read_manifest(folder: Path) -> Manifest:
    """What a backup says it holds, each file looked at. Raises `BackupError` naming every file that is not as said."""
    try:
        found = Manifest(**json.loads((folder / MANIFEST).read_text("utf-8")))
    except (OSError, ValueError, TypeError) as exc:
        raise BackupError(
            f"{folder} không phải bản sao lưu đọc được ({type(exc).__name__}). / {folder} is no readable backup."
        ) from exc
    if found.format != _FORMAT:
        raise BackupError(f"Dạng sao lưu {found.format} lạ. / Backup format {found.format} is unknown.")
    there = {name: dict(one) for name, one in _described(folder) if name != MANIFEST}
    told = {name: dict(one) for name, one in found.files.items()}
    if wrong := sorted(name for name in there.keys() | told.keys() if there.get(name) != told.get(name)):
        names = ", ".join(wrong)
        raise BackupError(f"Bản sao lưu hỏng hoặc bị sửa: {names}. / The backup is damaged or was changed: {names}.")
    return found


def _described(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            yield str(path.relative_to(folder)), {"sha256": digest, "bytes": path.stat().st_size}


def _copy(source: Path, target: Path) -> None:
    _write(target, source.read_bytes())


def _write(target: Path, content: bytes) -> None:
    target.touch(mode=0o600)
    target.write_bytes(content)


def sync(folder: Path) -> None:
    """Every file of a folder really on the disk, before what makes it count."""
    for path in (*(one for one in folder.rglob("*") if one.is_file() or one.is_dir()), folder):
        sync_one(path)


def sync_one(path: Path) -> None:
    """One file or folder really on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
