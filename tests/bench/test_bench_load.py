"""What the benchmark sends, and how it finds out where that went."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from adapters.national_portal import wire as portal_wire
from gateway.acceptance.validation import Validator
from gateway.bench.dossiers import DESTINATION, Sample, leaves, recorded_document, scripts
from gateway.bench.outcome import judge
from gateway.bench.portal import effect_of
from gateway.bench.wire import take
from gateway.intake.cloudevents import structured
from gateway.settings import load_settings
from mappings import Catalogue

SAMPLES = scripts(20, 1)[0]
EFFECTS = [sample.effect for sample in SAMPLES]


def a_balance(delivered: int) -> dict[str, Any]:
    return {"balance": 0, "by": [{"destination": DESTINATION, "delivered": delivered}]}


@pytest.mark.parametrize(("messages", "connections"), [(1, 32), (31, 32), (60, 32), (1_003, 32)])
def test_every_message_is_sent_once_and_leads_to_an_effect_of_its_own(messages: int, connections: int) -> None:
    shared = scripts(messages, connections)
    effects = [sample.effect for script in shared for sample in script]
    assert len(effects) == len(set(effects)) == messages
    assert max(map(len, shared)) - min(map(len, shared)) <= 1
    speakers = [{sample.dossier for sample in script} for script in shared]
    assert len(set().union(*speakers)) == sum(map(len, speakers))


def test_two_of_ten_messages_tell_of_progress_after_their_dossier() -> None:
    assert [effect.startswith("CapNhatTienDoHoSoMC") for effect in EFFECTS[:10]] == 2 * [*4 * [False], True]
    first = SAMPLES[0].dossier
    assert [sample.effect.split()[0] for sample in SAMPLES[:10] if sample.dossier == first] == [
        "DongBoHoSoMC",
        "CapNhatTienDoHoSoMC",
        "CapNhatTienDoHoSoMC",
    ]


def test_a_dossier_is_as_large_as_real_ones() -> None:
    assert 1_800 < len(SAMPLES[0].body) < 2_300
    assert leaves(recorded_document(SAMPLES[0].dossier, 1)) >= 40


@pytest.mark.parametrize("sample", SAMPLES[:5], ids=lambda sample: sample.effect)
def test_a_message_is_accepted_without_a_warning_and_the_sink_recognises_what_becomes_of_it(sample: Sample) -> None:
    validator = Validator(load_settings(environment={}).codes)
    reading = structured(sample.body, validator.judge_envelope)
    judged = validator.judge(reading.event, datetime.now(UTC))
    assert (reading.problems, judged.errors, judged.warnings) == ((), (), ())
    short_type = reading.event.type.removeprefix("vn.lienthong.")
    document = Catalogue.load().get(f"national_portal/{short_type}").forward(dict(reading.event.data)).document
    service = sample.effect.split()[0]
    data = portal_wire.encode_records(document.get("data", [document]), integers=True)
    assert effect_of(portal_wire.envelope("s", "000.00.00.H46", service, {"data": data})) == sample.effect


def test_what_arrived_once_and_in_order_is_sound() -> None:
    outcome = judge([SAMPLES], EFFECTS, a_balance(20))
    assert outcome.sound
    assert (outcome.sent, outcome.received, outcome.delivered) == (20, 20, 20)


def test_a_lost_a_doubled_and_a_late_effect_are_counted() -> None:
    assert judge([SAMPLES], EFFECTS[:-1], a_balance(20)).lost == 1
    assert judge([SAMPLES], [*EFFECTS, EFFECTS[3]], a_balance(20)).doubled == 1
    late = [*EFFECTS[1:], EFFECTS[0]]
    assert judge([SAMPLES], late, a_balance(20)).out_of_order == 1
    assert judge([SAMPLES], EFFECTS, a_balance(19)).delivered == 19


def test_http_messages_are_taken_one_by_one_however_they_are_cut() -> None:
    stream = (
        b"POST /a HTTP/1.1\r\nContent-Length: 5\r\n\r\nfirstPOST /b HTTP/1.1\r\ncontent-length:6\r\nX: y\r\n\r\nsecond"
    )
    buffer, taken = bytearray(), []
    for byte in stream:
        buffer.append(byte)
        if (message := take(buffer)) is not None:
            taken.append((message[0].split()[1], message[1]))
    assert taken == [(b"/a", b"first"), (b"/b", b"second")]
    assert buffer == b""


def test_every_body_is_json_with_an_id_of_its_own() -> None:
    assert len({orjson.loads(sample.body)["id"] for sample in SAMPLES}) == len(SAMPLES)
