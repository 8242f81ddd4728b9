"""Judges a JSON value by a published schema and says what is wrong in words a clerk can act on.

The only module that knows jsonschema-rs; its own messages are not used, because they quote the value.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

import jsonschema_rs

from gateway.errors import Problem

_MAX_NAME = 64
_TYPES = {
    "string": ("chuỗi ký tự", "a string"),
    "object": ("đối tượng { }", "an object"),
    "array": ("danh sách [ ]", "a list"),
    "integer": ("số nguyên", "an integer"),
    "number": ("số", "a number"),
    "boolean": ("true hoặc false", "true or false"),
    "null": ("null", "null"),
}


class SchemaGate:
    """One compiled schema. A good value costs a few microseconds; only a bad one is looked at closely."""

    def __init__(self, schema: dict[str, Any]) -> None:
        self._schema = schema
        self._validator = jsonschema_rs.validator_for(schema, pattern_options=jsonschema_rs.RegexOptions())

    def problems(self, value: Any, prefix: str = "") -> list[Problem]:
        """Everything wrong with `value`, at most one problem a pointer; pointers start with `prefix`."""
        if self._validator.is_valid(value):
            return []
        found: dict[str, Problem] = {}
        for error in self._validator.iter_errors(value):
            for problem in self._explain(error, prefix):
                found.setdefault(problem.pointer, problem)
        return list(found.values())

    def _explain(self, error: jsonschema_rs.ValidationError, prefix: str) -> Iterable[Problem]:
        kind: Any = error.kind
        keyword: str = kind.name
        at = prefix + pointer_of(error.instance_path)
        code = f"SCHEMA_{keyword.upper()}"
        if keyword == "required":
            name = kind.property
            yield Problem(
                f"{at}/{escape(name)}",
                code,
                f"Thiếu trường bắt buộc {name}; hãy bổ sung. / The required field {name} is missing; add it.",
            )
        elif keyword == "additionalProperties":
            known = self._known(error.schema_path)
            for name in kind.unexpected:
                yield Problem(f"{at}/{escape(name)}", code, _unknown_field(name, known))
        elif keyword == "propertyNames":
            name = str(kind.error.instance)
            yield Problem(
                f"{at}/{escape(name)}",
                code,
                "Tên thuộc tính CloudEvents chỉ gồm chữ thường và chữ số; hãy kiểm tra chính tả. / "
                "CloudEvents attribute names are lower-case letters and digits only; check the spelling.",
            )
        else:
            yield Problem(at, code, _text(keyword, kind))

    def _known(self, schema_path: list[str | int]) -> list[str]:
        """The field names allowed where an unknown one stood."""
        node: Any = self._schema
        for step in schema_path[:-1]:
            if isinstance(node, dict) and "$ref" in node:
                node = self._resolve(node["$ref"])
            if step == "$ref":
                continue
            node = node.get(step, {}) if isinstance(node, dict) else node[int(step)]
        if "$ref" in node:
            node = self._resolve(node["$ref"])
        return list(node.get("properties", ()))

    def _resolve(self, ref: str) -> dict[str, Any]:
        found: dict[str, Any] = self._schema["$defs"][ref.rsplit("/", 1)[-1]]
        return found


def pointer_of(path: Iterable[str | int]) -> str:
    """A JSON Pointer (RFC 6901)."""
    return "".join(f"/{escape(str(step))}" for step in path)


def escape(name: str) -> str:
    """One step of a JSON Pointer; names no schema knows are cut, because anything may stand in them."""
    return name[:_MAX_NAME].replace("~", "~0").replace("/", "~1")


def _unknown_field(name: str, known: list[str]) -> str:
    near = get_close_matches(name, known, 1)
    if near:
        return (
            f"Trường này không có trong lược đồ; có phải là {near[0]}? / "
            f"The schema has no such field; did you mean {near[0]}?"
        )
    fields = ", ".join(known)
    return (
        f"Trường này không có trong lược đồ; hãy bỏ đi. Các trường ở đây: {fields}. / "
        f"The schema has no such field; leave it out. The fields here: {fields}."
    )


def _text(keyword: str, kind: Any) -> str:  # noqa: PLR0911 - one sentence per keyword
    match keyword:
        case "type":
            names = [_TYPES[name] for name in kind.types]
            vi, en = " hoặc ".join(n[0] for n in names), " or ".join(n[1] for n in names)
            return f"Sai kiểu dữ liệu; ở đây phải là {vi}. / Wrong type; this must be {en}."
        case "enum":
            values = ", ".join(str(value) for value in kind.options)
            return (
                f"Giá trị không được phép; hãy dùng một trong: {values}. / Not an allowed value; use one of: {values}."
            )
        case "const":
            return f"Giá trị ở đây phải là {kind.expected_value}. / This must be {kind.expected_value}."
        case "minLength":
            return (
                "Không được để trống hoặc quá ngắn; nếu không có giá trị thì bỏ trường này. / "
                "This must not be empty or too short; leave the field out if there is no value."
            )
        case "maxLength":
            return f"Dài quá {kind.limit} ký tự; hãy rút ngắn. / Longer than {kind.limit} characters; shorten it."
        case "minItems" | "minProperties":
            return f"Cần ít nhất {kind.limit} phần tử. / At least {kind.limit} entry is needed."
        case "maxItems":
            return f"Nhiều quá {kind.limit} phần tử; hãy chia nhỏ. / More than {kind.limit} entries; send several."
        case "minimum":
            return f"Nhỏ nhất là {kind.limit}. / Must be at least {kind.limit}."
        case "maximum":
            return f"Lớn nhất là {kind.limit}. / Must be at most {kind.limit}."
        case "pattern":
            return (
                "Sai định dạng; xem mẫu và ví dụ trong lược đồ ở /schemas. / "
                "Not well formed; see the pattern and the example in the schema under /schemas."
            )
        case "falseSchema":
            return (
                "Không nhận trường này; hãy gửi tài liệu dạng JSON trong data. / "
                "This field is not taken; send the document as JSON in data."
            )
    return "Không hợp lược đồ; xem /schemas. / Does not fit the schema; see /schemas."
