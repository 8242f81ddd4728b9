"""Events posted to a client's address: what is sent, and what each answer means."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import orjson
import pytest
from aiohttp import web
from cloudevents.core.formats.json import JSONFormat

from adapters.contract import DeliveryError, PermanentError, Receipt, TransientError, UncertainError
from adapters.onestop import SPEC
from adapters.onestop.catalogue import CATALOGUE, entry
from adapters.onestop.event import event_of
from adapters.onestop.settings import ClientReplies
from adapters.onestop.simulator import SimulatorSettings, adapter_settings
from adapters.simulation.faults import Quiet
from tests.adapters.onestop_rig import a_document, an_event, open_onestop_rig, outbound


class Seen(Quiet):
    """Remembers a call as it came, and lets it pass."""

    headers: dict[str, str]
    body: bytes
    method: str

    async def before(self, system: Any, request: web.Request) -> web.Response | None:
        self.headers, self.body, self.method = dict(request.headers), await request.read(), request.method
        return None


async def test_a_client_gets_one_cloudevent_in_structured_json() -> None:
    async with open_onestop_rig() as rig:
        rig.onestop.next(seen := Seen())
        await rig.adapter.deliver(outbound())
    assert seen.headers["Content-Type"] == "application/cloudevents+json"
    event = JSONFormat().read(None, seen.body)
    assert event.get_attributes()["specversion"] == "1.0"
    assert (event.get_id(), event.get_type()) == (an_event()["id"], an_event()["type"])
    assert (event.get_source(), event.get_subject()) == (an_event()["source"], an_event()["subject"])
    assert (event.get_datacontenttype(), event.get_data()) == ("application/json", a_document())


async def test_what_caused_an_event_and_its_trace_go_along_where_known() -> None:
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    with_both = orjson.loads(event_of(outbound(an_event(traceparent=trace, causationid="0197-q"))).body)
    assert (with_both["traceparent"], with_both["causationid"]) == (trace, "0197-q")
    with_none = orjson.loads(event_of(outbound(an_event(traceparent=None, causationid=""))).body)
    assert with_none.keys() & {"traceparent", "causationid"} == set()


async def test_every_attempt_sends_the_same_bytes_under_the_same_id() -> None:
    async with open_onestop_rig() as rig:
        calls = [Seen(), Seen()]
        for seen in calls:
            rig.onestop.next(seen)
            await rig.adapter.deliver(outbound())
        assert calls[0].body == calls[1].body
        assert {seen.headers["webhook-id"] for seen in calls} == {an_event()["id"]}
        assert (rig.effects(), rig.onestop.counts()["repeats"]) == (1, 1)


@pytest.mark.parametrize("status", [200, 201, 202, 204])
async def test_any_2xx_is_taken(status: Any) -> None:
    async with open_onestop_rig(simulator=SimulatorSettings(status=status)) as rig:
        result = await rig.send()
        assert isinstance(result, Receipt)
        assert (result.code, rig.effects()) == (str(status), 1)


@pytest.mark.parametrize("fault", ["html", "empty", "garbage", "truncated", "wrong_charset"])
async def test_what_stands_in_the_body_of_a_2xx_proves_nothing(fault: str) -> None:
    async with open_onestop_rig() as rig:
        rig.upset(fault)
        assert isinstance(await rig.send(), Receipt)


async def test_of_a_long_answer_only_the_beginning_is_kept_and_the_next_call_is_clean() -> None:
    async with open_onestop_rig(max_answer_bytes=2048) as rig:
        rig.upset("oversized", size=1 << 20)
        result = await rig.send()
        assert isinstance(result, Receipt)
        assert len(result.answer) == 2048
        again = await rig.send()
        assert isinstance(again, Receipt)
        assert again.answer == b'{"received":true,"repeat":true}'


async def test_an_answer_without_end_is_not_waited_for_once_enough_of_it_came() -> None:
    async with open_onestop_rig(max_answer_bytes=1024) as rig:
        rig.upset("slow_drip", pause=0)
        result = await rig.send()
        assert isinstance(result, Receipt)
        assert result.answer == b"." * 1024


async def test_an_answer_that_never_ends_is_given_up_in_time_and_recognised_when_sent_again() -> None:
    async with open_onestop_rig(timeout=timedelta(milliseconds=400)) as rig:
        rig.upset("slow_drip")
        error = await rig.send()
        assert isinstance(error, UncertainError)
        assert error.code == "TIMEOUT"
        assert isinstance(await rig.send(), Receipt)
        assert (rig.effects(), rig.onestop.counts()["repeats"]) == (1, 1)


@pytest.mark.parametrize("status", [401, 403, 404, 405, 410])
async def test_an_address_that_turns_events_away_concerns_the_destination_and_says_what_to_do(status: int) -> None:
    async with open_onestop_rig() as rig:
        rig.upset("http_status", status=status)
        error = await rig.send()
        assert isinstance(error, PermanentError)
        assert (error.code, error.scope) == (f"HTTP_{status}", "destination")
        assert (own := entry(error.code)) is not None
        assert own.advice_vi in error.vi
        assert own.advice_en in error.en


async def test_gone_asks_for_another_address_or_none() -> None:
    async with open_onestop_rig() as rig:
        rig.upset("gone")
        error = await rig.send()
        assert isinstance(error, PermanentError)
        assert error.scope == "destination"
        assert "mode = poll" in error.vi and "mode = poll" in error.en


@pytest.mark.parametrize("status", [400, 422])
async def test_content_a_client_will_not_take_is_the_end_of_this_message_only(status: int) -> None:
    async with open_onestop_rig() as rig:
        rig.upset("refuse", message="không hợp lệ", status=status)
        error = await rig.send()
        assert isinstance(error, PermanentError)
        assert (error.code, error.scope) == (f"HTTP_{status}", "message")
        assert error.answer == "không hợp lệ".encode()
        assert isinstance(await rig.send(outbound(an_event(2))), Receipt)


@pytest.mark.parametrize("status", [406, 413, 415, 418])
async def test_any_other_4xx_is_the_end_of_this_message_only(status: int) -> None:
    async with open_onestop_rig() as rig:
        rig.upset("http_status", status=status)
        error = await rig.send()
        assert isinstance(error, PermanentError)
        assert (error.code, error.scope) == (f"HTTP_{status}", "message")


async def test_409_says_the_client_has_the_event() -> None:
    async with open_onestop_rig(simulator=SimulatorSettings(repeat_status=409)) as rig:
        rig.upset("cut_after_commit")
        assert isinstance(await rig.send(), UncertainError)
        result = await rig.send(outbound(may_repeat=True))
        assert isinstance(result, Receipt)
        assert (result.code, result.warnings, rig.effects()) == ("409", (), 1)


async def test_409_for_what_was_never_sent_before_is_taken_with_a_warning() -> None:
    async with open_onestop_rig() as rig:
        rig.upset("conflict")
        result = await rig.send()
        assert isinstance(result, Receipt)
        assert [warning.code for warning in result.warnings] == ["ALREADY_TAKEN"]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_not_followed_even_to_the_same_address(status: int) -> None:
    async with open_onestop_rig() as rig:
        rig.upset("redirect_to_itself", status=status)
        error = await rig.send()
        assert isinstance(error, PermanentError)
        assert (error.code, error.scope) == (f"HTTP_{status}", "destination")
        assert (rig.calls(), rig.effects()) == (1, 0)


@pytest.mark.parametrize("status", [408, 425, 429, 503])
async def test_a_busy_client_is_tried_again(status: int) -> None:
    async with open_onestop_rig() as rig:
        rig.upset("http_status", status=status, retry_after="60")
        error = await rig.send()
        assert isinstance(error, TransientError)
        assert error.retry_after == timedelta(minutes=1)


async def test_an_address_in_the_document_or_the_event_is_never_called() -> None:
    async with open_onestop_rig() as rig:
        elsewhere = rig.url + "/elsewhere"
        request = outbound(an_event(source=elsewhere), document={"url": elsewhere, "callback_url": elsewhere})
        rig.onestop.next(seen := Seen())
        assert isinstance(await rig.send(request), Receipt)
        assert (rig.calls(), seen.headers["Host"]) == (1, rig.url.removeprefix("http://"))


async def test_a_probe_is_no_event_and_any_answer_will_do() -> None:
    async with open_onestop_rig(simulator=SimulatorSettings(reachable_status=405)) as rig:
        rig.onestop.next(seen := Seen(), on="OPTIONS")
        await rig.adapter.probe()
        assert (seen.method, seen.body) == ("OPTIONS", b"")
        assert [name for name in seen.headers if name.lower().startswith("webhook-")] == []
        assert rig.effects() == 0


@pytest.mark.parametrize("name", ["id", "source", "type", "subject", "time"])
async def test_an_event_without_an_attribute_is_never_sent(name: str) -> None:
    async with open_onestop_rig() as rig:
        error = await rig.send(outbound(an_event(**{name: ""})))
        assert isinstance(error, PermanentError)
        assert (error.code, error.scope, rig.calls()) == ("EVENT_INCOMPLETE", "message", 0)


@pytest.mark.parametrize("event_id", ["a.b", "a b", "a\r\nX-Y: z", "x" * 256, "mã"])
async def test_an_id_that_could_be_misread_in_a_signature_or_a_header_is_never_sent(event_id: str) -> None:
    async with open_onestop_rig() as rig:
        error = await rig.send(outbound(an_event(id=event_id)))
        assert isinstance(error, PermanentError)
        assert (error.code, rig.calls()) == ("EVENT_INCOMPLETE", 0)


async def test_a_delivery_without_an_event_or_a_document_is_never_sent() -> None:
    async with open_onestop_rig() as rig:
        for request in (outbound(context={}), outbound(document=b"<xml/>")):
            error = await rig.send(request)
            assert isinstance(error, PermanentError)
            assert error.code == "EVENT_INCOMPLETE"
        assert rig.calls() == 0


async def test_a_delivery_meant_for_another_way_is_never_sent() -> None:
    async with open_onestop_rig() as rig:
        error = await rig.send(outbound(operation="amqp"))
        assert isinstance(error, PermanentError)
        assert (error.code, rig.calls()) == ("UNKNOWN_OPERATION", 0)


async def test_many_events_of_a_dossier_sent_one_after_another_arrive_in_order() -> None:
    async with open_onestop_rig() as rig:
        for number in range(1, 31):
            assert isinstance(await rig.send(outbound(an_event(number))), Receipt)
        assert (rig.effects(), rig.onestop.counts()["out_of_order"]) == (30, 0)


async def test_both_ways_may_be_repeated() -> None:
    assert SPEC.repeatable(SPEC.settings()) == SPEC.operations == {"callback", "amqp"}


async def test_a_client_that_asks_has_nothing_to_open() -> None:
    with pytest.raises(ValueError, match="poll"):
        async with SPEC.open(ClientReplies()):
            pass


def test_every_failure_says_who_can_mend_it_and_how_in_both_languages() -> None:
    for one in CATALOGUE.values():
        assert one.vi and one.en and one.vi != one.en
        assert one.advice_vi and one.advice_en and one.advice_vi != one.advice_en


@pytest.mark.parametrize(("code", "known"), [("HTTP_410", True), ("HTTP_504", True), ("HTTP_", False), ("X", False)])
def test_a_code_in_the_ledger_is_explained(code: str, known: bool) -> None:
    assert (entry(code) is not None) == known


def test_the_sandbox_section_is_one_the_adapter_takes() -> None:
    section = adapter_settings("http://127.0.0.1:9105")
    assert SPEC.settings.model_validate(section).model_dump()["mode"] == "callback"


async def test_an_error_of_the_network_names_neither_address_nor_person() -> None:
    async with open_onestop_rig(away=True) as rig:
        error = await rig.send()
        assert isinstance(error, DeliveryError)
        assert "127.0.0.1" not in f"{error} {error.vi} {error.en}"
