"""The published JSON Schemas (2020-12), read once: what `/schemas/{name}` shows is what judges messages at the door."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

import orjson

ENVELOPE = "cloudevent"
FROM_SENDERS = ("dossier.recorded.v1", "dossier.progressed.v1")
"""Message types that senders may hand in, without the common prefix."""
FROM_GATEWAY = ("dossier.synchronised.v1", "dossier.refused.v1")
"""Message types only the gateway sends, without the common prefix."""
NAMES = (ENVELOPE, *FROM_SENDERS, *FROM_GATEWAY)


@cache
def document(name: str) -> dict[str, Any]:
    """One published schema by its name. Raises `KeyError` for a name that is not published."""
    if name not in NAMES:
        raise KeyError(name)
    found: dict[str, Any] = orjson.loads((files(__package__) / f"{name}.json").read_bytes())
    return found
