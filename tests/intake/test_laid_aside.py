"""What is said outside of an event that was not taken: ids and reasons, whatever a sender put into their places."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from gateway.acceptance.schemas import known_place
from gateway.acceptance.validation import Validator
from gateway.intake.credentials.directory import Directory
from gateway.intake.letters import Letter, Reader, Refused, rejection
from tests.intake.conftest import NOW, PACKAGED, a_client
from tests.intake.documents import CODE, SOURCE, a_dossier, an_event
from tests.intake.judging import SETTINGS

PERSON = ("Nguyễn Văn Bí", "044099000123", "0900000001", "bi@mail.example.invalid")
STRUCTURED = "application/cloudevents+json"
CLIENT = a_client("motcua", "lt_key", sources=(SOURCE,), amqp_user="motcua")


def refused(body: bytes, content_type: str = STRUCTURED, **letter: Any) -> dict[str, Any]:
    """The headers under which this is laid aside."""
    reader = Reader(
        Validator(SETTINGS), PACKAGED, Directory((CLIENT,)), without_user="", max_event_bytes=65536, clock=lambda: NOW
    )
    found = reader.read(Letter(body, content_type, "motcua", **letter))
    assert isinstance(found, Refused)
    return rejection(found, NOW)


def structured(**changes: Any) -> bytes:
    return orjson.dumps(an_event(**changes))


def in_names(name: str) -> list[bytes]:
    """The name where a member's name goes, each refused for another reason."""
    twice = structured().decode().replace('"applicant":{', f'"applicant":{{"{name}":1,"{name}":2,', 1)
    return [
        structured(**{name: {"a": "x"}}),
        structured(data={name: 1}),
        structured(data=a_dossier(applicant=a_dossier()["applicant"] | {name: "x"})),
        structured(data=a_dossier(documents=[a_dossier()["documents"][0] | {name: {"a": "x"}}])),
        structured(data=a_dossier(note={name: "\x00"})),
        twice.encode(),
    ]


@pytest.mark.parametrize("word", PERSON)
def test_no_header_holds_what_a_sender_put_into_a_place_that_nobody_judged(word: str) -> None:
    bodies = in_names(word)
    bodies += [structured(**{name: word, "data": {}}) for name in ("id", "source", "type", "subject")]
    bodies += [structured(**{name: f"x {word} y", "data": {}}) for name in ("id", "source", "type", "subject")]
    for body in bodies:
        headers = refused(body, id=word)
        assert word not in str(headers) and word not in orjson.dumps(orjson.loads(headers["errors"])).decode()
        assert headers["status"] in (400, 403, 422) and headers["reason"] and headers["client"] == "motcua"


@pytest.mark.parametrize("name", ["HoTen-044099000123", "_044099000123", "Ho_Nguyen_Van_Bi"])
def test_nor_the_name_of_an_element_that_no_schema_knows(name: str) -> None:
    text = f'<HoSo xmlns="urn:lienthong:onestop:1"><{name}>x</{name}></HoSo>'
    headers = refused(text.encode(), "application/xml", headers={"cloudEvents:source": SOURCE})
    assert name not in str(headers)


def test_what_looks_like_what_it_should_be_is_told() -> None:
    headers = refused(structured(id="e-1", data=a_dossier(channel="pigeon")), id="4bf92f35-77b3-4da6-a3ce-929000000000")
    told = {name: headers[name] for name in ("id", "source", "type", "subject", "message_id")}
    assert told == {
        "id": "e-1",
        "source": SOURCE,
        "type": "vn.lienthong.dossier.recorded.v1",
        "subject": CODE,
        "message_id": "4bf92f35-77b3-4da6-a3ce-929000000000",
    }
    [one] = orjson.loads(headers["errors"])
    assert one["pointer"] == "/data/channel" and "use one of" in one["message"]


@pytest.mark.parametrize(
    ("pointer", "told"),
    [
        ("", ""),
        ("/data/documents/12/name", "/data/documents/12/name"),
        ("/data/applicant/Nguyễn Văn Bí", "/data/applicant/?"),
        ("/data/044099000123/code", "/data/?/code"),
        ("/data/applicant/a~1b", "/data/applicant/?"),
        ("/0/source", "/0/source"),
    ],
)
def test_a_member_that_no_schema_names_is_not_named(pointer: str, told: str) -> None:
    assert known_place(pointer) == told
