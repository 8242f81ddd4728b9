"""Commands over HTTP: a JSON object that fits its published schema, and a reason where something changes."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from aiohttp import web

from gateway.acceptance.schema_gate import SchemaGate
from gateway.intake import body, problem
from gateway.intake.gate import caller_of
from gateway.intake.json_reader import read_json
from gateway.intake.surface import SCHEMAS
from gateway.message import Client

MOST_BYTES = 16_384
LONGEST_REASON = 500
_TIMEOUT = timedelta(seconds=30)

_GATES = {name: SchemaGate(schema) for name, schema in SCHEMAS.items()}


async def read_command(request: web.Request, name: str, most: int = MOST_BYTES) -> tuple[Client, dict[str, Any]]:
    """Who commands, and what. Raises `IntakeError` for what does not fit."""
    return caller_of(request), await read_request(request, name, most)


async def read_request(request: web.Request, name: str, most: int = MOST_BYTES) -> dict[str, Any]:
    """The JSON object of a request, judged by its schema. Raises `IntakeError`."""
    if body.declared_type(request) != body.JSON:
        raise problem.refusal(415, "CONTENT_TYPE", "Hãy dùng application/json.", "Use application/json.")
    command = read_json(await body.read_body(request, most, _TIMEOUT))
    if "reason" in SCHEMAS[name]["required"]:
        _reason(command)
    problems = _GATES[name].problems(command)
    if problems:
        raise problem.invalid(problems)
    if "reason" in command:
        command["reason"] = _reason(command)
    found: dict[str, Any] = command
    return found


def content_of(asked: Mapping[str, Any]) -> bytes:
    """The file a command carries, from its base64. Raises `IntakeError` 422."""
    try:
        return base64.b64decode(asked["content"], validate=True)
    except ValueError:  # not base64, or not even ASCII
        raise problem.refusal(
            422, "FILE_BASE64", "content phải là base64.", "content must be base64.", "/content"
        ) from None


def _reason(command: Any) -> str:
    reason = command.get("reason") if isinstance(command, dict) else None
    if not isinstance(reason, str) or not reason.strip() or len(reason) > LONGEST_REASON:
        raise reason_required()
    return reason.strip()


def reason_required() -> Exception:
    """The 422 for a change without a reason."""
    return problem.refusal(
        422,
        "REASON_REQUIRED",
        f'Cần lý do: {{"reason": "…"}}, 1 đến {LONGEST_REASON} ký tự; lý do được ghi vào nhật ký kiểm toán.',
        f'A reason is required: {{"reason": "…"}}, 1 to {LONGEST_REASON} characters; it goes into the audit.',
        "/reason",
    )
