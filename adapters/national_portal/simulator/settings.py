"""How the simulated portal behaves: a switch for everything the sources leave open (integration sheet §3.7, §9, §14).

The defaults are what the sheet attests or assumes, so a test names only the quirk it is about.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict


class SimulatorSettings(BaseModel):
    """Frozen; an unknown key is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    username: str = "sandbox"
    password: str = "sandbox"  # noqa: S105 - the sandbox's own
    agencies: frozenset[str] = frozenset({"000.00.00.H46"})
    """Known values of `madonvi`; empty = any."""
    withheld: frozenset[str] = frozenset()
    """Services that the account has no right to."""
    dstcode: str = ""
    """The destination every call of styles A and B must name, in header or query; empty = not looked at."""
    gateway_token: str = "sandbox"  # noqa: S105 - the sandbox's own
    """Bearer token of style C; empty = not looked at."""
    wrap_gateway: bool = True
    """Style C answers carry the portal's JSON as a string inside `message` (§4)."""

    session_lifetime: float = 600
    """Seconds a login lives."""
    session_sliding: bool = False
    session_single: bool = False
    """A new login kills the account's older ones."""
    session_answer: Literal["json", "http_401", "html"] = "json"
    """What a call with a dead session gets."""

    exists_code: Literal[0, 3, -3] = 0
    """`error_code` beside "đã tồn tại" (§9)."""
    numeric_codes: bool = False
    """`error_code` as a JSON number instead of a string."""
    batch: Literal["atomic", "partial", "lying"] = "atomic"
    """One bad item fails the call; good ones are stored and each is answered; bad ones vanish and the answer is 0."""
    dedupe_progress: bool = True
    """A step identical in dossier, time, status and content is accepted and ignored (§7)."""
    progress_moves_status: bool = True
    """A step's status becomes the dossier's, as `TraCuuHoSo` tells it; no source shows either."""
    look_up: Literal["mixed", "capitals", "bare"] = "mixed"
    """The keys of a row of `TraCuuHoSo`: as a sister server spells them, in capitals, or nothing but a name (§5)."""
    required: Literal["attested", "marked", "none"] = "attested"
    """Fields that must be filled: those a live portal's accepted minimum carries filled (§6), or every one marked Y."""
    also_required: tuple[str, ...] = ()
    """For instance `ChuHoSo`: whether the portal enforces it is open (§15.4)."""
    limits: bool = False
    """Enforce the length limits of §6."""
    procedures: Mapping[str, str] = {
        "1.001612": "Đăng ký thành lập hộ kinh doanh",
        "1.001193": "Đăng ký khai sinh",
        "2.000815": "Chứng thực bản sao từ bản chính",
    }
    """What `LayDanhSachTTHC`, `LayThuTuc` and `LayDVC` know."""
    fields: Mapping[str, str] = {
        "G05-KD02": "Thành lập và hoạt động hộ kinh doanh",
        "G15-HT01": "Hộ tịch",
        "G15-CT01": "Chứng thực",
    }
    """What `LayDanhMucLinhVuc` knows; the owner is the level-1 code in front."""
    units: Mapping[str, str] = {
        "000.00.00.H46": "Ủy ban nhân dân tỉnh (đơn vị giả lập)",
        "000.00.16.H46": "Sở Thử Nghiệm (đơn vị giả lập)",
    }
    """What `LayDanhMucCoQuan` knows."""
    unknown_procedure: Literal["empty", "refused"] = "empty"
    """What `LayThuTuc` says of an unknown code: no rows, or -1 "không tồn tại" (§8)."""

    security_key: str = ""
    """`SecurityKey` of the enveloped calls to the province; empty = none is sent (§5)."""
    file_pauses: tuple[float, ...] = (1, 5, 30)
    """Seconds before each further try of a call to the province that was not answered 0 or 1; assumed."""
    file_timeout: float = 20
    """Seconds one such call may take."""

    log: Path | None = None
    """NDJSON file every effect is appended to before it is answered; read back at the start."""
