"""The AsyncAPI 3.0 document: what senders and listeners meet on RabbitMQ, from the very schemas that judge messages."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import Any

from gateway import __version__
from gateway.acceptance import schemas
from gateway.broker.topology import PREFIX, intake_exchange, rejected_queue
from gateway.intake import body
from gateway.message import TYPE_PREFIX

_DIALECT = "application/schema+json;version=2020-12"
_HAPPENINGS = "event"
_REJECTED = "rejected"


@cache
def document() -> dict[str, Any]:
    """The whole document, with the names of an installation that keeps the default `amqp.prefix`."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Liên Thông",
            "version": __version__,
            "description": (
                "Nhận và trả lời qua RabbitMQ (AMQP 0-9-1); tên bắt đầu bằng amqp.prefix. / Intake and replies over "
                "RabbitMQ; names begin with amqp.prefix."
            ),
        },
        "defaultContentType": body.STRUCTURED,
        "servers": {
            "rabbitmq": {
                "host": "rabbitmq.example.invalid:5671",
                "protocol": "amqps",
                "protocolVersion": "0-9-1",
                "security": [{"$ref": "#/components/securitySchemes/account"}],
            }
        },
        "channels": _channels(),
        "operations": {
            "takeMessage": _operation("receive", "intake"),
            "layAside": _operation("send", "rejected"),
            "answer": _operation("send", "replies"),
            "tellEvent": _operation("send", "events"),
        },
        "components": {
            "messages": dict(_messages()),
            "schemas": {_word(name): {"schemaFormat": _DIALECT, "schema": _own(name)} for name in _published()},
            "securitySchemes": {"account": {"type": "userPassword", "description": "Tài khoản RabbitMQ / account"}},
        },
    }


def _published() -> tuple[str, ...]:
    return (*schemas.FROM_SENDERS, *schemas.FROM_GATEWAY)


def _channels() -> dict[str, Any]:
    return {
        "intake": _exchange(
            intake_exchange(),
            "{type}",
            schemas.FROM_SENDERS,
            "Người gửi công bố vào exchange này, routing key là loại thông điệp; ack sau khi đã lưu. / Senders publish "
            "to this exchange, the routing key is the type; acknowledged once stored.",
        ),
        "rejected": _queue(),
        "replies": _exchange(
            f"{PREFIX}.replies",
            "{client}.{type}",
            schemas.FROM_GATEWAY,
            "Trả lời cho khoá chọn `amqp`. / Answers for clients of mode `amqp`.",
        ),
        "events": _exchange(
            f"{PREFIX}.events",
            "{what}.{state}",
            (_HAPPENINGS,),
            "Khi amqp.wire_tap = true: việc xảy ra, chỉ mã số; có thể thiếu hoặc lặp. / What happens, ids only; it may "
            "miss or repeat.",
        ),
    }


def _exchange(name: str, key: str, types: Iterable[str], words: str) -> dict[str, Any]:
    parameters = {word: {"description": word} for word in re.findall(r"\{(\w+)\}", key)}
    return {
        "address": key,
        "description": words,
        "parameters": parameters,
        "messages": {_word(one): {"$ref": f"#/components/messages/{_word(one)}"} for one in types},
        "bindings": {
            "amqp": {
                "is": "routingKey",
                "exchange": {"name": name, "type": "topic", "durable": True, "autoDelete": False, "vhost": "/"},
                "bindingVersion": "0.3.0",
            }
        },
    }


def _queue() -> dict[str, Any]:
    name = rejected_queue()
    return {
        "address": name,
        "description": "Điều không nhận được, lý do ở header, 7 ngày. / What could not be taken, reasons in headers.",
        "messages": {_REJECTED: {"$ref": f"#/components/messages/{_REJECTED}"}},
        "bindings": {
            "amqp": {
                "is": "queue",
                "queue": {"name": name, "durable": True, "exclusive": False, "autoDelete": False, "vhost": "/"},
                "bindingVersion": "0.3.0",
            }
        },
    }


def _operation(action: str, channel: str) -> dict[str, Any]:
    return {"action": action, "channel": {"$ref": f"#/channels/{channel}"}}


def _messages() -> Iterable[tuple[str, dict[str, Any]]]:
    for name in _published():
        yield _word(name), {"name": TYPE_PREFIX + name, "contentType": body.STRUCTURED, "payload": _event(name)}
    yield _HAPPENINGS, {"name": _HAPPENINGS, "contentType": body.STRUCTURED, "payload": _any_event()}
    texts = {name: {"type": "string"} for name in ("reason", "errors", "rejected_at", "type", "subject", "id")}
    headers = {"type": "object", "properties": texts | {"status": {"type": "integer"}}}
    yield _REJECTED, {"name": _REJECTED, "headers": headers, "payload": {}}


def _event(name: str) -> dict[str, Any]:
    """A CloudEvent of a type, with its data."""
    return {
        "type": "object",
        "required": ["specversion", "id", "source", "type", "subject", "data"],
        "properties": {
            **_any_event()["properties"],
            "type": {"const": TYPE_PREFIX + name},
            "data": {"$ref": f"#/components/schemas/{_word(name)}/schema"},
        },
    }


def _any_event() -> dict[str, Any]:
    texts = {name: {"type": "string"} for name in ("id", "source", "type", "subject", "time", "traceparent")}
    return {"type": "object", "properties": {"specversion": {"const": "1.0"}, **texts}}


def _own(name: str) -> dict[str, Any]:
    """A published schema with its references made to point into this document."""
    place = f"#/components/schemas/{_word(name)}/schema"
    moved: dict[str, Any] = _moved(schemas.document(name), place)
    return {key: value for key, value in moved.items() if key not in ("$id", "$schema")}


def _moved(part: Any, place: str) -> Any:
    if isinstance(part, dict):
        return {key: place + value[1:] if _is_own(key, value) else _moved(value, place) for key, value in part.items()}
    return [_moved(one, place) for one in part] if isinstance(part, list) else part


def _is_own(key: str, value: Any) -> bool:
    """Whether this is a reference into the schema itself."""
    return key == "$ref" and isinstance(value, str) and value.startswith("#")


def _word(name: str) -> str:
    """`dossier.recorded.v1` as a key that may stand in a reference."""
    return name.replace(".", "_")
