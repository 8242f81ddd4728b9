"""How the simulated exchange behaves: fixtures keyed by consumer, and a switch for everything the sources leave open.

The defaults are what the sheet attests or assumes, so a test names only the quirk it is about.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

Kind = Literal["known", "unsubscribed", "throttled", "expired"]
"""What a consumer meets: service, 900908, 429 after `throttle_after` calls, or 900901 whatever token it shows."""

Failure = Literal[
    "",
    "provider_down",
    "not_allowed",
    "outdated_configuration",
    "slow",
    "truncated",
    "wrong_charset",
    "html",
    "changed_id",
]


class SimulatorSettings(BaseModel):
    """Frozen; an unknown key is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    consumers: Mapping[str, Kind] = {
        "sandbox": "known",
        "sandbox-unsubscribed": "unsubscribed",
        "sandbox-throttled": "throttled",
        "sandbox-expired": "expired",
    }
    """Styles A and B: consumer key (access key) and what it meets (§10)."""
    secret: str = "sandbox"  # noqa: S105 - the sandbox's own
    """Secret of every one of them."""
    clients: Mapping[str, Kind] = {
        "VN/GOV/000.00.00.H46/qbdvcconsumer": "known",
        "VN/GOV/000.00.00.H46/chuadangky": "unsubscribed",
    }
    """Style D: X-Road clients; one not named here is not allowed either."""
    throttle_after: int = 3
    throttle_for: float = 60
    """Seconds until a throttled consumer may call again, as the fault says."""

    token_lifetime: float = 3600
    """Seconds (§2)."""
    same_token: bool = True
    """Asked again, give the same still-valid token with what is left of its life; assumed for NDXP (§2)."""
    credentials: Literal["both", "basic", "form"] = "both"
    """How key and secret may come (§2)."""
    fault_format: Literal["json", "xml"] = "json"
    """The gateway's faults: XML in the older documentation, JSON in the newer, whatever `Accept` says (§2)."""
    relay: Literal["envelope", "string", "plain"] = "envelope"
    """Style B: how the platform wraps the provider's answer (§3)."""
    error_spelling: Literal["camel", "snake"] = "camel"
    """X-Road's error types: `Server.ServerProxy.AccessDenied` or `server.serverproxy.access_denied` (§5)."""
    failure: Failure = ""
    """What every service call meets (§10)."""
    slow_by: float = 5
    """Seconds by which `slow` is late."""

    providers: Mapping[str, str] = {}
    """Who else is behind the exchange: `dstcode` (C), service id (D) or the start of a path (A, B) -> base URL. Nothing
    but these is ever called."""
    provider_urls: frozenset[str] = frozenset({"https://provider.example"})
    """Values of `providerurl` that are known, beside the base URLs above; they are compared, never called (§4)."""

    numeric: bool = False
    """The store's codes and flags as JSON numbers instead of strings; assumed like all of it."""

    log: Path | None = None
    """NDJSON file every effect is appended to before it is answered; read back at the start."""
