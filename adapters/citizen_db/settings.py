"""What must be known to ask the population database: the port, the road there, accounts, and a switch per assumption.

Two SOAP ports and two JSON forms of provincial platforms are attested or assumed (sheet §5), and clients that work
write names, days and fields differently (§3, §6): whatever only some of them do is a switch here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, Self

from pydantic import Field, SecretStr, model_validator

from adapters.ndxp.settings import RoadSettings
from adapters.transport.settings import HttpSettings

_MEMBER = r"^([A-Za-z0-9'()+,.=?-]+(/[A-Za-z0-9'()+,.=?-]+){2,3})?$"
_NEEDED = {
    "xroad": ("xroad_client", "xroad_service"),
    "direct": ("username", "secret_key", "sv_url"),
    "lgsp": (),
    "lgsp_camel": ("service_account",),
}


class CitizenDbSettings(HttpSettings):
    """The section `[adapters.citizen_db]`. Frozen; an unknown key is a mistake."""

    road: RoadSettings = RoadSettings()
    """How calls reach whoever answers: the section `[adapters.citizen_db.road]`."""
    port: Literal["xroad", "direct", "lgsp", "lgsp_camel"] = "xroad"
    """`xroad`: SOAP with X-Road headers (§5.3); `direct`: SOAP without, tunnelled through REST (§5.1); `lgsp`: JSON to
    a provincial platform, `lgsp_camel`: the same in another platform's spelling (§5.2), both for look-ups only."""
    path: str = Field("", pattern=r"^(/[^\s?#]*)?$")
    """Put behind the road's address, with a slash in front; empty = the road's address itself."""

    xroad_client: str = Field("", pattern=_MEMBER)
    """Who asks: `instance/class/member/subsystem`, e.g. `VN/GOV/000.00.00.H46/qbdvcconsumer`. On the direct port it
    goes as the header `X-Road-Client`, empty = not sent (an older client does without, §5.1)."""
    xroad_service: str = Field("", pattern=_MEMBER)
    """Who answers: `instance/class/member/subsystem`, e.g. `VN/GOV/000.00.00.G01/csdldancu`."""
    xroad_service_version: str = "v1"
    """Empty = not sent."""

    username: str = ""
    """Direct: account of the province."""
    secret_key: SecretStr = SecretStr("")
    """Direct: what the digest of each call is made with."""
    sv_url: str = ""
    """Direct: the address inside the digest, which differs from the one called (§5.1)."""
    timestamp_unit: Literal["ms", "s"] = "ms"
    """Direct: both are seen, by generation of the platform (§9)."""
    api_key: SecretStr = SecretStr("")
    """Direct: header `ApiKey`; empty = not sent."""
    bearer: SecretStr = SecretStr("")
    """Platforms: bearer token, where the road does not bring one of its own."""
    service_account: str = ""
    """`lgsp_camel`: the province's account there (`userNameService`)."""

    request_prefix: str = Field("LT", pattern=r"^[A-Z0-9]{0,8}$")
    """Begins every `MaYeuCau`; a time and random digits follow, 37 characters at most (Q11)."""
    name_form: Literal["plain", "joined", "upper", "as_written"] = "plain"
    """How a name is written (Q2): `plain` NGUYEN VAN MAU, `joined` NGUYENVANMAU, `upper` NGUYỄN VĂN MẪU."""
    day_form: Literal["compact", "iso"] = "compact"
    """SOAP: a birth date as 19850412 or 1985-04-12 (Q3)."""
    element_order: Literal["table", "court"] = "table"
    """SOAP: `MaDonVi` before `MaCanBo` as in the guide's table, or behind it as one live client writes (§3)."""
    integration_field: Literal["MaTichHop", "MaDichVu"] = "MaTichHop"
    """SOAP: older texts call the integration code `MaDichVu` (Q14)."""
    send_agency: bool = True
    """`MaDonVi`: demanded by the guide's table, left out by most live clients (§3)."""
    phone: str = ""
    """`SoDienThoai`, which one live client sends as `0`; empty = not sent (§3)."""

    officer_number: Literal["required", "any"] = "required"
    """`required`: an officer without a citizen number of 12 digits is refused before anything is sent (Q12); `any`: a
    platform account such as `VDXP_VPCP` will do (older platforms, §3)."""
    officers: Mapping[str, tuple[str, ...]] = {}
    """Who may ask, by procedure code (`*`: for any): ids or accounts of officers. Nothing here = everybody."""
    audit_key: SecretStr = SecretStr("")
    """Key of the digest by which an attempt names its officer; without it the digest can be guessed back."""
    unnamed_tries: int = Field(5, ge=1)
    """Tries of an error that no rule names before it is given up."""

    probe_officer: str = ""
    """Officer in whose name a probe asks: each look-up is on record there. Required."""
    probe_procedure: str = "1.001193"
    probe_number: str = Field("100000999999", pattern=r"^[0-9]{12}$")
    """A number nobody has (those of test environments begin with 100, Q15): "not found" counts as healthy."""
    probe_name: str = Field("KHONG CO NGUOI NAY", min_length=1, max_length=100)
    probe_birth: str = Field("1900", pattern=r"^[0-9]{4}$")

    @property
    def soap(self) -> bool:
        """Whether envelopes go out, rather than JSON."""
        return self.port in ("xroad", "direct")

    @model_validator(mode="after")
    def _complete(self) -> Self:
        needed = (*_NEEDED[self.port], "probe_officer")
        missing = [name for name in needed if not _plain(getattr(self, name))]
        if not self.road.address:
            missing.insert(0, "road.address")
        if missing:
            raise ValueError(f'port "{self.port}" needs {", ".join(missing)}')
        return self


def _plain(value: str | SecretStr) -> str:
    return value.get_secret_value() if isinstance(value, SecretStr) else value
