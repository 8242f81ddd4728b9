"""The four ways in: who may call, which provider a call names, and how its answer goes back (NDXP sheet §2 to §5)."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING
from urllib.parse import unquote
from uuid import uuid4

import orjson
from aiohttp import web

from adapters.ndxp.simulator import refusals
from adapters.ndxp.simulator.faults import CHANGED_ID
from adapters.ndxp.simulator.providers import STORE, Provider
from adapters.ndxp.simulator.refusals import STYLE, Style
from adapters.transport.http import Answer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from adapters.ndxp.simulator.app import SimulatedExchange

_SERVICE = web.RequestKey("service", str)
_NAMES = ("dstcode", "providerurl")


def token(system: SimulatedExchange, request: web.Request, form: Mapping[str, str]) -> web.Response:
    """The answer of `/token` (§2, §3)."""
    if form.get("grant_type") != "client_credentials":
        return _oauth_error("unsupported_grant_type", 400)
    consumer = system.tokens.consumer_of(request.headers, form)
    if consumer is None:
        return _oauth_error("invalid_client", 401)
    return web.json_response(system.tokens.issue(consumer))


def reach(system: SimulatedExchange, request: web.Request, style: Style) -> Provider | web.Response:
    """The provider a call may speak to, or the exchange's refusal."""
    match style:
        case "oauth2":
            return _gateway(system, request)
        case "lgsp":
            return _platform(system, request)
        case "forward":
            return _forward(system, request)
        case "xroad":
            return _xroad(system, request)
        case "direct":
            return Provider(STORE["direct"], "", _path(request))


def wrapped(system: SimulatedExchange, request: web.Request, body: bytes, answer: Answer) -> web.Response:
    """The provider's answer as its way hands it back."""
    match request[STYLE]:
        case "lgsp" if system.settings.relay != "plain":
            return _relayed(system.settings.relay, answer)
        case "xroad":
            return _plain(answer, _echo(request, body))
        case _:
            return _plain(answer)


def inner_query(request: web.Request) -> str:
    """The query as the provider gets it: without what was for the exchange, and nothing encoded anew."""
    parts = request.rel_url.raw_query_string.split("&")
    return "&".join(part for part in parts if part and part.partition("=")[0] not in _NAMES)


def _path(request: web.Request) -> str:
    """The path behind the exchange's own, as it was encoded."""
    raw = request.rel_url.raw_path
    behind = len(unquote(raw)) - len(request.match_info["path"])
    return raw[behind:]


def _gateway(system: SimulatedExchange, request: web.Request) -> Provider | web.Response:
    scheme, _, shown = request.headers.get("Authorization", "").partition(" ")
    if not shown:
        return refusals.gateway_fault(900902, system.settings)
    if scheme != "Bearer":
        return refusals.gateway_fault(900905, system.settings)
    code = _turned_away(system, system.tokens.bearer(shown))
    if code is not None:
        return refusals.gateway_fault(code, system.settings)
    return system.providers.by_path(_path(request)) or refusals.gateway_fault(900906, system.settings)


def _platform(system: SimulatedExchange, request: web.Request) -> Provider | web.Response:
    shown = request.headers.get("Authorization", "").removeprefix("Bearer ")
    consumer = system.tokens.bearer(shown)
    # Both are wanted, and of the same consumer (§3).
    if consumer is None or system.tokens.consumer_of(request.headers, {}) != consumer:
        return refusals.platform_error("401")
    code = _turned_away(system, consumer)
    if code is not None:
        return refusals.platform_error({900901: "401", 900908: "403"}.get(code, "429"))
    return system.providers.by_path(_path(request)) or refusals.platform_error("404")


def _turned_away(system: SimulatedExchange, consumer: str | None) -> int | None:
    """The gateway's code for a consumer that gets no service just now (§10)."""
    kind = system.settings.consumers.get(consumer or "")
    if consumer is None or kind == "expired":
        return 900901
    if kind == "unsubscribed":
        return 900908
    system.tokens.calls[consumer] += 1
    if kind == "throttled" and system.tokens.calls[consumer] > system.settings.throttle_after:
        return 900804
    return None


def _forward(system: SimulatedExchange, request: web.Request) -> Provider | web.Response:
    dstcode = request.headers.get("dstcode") or request.query.get("dstcode", "")
    if not dstcode:
        nameless = any(not value for value in request.query.values())
        hint = "; tham số gửi không kèm tên / a parameter came without its name" if nameless else ""
        return _clear(f"Thiếu dstcode (header hoặc tham số) / dstcode is missing (header or query){hint}")
    providerurl = request.query.get("providerurl", "")
    if providerurl and not system.providers.knows_url(providerurl):
        return _clear("providerurl không nằm trong danh sách cho phép / providerurl is not on the allow-list")
    provider = system.providers.by_code(dstcode, _path(request))
    return provider or refusals.xroad_error("Server.ServerProxy.UnknownMember", "Unknown member", system.settings)


def _xroad(system: SimulatedExchange, request: web.Request) -> Provider | web.Response:
    settings = system.settings
    # Where the header is repeated the last one counts (§5).
    clients = request.headers.getall("X-Road-Client", [])
    if not clients:
        return refusals.xroad_error("Client.BadRequest", "Missing required header X-Road-Client", settings)
    client = "/".join(unquote(part) for part in clients[-1].split("/"))
    if client.count("/") not in (2, 3):
        return refusals.xroad_error("Client.BadRequest", "Invalid X-Road-Client", settings)
    provider = system.providers.by_path(_path(request))
    if provider is None:
        return refusals.xroad_error("Server.ServerProxy.UnknownService", "Unknown service", settings)
    if settings.clients.get(client, "unsubscribed") != "known":
        sentence = f"Request is not allowed: SERVICE:{provider.name}"
        return refusals.xroad_error("Server.ServerProxy.AccessDenied", sentence, settings)
    request[_SERVICE] = provider.name
    return provider


def _relayed(form: str, answer: Answer) -> web.Response:
    """The provider's answer inside the platform's (§3)."""
    text = answer.body.decode("utf-8", "replace")
    if form == "string":
        return web.json_response({"error_code": "0", "message": text})
    try:
        inner = orjson.loads(answer.body)
    except ValueError:
        inner = text
    good = answer.status < 300
    tree = {
        "code": str(answer.status),
        "status": "SUCCESS" if good else "ERROR",
        "correlationId": str(uuid4()),
        "response": inner,
    }
    return web.json_response(tree)


def _echo(request: web.Request, body: bytes) -> dict[str, str]:
    """The headers of an X-Road reply (§5); client, id and service are the request's own."""
    message_id = request.headers.get("X-Road-Id") or str(uuid4())
    head = "".join(f"{name}:{value}\n" for name, value in request.headers.items()).encode()
    digests = hashlib.sha512(head).digest() + (hashlib.sha512(body).digest() if body else b"")
    whole = hashlib.sha512(digests).digest() if body else digests
    return {
        "X-Road-Client": request.headers.getall("X-Road-Client")[-1],
        "X-Road-Id": str(uuid4()) if request.get(CHANGED_ID) else message_id,
        "X-Road-Service": request[_SERVICE],
        "X-Road-Request-Id": str(uuid4()),
        "X-Road-Request-Hash": base64.b64encode(whole).decode(),
    }


def _plain(answer: Answer, headers: Mapping[str, str] | None = None) -> web.Response:
    kept = {"Content-Type": answer.content_type or "application/octet-stream", **(headers or {})}
    # Redirects are handed back, not followed (§5).
    if location := answer.headers.get("Location"):
        kept["Location"] = location
    return web.Response(status=answer.status, body=answer.body, headers=kept)


def _clear(sentence: str) -> web.Response:
    return web.json_response({"error_code": -1, "message": sentence}, status=400)


def _oauth_error(error: str, status: int) -> web.Response:
    tree = {"error": error, "error_description": "A valid OAuth client could not be found for client_id"}
    return web.json_response(tree, status=status)
