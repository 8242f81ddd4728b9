"""What the commands about reconciliation take, as JSON Schemas."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.ledger.drift.port import DRIFTED

_TEXT: dict[str, Any] = {"type": "string", "minLength": 1}
_MOMENT: dict[str, Any] = {"type": "string", "description": "2025-03-10 hoặc / or 2025-03-10T00:00:00+07:00"}


def _command(*required: str, **properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {**properties, "reason": _TEXT},
        "required": [*required, "reason"],
        "additionalProperties": False,
    }


SCHEMAS: Mapping[str, dict[str, Any]] = {
    "startReconciliation": _command("since", destination=_TEXT, since=_MOMENT, until=_MOMENT),
    "sendDifference": _command(
        kinds={"type": "array", "items": {"enum": list(DRIFTED)}, "minItems": 1, "uniqueItems": True}
    ),
    **{f"{verb}Reconciliation": _command() for verb in ("pause", "continue", "cancel")},
}
