"""The passport of a dossier as a sending system sees it: what is its own, and nobody else's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

_IMPORTED = "import"


def for_sender(passport: Mapping[str, Any], name: str) -> dict[str, Any] | None:
    """The messages of this client and what was confirmed of them; None where it has none.

    What the portal knew of the dossier before this gateway tells of no sender, and stays.
    """
    messages = [one for one in passport["messages"] if one.get("client") == name]
    if not messages:
        return None
    imported = [one for one in passport["last_confirmed"] if one["operation"] == _IMPORTED]
    return {**passport, "messages": messages, "last_confirmed": [*imported, *_confirmed(messages)]}


def _confirmed(messages: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """When each operation of each system last succeeded."""
    latest: dict[tuple[str, str], str] = {}
    for one in messages:
        for delivery in one["deliveries"]:
            if delivery["state"] == "delivered":
                key = delivery["destination"], delivery["operation"]
                latest[key] = max(latest.get(key, ""), delivery["delivered_at"])
    return [{"destination": where, "operation": what, "at": at} for (where, what), at in sorted(latest.items())]
