"""What must be known to reach the national portal: the access style, addresses, account, and a switch per assumption.

The sources attest three ways in (integration sheet §1) and leave much open (§15): whatever is only assumed is a switch
here, so that a province can follow what its own line really does without a new release.
"""

from __future__ import annotations

from datetime import timedelta
from functools import cached_property
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, SecretStr, model_validator

from adapters.ndxp.settings import RoadSettings
from adapters.transport.settings import Duration, HttpSettings


def _true_or_ask(value: Any) -> Any:
    return "true" if value is True else value


class PortalSettings(HttpSettings):
    """The section `[adapters.national_portal]`. Frozen; an unknown key is a mistake."""

    style: Literal["header", "query", "gateway"] = "header"
    """A `header`: exchange adapter, destination in the header `dstcode`; B `query`: the same in the query string;
    C `gateway`: a provincial gateway that logs in by itself and takes a bearer token (§1.3)."""
    adapter_url: str = Field("", pattern=r"^(https?://[^\s?#]+[^\s?#/])?$")
    """Address of the exchange adapter (A, B) or of the provincial gateway (C), without a slash at the end."""
    forward_path: str | None = None
    """Put between `adapter_url` and the endpoint; by default nothing for A, the adapter's forward service for B, and
    the gateway's name for the portal for C."""
    auth_endpoint: str = "/mapi/login"
    integration_endpoint: str = "/mapi/g"
    """All writes, and the reads `LayThuTuc` and `TraCuuHoSo` (§1.6)."""
    share_endpoint: str = "/mapi/g"
    """Catalogue services."""

    username: str = ""
    password: SecretStr = SecretStr("")
    dstcode: str = ""
    """Destination on the exchange, e.g. `VN:GOV:000.00.00.G22:vpcpdvcprovider`; empty = not sent (§1.5)."""
    encode_colons: bool = False
    """B: send the colons of `dstcode` percent-encoded; both forms are seen in the wild (§1.4)."""
    providerurl: str = ""
    """B: base URL of the provider, where the exchange wants it; empty = not sent."""
    madonvi: str = ""
    """Code of the connecting agency, e.g. `000.00.00.H46`."""
    gateway_token: SecretStr = SecretStr("")
    """C: bearer token of the provincial gateway."""
    road: RoadSettings = RoadSettings()
    """Another road to the portal than the keys above describe, the section `[adapters.national_portal.road]`; it is
    used where it has an address. `style` then only says who keeps the session: we (A, B) or a gateway (C)."""

    session_lifetime: Duration = timedelta(minutes=10)
    """How long a login is used by our own clock; no answer carries a lifetime (§3.2)."""
    session_renew_before: Duration = timedelta(seconds=30)
    """A login this close to its end is renewed ahead of time."""
    login_again_after_html: int = Field(2, ge=1)
    """HTML answers in a row after which one new login is made: some lines answer a dead session with a page."""

    require_success_text: bool = False
    """Demand the words "thành công" beside error_code 0, as one live client does (§9)."""
    read_item_results: bool = True
    """Believe a per-item refusal inside an error_code 0 answer; no source shows one, so it is never required (§9)."""
    repeat_unclear_progress: Annotated[Literal["true", "ask"], BeforeValidator(_true_or_ask)] = "true"
    """After progress was sent without a clear answer: send again (the portal is assumed to ignore an identical step,
    §7), or leave the choice to a person."""
    on_existing: Literal["update", "ask"] = "update"
    """A dossier that nobody here has sent or imported, and the portal has it all the same: another system's, which an
    update overwrites. `update` it and leave a warning, or `ask` a person first."""
    integers: bool = True
    """`SoLuong` and `LoaiGiayTo` as JSON numbers (§6); false sends them as strings like everything else."""
    unknown_dossier_tries: int = Field(3, ge=1)
    """Progress for a dossier the portal took but says it does not know: tries before it is given up."""
    unnamed_tries: int = Field(5, ge=1)
    """Tries of an error that no rule names (§15.3) before it is given up."""
    probe: Literal["read", "login"] = "read"
    """What a probe does: look up one procedure, or only log in anew. C always reads."""
    probe_procedure: str = "1.001612"
    own_fields_only: bool = False
    """Of the fields the portal lists, keep those whose `MANGANH` is `madonvi`, as one live client, a ministry's, does
    (§5). A province owns none of them."""
    callback_key: SecretStr = SecretStr("")
    """`SecurityKey` that the portal's enveloped calls to us must carry (§5); empty = not looked at."""

    @cached_property
    def way(self) -> RoadSettings:
        """The road calls travel: `road` where it has an address, else the one `style` and its keys describe."""
        if self.road.address:
            return self.road
        if self.style == "gateway":
            name = "/KetNoiMotCuaQuocGia" if self.forward_path is None else self.forward_path
            style = "oauth2" if self.gateway_token.get_secret_value() else "direct"
            plain = {"relay": "plain", "token": self.gateway_token}
            return RoadSettings.model_validate({"style": style, "address": self.adapter_url + name, **plain})
        default = "" if self.style == "header" else RoadSettings().forward_path
        path = default if self.forward_path is None else self.forward_path
        if not self.dstcode:
            return RoadSettings(address=self.adapter_url + path)
        return RoadSettings(
            style="forward",
            address=self.adapter_url,
            forward_path=path,
            dstcode=self.dstcode,
            dstcode_in=self.style,
            encode_colons=self.encode_colons,
            providerurl=self.providerurl if self.style == "query" else "",
        )

    @model_validator(mode="after")
    def _complete(self) -> Self:
        needed = [] if self.style == "gateway" else ["username", "password", "madonvi"]
        if not self.road.address:
            needed = ["adapter_url", *needed, *(["dstcode"] if self.style == "query" else [])]
        missing = [name for name in needed if not _plain(getattr(self, name))]
        if missing:
            raise ValueError(f'style "{self.style}" needs {", ".join(missing)}')
        if self.session_renew_before >= self.session_lifetime:
            raise ValueError("session_renew_before must be shorter than session_lifetime")
        return self


def _plain(value: str | SecretStr) -> str:
    return value.get_secret_value() if isinstance(value, SecretStr) else value
