"""Answers of an API gateway as the sheet has them (NDXP §2, samples 04 to 06), and short ways to write others."""

from __future__ import annotations

import orjson
from aiohttp import web

ACCOUNT = {"style": "oauth2", "consumer_key": "made-up-key", "consumer_secret": "bi-mat"}
JSON_901 = (
    b'{"fault":{"code":900901,"message":"Invalid Credentials","description":"Access failure for API: /apiDanCu/1.0, '
    b"version: 1.0 status: (900901) - Invalid Credentials. Make sure you have provided the correct security "
    b'credentials"}}'
)
XML_901 = (
    b'<ams:fault xmlns:ams="http://wso2.org/apimanager/security"><ams:code>900901</ams:code>'
    b"<ams:message>Invalid Credentials</ams:message><ams:description>Access failure. Make sure you have provided the "
    b"correct security credentials</ams:description></ams:fault>"
)
JSON_804 = (
    b'{"fault":{"code":900804,"message":"Subscription level throttled out","description":"You have exceeded your '
    b'quota","nextAccessTime":"2021-Aug-20 01:31:00+0000 UTC"}}'
)


def raw(body: bytes, status: int = 401, content_type: str = "text/plain") -> web.Response:
    return web.Response(status=status, body=body, content_type=content_type)


def fault(code: int, **more: str) -> bytes:
    return orjson.dumps({"fault": {"code": code, "message": "m", "description": "d", **more}})


def ok() -> web.Response:
    return web.json_response({"error_code": 0})
