"""Our reading of CloudEvents against the project's own SDK: the same event out of the same bytes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import orjson
import pytest
from cloudevents.core.bindings.http import (
    HTTPMessage,
    from_binary_event,
    from_structured_event,
    to_binary_event,
    to_structured_event,
)
from cloudevents.core.v1.event import CloudEvent

from gateway.acceptance.validation import Validator
from gateway.intake import cloudevents
from gateway.intake.cloudevents import Reading
from gateway.settings import load_settings
from tests.intake.documents import CODE, RECORDED, SOURCE, a_dossier, an_event

VALIDATOR = Validator(load_settings(environment={}).codes)
IDS = ["hs-1", "Hồ sơ 1", '100% "đúng"', "a%20b", "dấu,phẩy;chấm"]


def sdk_event(event_id: str) -> CloudEvent:
    attributes: dict[str, Any] = {
        "specversion": "1.0",
        "id": event_id,
        "source": SOURCE,
        "type": RECORDED,
        "subject": CODE,
        "time": datetime(2025, 3, 10, 8, 31, tzinfo=timezone(timedelta(hours=7))),
        "datacontenttype": "application/json",
        "sequence": "12",
    }
    return CloudEvent(attributes, a_dossier())


def assert_same(reading: Reading, event_id: str) -> None:
    event = reading.event
    assert reading.problems == ()
    assert (event.id, event.source, event.type, event.subject) == (event_id, SOURCE, RECORDED, CODE)
    assert event.time == datetime(2025, 3, 10, 1, 31, tzinfo=UTC)
    assert event.sequence == "12"
    assert event.data == a_dossier()


@pytest.mark.parametrize("event_id", IDS)
def test_we_read_what_the_sdk_writes_in_structured_mode(event_id: str) -> None:
    message = to_structured_event(sdk_event(event_id))
    assert message.headers["content-type"].startswith("application/cloudevents+json")
    assert_same(cloudevents.structured(message.body, VALIDATOR.judge_envelope), event_id)


@pytest.mark.parametrize("event_id", IDS)
def test_we_read_what_the_sdk_writes_in_binary_mode(event_id: str) -> None:
    message = to_binary_event(sdk_event(event_id))
    reading = cloudevents.binary(message.headers.items(), message.body, VALIDATOR.judge_envelope)
    assert_same(reading, event_id)


def test_the_sdk_reads_our_samples_as_we_do() -> None:
    raw = orjson.dumps(an_event())
    theirs = from_structured_event(HTTPMessage({"content-type": "application/cloudevents+json"}, raw))
    ours = cloudevents.structured(raw, VALIDATOR.judge_envelope).event
    assert (theirs.get_id(), theirs.get_source(), theirs.get_type(), theirs.get_subject(), theirs.get_time()) == (
        ours.id, ours.source, ours.type, ours.subject, ours.time,
    )  # fmt: skip
    assert theirs.get_data() == ours.data


def test_both_decode_percent_encoded_headers_alike() -> None:
    headers = {
        "content-type": "application/json", "ce-specversion": "1.0", "ce-id": "H%E1%BB%93%20s%C6%A1",
        "ce-source": SOURCE, "ce-type": RECORDED, "ce-subject": CODE,
    }  # fmt: skip
    body = orjson.dumps(a_dossier())
    theirs = from_binary_event(HTTPMessage(headers, body))
    ours = cloudevents.binary(headers.items(), body, VALIDATOR.judge_envelope).event
    assert theirs.get_id() == ours.id == "Hồ sơ"
