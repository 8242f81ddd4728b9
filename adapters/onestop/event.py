"""One message as a client gets it, over HTTP or AMQP alike: a CloudEvents 1.0 event in structured JSON.

The same message gives the same bytes at every attempt; a client knows a repeat by the event's id.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import orjson

from adapters.contract import Outbound, PermanentError
from adapters.onestop.catalogue import CATALOGUE

CONTENT_TYPE = "application/cloudevents+json"
_REQUIRED = ("id", "source", "type", "subject", "time")
_OPTIONAL = ("traceparent", "causationid")
# Without a dot: it stands between dots in what is signed (Standard Webhooks, "Signature scheme").
_ID = re.compile(r"[A-Za-z0-9_-]{1,255}")


@dataclass(frozen=True, slots=True)
class CloudEvent:
    """What is sent. `body` carries a citizen's data; `id` and `type` do not."""

    id: str
    type: str
    body: bytes


def event_of(request: Outbound) -> CloudEvent:
    """The event of a delivery: attributes from its context, data its canonical document.

    Raises `PermanentError` where an attribute is missing: then the gateway itself is at fault.
    """
    given = request.context.get("event", {})
    attributes = {name: given.get(name) for name in _REQUIRED}
    texts = [value for value in attributes.values() if isinstance(value, str) and value]
    if len(texts) < len(_REQUIRED) or not _ID.fullmatch(given["id"]) or not isinstance(request.document, dict):
        raise CATALOGUE["EVENT_INCOMPLETE"].error(PermanentError)
    attributes |= {name: given[name] for name in _OPTIONAL if given.get(name)}
    event = {"specversion": "1.0", **attributes, "datacontenttype": "application/json", "data": request.document}
    return CloudEvent(given["id"], given["type"], orjson.dumps(event))
