"""How the simulated database behaves: a switch for everything the sources leave open (sheet §4 to §9).

The defaults are what the sheet attests or assumes, so a test names only the quirk it is about.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

_PROVINCE = "VN/GOV/000.00.00.H46/qbdvcconsumer"


class SimulatorSettings(BaseModel):
    """Frozen; an unknown key is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    consumers: Mapping[str, tuple[str, ...]] = {_PROVINCE: (), "platform": ()}
    """Who may ask, with the fields each gets (§4); no fields named = all. `platform` asks over the JSON forms."""
    withheld: frozenset[str] = frozenset()
    """Services that no consumer has a right to, on the X-Road port."""
    service: str = "VN/GOV/000.00.00.G01/csdldancu"
    """What the X-Road port answers as."""
    username: str = "sandbox"
    secret_key: str = "sandbox"  # noqa: S105 - the sandbox's own
    sv_url: str = "https://csdldancu.example.invalid/xacthuc"
    """Direct: account, secret and the address inside the digest."""
    timestamp_unit: Literal["ms", "s"] = "ms"
    """Direct: by generation of the platform (§9)."""
    skew: float = 300
    """Direct: seconds a timestamp may be off; assumed (§9)."""
    api_key: str = "sandbox"
    """Direct: empty = not looked at."""
    demand_client: bool = False
    """Direct: refuse calls without `X-Road-Client`, which an older client does not send (§5.1)."""
    bearer: str = "sandbox"
    """Platforms: bearer token; empty = not looked at."""
    service_account: str = "STTTT_GIALAP"

    integration_codes: Mapping[str, tuple[str, ...]] = {
        "TraCuuThongTinCongDan": ("037",),
        "XacThucThongTinCongDan": ("033", "003"),
        "XacThucThongTinHoGiaDinh": ("034",),
    }
    """`MaTichHop` of each service: 037 is certain, 033 likely, 003 seen once, 034 assumed (§2)."""
    officers: frozenset[str] = frozenset()
    """Officers who may ask (Q12); empty = everyone with a number of 12 digits."""
    account_officers: bool = False
    """Take platform accounts such as `VDXP_VPCP` for officers, as older platforms do (§3)."""
    demand_agency: bool = False
    """Refuse a question without `MaDonVi`: the guide's table demands it, most live clients leave it out (§3)."""
    unique_requests: bool = True
    """Refuse a `MaYeuCau` seen before (Q11)."""
    strict_order: bool = False
    """Take requests only as the XSD has them; else fields are read by name, `MaDichVu` for `MaTichHop` (§3, Q14)."""
    compare: Literal["lenient", "exact"] = "lenient"
    """Names: without marks, spaces and case (Q2), or as stored. The lenient rule is assumed."""
    year_matches_day: bool = True
    """A question with only a year matches a full date of that year; assumed (Q4)."""

    form: Literal["live", "qcvn109"] = "live"
    """Whole names, days without dashes and three place codes; or split names, dashes and one code (§4, Q1, Q3)."""
    relatives: Literal["text", "structure"] = "text"
    """How relatives' names come in the live form (Q7)."""
    not_found: Literal["nobody", "nameless", "no_collection"] = "nobody"
    """The three shapes of no match (Q5)."""
    prefixes: tuple[str, ...] = ("ns1", "dc", "ns2", "")
    """Prefixes of the answer's namespace, one after the other (Q8); empty = the default namespace."""
    residence: Literal["NoiOHienTai", "NoiOHienNay"] = "NoiOHienTai"
    """Older texts spell it differently (Q14)."""
    short_ethnicity: bool = False
    """`DanToc` with one digit where one will do (Q16)."""
    verify_root: Literal["KetQuaXacThuc", "KetQuaXacThucResponse", "XacThucThongTinCongDanResponse"] = "KetQuaXacThuc"
    """Direct: what mocks answer a verification with (§2)."""
    deceased: Literal["found", "not_found", "fault"] = "found"
    """What is said about the dead; nobody knows (§8)."""
    platform_reply: Literal["wrapped", "view"] = "wrapped"
    """The envelope as a text inside JSON, or a JSON view of it (§4, §5.2)."""

    log: Path | None = None
    """NDJSON file every effect is appended to before it is answered; read back at the start."""
