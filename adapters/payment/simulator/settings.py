"""How the simulated platform behaves: a switch for all that is assumed or that only one client shows (sheet §11).

The defaults are what the sheet attests or assumes, so a test names only the quirk it is about.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict


class SimulatorSettings(BaseModel):
    """Frozen; an unknown key is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    partner: str = "H46-GIALAP"
    secret: str = "sandbox"  # noqa: S105 - the sandbox's own
    bearer: str = ""
    """Token that a provincial gateway in between demands; empty = not looked at (§1)."""
    wrap: bool = False
    """Answer as such a gateway does: the JSON as text inside `message` (§3)."""

    duplicate_reference: Literal["refuse", "same"] = "refuse"
    """A repeated `INIT`: 04, or the first answer again; nobody knows (hole 8)."""
    sum_check: Literal["warn", "error", "off"] = "warn"
    """`PhiLePhi` and `DSKhoanNop` against `SoTien` (§3.1, assumed): counted, or refused with 06."""
    literal_time: bool = True
    """`QUERY` and `GET_BILL` must repeat `ThoiGianGD` letter by letter, 12-hour values too (§3, assumed)."""
    created_state: Literal["2", "0"] = "2"
    """`TrangThaiGD` while the payer has not finished (assumed)."""
    page_base: str = ""
    """Beginning of `UrlThanhToan`; empty = a page of the simulator's own."""

    receipt: Literal["json", "pdf"] = "json"
    """An address, or the file itself (§6)."""
    receipt_not_ready: int = 0
    """Asks answered "not yet" before there is a receipt."""
    receipt_field: Literal["UrlBienLai", "URLBienLai"] = "UrlBienLai"
    receipt_code: bool = True
    """false: the answer is nothing but the address, as one client reads it."""
    receipt_base: str = "https://bienlai.example.invalid/noi-bo/"
    """A host the province cannot reach; the files are under `/noi-bo/` of the simulator."""

    callbacks: str = ""
    """Where the province listens, the operations' names behind it; empty = it is never called."""
    notice_kind: str = "CONFIRM"
    """`LoaiBanTin` of a notification (assumed)."""
    notice_dossier: bool = False
    """Carry `MaHoSo` (one client knows it); payments begun on the portal always do."""
    notice_receipt: bool = False
    """Carry `UrlBienLai` (one client knows it)."""
    notice_pauses: tuple[float, ...] = (60, 300, 900, 3600)
    """Seconds before each resend (assumed)."""
    notice_at_most: int = 5
    """Sends of one notification, until it is answered 00 (assumed)."""

    bank: str = "NHGIALAP"
    day_file_waits: bool = False
    """The file of a day is there from 06:00 of the next (assumed); false = at once."""
    day_file_base64: bool = False

    log: Path | None = None
    """NDJSON file every effect is appended to before it is answered; read back at the start."""
