"""What must be known to travel by the exchange: the access style, addresses, accounts, identifiers."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict


class RoadSettings(BaseModel):
    """The section `[adapters.<system>.road]`. Frozen; an unknown key is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    style: Literal["direct", "oauth2", "lgsp", "forward", "xroad"] = "direct"
    """`direct`: no exchange; A `oauth2`: API gateway with a token; B `lgsp`: token and `lgspaccesstoken`;
    C `forward`: the exchange adapter's forward service; D `xroad`: X-Road REST (`/r1`). (NDXP sheet §1)"""
    address: str = ""
    """Where the road begins (the provider itself for `direct`), no slash at the end."""
