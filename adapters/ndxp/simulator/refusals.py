"""How the exchange says no in each access style: faults of the gateway, envelopes of an LGSP, X-Road's errors."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Literal
from uuid import uuid4

import orjson
from aiohttp import web

from adapters.ndxp.simulator.settings import SimulatorSettings

Style = Literal["oauth2", "lgsp", "forward", "xroad", "direct"]

STYLE: web.RequestKey[Style] = web.RequestKey("style")
"""The access style a call came by."""

_GATEWAY: Mapping[int, tuple[int, str]] = {
    102511: (400, "Message too large"),
    101503: (500, "Error connecting to the back end"),
    101504: (504, "Connection timed out"),
    700700: (503, "API blocked"),
    900800: (429, "Message throttled out"),
    900801: (503, "Hard limit exceeded"),
    900804: (429, "Subscription level throttled out"),
    900900: (500, "Unclassified Authentication Failure"),
    900901: (401, "Invalid Credentials"),
    900902: (401, "Missing Credentials"),
    900905: (401, "Incorrect Access Token Type is provided"),
    900906: (403, "No matching resource found in the API for the given request"),
    900907: (401, "The requested API is temporarily blocked"),
    900908: (403, "Resource forbidden"),
    900909: (401, "The subscription to the API is inactive"),
    900910: (403, "The access token does not allow you to access the requested resource"),
}
_AUTH = range(900900, 901000)
_SAID: Mapping[str, tuple[int, str, str]] = {
    # what goes wrong: the gateway's code, the LGSP's, X-Road's
    "provider_down": (101503, "502", "Server.ServerProxy.NetworkError"),
    "not_allowed": (900908, "403", "Server.ServerProxy.AccessDenied"),
    "outdated_configuration": (900900, "503", "Server.ClientProxy.OutdatedGlobalConf"),
}


def refusal(what: str, style: Style, settings: SimulatorSettings) -> web.Response:
    """`what` (provider_down, not_allowed, outdated_configuration) as this style says it."""
    code, relayed, kind = _SAID[what]
    if style == "oauth2":
        return gateway_fault(code, settings)
    if style == "lgsp":
        return platform_error(relayed)
    return xroad_error(kind, "Lỗi trục (giả lập)", settings)


def gateway_fault(code: int, settings: SimulatorSettings) -> web.Response:
    """A fault of the API gateway, JSON or XML by a switch (§2)."""
    status, message = _GATEWAY[code]
    fault = {"code": code, "message": message, "description": f"{message}. Please contact the administrators"}
    if status == 429:
        until = datetime.now(UTC) + timedelta(seconds=settings.throttle_for)
        fault["nextAccessTime"] = until.strftime("%Y-%b-%d %H:%M:%S+0000 UTC")
    if settings.fault_format == "json":
        return web.json_response({"fault": fault}, status=status)
    prefix, tail = ("ams", "/security") if code in _AUTH else ("am", "")
    inner = "".join(f"<{prefix}:{name}>{value}</{prefix}:{name}>" for name, value in fault.items())
    name = f'{prefix}:fault xmlns:{prefix}="http://wso2.org/apimanager{tail}"'
    body = f"<{name}>{inner}</{prefix}:fault>".encode()
    return web.Response(status=status, body=body, content_type="application/xml")


def platform_error(code: str) -> web.Response:
    """An LGSP's own refusal, with its HTTP status (§3)."""
    tree = {"code": code, "status": "ERROR", "correlationId": str(uuid4())}
    return web.json_response(tree, status=int(code))


def xroad_error(kind: str, message: str, settings: SimulatorSettings) -> web.Response:
    """X-Road's own error: 400 for `Client.*`, else 500, whatever it says (§5)."""
    status = 400 if kind.startswith("Client") else 500
    if settings.error_spelling == "snake":
        head, _, name = kind.rpartition(".")
        kind = f"{head.lower()}.{re.sub(r'(?<!^)(?=[A-Z])', '_', name).lower()}"
    body = orjson.dumps({"type": kind, "message": message, "detail": str(uuid4())})
    return web.Response(status=status, body=body, headers={"Content-Type": "application/json", "X-Road-Error": kind})
