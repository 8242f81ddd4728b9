"""The platform's answers as values: read forgivingly in form, strictly in meaning (sheet §1, §3, §6).

A provincial gateway may wrap an answer as text inside `message`; a receipt may come as a file instead of JSON.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

import orjson

_FILES = frozenset({"application/pdf", "application/x-pdf", "application/octet-stream", "binary/octet-stream", ""})
_PDF = b"%PDF"


class Unreadable(Enum):
    """Why an answer is not one: nothing at all, a web page, or neither page nor JSON object."""

    EMPTY = "empty"
    HTML = "html"
    GARBAGE = "garbage"


@dataclass(frozen=True, slots=True)
class Said:
    """One answer of the platform. `code` is `MaLoi`, None where there is none.

    `gateway_code`: the `error_code` by which a gateway in between says that the call failed; then nothing else counts.
    """

    code: str | None
    record: Mapping[str, Any]
    raw: bytes
    gateway_code: str | None = None


def read_answer(body: bytes, content_type: str = "") -> Said | Unreadable:
    """Read an answer, wrapped or not."""
    text = body.removeprefix(b"\xef\xbb\xbf").strip()
    if not text:
        return Unreadable.EMPTY
    if text.startswith(b"<") or "html" in content_type.lower():
        return Unreadable.HTML
    tree = _object(text)
    if tree is None:
        return Unreadable.GARBAGE
    if "error_code" not in tree or "MaLoi" in tree:
        return Said(_code(tree.get("MaLoi")), tree, body)
    gateway = as_text(tree["error_code"]).strip()
    if gateway != "0":
        return Said(None, {}, body, gateway_code=gateway or "?")
    message = tree.get("message")
    inner = _object(message.encode()) if isinstance(message, str) else message
    return Said(_code(inner.get("MaLoi")), inner, body) if isinstance(inner, dict) else Unreadable.GARBAGE


def _object(text: bytes) -> dict[str, Any] | None:
    try:
        tree = orjson.loads(text)
    except ValueError:
        return None
    return tree if isinstance(tree, dict) else None


def _code(value: Any) -> str | None:
    return as_text(value).strip() or None


def as_text(value: Any) -> str:
    """A value as text; whole numbers count, since clients read both forms; anything else is empty."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""


def is_receipt_file(body: bytes, content_type: str) -> bool:
    """Whether this is a PDF by its first bytes, and does not call itself something else (§6)."""
    return body.startswith(_PDF) and kind_of(content_type) in _FILES


def says_file(content_type: str) -> bool:
    """Whether an answer calls itself a PDF, whatever it holds: one client saves error texts under that name (§6)."""
    return "pdf" in kind_of(content_type)


def kind_of(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()
