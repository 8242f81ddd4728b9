"""Settings of how clients show who they are, beside API keys: tokens of an issuer, certificates seen by a proxy."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network
from math import ceil
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from adapters.transport.networks import PrivateNetworks
from gateway.sections import Duration, Section

LONGEST_DEBT = 100_000.0
"""Seconds within which a burst must be worked off at its rate; a longer debt is not told from a moment long ago."""


def burst_of(per_second: float, burst: int) -> int:
    """As configured: without a burst, what ten seconds bring."""
    return burst or max(1, ceil(per_second * 10))


Algorithm = Literal["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
"""Signatures with a public key. What is signed with a shared secret (HS256 …), or not at all, is never taken."""


class IssuerSettings(Section):
    """One OAuth2 issuer whose tokens (JWT) clients may show instead of an API key."""

    issuer: str = Field(min_length=1, max_length=500)
    """The `iss` of its tokens, letter for letter."""
    jwks_url: str = Field(default="", pattern=r"^(https?://[^\s#]+)?$")
    """Where its public keys are fetched."""
    jwks_file: Path | None = None
    """Or the file that holds them."""
    audience: str = Field(min_length=1, max_length=500)
    """What `aud` must hold: a token for another service is not for this one."""
    algorithms: tuple[Algorithm, ...] = Field(default=("RS256", "ES256", "EdDSA"), min_length=1)
    leeway: Duration = Field(default=timedelta(seconds=30), ge=timedelta(0), le=timedelta(minutes=5))
    """How far its clock and ours may differ."""
    client_claim: str = Field(default="azp", min_length=1, max_length=100)
    """The claim that names the client: azp, client_id or sub, by issuer."""
    clients: Mapping[str, str] = {}
    """What the claim says -> the name of the client here. Whoever is not named may not send."""
    keys_for: Duration = Field(default=timedelta(minutes=10), ge=timedelta(seconds=1))
    """Fetched keys older than this are fetched anew."""
    again_after: Duration = Field(default=timedelta(seconds=15), ge=timedelta(0))
    """Least time between two fetches, whoever shows a token with an unknown key."""
    stale_for: Duration = timedelta(hours=24)
    """How long keys still count while the issuer does not answer."""
    timeout: Duration = Field(default=timedelta(seconds=5), gt=timedelta(0))
    ca_file: Path | None = None
    """Certificates to trust instead of the operating system's (PEM)."""
    private_networks: PrivateNetworks = "allow"
    """Where `jwks_url` may lead."""

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if bool(self.jwks_url) == (self.jwks_file is not None):
            raise ValueError("cần đúng một trong jwks_url và jwks_file / give either jwks_url or jwks_file")
        return self


class CertificateSettings(Section):
    """Client certificates (mutual TLS) that a proxy has verified and passes on in a header. Off without a `header`."""

    header: str = Field(default="", pattern=r"^[A-Za-z0-9-]*$")
    form: Literal["rfc9440", "pem"] = "rfc9440"
    """How the proxy writes the certificate: `:base64:` (RFC 9440), or PEM with % escapes (nginx, HAProxy)."""
    trusted: tuple[IPv4Network | IPv6Network, ...] = ()
    """Networks of the proxy. From anywhere else the header is worth nothing."""
    clients: Mapping[str, str] = {}
    """`sha256:<hex>`, `dns:<name>`, `uri:<uri>` or `subject:<RFC 4514>` -> the name of the client here."""

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.header and not self.trusted:
            raise ValueError("header cần trusted: mạng của proxy / header needs trusted: the proxy's networks")
        kinds = ("sha256:", "dns:", "uri:", "subject:")
        if any(not one.startswith(kinds) for one in self.clients):
            raise ValueError("clients: sha256:…, dns:…, uri:…, subject:…")
        return self


class AttemptSettings(Section):
    """Wrong credentials from one address (IPv6: one /64): so many, then 429 until some time has passed."""

    per_second: float = Field(default=10, gt=0)
    burst: int = Field(default=300, ge=1)
