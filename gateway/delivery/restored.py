"""What a restore from an older moment leaves in doubt: open then, perhaps sent since, and not to be sent twice.

And a mark for as long as a restore is not through: a ledger that was put back and not yet made safe sends nothing.

The file of doubts lies in the data folder of every process that delivers. It names each such delivery with the attempts
it had at the moment of the backup; one that has had another since was judged by a person or by proof, and is doubtful
no more.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

from adapters.contract import UncertainError
from gateway.errors import ConfigurationError

FILE = "restored.json"
MARK = "restore-unfinished.json"

Doubtful = Mapping[str, int]
"""Delivery -> attempts at the moment of the backup."""


def doubtful_of(data_dir: Path) -> Doubtful:
    """Empty where nothing was ever restored."""
    try:
        found: dict[str, int] = json.loads((data_dir / FILE).read_text("utf-8"))["doubtful"]
    except FileNotFoundError:
        return {}
    return found


def write_doubtful(data_dir: Path, made_at: str, doubtful: Doubtful) -> None:
    """Before anything may be delivered again. What an earlier restore left in doubt stays so."""
    told = {"backup_made_at": made_at, "doubtful": {**doubtful_of(data_dir), **doubtful}}
    _keep(data_dir / FILE, json.dumps(told, indent=1))


def begun_restore(data_dir: Path) -> str | None:
    """The digest of the ledger that a restore which is not through puts back; None when every one is."""
    try:
        return str(json.loads((data_dir / MARK).read_text("utf-8"))["ledger_sha256"])
    except FileNotFoundError:
        return None
    except (ValueError, LookupError, TypeError):
        return ""  # somebody wrote into it: no backup is this one


def begin_restore(data_dir: Path, ledger_sha256: str) -> None:
    """Before the first file is laid down; on the disk before this returns."""
    _keep(data_dir / MARK, json.dumps({"ledger_sha256": ledger_sha256}))


def end_restore(data_dir: Path) -> None:
    """Everything is paused, and what is in doubt is written down."""
    (data_dir / MARK).unlink(missing_ok=True)


def refuse_unfinished(data_dir: Path) -> None:
    """Raises `ConfigurationError` while a restore is not through: that ledger would send what was sent already."""
    if (data_dir / MARK).exists():
        raise ConfigurationError(
            [
                (
                    f"{data_dir / MARK}: lần khôi phục trước bị ngắt giữa chừng; hãy chạy lại lienthong restore với "
                    "chính thư mục sao lưu ấy, rồi mới khởi động / a restore was cut off; run lienthong restore with "
                    "the same backup once more, then start"
                )
            ]
        )


def _keep(path: Path, text: str) -> None:
    """Write a file whole or not at all, and have it on the disk."""
    draft = path.with_name(f"{path.name}.part")
    with draft.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def sent_since() -> UncertainError:
    """Why a doubtful delivery is not sent."""
    return UncertainError(
        "RESTORED",
        vi="Sổ được khôi phục từ bản sao lưu cũ hơn; lượt này có thể đã được gửi sau bản sao lưu ấy nên không tự gửi "
        "lại. Hãy xem bên kia đã có chưa rồi quyết định: lienthong uncertain list.",
        en="The ledger was restored from an older backup; this may have been sent after it, so it is not sent again by "
        "itself. Look whether the target has it, then decide: lienthong uncertain list.",
    )
