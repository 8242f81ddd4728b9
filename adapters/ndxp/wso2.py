"""What an API gateway says by itself (WSO2, NDXP sheet §2): the only file that knows its fault codes.

Faults come as JSON or as XML whatever was asked for, so they are known by their content. The API at fault is named
from our own address, never from what was answered.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from urllib.parse import urlsplit

import orjson

from adapters.contract import DeliveryError, PermanentError, TransientError
from adapters.ndxp.road_texts import GATEWAY
from adapters.transport.entries import ErrorEntry
from adapters.transport.envelope import Unreadable, local_name, read_xml
from adapters.transport.http import Answer
from adapters.transport.retry_after import LONGEST, parse_retry_after

Group = Literal["token", "right", "blocked", "throttled", "later", "closed", "unclear", "request"]

TOKEN_INVALID = 900901
_THROTTLED_FOR = timedelta(minutes=1)
"""Where a throttling fault names no delay; quotas are counted by the minute at the shortest (assumed)."""
_CLOSED_FOR = timedelta(minutes=15)
"""After a hard limit or a blocked API, which somebody has to lift."""
_GROUPS: dict[int, Group] = {
    TOKEN_INVALID: "token",
    900902: "blocked", 900905: "blocked", 900907: "blocked", 900909: "blocked",
    900906: "right", 900908: "right", 900910: "right",
    900800: "throttled", **dict.fromkeys(range(900802, 900810), "throttled"),
    900900: "later",
    700700: "closed", 900801: "closed",
    **dict.fromkeys(range(101500, 101511), "unclear"),
    102511: "request",
}  # fmt: skip
_NAMESPACES = ("http://wso2.org/apimanager/security", "http://wso2.org/apimanager")
_NEXT_ACCESS = re.compile(r"(\d{4})-([A-Z][a-z]{2})-(\d{2}) (\d{2}):(\d{2}):(\d{2})\+0000(?: UTC)?", re.ASCII)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_SHOWABLE = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,60}|v?[0-9]{1,3}(?:\.[0-9]{1,3}){0,3}")


@dataclass(frozen=True, slots=True)
class GatewayFault:
    """A fault of the gateway itself; `next_access` is when it will listen again, where it says so."""

    code: int
    next_access: datetime | None = None


def token_spent(answer: Answer) -> bool:
    """Whether to renew the token: HTTP 401, unless the gateway gives a reason that a new one would not mend."""
    if answer.status != 401:
        return False
    fault = read_fault(answer.body)
    return fault is None or fault.code == TOKEN_INVALID


def told(answer: Answer, url: str, *, write: bool) -> DeliveryError | None:
    """The gateway's own fault, where the answer is one we know; None where the provider itself speaks."""
    if answer.status < 400 and b"fault" not in answer.body[:200]:
        return None
    fault = read_fault(answer.body)
    group = _GROUPS.get(fault.code) if fault else None
    if fault is None or group is None:
        return None
    return _error(group, fault, answer, {"fault": fault.code, "api": api_name(url)}, write=write)


def _error(group: Group, fault: GatewayFault, answer: Answer, fill: dict[str, object], *, write: bool) -> DeliveryError:
    entry = GATEWAY[group]
    match group:
        case "token" | "blocked" | "right":
            return entry.error(PermanentError, fill=fill, scope="destination", answer=answer.body)
        case "throttled" | "closed":
            wait = _wait(answer, fault, _THROTTLED_FOR if group == "throttled" else _CLOSED_FOR)
            return entry.error(TransientError, fill=fill, scope="destination", retry_after=wait, answer=answer.body)
        case "later":
            return entry.error(TransientError, fill=fill, answer=answer.body)
        case "unclear":
            return entry.unclear(write=write, fill=fill, answer=answer.body)
        case "request":
            return entry.error(PermanentError, fill=fill, answer=answer.body)


def entry(fault: int) -> ErrorEntry | None:
    """The words for a fault code that is known."""
    group = _GROUPS.get(fault)
    return GATEWAY[group] if group else None


def read_fault(body: bytes) -> GatewayFault | None:
    """The fault in an answer, by its content: JSON `fault`, or XML of the gateway's namespaces; else None."""
    return _json_fault(body) or _xml_fault(body)


def api_name(url: str) -> str:
    """Context and version of the API that was called, as an operator knows it from the gateway's portal."""
    segments = [part for part in urlsplit(url).path.split("/") if part][:2]
    return "/" + "/".join(part if _SHOWABLE.fullmatch(part) else "…" for part in segments)


def _json_fault(body: bytes) -> GatewayFault | None:
    try:
        tree: Any = orjson.loads(body)
    except ValueError:
        return None
    fault = tree.get("fault") if isinstance(tree, dict) else None
    if not isinstance(fault, dict):
        return None
    return _fault(str(fault.get("code", "")), str(fault.get("nextAccessTime", "")))


def _xml_fault(body: bytes) -> GatewayFault | None:
    root = read_xml(body)
    if isinstance(root, Unreadable) or root.tag not in {f"{{{namespace}}}fault" for namespace in _NAMESPACES}:
        return None
    texts = {local_name(child): (child.text or "").strip() for child in root}
    return _fault(texts.get("code", ""), texts.get("nextAccessTime", ""))


def _fault(code: str, next_access: str) -> GatewayFault | None:
    if not (code.isascii() and code.isdigit() and len(code) <= 9):
        return None
    return GatewayFault(int(code), _moment(next_access))


def _moment(text: str) -> datetime | None:
    """A time such as `2021-Aug-20 01:31:00+0000 UTC`, whatever the machine's language."""
    found = _NEXT_ACCESS.fullmatch(text.strip())
    if found is None or found[2] not in _MONTHS:
        return None
    numbers = [int(found[n]) for n in (3, 4, 5, 6)]
    try:
        return datetime(int(found[1]), _MONTHS.index(found[2]) + 1, *numbers, tzinfo=UTC)  # type: ignore[misc,arg-type]
    except ValueError:
        return None


def _wait(answer: Answer, fault: GatewayFault, default: timedelta) -> timedelta:
    """How long to leave the gateway alone: its header, else its body, else `default`."""
    stated = parse_retry_after(answer.retry_after)
    if stated is None and fault.next_access is not None:
        stated = fault.next_access - datetime.now(UTC)
    return default if stated is None else min(max(stated, timedelta(0)), LONGEST)
