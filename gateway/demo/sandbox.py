"""The sandbox profile: simulators of the national systems, and the settings that lead a gateway to them.

What the simulators did is kept beside the ledger, so that a gateway started again finds the systems as it left them.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from adapters.national_portal.simulator import SimulatedPortal, SimulatorSettings, adapter_settings, build

SENDER = "motcua-sandbox"
SOURCE = "urn:quangbinh:motcua"


@dataclass(frozen=True, slots=True)
class Sandbox:
    """Running simulators. `overrides` are the settings by which a gateway reaches them; `key` is a sender's API key."""

    portal: SimulatedPortal
    portal_url: str
    key: str
    overrides: Mapping[str, Any]


@asynccontextmanager
async def sandbox(data_dir: Path, simulated: SimulatorSettings | None = None) -> AsyncIterator[Sandbox]:
    """Simulators on free ports of this machine until left."""
    folder = data_dir / "sandbox"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    chosen = (simulated or SimulatorSettings()).model_copy(update={"log": folder / "national_portal.ndjson"})
    portal = build(chosen)
    key = _key(folder / "sender.key")
    async with portal.running() as url:
        yield Sandbox(portal, url, key, _overrides(url, key))


def _overrides(url: str, key: str) -> dict[str, Any]:
    return {
        "adapters": {"national_portal": adapter_settings(url)},
        "destinations": {"national_portal": {"mode": "sandbox"}},
        "clients": [{"name": SENDER, "key_sha256": hashlib.sha256(key.encode()).hexdigest(), "sources": [SOURCE]}],
    }


def _key(path: Path) -> str:
    """The sandbox sender's API key, made once, readable by its owner only."""
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text("lt_" + secrets.token_urlsafe(24) + "\n")
    return path.read_text().strip()
