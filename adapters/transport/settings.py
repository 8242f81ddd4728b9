"""Settings every HTTP adapter shares; an adapter's own settings extend `HttpSettings`.

Frozen, unknown keys refused, durations written like "250ms", "30s", "5m", "2h".
"""

from __future__ import annotations

import re
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from adapters.transport.networks import Networks, PrivateNetworks

_UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}


def _parse_duration(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    found = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)(ms|s|m|h|d)", value)
    if not found:
        raise ValueError(f'not a duration: {value!r}; write it like "30s", "5m" or "2h"')
    return timedelta(seconds=float(found[1]) * _UNITS[found[2]])


Duration = Annotated[timedelta, BeforeValidator(_parse_duration)]


class HttpSettings(BaseModel):
    """How calls travel, whatever they say."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    timeout: Duration = Field(timedelta(seconds=60), gt=timedelta(0))
    """One whole call, from looking for a connection to the last byte of the answer."""
    connect_timeout: Duration = Field(timedelta(seconds=5), gt=timedelta(0))
    connect_tries: int = Field(3, ge=1, le=5)
    """Tries of one call while the connection is refused, that is while not one byte was sent."""
    connect_pause: Duration = timedelta(milliseconds=300)
    """Wait before the third and later tries; the second follows at once."""
    keepalive: Duration = timedelta(seconds=15)
    """An idle connection older than this is not used again, so that it is never the one the system is just closing."""
    max_answer_bytes: int = Field(4 << 20, ge=1024)
    ca_file: Path | None = None
    """Certificates to trust instead of the operating system's (PEM)."""
    private_networks: PrivateNetworks = "allow"
    """`elsewhere`: not to this machine itself; `refuse`: connect to no address of a private network either. Allowed by
    default, because a province's systems stand in one, and only whoever runs the gateway can register an address."""
    allow_networks: tuple[IPv4Network | IPv6Network, ...] = ()
    """Let through although `private_networks` would not. Metadata and link-local addresses never are."""

    @property
    def networks(self) -> Networks:
        """Where calls may go."""
        return Networks(self.private_networks, self.allow_networks)
