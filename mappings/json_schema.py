"""Judges JSON by a JSON Schema, in words that name fields and rules and never a value; walks a schema's paths.

The only module here that knows jsonschema-rs; its own messages are not used, because they quote the value.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import orjson

from mappings.errors import Misfit

_MOST = 100
_WORDS = {
    "type": ("sai kiểu dữ liệu", "has the wrong type"),
    "enum": ("không phải một giá trị được phép", "is not an allowed value"),
    "const": ("không phải giá trị bắt buộc ở đây", "is not the value demanded here"),
    "minLength": ("để trống hoặc quá ngắn", "is empty or too short"),
    "maxLength": ("quá dài", "is too long"),
    "pattern": ("sai định dạng", "is not well formed"),
    "minimum": ("quá nhỏ", "is too small"),
    "maximum": ("quá lớn", "is too large"),
    "minItems": ("có quá ít phần tử", "has too few entries"),
    "maxItems": ("có quá nhiều phần tử", "has too many entries"),
    "minProperties": ("không có trường nào", "has no fields"),
}


class JsonSchema:
    """One compiled schema (2020-12). A good document costs a few microseconds."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self.document = schema
        self._judge = jsonschema_rs.validator_for(dict(schema), pattern_options=jsonschema_rs.RegexOptions())

    def misfits(self, value: Any) -> list[Misfit]:
        """What the schema does not allow, one a place, at most a hundred; places are in `foreign` as JSON Pointers."""
        try:
            if self._judge.is_valid(value):
                return []
            found: dict[str, Misfit] = {}
            for error in self._judge.iter_errors(value):
                for misfit in _told(error):
                    found.setdefault(misfit.foreign, misfit)
        except ValueError:  # half a surrogate pair, nesting without end: no JSON could hold it
            return [_misfit("SCHEMA_UNREADABLE", "", "không ghi được thành JSON", "cannot be written as JSON")]
        return list(found.values())[:_MOST]


def _told(error: jsonschema_rs.ValidationError) -> Iterator[Misfit]:
    kind: Any = error.kind
    at = "".join(f"/{step}" for step in error.instance_path)
    code = f"SCHEMA_{kind.name.upper()}"
    if kind.name == "required":
        yield _misfit(code, f"{at}/{kind.property}", "bị thiếu", "is missing")
    elif kind.name == "additionalProperties":
        for name in kind.unexpected:
            yield _misfit(code, f"{at}/{name[:64]}", "không có trong lược đồ", "is not in the schema")
    else:
        yield _misfit(code, at, *_WORDS.get(kind.name, ("không hợp lược đồ", "does not fit the schema")))


def _misfit(code: str, at: str, vi: str, en: str) -> Misfit:
    return Misfit(code, "", at, f"{at or 'Tài liệu'} {vi}.", f"{at or 'the document'} {en}")


@cache
def load_schema(path: Path) -> JsonSchema:
    """A schema from a file."""
    return JsonSchema(orjson.loads(path.read_bytes()))


def resolve(schema: Mapping[str, Any], node: Mapping[str, Any]) -> Mapping[str, Any]:
    """The node, or what it refers to inside the schema."""
    while "$ref" in node:
        found: Mapping[str, Any] = schema
        for step in node["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        node = found
    return node


def node_at(schema: Mapping[str, Any], path: str) -> Mapping[str, Any] | None:
    """What a schema says about `documents[].name`; None where it knows no such path."""
    node = resolve(schema, schema)
    for step in path.split("."):
        name, is_list = step.removesuffix("[]"), step.endswith("[]")
        member = node.get("properties", {}).get(name)
        if member is None:
            return None
        node = resolve(schema, member)
        if is_list:
            if "items" not in node:
                return None
            node = resolve(schema, node["items"])
    return node


def leaves(schema: Mapping[str, Any]) -> Iterator[str]:
    """Every value a document may hold, as `documents[].name`; a list of plain values is one path."""
    return _leaves(schema, resolve(schema, schema), "")


def _leaves(schema: Mapping[str, Any], node: Mapping[str, Any], path: str) -> Iterator[str]:
    for name, member in node.get("properties", {}).items():
        inner, here = resolve(schema, member), f"{path}.{name}" if path else name
        if "properties" in inner:
            yield from _leaves(schema, inner, here)
        elif "properties" in resolve(schema, inner.get("items", {})):
            yield from _leaves(schema, resolve(schema, inner["items"]), f"{here}[]")
        else:
            yield here
