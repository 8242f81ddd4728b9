"""`Prefer: wait=N` (RFC 7240): the answer to a question on the same call, if it comes in time."""

from __future__ import annotations

import re
from typing import Any, Protocol

import orjson
from aiohttp import web

from gateway.acceptance.canonical import document_of
from gateway.acceptance.replies import SOURCE
from gateway.intake import body
from gateway.ledger.port import StoredMessage
from gateway.message import TYPE_PREFIX

ASKING = frozenset(
    TYPE_PREFIX + name
    for name in (
        "citizen.lookup_requested.v1",
        "document.reuse_requested.v1",
        "payment.requested.v1",
        "payment.receipt_requested.v1",
        "catalogue.refresh_requested.v1",
    )
)
"""Message types that are questions: something comes back for them."""

_WAIT = re.compile(r"(?:^|[,;\s])wait\s*=\s*\"?([0-9]{1,6})\"?(?=$|[,;\s])", re.IGNORECASE)


class Waits(Protocol):
    """Waits for the first answer to a message."""

    async def wait(self, message_id: str, seconds: float) -> StoredMessage | None: ...


def wanted(header: str | None, type_: str, most: float) -> float | None:
    """For how many seconds the sender of a question would wait, no more than `most`; None: not at all."""
    if not header or type_ not in ASKING:
        return None
    found = _WAIT.search(header)
    return min(float(found[1]), most) if found else None


def answered(message_id: str, reply: StoredMessage, seconds: float) -> web.Response:
    """200 with the answer as a CloudEvent."""
    event: dict[str, Any] = {
        "specversion": "1.0",
        "id": reply.id,
        "source": SOURCE,
        "type": reply.type,
        "subject": reply.subject,
        "time": reply.accepted_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "datacontenttype": "application/json",
        "causationid": message_id,
        "data": document_of(reply.open_body(), reply.body_form),
    }
    headers = {
        "Content-Type": body.STRUCTURED,
        "Location": f"/v1/messages/{message_id}",
        "Preference-Applied": f"wait={seconds:g}",
        "Cache-Control": "no-store",
    }
    return web.Response(body=orjson.dumps(event), headers=headers)
