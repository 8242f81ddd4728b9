"""Signing in elsewhere: what a provider of identities tells us, and what is refused of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from gateway.errors import GatewayError
from gateway.message import PersonRole


class ElsewhereRefusedError(GatewayError):
    """Nobody is signed in. `code` says why; `name`: whose name it is here, for the audit, "-" where nobody's."""

    def __init__(self, code: str, name: str = "-") -> None:
        super().__init__(code)
        self.code = code
        self.name = name


@dataclass(frozen=True, slots=True)
class Identity:
    """Somebody as a provider knows them."""

    subject: str
    """Issuer and subject: theirs alone, for ever."""
    name: str
    """What they would like to be called; proves nothing."""
    role: PersonRole | None
    """None: they have no role here."""


@dataclass(frozen=True, slots=True)
class Begun:
    """Where a browser goes to sign in, and what it keeps meanwhile, for so many seconds."""

    address: str
    kept: str = field(repr=False)
    seconds: int


@dataclass(frozen=True, slots=True)
class Returned:
    """Who came back, and where they wanted to go."""

    identity: Identity
    onward: str


class Elsewhere(Protocol):
    """A provider: `gateway.intake.credentials.oidc.Oidc`."""

    @property
    def label(self) -> str: ...

    async def begin(self, returning: str, onward: str) -> Begun:
        """Raises `ElsewhereRefusedError`."""

    async def finish(self, kept: str, returning: str, answer: Sequence[tuple[str, str]]) -> Returned:
        """`answer`: what the address says that the provider sent the browser to. Raises `ElsewhereRefusedError`."""
