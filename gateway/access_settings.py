"""Settings about people: what the audit keeps of refusals, sessions of the console, lockout, sign-in elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, SecretStr, model_validator

from gateway.client_settings import Algorithm
from gateway.message import PersonRole
from gateway.sections import Duration, Section

_NOT_YET = timedelta(0)


class AuditSettings(Section):
    """What the audit keeps beside what people did."""

    refusal_window: Annotated[Duration, Field(ge=timedelta(seconds=1), le=timedelta(hours=1))] = timedelta(seconds=60)
    """The same refusal comes into the audit once in this time, its repeats as one entry with their count."""


class LockoutSettings(Section):
    """What happens after wrong passwords."""

    free: int = Field(default=5, ge=1, le=100)
    """Wrong passwords in a row for one name that only have to be corrected."""
    free_per_address: int = Field(default=20, ge=1, le=10_000)
    """The same from one network address, whatever the names."""
    first: Duration = timedelta(seconds=30)
    """The first lock; each further wrong password doubles it."""
    longest: Duration = timedelta(minutes=15)

    def delays(self, free: int) -> Sequence[timedelta]:
        """The lock after the first, second, third… wrong password in a row; the last goes on."""
        growing = [self.first]
        while growing[-1] < self.longest:
            growing.append(min(growing[-1] * 2, self.longest))
        return [*[_NOT_YET] * (free - 1), *growing]


class OidcSettings(Section):
    """Sign-in of people at an OpenID Connect provider. Off without an `issuer`."""

    issuer: str = Field(default="", max_length=500, pattern=r"^(https?://[^\s?#]+)?$")
    """As the provider names itself, letter for letter; the rest is read below it (OpenID Connect Discovery)."""
    client_id: str = Field(default="", max_length=500)
    client_secret: SecretStr | None = None
    """None: a public client, whose codes are kept safe by PKCE alone."""
    label: str = Field(default="SSO", min_length=1, max_length=40)
    """What the button calls the provider."""
    scopes: tuple[str, ...] = ("openid", "profile")
    name_claim: str = Field(default="preferred_username", min_length=1, max_length=100)
    """Where the name comes from that somebody has here."""
    role_claim: str = Field(default="roles", min_length=1, max_length=100)
    """The claim that says what somebody is there; a dot leads into an object: `realm_access.roles`."""
    roles: Mapping[str, PersonRole] = {}
    """What the claim says -> the role here; the highest counts. Whoever has none of them may not sign in."""
    algorithms: tuple[Algorithm, ...] = Field(default=("RS256", "ES256", "EdDSA"), min_length=1)
    leeway: Duration = Field(default=timedelta(seconds=30), ge=timedelta(0), le=timedelta(minutes=5))
    """How far its clock and ours may differ."""
    timeout: Duration = Field(default=timedelta(seconds=5), gt=timedelta(0))
    ca_file: Path | None = None
    """Certificates to trust instead of the operating system's (PEM)."""

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.issuer and not (self.client_id and self.roles and "openid" in self.scopes):
            raise ValueError(
                "issuer cần client_id, roles và scopes có openid / issuer needs client_id, roles and openid in scopes"
            )
        return self


class ConsoleSettings(Section):
    """How people sign in and for how long."""

    idle: Annotated[Duration, Field(ge=timedelta(minutes=1))] = timedelta(minutes=30)
    """A session that is not used for this long has ended."""
    longest: Annotated[Duration, Field(ge=timedelta(minutes=1))] = timedelta(hours=10)
    """A session ends after this time, whatever is done meanwhile."""
    lockout: LockoutSettings = LockoutSettings()
    oidc: OidcSettings = OidcSettings()
