"""What pages load: our own style and scripts under an address that changes with them, and what npm brought.

Without what npm brings (`hatch_build.py`) the pages work: they do not renew themselves and draw no charts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

import orjson

TYPES = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}


@dataclass(frozen=True, slots=True)
class Asset:
    """One file as it is served; its address holds a digest, so browsers may keep it for ever."""

    name: str
    content: bytes
    type: str


@dataclass(frozen=True, slots=True)
class Assets:
    """Every file, by its address below `/console/static`, and the addresses by the names that pages ask for."""

    by_address: Mapping[str, Asset]
    addresses: Mapping[str, str]

    def has(self, name: str) -> bool:
        """Whether a page may ask for it; what npm brings may be missing."""
        return name in self.addresses


@cache
def load() -> Assets:
    """Read once for the whole process; they change only with the installation."""
    package = files("gateway.console")
    own = {one.name: one.read_bytes() for one in (package / "assets").iterdir() if _type(one.name)}
    version = hashlib.sha256(b"".join(own[name] for name in sorted(own))).hexdigest()[:12]
    # Our modules import each other by name, so they share one folder whose name changes with any of them.
    found = {f"{version}/{name}": Asset(name, content, _type(name)) for name, content in own.items()}
    addresses = {name: f"{version}/{name}" for name in own}
    for name, address in _brought(package / "static").items():
        found[address] = Asset(name, (package / "static" / address).read_bytes(), _type(address))
        addresses[name] = address
    return Assets(found, addresses)


def _brought(folder: Traversable) -> dict[str, str]:
    manifest = folder / "manifest.json"
    if not manifest.is_file():
        return {}
    told: dict[str, str] = orjson.loads(manifest.read_bytes())
    return told


def _type(name: str) -> str:
    return TYPES.get(name.rpartition(".")[2], "")
