"""The portal's calls to the province as its adapter hears them, and the messages that become of them."""

from __future__ import annotations

import base64
from typing import Any

import orjson
import pytest

from adapters.contract import AnswersCallbacks, CallRefused, Heard, Incoming
from adapters.national_portal import SPEC
from adapters.national_portal.simulator import Push
from gateway.acceptance import schemas
from mappings import JsonSchema
from tests.mappings.canonical import CATALOGUE

FILED_NATIONALLY = "dossier.filed_nationally.v1"
MAPPING = CATALOGUE.get(f"national_portal/{FILED_NATIONALLY}")
KEY = "khoa-gia-lap"
CODE = "000.00.09.H46-250502-0100"


def listening(**settings: Any) -> AnswersCallbacks:
    assert SPEC.listen is not None
    section = {"style": "gateway", "adapter_url": "http://adapter.example", **settings}
    return SPEC.listen(SPEC.settings.model_validate(section))


def heard(call: Push | Any, operation: str = "NhanHoSo", key: str = "", **settings: Any) -> Heard:
    tree = call.body(key) if isinstance(call, Push) else call
    body = tree if isinstance(tree, bytes) else orjson.dumps(tree)
    return listening(**settings).read(Incoming(operation, body))


def message_of(told: Heard) -> dict[str, Any]:
    """The message that the gateway makes of a call, judged by the published schema."""
    document = MAPPING.backward(dict(told.reply.record)).document  # type: ignore[arg-type]
    assert MAPPING.validate_canonical(document, JsonSchema(schemas.document(told.reply.type))) == ()
    assert document["code"] == told.subject
    return document


def refused(call: Push | Any, **how: Any) -> CallRefused:
    with pytest.raises(CallRefused) as caught:
        heard(call, **how)
    return caught.value


def envelope(data: Any, service: Any = "NhanHoSo", **more: Any) -> dict[str, Any]:
    return {"service": service, "isUpdating": "False", "data": data, **more}


def notice_of(xml: str, encoding: str = "utf-8") -> dict[str, Any]:
    file = base64.b64encode(xml.encode(encoding)).decode()
    return envelope({"FileThongBaoThue": file}, "NhanThongBaoThueDat")
