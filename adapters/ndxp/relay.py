"""How an LGSP wraps what a provider said (NDXP sheet §3): success must be tested at two levels.

The platform's own word becomes the answer's status, the provider's own answer its body, so that a system reads what it
would have read without a platform in between.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import orjson

from adapters.ndxp.road_texts import ROAD
from adapters.transport.envelope import clean_code
from adapters.transport.http import Answer

Form = Literal["envelope", "string", "plain"]

_ENVELOPE = {"code", "status", "correlationId", "response"}
_MARKS = {"code", "correlationId"}
"""Never both in a provider's own answer; `response` may be missing where the platform itself failed (assumed)."""


def unwrapped(answer: Answer, form: Form, *, write: bool) -> Answer:
    """The provider's own answer. What is not wrapped passes as it is; raises what the platform refused by itself."""
    if form == "plain":
        return answer
    tree = _object(answer.body)
    if tree is None:
        return answer
    return _opened(answer, tree) if form == "envelope" else _unquoted(answer, tree, write=write)


def _opened(answer: Answer, tree: Mapping[str, Any]) -> Answer:
    """Out of {code, status, correlationId, response}; `code` reads like an HTTP status, number or text."""
    if not (_MARKS <= tree.keys() <= _ENVELOPE):
        return answer
    inner = tree.get("response")
    status = _status(tree["code"]) or answer.status
    if inner is None:
        body = b""
    elif isinstance(inner, str):
        body = inner.encode("utf-8", "replace")
    else:
        body = orjson.dumps(inner)
    return answer._replace(status=status, content_type=_type_of(body), body=body)


def _unquoted(answer: Answer, tree: Mapping[str, Any], *, write: bool) -> Answer:
    """Out of {error_code, message: "<xml…>"}: the XML is text inside JSON."""
    message = tree.get("message")
    if isinstance(message, str) and message.lstrip().startswith("<"):
        body = message.encode("utf-8", "replace")
        return answer._replace(content_type=_type_of(body), body=body)
    code = str(tree.get("error_code", "")).strip()
    if answer.status < 300 and code and code.strip("0"):
        fill = {"fault": clean_code(code) or "?"}
        raise ROAD["RELAY_{fault}"].unclear(write=write, fill=fill, answer=answer.body)
    return answer


def _status(code: object) -> int | None:
    text = str(code).strip()
    number = int(text) if text.isascii() and text.isdigit() and len(text) == 3 else 0
    return number if 200 <= number < 600 else None


def _type_of(body: bytes) -> str:
    return "application/xml" if body.lstrip().startswith(b"<") else "application/json"


def _object(body: bytes) -> Mapping[str, Any] | None:
    if not body.lstrip().startswith(b"{"):
        return None
    try:
        tree = orjson.loads(body)
    except ValueError:
        return None
    return tree if isinstance(tree, dict) else None
