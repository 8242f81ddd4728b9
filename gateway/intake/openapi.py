"""The OpenAPI 3.1 document, made from the route table and from the very schemas that judge messages."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from gateway import __version__
from gateway.acceptance import schemas
from gateway.intake import body, problem
from gateway.intake.surface import ROUTES, SCHEMAS
from gateway.intake.surface.route import Route
from gateway.message import TYPE_PREFIX

_STRING = {"type": "string"}
_PROBLEM = "Problem"


@cache
def document() -> dict[str, Any]:
    """The whole document; the same for the life of the process."""
    paths: dict[str, dict[str, Any]] = {}
    for route in ROUTES:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Liên Thông",
            "version": __version__,
            "summary": "Trục liên thông một cửa tỉnh với các hệ thống quốc gia / one-stop integration gateway",
        },
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "security": [{"apiKey": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"apiKey": {"type": "http", "scheme": "bearer", "description": "lt_… | JWT"}},
            "schemas": _schemas(),
        },
    }


def _operation(route: Route) -> dict[str, Any]:
    answers: dict[str, Any] = {}
    for status, media_type in route.gives:
        answer = answers.setdefault(str(status), {"description": f"{route.vi} / {route.en}", "content": {}})
        answer["content"][media_type] = {"schema": _answer_schema(route.name, media_type)}
        if status == 202:
            answers["202"]["headers"] = {"Location": {"schema": _STRING}}
    failures = route.fails if route.access == "anyone" else (401, 403, 429, 503, *route.fails)
    for status in dict.fromkeys(failures):
        answers[str(status)] = {
            "description": problem.title(status),
            "content": {problem.CONTENT_TYPE: {"schema": _ref(_PROBLEM)}},
        }
    if route.name == "getReadiness":
        answers["503"]["content"] = {body.JSON: {"schema": {"type": "object"}}}
    operation: dict[str, Any] = {
        "operationId": route.name,
        "summary": f"{route.vi} / {route.en}",
        "parameters": _parameters(route),
        "responses": answers,
    }
    if route.access == "anyone":
        operation["security"] = []
    else:
        operation["x-role"] = route.person if route.access == "client" else route.access
        operation["x-senders"] = route.access == "client"
    if route.takes:
        content = {media_type: {"schema": _request_schema(route.name, media_type)} for media_type in route.takes}
        operation["requestBody"] = {"required": True, "content": content}
    return operation


def _parameters(route: Route) -> list[dict[str, Any]]:
    in_path: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": _STRING}
        for name in re.findall(r"\{(\w+)\}", route.path)
    ]
    return in_path + [{"name": name, "in": "query", "schema": _STRING} for name in route.query]


def _request_schema(name: str, media_type: str) -> dict[str, Any]:
    if name in SCHEMAS:
        schema: dict[str, Any] = _forgiving(SCHEMAS[name])
        return schema
    match media_type:
        case body.STRUCTURED:
            return _ref("Event")
        case body.BATCH:
            return {"type": "array", "items": _ref("Event"), "maxItems": 1000}
        case body.NDJSON:
            return {"type": "string", "description": "Mỗi dòng một sự kiện / one event a line"}
        case body.XML:
            return {"type": "string", "description": "Hồ sơ XML / a dossier in XML: /schemas/onestop-dossier.xsd"}
    return {"oneOf": [_ref(component(name)) for name in schemas.FROM_SENDERS], "description": "ce-* headers + data"}


def _forgiving(node: Any) -> Any:
    """A command's schema with null where a member may be left out: the reader takes it for left out."""
    if isinstance(node, list):
        return [_forgiving(one) for one in node]
    if not isinstance(node, dict):
        return node
    made = {key: _forgiving(value) for key, value in node.items() if key != "properties"}
    if "properties" in node:
        needed = node.get("required", ())
        made["properties"] = {
            name: _forgiving(one) if name in needed else {"anyOf": [_forgiving(one), {"type": "null"}]}
            for name, one in node["properties"].items()
        }
    return made


def _answer_schema(name: str, media_type: str) -> dict[str, Any]:
    if media_type != body.JSON:
        return {"type": "object"} if media_type.endswith("json") and media_type != body.NDJSON else _STRING
    if name == "postMessages":
        return {"anyOf": [_ref("Accepted"), _ref("AcceptedBatch")]}
    if name.startswith("list"):
        return _ref("Page")
    return {"type": "object"}


def component(name: str) -> str:
    """`dossier.recorded.v1` -> `DossierRecordedV1`: the name of a schema inside the document."""
    return "".join(word.capitalize() for word in name.split("."))


def _schemas() -> dict[str, Any]:
    found = {component(name): _embedded(name) for name in schemas.NAMES}
    envelope = found.pop(component(schemas.ENVELOPE))
    found["Cloudevent"] = envelope
    found["Event"] = {
        "description": "CloudEvents 1.0",
        "allOf": [_ref("Cloudevent")],
        "oneOf": [
            {"properties": {"type": {"const": TYPE_PREFIX + name}, "data": _ref(component(name))}}
            for name in schemas.FROM_SENDERS
        ],
    }
    problems = {
        "type": "array",
        "items": {
            "type": "object",
            "properties": {"pointer": _STRING, "code": _STRING, "message": _STRING},
            "required": ["pointer", "code", "message"],
        },
    }
    found["Problems"] = problems
    found[_PROBLEM] = {
        "type": "object",
        "description": "RFC 9457",
        "properties": {
            "type": _STRING, "title": _STRING, "status": {"type": "integer"}, "detail": _STRING,
            "errors": _ref("Problems"),
        },
        "required": ["type", "title", "status", "detail", "errors"],
    }  # fmt: skip
    found["Accepted"] = {
        "type": "object",
        "properties": {
            "id": _STRING, "state": {"const": "accepted"}, "duplicate": {"type": "boolean"},
            "warnings": _ref("Problems"),
        },
        "required": ["id", "state", "duplicate"],
    }  # fmt: skip
    found["AcceptedBatch"] = {
        "type": "object",
        "properties": {"messages": {"type": "array", "items": _ref("Accepted")}},
        "required": ["messages"],
    }
    found["Page"] = {
        "type": "object",
        "properties": {"items": {"type": "array", "items": {"type": "object"}}, "next": {"type": ["string", "null"]}},
        "required": ["items", "next"],
    }
    return found


def _embedded(name: str) -> dict[str, Any]:
    """A published schema as a component: its inner references lead into the document it now stands in."""
    here = f"#/components/schemas/{component(name)}/$defs/"
    moved: dict[str, Any] = _moved(schemas.document(name), here)
    return {key: value for key, value in moved.items() if key not in ("$schema", "$id")}


def _moved(node: Any, here: str) -> Any:
    if isinstance(node, dict):
        return {
            key: value.replace("#/$defs/", here) if key == "$ref" else _moved(value, here)
            for key, value in node.items()
        }
    return [_moved(value, here) for value in node] if isinstance(node, list) else node


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}
