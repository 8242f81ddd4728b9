"""What must be known to use the payment platform: the road there, partner and secret, accounts, and the switches.

Everything known of the platform comes from two clients (sheet §0); what only one of them does, or what is assumed, is a
switch here, so that a province can follow what its own line really does without a new release.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from adapters.ndxp.settings import RoadSettings
from adapters.transport.networks import Networks, PrivateNetworks
from adapters.transport.settings import Duration, HttpSettings

UrlPath = Annotated[str, Field(pattern=r"^(/[^\s?#]*)?$")]
Pauses = Annotated[tuple[Duration, ...], Field(min_length=1)]


def _minutes(*numbers: int) -> tuple[timedelta, ...]:
    return tuple(timedelta(minutes=number) for number in numbers)


class Beneficiary(BaseModel):
    """The account that payments go to where a request names none; `*` stands for any procedure or agency."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    procedure: str = Field("*", min_length=1)
    """`MaTTHC`, e.g. `1.001612`."""
    agency: str = Field("*", min_length=1)
    """`MaDonVi`, e.g. `000.00.09.H46`, as the requests write it."""
    account: str = Field(min_length=1)
    bank_code: str = Field(min_length=1)
    name: str = Field(min_length=1)


class PaymentSettings(HttpSettings):
    """The section `[adapters.payment]`. Frozen; an unknown key is a mistake."""

    road: RoadSettings = RoadSettings()
    """How calls reach the platform: the section `[adapters.payment.road]`."""
    init_path: UrlPath = ""
    query_path: UrlPath = ""
    bill_path: UrlPath = ""
    """Behind the road's address, with a slash in front: each message has an address of its own (§1)."""
    bearer: SecretStr = SecretStr("")
    """Token of a provincial gateway in between, where the road brings none of its own; empty = not sent (§1)."""

    partner: str = ""
    """`MaDoiTac`, issued by the platform."""
    secret: SecretStr = SecretStr("")
    """Shared secret of all check values, in both directions (§2)."""
    version: str = Field("1.0.6", min_length=1)
    """`PhienBan`."""
    server_ip: str = ""
    """`Ip`: the server's own address, not the payer's, as both clients send it (§3)."""

    reference_prefix: str = Field("dvc", pattern=r"^[0-9A-Za-z]{0,8}$")
    """Begins `MaThamChieu` where there is room."""
    reference_length: int = Field(50, ge=20, le=50)
    """Longest `MaThamChieu`; 20 for lines that cut there (§3, §10). Its random end is never cut."""
    clock_hours: Literal[24, 12] = 24
    """Hours of `ThoiGianGD`; one live client sends 02 for 14 o'clock. For the platform it is only a key (§3)."""
    beneficiaries: tuple[Beneficiary, ...] = ()
    """Accounts for requests that name none: by procedure and agency, procedure, agency, in this order."""

    query_pauses: Pauses = _minutes(1, 2, 5, 10, 30, 60)
    """Least wait before a payment that is not final is asked about again, by the number of asks; the last repeats."""
    receipt_pauses: Pauses = _minutes(1, 2, 5, 10, 30, 60)
    """The same for a receipt that does not exist yet (§6)."""
    download_receipts: bool = True
    """Fetch the file behind `UrlBienLai`; false passes its address on."""
    receipt_prefix: str = ""
    receipt_base: str = ""
    """`UrlBienLai` names a host the province cannot reach: this beginning is replaced by that (§6)."""
    receipt_networks: PrivateNetworks = "elsewhere"
    """Where a receipt's file may be fetched from, as `private_networks` says it; `allow_networks` counts too."""
    receipt_hosts: tuple[str, ...] = ()
    """Hosts that receipts may be fetched from, after the replacement; none = any. Answers are not signed, so set it."""

    ack_failed: Literal["00", "99"] = "00"
    """What a failed payment is acknowledged with: one client answers 99 (§4)."""
    probe_reference: str = Field("LIENTHONG", pattern=r"^[0-9A-Za-z_]{1,50}$")
    """A probe asks about this reference, which nobody uses: any readable answer is health."""

    @property
    def receipts(self) -> Networks:
        """Where receipts may lie."""
        return Networks(self.receipt_networks, self.allow_networks)

    @model_validator(mode="after")
    def _complete(self) -> Self:
        missing = [name for name in ("partner", "server_ip") if not getattr(self, name)]
        if not self.secret.get_secret_value():
            missing.append("secret")
        if not self.road.address:
            missing.append("road.address")
        if missing:
            raise ValueError(f"the payment platform needs {', '.join(missing)}")
        if bool(self.receipt_prefix) != bool(self.receipt_base):
            raise ValueError("receipt_prefix and receipt_base go together")
        return self
