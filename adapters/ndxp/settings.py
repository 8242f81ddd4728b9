"""What must be known to travel by the exchange: the access style, addresses, accounts, identifiers.

Four access styles are in the field (NDXP sheet §1); which one carries a system's calls is configuration.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from adapters.transport.settings import HttpSettings

_PATH = r"^(/[^\s?#]*)?$"
_PART = r"[A-Za-z0-9'()+,.=?-]+"
_NEEDED = {
    "direct": (),
    "oauth2": ("address",),
    "lgsp": ("address", "access_key", "secret_key"),
    "forward": ("address", "dstcode"),
    "xroad": ("address", "xroad_client", "xroad_service"),
}


class RoadSettings(BaseModel):
    """The section `[adapters.<system>.road]`. Frozen; an unknown key is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    style: Literal["direct", "oauth2", "lgsp", "forward", "xroad"] = "direct"
    """`direct`: no exchange; A `oauth2`: API gateway with a token; B `lgsp`: token and `lgspaccesstoken`;
    C `forward`: the exchange adapter's forward service; D `xroad`: X-Road REST (`/r1`). (NDXP sheet §1)"""
    address: Annotated[str, Field(pattern=r"^(https?://[^\s?#]+[^\s?#/])?$")] = ""
    """Where the road begins (the provider itself for `direct`), no slash at the end. A, B: with the API's context and
    version, unless the system's own paths name them."""

    token_url: Annotated[str, Field(pattern=r"^(https?://[^\s?#]+)?$")] = ""
    """A, B: where tokens are fetched; empty = `/token` at the host of `address`."""
    consumer_key: str = ""
    consumer_secret: SecretStr = SecretStr("")
    """A: the application's key and secret."""
    credentials: Literal["basic", "form"] = "basic"
    """A: key and secret as `Authorization: Basic`, or as form fields (§2)."""
    token: SecretStr = SecretStr("")
    """A: a token handed out for good, used instead of fetching one."""

    app_name: str = ""
    access_key: str = ""
    secret_key: SecretStr = SecretStr("")
    partner_code: str = ""
    partner_code_cus: str = ""
    """B: the five values of the onboarding, sent packed as the header `lgspaccesstoken` (§3)."""
    relay: Literal["envelope", "string", "plain"] = "envelope"
    """A, B: how the platform wraps what the provider said: `envelope` {code, status, correlationId, response}, known
    by its four names, everything else passes; `string` {error_code, message: "<xml…>"}; `plain` not at all (§3)."""

    forward_path: Annotated[str, Field(pattern=r"^(/[^\s?#]*[^\s?#/])?$")] = "/XrdAdapter/RestService/forward"
    """C: newer installations answer at `/VXPAdapter/RestService/forward` (§4)."""
    dstcode: str = ""
    """C: destination, `INSTANCE:CLASS:MEMBER:SUBSYSTEM`."""
    dstcode_in: Literal["header", "query"] = "header"
    encode_colons: bool = False
    """C, in the query: send the colons percent-encoded; both forms are seen (§4)."""
    providerurl: str = ""
    """C: base URL of the provider, where the exchange wants it; empty = not sent."""

    xroad_client: Annotated[str, Field(pattern=rf"^({_PART}(/{_PART}){{2,3}})?$")] = ""
    """D: who asks, `instance/class/member[/subsystem]`, e.g. `VN/GOV/000.00.00.H46/qbdvcconsumer` (§5)."""
    xroad_service: Annotated[str, Field(pattern=rf"^({_PART}(/{_PART}){{3,4}})?$")] = ""
    """D: what is asked, `instance/class/member[/subsystem]/service`; a system's path comes behind it."""

    @model_validator(mode="after")
    def _complete(self) -> Self:
        needed = _NEEDED[self.style]
        if self.style == "oauth2" and not self.token.get_secret_value():
            needed += ("consumer_key", "consumer_secret")
        missing = [name for name in needed if not _plain(getattr(self, name))]
        if missing:
            raise ValueError(f'road style "{self.style}" needs {", ".join(missing)}')
        return self


def _plain(value: str | SecretStr) -> str:
    return value.get_secret_value() if isinstance(value, SecretStr) else value


class NdxpSettings(HttpSettings):
    """The section `[adapters.ndxp]`: where results already issued are looked for (document reuse).

    Its wire is assumed as a whole, so everything about it is a switch. Frozen; an unknown key is a mistake.
    """

    road: RoadSettings = RoadSettings()
    """How calls reach the store: the section `[adapters.ndxp.road]`."""
    search_path: Annotated[str, Field(pattern=_PATH)] = "/TimGiayTo"
    """Put behind the road's address for a search; empty = the road's address itself."""
    document_path: Annotated[str, Field(pattern=_PATH)] = "/LayGiayTo"
    """The same for one document's metadata and address."""
    accept_unstated: bool = False
    """Take a document for valid although its state or its signature is not spoken of; by default it is not."""
    unnamed_tries: Annotated[int, Field(ge=1)] = 5
    """Tries of an error that no rule names before it is given up."""

    probe_officer: str = ""
    """Officer in whose name a probe searches: searches are on record there. Required."""
    probe_number: Annotated[str, Field(pattern=r"^[0-9]{12}$")] = "100000999999"
    """A number nobody has: "nothing found" counts as healthy."""
    probe_result_code: str = "KQ.G15.000031"

    @model_validator(mode="after")
    def _can_ask(self) -> Self:
        needed = {"road.address": self.road.address, "probe_officer": self.probe_officer}
        if missing := [name for name, value in needed.items() if not value]:
            raise ValueError(f"document reuse needs {', '.join(missing)}")
        return self
