"""What the exchange's own errors mean (NDXP sheet §5, §6): the only file of this package that knows X-Road's codes.

They come with HTTP 400 or 500 whatever they say, "not allowed" too, so the status decides nothing. A code is spelled
`Server.ServerProxy.AccessDenied` or, by newer servers, `server.serverproxy.access_denied`: case, `_` and `.` are
left out of account. Nothing of a message is shown but the UUID that support asks for.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal

import orjson

from adapters.contract import DeliveryError, PermanentError, TransientError
from adapters.ndxp.road_texts import ROAD, XROAD
from adapters.transport.entries import ErrorEntry
from adapters.transport.envelope import clean_code, clean_reference
from adapters.transport.http import Answer

Group = Literal["later", "right", "request", "unclear"]

_NAMES: dict[Group, tuple[str, ...]] = {
    # Nothing reached the provider.
    "later": ("NetworkError", "OutdatedGlobalConf", "GlobalConfOutdated", "DatabaseError", "MaintenanceMode"),
    "right": (
        "AccessDenied", "UnknownService", "UnknownMember", "ServiceDisabled", "InvalidClientIdentifier",
        "SslAuthenticationFailed",
    ),
    "request": (
        "BadRequest", "InvalidRequest", "MissingHeaderField", "MissingHeader", "DuplicateHeaderField", "MissingBody",
        "InvalidBody", "InconsistentHeaders", "InvalidProtocolVersion",
    ),
    # The provider may have worked on it.
    "unclear": ("ServiceFailed", "IOError", "InconsistentResponse", "InternalError"),
}  # fmt: skip
_KNOWN = {name.lower(): (name, group) for group, names in _NAMES.items() for name in names}
_PLACE = re.compile(r"^(?:server(?:clientproxy|serverproxy)?|client)")
_NO_CERTIFICATE = b"did not supply TLS certificate"


def told(answer: Answer, *, write: bool) -> DeliveryError | None:
    """The exchange's own error, where the answer is one; None where the provider itself speaks."""
    if answer.status >= 400 and _NO_CERTIFICATE in answer.body[:4096]:
        return ROAD["XROAD_CERTIFICATE"].error(PermanentError, scope="destination", answer=answer.body)
    code = answer.headers.get("X-Road-Error")
    if code is None:
        return None
    tree = _object(answer.body)
    # The header decides that it is an error; a body that names it more fully only helps.
    code = code.strip() or str(tree.get("type", ""))
    detail = tree.get("detail")
    reference = clean_reference(detail if isinstance(detail, str) else "")
    return _error(code, reference or "–", answer.body, write=write)


def meaning(code: str) -> tuple[str, Group]:
    """The name to show of a code, and what follows; `Client.*` is always ours to mend."""
    plain = re.sub(r"[._]", "", code.lower())
    rest = _PLACE.sub("", plain)
    known = next((found for name, found in _KNOWN.items() if rest.startswith(name)), None)
    if known is not None and not (plain.startswith("client") and known[1] != "right"):
        return known
    name = known[0] if known else clean_code(code).rpartition(".")[2] or "?"
    return name, "request" if plain.startswith("client") else "unclear"


def entry(name: str) -> ErrorEntry | None:
    """The words for an error by the name shown of it, where it is known."""
    known = _KNOWN.get(name.lower())
    return XROAD[known[1]] if known else None


def _error(code: str, reference: str, answer: bytes, *, write: bool) -> DeliveryError:
    name, group = meaning(code)
    entry, fill = XROAD[group], {"fault": name, "reference": reference}
    match group:
        case "later":
            return entry.error(TransientError, fill=fill, answer=answer)
        case "right":
            return entry.error(PermanentError, fill=fill, scope="destination", answer=answer)
        case "request":
            return entry.error(PermanentError, fill=fill, answer=answer)
        case "unclear":
            return entry.unclear(write=write, fill=fill, answer=answer)


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        tree = orjson.loads(body)
    except ValueError:
        return {}
    return tree if isinstance(tree, dict) else {}
