"""What a restore from an older moment leaves in doubt: open then, perhaps sent since, and not to be sent twice.

The file lies in the data folder of every process that delivers. It names each such delivery with the attempts it had at
the moment of the backup; one that has had another since was judged by a person or by proof, and is doubtful no more.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from adapters.contract import UncertainError

FILE = "restored.json"

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
    draft = data_dir / f"{FILE}.part"
    told = {"backup_made_at": made_at, "doubtful": {**doubtful_of(data_dir), **doubtful}}
    draft.write_text(json.dumps(told, indent=1), "utf-8")
    draft.replace(data_dir / FILE)


def sent_since() -> UncertainError:
    """Why a doubtful delivery is not sent."""
    return UncertainError(
        "RESTORED",
        vi="Sổ được khôi phục từ bản sao lưu cũ hơn; lượt này có thể đã được gửi sau bản sao lưu ấy nên không tự gửi "
        "lại. Hãy xem bên kia đã có chưa rồi quyết định: lienthong uncertain list.",
        en="The ledger was restored from an older backup; this may have been sent after it, so it is not sent again by "
        "itself. Look whether the target has it, then decide: lienthong uncertain list.",
    )
