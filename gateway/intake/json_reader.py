"""Strict JSON: one meaning or none. What comes out is in canonical form; what cannot be read says where and why.

Refused (400): broken syntax, text that is not UTF-8, duplicate keys, NaN and Infinity, lone surrogates, NUL, more than
64 levels. The common case costs one parse, one count of keys and one look at the text.
"""

from __future__ import annotations

import json
import unicodedata
from typing import Any

import orjson

from gateway.acceptance.canonical import canonical
from gateway.acceptance.schema_gate import escape
from gateway.errors import IntakeError
from gateway.intake.problem import refusal

MAX_DEPTH = 64
_WHITESPACE = b" \t\r\n"


def read_json(raw: bytes) -> Any:
    """The canonical tree of a JSON text. Raises `IntakeError` 400 for whatever two readers could read differently."""
    try:
        tree = orjson.loads(raw)
    except orjson.JSONDecodeError as exc:
        raise _explain(raw, exc) from None
    keys, untidy = _survey(tree)
    # What most libraries write is the very text that the tree gives again, so nothing of it was lost to a duplicate.
    # Else: every key is followed by a colon, so at least as many quote-colon pairs stand in the text as there are keys
    # in it; as many pairs as keys in the tree therefore means that no key was lost.
    if orjson.dumps(tree) != raw and raw.translate(None, _WHITESPACE).count(b'":') != keys:
        _refuse_duplicates(raw)
    escaped = b"\\" in raw and b"\\u" in raw
    if escaped and b"\\u0000" in raw:
        _refuse_nul(tree)
    if untidy or escaped or not (raw.isascii() or unicodedata.is_normalized("NFC", raw.decode())):
        return canonical(tree)
    return tree


def _survey(tree: Any) -> tuple[int, bool]:
    """How many keys a tree has, and whether it holds nulls or fractions; level by level, so depth costs no stack."""
    keys, untidy, depth = 0, False, 0
    level = [tree] if type(tree) in (dict, list) else []
    while level:
        depth += 1
        if depth > MAX_DEPTH:
            raise _too_deep()
        below: list[Any] = []
        for node in level:
            if type(node) is dict:
                keys += len(node)
            for value in node.values() if type(node) is dict else node:
                kind = type(value)
                if kind is str or kind is int or kind is bool:
                    continue
                if kind is dict or kind is list:
                    below.append(value)
                else:
                    untidy = True
        level = below
    return keys, untidy


class _Members(list[tuple[str, Any]]):
    """A JSON object as its members in order, duplicates included."""


def _refuse_duplicates(raw: bytes) -> None:
    pointer = _find_duplicate(json.loads(raw, object_pairs_hook=_Members), "")
    if pointer is not None:
        raise refusal(
            400,
            "JSON_DUPLICATE_KEY",
            "Trường này có hai lần trong cùng một đối tượng; hãy bỏ bớt một.",
            "This key stands twice in the same object; leave one out.",
            pointer,
        )


def _find_duplicate(node: Any, at: str) -> str | None:
    if isinstance(node, _Members):
        seen: set[str] = set()
        for key, value in node:
            here = f"{at}/{escape(key)}"
            if key in seen:
                return here
            seen.add(key)
            if (below := _find_duplicate(value, here)) is not None:
                return below
    elif isinstance(node, list):
        for index, value in enumerate(node):
            if (below := _find_duplicate(value, f"{at}/{index}")) is not None:
                return below
    return None


def _refuse_nul(tree: Any) -> None:
    pointer = _find_nul(tree, "")
    if pointer is not None:
        raise refusal(
            400,
            "JSON_NUL",
            "Chuỗi chứa ký tự NUL (\\u0000); hãy bỏ ký tự này ở hệ thống gửi.",
            "A string holds the NUL character (\\u0000); remove it in the sending system.",
            pointer,
        )


def _find_nul(node: Any, at: str) -> str | None:
    if type(node) is str:
        return at if "\x00" in node else None
    if type(node) is dict:
        members = [(escape(key), value) for key, value in node.items()]
        if any("\x00" in key for key in node):
            return at
    elif type(node) is list:
        members = [(str(index), value) for index, value in enumerate(node)]
    else:
        return None
    for key, value in members:
        if (below := _find_nul(value, f"{at}/{key}")) is not None:
            return below
    return None


def _too_deep() -> IntakeError:
    return refusal(
        400,
        "JSON_DEPTH",
        f"JSON lồng nhau quá {MAX_DEPTH} mức; hãy kiểm tra hệ thống gửi.",
        f"The JSON is nested deeper than {MAX_DEPTH} levels; check the sending system.",
    )


def _explain(raw: bytes, exc: orjson.JSONDecodeError) -> IntakeError:
    """Which of the reasons a text could not be parsed for; positions yes, content never."""
    if not raw.strip():
        return refusal(
            400, "BODY_EMPTY", "Nội dung trống; hãy gửi một tài liệu.", "The body is empty; send a document."
        )
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as bad:
        return encoding_error(f" (byte {bad.start})")
    if text.startswith("\ufeff") or "\x00" in text[:4]:
        return encoding_error("")
    return _explain_text(text, exc)


def _explain_text(text: str, exc: orjson.JSONDecodeError) -> IntakeError:
    where = f"dòng {exc.lineno}, cột {exc.colno} / line {exc.lineno}, column {exc.colno}"
    if "depth" in exc.msg:
        return _too_deep()
    if "surrogate" in exc.msg:
        return _at("JSON_SURROGATE", where, "nửa cặp surrogate không có nửa kia", "a surrogate without its other half")
    rest = text[exc.pos :].lstrip("-")
    if rest.startswith(("NaN", "Infinity", "nan", "inf")) or "infinity" in exc.msg:
        return _at("JSON_NUMBER", where, "NaN, Infinity hoặc số quá lớn", "NaN, Infinity or a number too large")
    return _at("JSON_SYNTAX", where, "sai cú pháp JSON", exc.msg)


def _at(code: str, where: str, vi: str, en: str) -> IntakeError:
    vi_where, en_where = where.split(" / ")
    return refusal(
        400,
        code,
        f"Không đọc được JSON ở {vi_where}: {vi}; hãy sửa ở hệ thống gửi.",
        f"The JSON cannot be read at {en_where}: {en}; correct it in the sending system.",
    )


def encoding_error(where: str) -> IntakeError:
    """The 400 for text that is not plain UTF-8."""
    return refusal(
        400,
        "JSON_ENCODING",
        f"Văn bản không phải UTF-8{where}; hãy gửi UTF-8, không có dấu BOM.",
        f"The text is not UTF-8{where}; send UTF-8 without a byte order mark.",
    )
