"""Commands over HTTP: a JSON object that fits its published schema, and a reason where something changes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from aiohttp import hdrs, web

from gateway.acceptance.schema_gate import SchemaGate
from gateway.intake import body, problem, replay_commands
from gateway.intake.auth import Authenticator, require_administrator
from gateway.intake.json_reader import read_json
from gateway.message import Client

MOST_BYTES = 16_384
LONGEST_REASON = 500
_TIMEOUT = timedelta(seconds=30)

_TEXT: dict[str, Any] = {"type": "string", "minLength": 1}
_SHORT: dict[str, Any] = {"type": "string", "maxLength": 200}
_ANY_TEXT: dict[str, Any] = {"type": "string"}
_DAY: dict[str, Any] = {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}
_MOMENT: dict[str, Any] = {"type": "string", "format": "date-time"}
_TABLE: dict[str, Any] = {"type": "string", "minLength": 1, "description": "YAML, như tệp mapping.yaml / as on disk"}
_ROW: dict[str, Any] = {
    "type": "object",
    "properties": {
        **dict.fromkeys(("canonical", "foreign"), _TEXT),
        **dict.fromkeys(("vi", "en", "note"), _ANY_TEXT),
        **dict.fromkeys(("valid_from", "valid_to"), _DAY),
    },
    "required": ["canonical", "foreign"],
    "additionalProperties": False,
}


def _object(required: tuple[str, ...], **properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }


SCHEMAS: Mapping[str, dict[str, Any]] = {
    "replayDelivery": _object(
        ("reason",),
        reason=_TEXT,
        mapping={
            "enum": ["now", "then"],
            "description": "bảng dịch hiện hành hay của lúc đó / the mapping in force, or the one of then",
        },
    ),
    "discardDelivery": _object(("reason",), reason=_TEXT),
    **dict.fromkeys(("pauseDestination", "resumeDestination", "cancelMaintenance"), _object(("reason",), reason=_TEXT)),
    "probeDestination": _object((), reason=_TEXT),
    "addMaintenance": _object(
        ("destination", "until", "reason"),
        destination=_TEXT,
        until=_MOMENT,
        reason=_TEXT,
        **{"from": _MOMENT | {"description": "không có: từ bây giờ / absent: from now on"}},
    ),
    "testAlert": _object(
        ("reason",),
        reason=_TEXT,
        channel={**_TEXT, "description": "không có: mọi kênh / none: every channel"},
    ),
    **replay_commands.SCHEMAS,
    "supersedeDelivery": _object(
        ("reason",),
        reason=_TEXT,
        by={**_TEXT, "description": "lượt gửi khiến lượt này thừa / the delivery that makes it needless"},
    ),
    "skipDelivery": _object(("reason",), reason=_TEXT),
    "decideDelivery": _object(
        ("choice", "reason"),
        choice={"enum": ["taken", "send_again", "give_up"]},
        reason=_TEXT,
        attempt={"type": "integer", "minimum": 1, "description": "lần gửi đã xem / the attempt that was looked at"},
    ),
    "editDelivery": _object(
        ("data", "reason"),
        data={"type": "object", "description": "toàn bộ tài liệu đã sửa / the whole corrected document"},
        reason=_TEXT,
        unlock={"type": "boolean", "description": "cho sửa trường bị khóa / lets locked fields change"},
    ),
    "noteGroup": _object(("note",), note={"type": "string", "maxLength": 4000}, reason=_TEXT),
    "ownGroup": _object(("owner",), owner=_SHORT, reason=_TEXT),
    "nameGroup": _object(("vi", "en"), vi=_SHORT, en=_SHORT, reason=_TEXT),
    "muteGroup": _object(("until", "reason"), until={**_TEXT, "format": "date-time"}, reason=_TEXT),
    "unmuteGroup": _object((), reason=_TEXT),
    "importCutover": _object(
        ("destination", "file_name", "content"),
        destination=_TEXT,
        file_name=_TEXT,
        content={"type": "string", "contentEncoding": "base64", "description": "CSV, XLSX"},
        sheet=_TEXT,
        fingerprint={
            "type": "string",
            "description": "kế hoạch đã xem; không có: chỉ xem / the plan seen; else only plan",
        },
        reason=_TEXT,
    ),
    "previewMapping": _object(
        (),
        document={"type": "object", "description": "một trong hai: document, text / one of document and text"},
        text={"type": "string", "description": "XML hoặc JSON như trên đường truyền / as on the wire"},
        back={"type": "boolean"},
        on=_DAY,
        version=_TEXT,
        table=_TABLE,
    ),
    "tryMapping": _object(
        ("table",),
        table=_TABLE,
        before={"type": "integer", "minimum": 0},
        limit={"type": "integer", "minimum": 0, "maximum": 200},
    ),
    "publishMapping": _object(
        ("table", "reason"),
        table=_TABLE,
        reason=_TEXT,
        effective_from=_DAY,
        accept_failures={"type": "boolean"},
        last={"type": "integer", "minimum": 0, "maximum": 100_000},
    ),
    "withdrawMapping": _object(("version", "reason"), version=_TEXT, reason=_TEXT),
    "importCodeList": _object(
        (),
        file_name=_TEXT,
        content={"type": "string", "contentEncoding": "base64", "description": "CSV, XLSX"},
        sheet=_TEXT,
        rows={"type": "array", "items": _ROW, "minItems": 1, "maxItems": 1000},
        whole={"type": "boolean"},
        new=_object(("vi", "en"), vi=_TEXT, en=_TEXT),
        fingerprint={
            "type": "string",
            "description": "kế hoạch đã xem; không có: chỉ xem / the plan seen; else only plan",
        },
        reason=_TEXT,
    ),
}
"""What each command takes, by the name of its route; published in `/openapi.json`."""
_GATES = {name: SchemaGate(schema) for name, schema in SCHEMAS.items()}


async def read_command(
    request: web.Request, authenticator: Authenticator, name: str, most: int = MOST_BYTES
) -> tuple[Client, dict[str, Any]]:
    """Who commands, and what. Raises `IntakeError` for anybody but an administrator and for what does not fit."""
    client = authenticator.authenticate(request.headers.get(hdrs.AUTHORIZATION))
    require_administrator(client)
    return client, await read_request(request, name, most)


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
