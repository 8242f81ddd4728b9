"""The AsyncAPI document: valid by the official schema, and telling what really is on RabbitMQ."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from gateway.acceptance import schemas
from gateway.broker import topology
from gateway.intake import asyncapi
from gateway.message import TYPE_PREFIX

# The official schema of AsyncAPI 3.0.0 (Apache-2.0), from the npm package @asyncapi/specs 6.11.1, blanks left out.
SCHEMA = json.loads(Path(__file__).with_name("asyncapi-3.0.0.json").read_text("utf-8"))
DOCUMENT = asyncapi.document()


@pytest.fixture(scope="module")
def official() -> Any:
    return jsonschema_rs.Draft7Validator(SCHEMA)


def test_it_is_valid_by_the_official_schema(official: Any) -> None:
    assert [f"{one.instance_path}: {one.message}"[:300] for one in official.iter_errors(DOCUMENT)] == []


def test_a_planted_mistake_is_found(official: Any) -> None:
    wrong = copy.deepcopy(DOCUMENT)
    wrong["operations"]["answer"]["action"] = "shout"
    assert not official.is_valid(wrong)


def test_every_reference_leads_somewhere() -> None:
    def references(part: Any) -> list[str]:
        if isinstance(part, dict):
            own = [part["$ref"]] if isinstance(part.get("$ref"), str) else []
            return own + [one for value in part.values() for one in references(value)]
        return [one for value in part for one in references(value)] if isinstance(part, list) else []

    for reference in references(DOCUMENT):
        place: Any = DOCUMENT
        for step in reference.removeprefix("#/").split("/"):
            place = place[step.replace("~1", "/").replace("~0", "~")]


def test_it_tells_every_message_that_senders_and_clients_meet() -> None:
    told = {one["name"] for one in DOCUMENT["components"]["messages"].values()}
    assert {TYPE_PREFIX + name for name in (*schemas.FROM_SENDERS, *schemas.FROM_GATEWAY)} <= told


def test_exchanges_and_queues_are_those_that_are_declared() -> None:
    declared = topology.intake()
    channels = DOCUMENT["channels"]
    assert channels["intake"]["bindings"]["amqp"]["exchange"]["name"] in {one.name for one in declared.exchanges}
    assert channels["rejected"]["bindings"]["amqp"]["queue"]["name"] in {one.name for one in declared.queues}
