"""Messages handed over by RabbitMQ: stored before they are acknowledged, in order, or laid aside with reasons."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import aiormq
import orjson
import pytest

from gateway.errors import IntakeError, LedgerUnavailable
from gateway.intake.credentials.limits import Limits
from gateway.intake.credentials.rates import Rate, Rates
from gateway.message import Accepted, Client, Event
from gateway.settings import CodeRuleSettings
from tests.broker.rig import eventually
from tests.chaos.proxy import proxied_url
from tests.fakes.acceptance import MemoryAcceptance
from tests.intake.amqp_rig import SOON, AmqpDoor, an_amqp_door, codes
from tests.intake.documents import CODE, SOURCE, a_dossier, an_event
from tests.intake.test_xml_documents import document


@pytest.fixture
async def door(rabbitmq_server: str, code_rules: CodeRuleSettings) -> AsyncIterator[AmqpDoor]:
    async with an_amqp_door(rabbitmq_server, code_rules) as opened:
        yield opened


def event(number: int, **changes: Any) -> dict[str, Any]:
    return an_event(id=f"e-{number}", **changes)


class Shut(MemoryAcceptance):
    """Cannot store until opened; counts how often it was asked."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.fail_with = error
        self.asked = 0

    async def accept_all(self, client: Client, events: Sequence[Event]) -> list[Accepted]:
        self.asked += 1
        return await super().accept_all(client, events)


async def test_an_event_in_json_is_stored_in_the_name_of_the_accounts_client(door: AmqpDoor) -> None:
    trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    async with door.running():
        await door.send(event(1), headers={"traceparent": trace})
        await door.stored(1)
    [(_, client, stored)] = door.acceptance.stored.values()
    assert (client.name, stored.id, stored.subject, stored.traceparent) == ("motcua", "e-1", CODE, trace)
    assert await door.left() == 0


async def test_a_client_that_is_too_fast_waits_and_loses_nothing(door: AmqpDoor) -> None:
    """Nothing is refused: what is too much stays unacknowledged until its time has come, in order."""
    now, rate = [1000.0], Rate(20.0, 5)
    rates = Rates(clock=lambda: now[0])
    rates.take("motcua", rate, 400)
    async with door.running(limits=Limits(rates, {"motcua": rate}.get)):
        for number in range(1, 4):
            await door.send(event(number))

        async def in_hand() -> bool:
            return await door.waiting() == 0

        await eventually(in_hand)
        assert door.acceptance.order == []
        now[0] += 20
        assert await door.stored(3) == ["e-1", "e-2", "e-3"]
    assert await door.left() == 0


async def test_a_client_that_waits_gives_its_messages_back_when_the_intake_ends(door: AmqpDoor) -> None:
    rate = Rate(0.01, 1)
    rates = Rates()
    rates.take("motcua", rate)
    async with door.running(limits=Limits(rates, {"motcua": rate}.get)):
        await door.send(event(1))

        async def in_hand() -> bool:
            return await door.waiting() == 0

        await eventually(in_hand)
    assert await door.left() == 1 and door.acceptance.order == []


async def test_a_document_in_xml_is_translated_as_over_http(door: AmqpDoor) -> None:
    async with door.running():
        xml = document(MaHoSo=CODE, NgayTiepNhan="2025-03-10T08:15:30+07:00")
        await door.send(xml, "application/xml; charset=utf-8")
        await door.stored(1)
    [(_, _, stored)] = door.acceptance.stored.values()
    assert (stored.type, stored.source) == ("vn.lienthong.dossier.recorded.v1", SOURCE)


@pytest.mark.parametrize("prefix", ["cloudEvents:", "cloudEvents_"])
async def test_an_event_whose_attributes_stand_in_headers_is_taken(door: AmqpDoor, prefix: str) -> None:
    attributes = {name: value for name, value in event(1).items() if name not in ("data", "datacontenttype")}
    headers = {prefix + name: value for name, value in attributes.items()}
    async with door.running():
        await door.send(a_dossier(), "application/json", headers)
        await door.stored(1)
    [(_, _, stored)] = door.acceptance.stored.values()
    assert (stored.id, stored.source, stored.body_form) == ("e-1", SOURCE, "data")


async def test_messages_are_accepted_in_the_order_of_the_queue(door: AmqpDoor) -> None:
    for number in range(300):
        await door.send(event(number))
    async with door.running(prefetch=50):
        assert await door.stored(300) == [f"e-{number}" for number in range(300)]
    assert await door.left() == 0


async def test_a_repeat_is_stored_once_and_acknowledged(door: AmqpDoor) -> None:
    async with door.running():
        await door.send(event(1))
        await door.send(event(1))
        await door.send(event(2))
        assert await door.stored(2) == ["e-1", "e-2"]
    assert await door.left() == 0


async def test_what_is_wrong_is_laid_aside_with_ids_and_reasons_and_without_content(door: AmqpDoor) -> None:
    async with door.running():
        applicant = a_dossier()["applicant"] | {"Mẫu Đơn 044999000123": "x", "044999000124": "y"}
        await door.send(event(1, data=a_dossier(channel="pigeon", note=17, applicant=applicant)), message_id="m-1")
        message = await door.rejected()
    headers: Any = message.header.properties.headers
    assert message.body == b""
    assert (headers["status"], headers["client"], headers["id"], headers["subject"]) == (422, "motcua", "e-1", CODE)
    assert (headers["message_id"], headers["user_id"]) == ("m-1", "guest")
    pointers = {one["pointer"] for one in orjson.loads(headers["errors"])}
    assert pointers == {"/data/channel", "/data/note", "/data/applicant/?"}
    assert not any(one in str(headers) for one in ("Thử Nghiệm", "Mẫu Đơn", "044999000123", "044999000124"))
    assert b'lienthong_intake_rejected_total{reason="SCHEMA_ENUM"} 1.0' in door.metrics.render()
    assert await door.left() == 0 and not door.acceptance.stored


async def test_what_was_rejected_is_kept_with_its_content_where_that_is_asked_for(door: AmqpDoor) -> None:
    async with door.running(keep_rejected_bodies=True):
        await door.send(b"{broken")
        message = await door.rejected()
    assert message.body == b"{broken"


@pytest.mark.parametrize(
    ("body", "content_type", "code"),
    [
        (b"{not json", "application/cloudevents+json", "JSON_SYNTAX"),
        (b"\xff\xfe", "application/cloudevents+json", "JSON_ENCODING"),
        (b'{"a": "\\u0000"}', "application/cloudevents+json", "JSON_NUL"),
        (b'{"a": 1, "a": 2}', "application/cloudevents+json", "JSON_DUPLICATE_KEY"),
        (b"[" * 100_000, "application/cloudevents+json", "JSON_DEPTH"),
        (b"", "application/cloudevents+json", "BODY_EMPTY"),
        (b"<HoSo", "application/xml", "XML_MALFORMED"),
        (b"<?xml version='1.0'?><!DOCTYPE x [<!ENTITY y 'z'>]><x/>", "application/xml", "XML_DOCTYPE"),
        (b"{}", None, "CONTENT_TYPE"),
        (b"{}", "application/json", "CONTENT_TYPE"),
        (b"[]", "application/cloudevents-batch+json", "CONTENT_TYPE"),
        (b" " * 2_000_000, "application/cloudevents+json", "TOO_LARGE"),
    ],
    ids=lambda value: value if isinstance(value, str) and value.isupper() else "",
)
async def test_poison_is_laid_aside_and_what_follows_is_taken(
    door: AmqpDoor, body: bytes, content_type: str | None, code: str
) -> None:
    async with door.running():
        await door.send(body, content_type)
        await door.send(event(1))
        assert codes(await door.rejected()) == [code]
        assert await door.stored(1) == ["e-1"]
    assert await door.left() == 0


async def test_a_header_that_is_no_attribute_is_laid_aside(door: AmqpDoor) -> None:
    async with door.running():
        await door.send(a_dossier(), "application/json", {"cloudEvents:id": ["a", "list"]})
        assert codes(await door.rejected()) == ["HEADER_MALFORMED"]


async def test_an_account_of_no_client_and_a_message_without_account_are_laid_aside(door: AmqpDoor) -> None:
    async with door.running():
        await door.send(event(1), user=None)
        assert codes(await door.rejected()) == ["CREDENTIALS_MISSING"]
    assert not door.acceptance.stored


async def test_a_message_without_account_speaks_for_the_client_that_is_configured_for_that(door: AmqpDoor) -> None:
    async with door.running(without_user="motcua"):
        await door.send(event(1), user=None)
        await door.stored(1)


async def test_nobody_can_name_the_account_of_another(door: AmqpDoor) -> None:
    """RabbitMQ itself compares `user_id` with the account that publishes."""
    with pytest.raises(aiormq.exceptions.ChannelPreconditionFailed):
        await door.send(event(1), user="somebody-else")
    door.channel = await door.channel.connection.channel()
    async with door.running():
        pass
    assert not door.acceptance.stored


async def test_grants_are_judged_as_over_http(door: AmqpDoor) -> None:
    async with door.running():
        await door.send(event(1, source="urn:somebody:else"))
        message = await door.rejected()
    assert codes(message) == ["SOURCE_NOT_GRANTED"]


async def test_an_id_that_came_before_with_other_content_fails_alone(door: AmqpDoor) -> None:
    await door.send(event(1))
    await door.send(event(1, data=a_dossier(note="khác")))
    await door.send(event(2))
    async with door.running():
        assert codes(await door.rejected()) == ["ID_CONFLICT"]
        assert await door.stored(2) == ["e-1", "e-2"]
    assert await door.left() == 0


async def test_a_fault_of_our_own_on_one_message_holds_up_none_of_the_others(
    door: AmqpDoor, caplog: pytest.LogCaptureFixture
) -> None:
    class Faulty(MemoryAcceptance):
        async def accept_all(self, client: Client, events: Sequence[Event]) -> list[Accepted]:
            if any(one.id == "e-2" for one in events):
                raise KeyError("ours")
            return await super().accept_all(client, events)

    door.acceptance = Faulty()
    for number in (1, 2, 3):
        await door.send(event(number))
    async with door.running():
        assert codes(await door.rejected()) == ["INTERNAL"]
        assert await door.stored(2) == ["e-1", "e-3"]
    assert await door.left() == 0


@pytest.mark.parametrize(
    "error",
    [LedgerUnavailable("away"), IntakeError(429, "Too Many Requests", "full", reason="backlog")],
    ids=["ledger away", "backlog full"],
)
async def test_while_nothing_can_be_stored_nothing_is_acknowledged_and_nothing_spins(
    door: AmqpDoor, error: Exception
) -> None:
    door.acceptance = shut = Shut(error)
    for number in range(5):
        await door.send(event(number))
    async with door.running():
        await eventually(lambda: is_true(shut.asked >= 4))
        assert await door.waiting() == 0  # all five in hand
        began, asked = asyncio.get_running_loop().time(), shut.asked
        await eventually(lambda: is_true(shut.asked >= asked + 1))
        assert asyncio.get_running_loop().time() - began > 0.2  # it asks less and less often
        shut.fail_with = None
        assert await door.stored(5) == [f"e-{number}" for number in range(5)]
    assert await door.left() == 0


async def is_true(value: bool) -> bool:
    return value


async def test_an_intake_that_is_stopped_while_nothing_can_be_stored_gives_everything_back(door: AmqpDoor) -> None:
    door.acceptance = shut = Shut(LedgerUnavailable("away"))
    for number in range(5):
        await door.send(event(number))
    async with door.running():
        await eventually(lambda: is_true(shut.asked >= 1))
    assert await door.left() == 5
    shut.fail_with = None
    async with door.running():
        assert await door.stored(5) == [f"e-{number}" for number in range(5)]


async def test_an_intake_that_cannot_store_leaves_the_turn_to_one_that_can(door: AmqpDoor) -> None:
    shut, able = Shut(LedgerUnavailable("away")), MemoryAcceptance()
    async with door.running(acceptance=shut, patience=SOON):
        await door.send(event(1))
        await eventually(lambda: is_true(shut.asked >= 1))
        door.acceptance = able
        async with door.running():
            for number in (2, 3):
                await door.send(event(number))
            assert await door.stored(3) == ["e-1", "e-2", "e-3"]
    assert not shut.stored
    assert await door.left() == 0


async def test_of_two_intakes_one_is_active_and_the_other_takes_over_when_it_dies(door: AmqpDoor) -> None:
    first, second = MemoryAcceptance(), MemoryAcceptance()
    async with proxied_url(door.broker.url) as (proxy, url), door.running(url, first):
        await door.send(event(1))
        await eventually(lambda: is_true(first.order == ["e-1"]))
        async with door.running(acceptance=second):
            for number in (2, 3):
                await door.send(event(number))
            await eventually(lambda: is_true(first.order == ["e-1", "e-2", "e-3"]))
            assert second.order == []
            await proxy.refuse()
            proxy.cut()
            await door.send(event(4))
            await eventually(lambda: is_true("e-4" in second.order))


async def test_a_cut_between_storing_and_acknowledging_stores_nothing_twice(door: AmqpDoor) -> None:
    class Cutting(MemoryAcceptance):
        async def accept_all(self, client: Client, events: Sequence[Event]) -> list[Accepted]:
            accepted = await super().accept_all(client, events)
            if "e-2" in self.order and not cut:
                cut.append(proxy.cut())
            return accepted

    cut: list[int] = []
    door.acceptance = Cutting()
    async with proxied_url(door.broker.url) as (proxy, url), door.running(url):
        for number in (1, 2, 3):
            await door.send(event(number))
        assert await door.stored(3) == ["e-1", "e-2", "e-3"]
        assert cut
        await door.send(event(4))  # behind what comes again
        assert await door.stored(4) == ["e-1", "e-2", "e-3", "e-4"]
    assert await door.left() == 0
