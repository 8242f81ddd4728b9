"""The portal's envelopes, out and in: pure functions between documents and bytes (integration sheet §3, §4, §9).

Reading is forgiving in form (codes as numbers or text, answers wrapped once more by a gateway, a byte order mark) and
strict in meaning: what cannot be read, or carries no `error_code`, is never a success.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any, NamedTuple

import orjson

_INTEGER = re.compile(r"[+-]?[0-9]{1,9}")
_WRAPPED_AT_MOST = 3
_PAPER_LIST = "DanhSachTepDinhKemKhac"
_PAPER_INTEGERS = ("SoLuong", "LoaiGiayTo")


class Unreadable(Enum):
    """Why an answer is not one: nothing at all, a web page, or neither page nor JSON object."""

    EMPTY = "empty"
    HTML = "html"
    GARBAGE = "garbage"


class Reply(NamedTuple):
    """One answer of the portal. `code` is None where `error_code` is missing or not a number."""

    code: int | None
    message: str
    result: Any
    session: str
    raw: bytes


def login_body(username: str, password: str) -> bytes:
    return orjson.dumps({"username": username, "password": password})


def envelope(session: str, madonvi: str, service: str, parameters: Mapping[str, Any]) -> bytes:
    """A service call of styles A and B: envelope and parameters on one level (§4)."""
    return orjson.dumps({"session": session, "madonvi": madonvi, "service": service, **parameters})


def encode_records(records: Sequence[Mapping[str, Any]], *, integers: bool) -> orjson.Fragment:
    """The `data` array, encoded once however often it is sent."""
    if not integers:
        records = [_paper_as_text(record) for record in records]
    return orjson.Fragment(orjson.dumps(records))


def _paper_as_text(record: Mapping[str, Any]) -> Mapping[str, Any]:
    papers = record.get(_PAPER_LIST)
    if not papers:
        return record
    return {
        **record,
        _PAPER_LIST: [{k: str(v) if k in _PAPER_INTEGERS else v for k, v in paper.items()} for paper in papers],
    }


def read_reply(body: bytes, content_type: str = "") -> Reply | Unreadable:
    """Read an answer of any access style; a reply that a gateway wrapped into `message` is unwrapped (§4)."""
    text = body.removeprefix(b"\xef\xbb\xbf").strip()
    if not text:
        return Unreadable.EMPTY
    if text.startswith(b"<") or "html" in content_type.lower():
        return Unreadable.HTML
    tree = _parse(text)
    if not isinstance(tree, dict):
        return Unreadable.GARBAGE
    reply = _reply(tree, body)
    for _ in range(_WRAPPED_AT_MOST):
        inner = _parse(reply.message.encode()) if reply.message.lstrip().startswith("{") else None
        if not isinstance(inner, dict):
            break
        reply = _unwrap(reply, inner)
    return reply


def _reply(tree: Mapping[str, Any], raw: bytes) -> Reply:
    result, session = tree.get("result"), tree.get("session")
    message = _text(tree.get("message")) or (_text(result) if isinstance(result, str) else "")
    return Reply(_code(tree.get("error_code")), message, result, _text(session), raw)


def _unwrap(outer: Reply, tree: Mapping[str, Any]) -> Reply:
    """The portal's own words win, unless the gateway itself reports a failure or the inner answer has no code."""
    inner = _reply(tree, outer.raw)
    code = inner.code if outer.code == 0 and "error_code" in tree else outer.code
    return inner._replace(code=code, session=inner.session or outer.session)


def _parse(text: bytes) -> Any:
    """JSON in UTF-8, or None. Bytes in another encoding are not guessed at: half-read words could hide a refusal."""
    try:
        tree = orjson.loads(text)
        return orjson.loads(tree) if isinstance(tree, str) else tree
    except ValueError:
        return None


def _code(value: Any) -> int | None:
    """`0`, `"0"`, `" 0 "`, `-3`, `0.0` -> int (§9); anything else is no code."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    if isinstance(value, str) and _INTEGER.fullmatch(value.strip()):
        return int(value)
    return None


def _text(value: Any) -> str:
    """Text in NFC: the same Vietnamese words arrive composed or decomposed."""
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""


def item_replies(reply: Reply) -> list[Reply]:
    """The items of a batch answer that carry a code of their own (assumed, §9), each as a reply."""
    if not isinstance(reply.result, list):
        return []
    return [_reply(item, reply.raw) for item in reply.result if isinstance(item, dict) and "error_code" in item]
