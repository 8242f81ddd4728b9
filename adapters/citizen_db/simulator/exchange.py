"""What the exchange itself checks before the database sees a question: header blocks, rights, digests (sheet §5)."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lxml.etree import _Element as Element

from adapters.citizen_db.simulator.replies import XROAD
from adapters.citizen_db.simulator.settings import SimulatorSettings
from adapters.transport.envelope import local_name

_MANDATORY = ("client", "service", "id", "protocolVersion")


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks over the exchange, and because of which dossier."""

    consumer: str
    issue: str


@dataclass(frozen=True, slots=True)
class Denied:
    """The exchange says no: code and sentence of its fault."""

    code: str
    sentence: str


def caller_of(headers: Sequence[Element], operation: str, settings: SimulatorSettings) -> Caller | Denied:
    """Read the header blocks as the exchange's servers do (NDXP sheet §6)."""
    blocks = [block for block in headers if block.tag.startswith(f"{{{XROAD}}}")]
    names = [local_name(block) for block in blocks]
    if missing := [name for name in _MANDATORY if name not in names]:
        return Denied("Server.ClientProxy.MissingHeaderField", f"Required field '{missing[0]}' is missing")
    if len(set(names)) < len(names):
        return Denied("Server.ClientProxy.DuplicateHeaderField", "SOAP header contains duplicate field")
    known = dict(zip(names, blocks, strict=True))
    if _text(known["protocolVersion"]) != "4.0":
        return Denied("Server.ClientProxy.InvalidProtocolVersion", "Invalid protocol version")
    service = _parts(known["service"])
    if "/".join(service[:4]) != settings.service or service[4:5] != [operation]:
        return Denied("Server.ClientProxy.UnknownService", "Unknown service")
    consumer = "/".join(_parts(known["client"]))
    if consumer not in settings.consumers or operation in settings.withheld:
        return Denied("Server.ServerProxy.AccessDenied", "Request is not allowed")
    return Caller(consumer, _text(known["issue"]) if "issue" in known else "")


def caller_by_digest(headers: Mapping[str, str], settings: SimulatorSettings, now: float) -> Caller | None:
    """Check the direct port's HTTP headers at `now`, seconds since 1970 (§5.1); None = not let in."""
    client, timestamp = headers.get("X-Road-Client", ""), headers.get("Timestamp", "")
    if not timestamp.isdigit() or (settings.demand_client and not client):
        return None
    seconds = int(timestamp) / (1000 if settings.timestamp_unit == "ms" else 1)
    mixed = f"{settings.sv_url}{settings.username}{timestamp}{settings.secret_key}"
    pair = f"{settings.username}:{hashlib.sha256(mixed.encode()).hexdigest()}"
    right = "Basic " + base64.b64encode(pair.encode()).decode()
    if headers.get("Authorization") != right or abs(now - seconds) > settings.skew:
        return None
    if settings.api_key and headers.get("ApiKey") != settings.api_key:
        return None
    if client and client not in settings.consumers:
        return None
    return Caller(client or next(iter(settings.consumers)), headers.get("X-Road-Issue", ""))


def _text(element: Element) -> str:
    return (element.text or "").strip()


def _parts(identifier: Element) -> list[str]:
    return [_text(part) for part in identifier]
