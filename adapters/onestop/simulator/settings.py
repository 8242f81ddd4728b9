"""How the simulated one-stop system behaves: a switch for everything a client's developers may do in their own way."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, model_validator

from adapters.transport.signing import well_formed

SANDBOX_SECRET = "whsec_" + "c2FuZGJveC1zZWNyZXQtb2YtbGllbi10aG9uZy0wMDE="


class SimulatorSettings(BaseModel):
    """Frozen; an unknown key is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    secrets: tuple[str, ...] = (SANDBOX_SECRET,)
    """An event signed with any of them is believed; none: every event is, unread."""
    path: str = "/su-kien"
    """Where events are taken; 404 elsewhere."""
    status: Literal[200, 201, 202, 204] = 200
    """What a new event is answered with."""
    repeat_status: Literal[200, 409] = 200
    """What an event that came before is answered with."""
    reachable_status: int = 204
    """What OPTIONS is answered with; many systems know no such method."""

    log: Path | None = None
    """NDJSON file every effect is appended to before it is answered; read back at the start."""

    @model_validator(mode="after")
    def _readable(self) -> Self:
        if not all(well_formed(secret) for secret in self.secrets):
            raise ValueError("secrets: each must be whsec_ and base64 of 24 to 64 bytes")
        return self
