"""Two plain pages without scripts or foreign hosts: what there is to call, and what each error asks one to do."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping
from html import escape

from gateway.acceptance import schemas
from gateway.acceptance.codes.texts import CODES, TEXTS
from gateway.intake.problem import KINDS
from gateway.intake.surface import ROUTES
from gateway.message import TYPE_PREFIX

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:62rem;margin:2rem auto;padding:0 1rem;color:#1b1f24;"
    "background:#fff}table{border-collapse:collapse;width:100%}td,th{border-bottom:1px solid #d0d7de;padding:.4rem;"
    "text-align:left;vertical-align:top}code{background:#eef1f4;padding:0 .25rem}"
)
_STYLE_DIGEST = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_STYLE_DIGEST}'; frame-ancestors 'none'; "
    "base-uri 'none'; form-action 'none'"
}
"""What a browser may do with these pages: show them in their own style, and nothing else."""
_ACCESS = {
    "anyone": "mọi người / anyone",
    "client": "khóa truy cập, người dùng / API key, users",
    "viewer": "người xem / viewer",
    "operator": "người vận hành / operator",
    "administrator": "quản trị viên / administrator",
}

_CODES = {
    400: "BODY_EMPTY JSON_SYNTAX JSON_ENCODING JSON_DUPLICATE_KEY JSON_NUMBER JSON_SURROGATE JSON_NUL JSON_DEPTH "
    "BODY_BROKEN HEADER_MALFORMED HTTP_MALFORMED XML_MALFORMED XML_ENCODING XML_DOCTYPE",
    401: "CREDENTIALS_MISSING CREDENTIALS_UNKNOWN SESSION_ENDED SIGN_IN_FAILED",
    403: "SOURCE_NOT_GRANTED TYPE_NOT_GRANTED AGENCY_NOT_GRANTED ROLE_REQUIRED PEOPLE_ONLY CSRF_TOKEN "
    "CSRF_ORIGIN PASSWORD_CHANGE",
    404: "NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    408: "BODY_STALLED HEADERS_STALLED",
    409: "ID_CONFLICT STATE",
    413: "TOO_LARGE TOO_MANY_EVENTS XML_TOO_LARGE",
    415: "CONTENT_TYPE",
    422: "SCHEMA_… SUBJECT_MISMATCH QUERY_PARAMETER REASON_REQUIRED XML_ROOT XML_MIXED XML_REPEATED XSD_… VALUE_SHAPE "
    "VALUE_MISSING VALUE_CONFLICT UNMAPPED_CODE",
    429: "BACKLOG SIGN_IN_LOCKED",
    500: "INTERNAL",
    503: "LEDGER_UNAVAILABLE TOO_BUSY",
}
"""The codes of the door itself, beside those of the rules for codes and of the schema."""


def docs() -> str:
    """Routes and message types."""
    routes = (
        (f"<code>{route.method} {escape(route.path)}</code>", f"{route.vi}<br>{route.en}", _ACCESS[route.access])
        for route in ROUTES
    )
    types = [
        (f"<code>{TYPE_PREFIX}{name}</code>", way, f'<a href="/schemas/{name}">/schemas/{name}</a>')
        for names, way in (
            (schemas.FROM_SENDERS, "gửi vào / handed in"),
            (schemas.FROM_GATEWAY, "trục gửi ra / sent by the gateway"),
        )
        for name in names
    ]
    return _page(
        "Liên Thông",
        '<p><a href="/openapi.json">/openapi.json</a> · <a href="/docs/problems">Lỗi / Problems</a> · '
        '<a href="/schemas/cloudevent">CloudEvents</a></p>'
        f"<h2>Địa chỉ / Routes</h2>{_table(routes)}<h2>Loại thông điệp / Message types</h2>{_table(types)}",
    )


def problems() -> str:
    """Every kind of refusal, and every code rule with what to do."""
    kinds = (
        (f'<span id="{anchor}"></span><code>{status}</code>', f"{escape(vi)}<br>{escape(en)}", _CODES.get(status, ""))
        for status, (anchor, vi, en) in KINDS.items()
    )
    rules = (
        (f"<code>{CODES.get(name, name)}</code>", f"{escape(vi)}<br>{escape(en)}")
        for name, (vi, en) in sorted(TEXTS.items())
    )
    return _page(
        "Lỗi / Problems",
        "<p>Mọi lỗi là một tài liệu <code>application/problem+json</code>; <code>errors</code> nói chỗ sai, mã và cách "
        "sửa.<br>Every error is an <code>application/problem+json</code> document; <code>errors</code> says where, "
        f"which rule and what to do.</p>{_table(kinds)}"
        '<span id="http"></span><h2>Quy tắc / Rules</h2><p><code>SCHEMA_…</code>: lược đồ / the schema, '
        f'<a href="/docs">/schemas</a></p>{_table(rules)}',
    )


def _table(rows: Iterable[Iterable[str]]) -> str:
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table>{body}</table>"


def _page(title: str, content: str) -> str:
    return (
        f'<!doctype html><html lang="vi"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head>'
        f"<body><h1>{title}</h1>{content}</body></html>"
    )
