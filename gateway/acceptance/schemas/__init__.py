"""The published JSON Schemas (2020-12), read once: what `/schemas/{name}` shows is what judges messages at the door."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import Any

import orjson

ENVELOPE = "cloudevent"
FROM_SENDERS = (
    "dossier.recorded.v1",
    "dossier.progressed.v1",
    "payment.requested.v1",
    "payment.receipt_requested.v1",
    "citizen.lookup_requested.v1",
    "document.reuse_requested.v1",
    "catalogue.refresh_requested.v1",
)
"""Message types that senders may hand in, without the common prefix."""
FROM_GATEWAY = (
    *("dossier.synchronised.v1", "dossier.refused.v1", "dossier.filed_nationally.v1"),
    *("payment.opened.v1", "payment.not_opened.v1", "payment.settled.v1", "payment.receipt_issued.v1"),
    "payment.refused.v1",
    *("citizen.found.v1", "citizen.not_found.v1", "citizen.verified.v1", "citizen.refused.v1"),
    *("document.provided.v1", "document.not_found.v1", "document.refused.v1"),
    "catalogue.refreshed.v1",
)
"""Message types the gateway sends to clients, without the common prefix."""
INTERNAL = (
    *("payment.watch_requested.v1", "payment.queried.v1", "payment.payable_requested.v1", "payment.payable.v1"),
    *("dossier.looked_up.v1", "document.listed.v1"),
)
"""Documents between the gateway and the national systems: published for those who write mappings, sent to nobody."""
NAMES = (ENVELOPE, *FROM_SENDERS, *FROM_GATEWAY, *INTERNAL)


@cache
def document(name: str) -> dict[str, Any]:
    """One published schema by its name. Raises `KeyError` for a name that is not published."""
    if name not in NAMES:
        raise KeyError(name)
    found: dict[str, Any] = orjson.loads((files(__package__) / f"{name}.json").read_bytes())
    return found


def known_place(pointer: str) -> str:
    """A JSON Pointer as logs, the audit and queues may hold it: a member that no schema names stands as `?`.

    Whoever sends chooses the names of members, so such a one could be anything, a person's number included.
    """
    return "".join(f"/{step if step in _names() or _ROW.fullmatch(step) else '?'}" for step in pointer.split("/")[1:])


_ROW = re.compile(r"[0-9]{1,5}")


@cache
def _names() -> frozenset[str]:
    """Every member of every published document."""
    found: set[str] = set()
    nodes: list[Any] = [document(name) for name in NAMES]
    while nodes:
        node = nodes.pop()
        if isinstance(node, dict):
            properties = node.get("properties")
            found.update(properties if isinstance(properties, dict) else ())
            nodes.extend(node.values())
        elif isinstance(node, list):
            nodes.extend(node)
    return frozenset(found)
