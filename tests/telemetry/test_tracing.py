"""One trace from the sender's header to the answer it is told, across processes; spans hold ids and codes only."""

from __future__ import annotations

import asyncio
import os
import re
import socket
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog

from adapters.contract import Outbound, Receipt, TransientError
from adapters.national_portal import simulator as portal
from adapters.national_portal.simulator.samples import dossier
from adapters.onestop import simulator as onestop
from adapters.simulation import faults
from gateway.errors import LedgerUnavailable
from gateway.message import Accepted, Event, MessageId
from gateway.settings import TracingSettings
from gateway.telemetry import tracing
from gateway.telemetry.spans import taken
from tests.architecture.tree import modules
from tests.builders import a_settlement
from tests.delivery.test_worker import all_requested
from tests.delivery.way_out import way_out
from tests.e2e.province import Province, province
from tests.e2e.rig import recorded
from tests.telemetry.collector import Collector, collecting

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
OTHER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
SENDER = f"00-{TRACE}-00f067aa0ba902b7-01"
CANARY = "Chim Hoàng Yến 044999000199"


@asynccontextmanager
async def traced(folder: Path, *, workers: int = 0) -> AsyncIterator[tuple[Province, Collector, Any, list[str]]]:
    """A province whose gateway tells a collector; what the portal was told of the trace is listed."""
    one_stop, national = onestop.build(), portal.build()
    heard: list[str] = []

    async def hear(request: Any, _: Any) -> None:
        heard.append(request.headers.get("traceparent", ""))

    national.app.on_response_prepare.append(hear)
    systems = {
        "national_portal": (national, portal.adapter_settings),
        "onestop": (one_stop, lambda url: onestop.adapter_settings(url, one_stop.settings)),
    }
    async with collecting() as collector:
        more = {"tracing": {"enabled": True, "endpoint": collector.url}, "http": {"port": 0, "workers": workers}}
        async with province(folder, systems, **more) as rig:
            rig.http.headers["traceparent"] = SENDER
            yield rig, collector, national, heard


async def test_one_trace_leads_from_the_sender_through_both_processes_to_the_answer(tmp_path: Path) -> None:
    async with traced(tmp_path, workers=1) as (rig, collector, _, heard):
        data = recorded()["data"] | {"summary": CANARY}
        data["applicant"] = data["applicant"] | {"name": CANARY}
        sent = await rig.send("dossier.recorded.v1", data, "hs-1")
        await rig.told("dossier.synchronised.v1")
        await rig.settled()
    request, accepted = collector.one("POST /v1/messages"), collector.one("accept dossier.recorded.v1")
    waited, attempt = collector.one("wait national_portal"), collector.one("process national_portal")
    answer = collector.one("process onestop/mot-cua")
    calls = [span for span in collector.spans if span.kind == "client" and span.parent == attempt.id]

    assert {span.trace for span in collector.spans} == {TRACE}
    assert request.parent == SENDER.split("-")[2]
    assert [accepted.parent, waited.parent, attempt.parent] == [request.id, accepted.id, accepted.id]
    assert heard and set(heard) == {call.traceparent for call in calls}
    assert answer.parent == attempt.id
    assert request.process == accepted.process != attempt.process == answer.process == os.getpid()

    assert request.facts["http.response.status_code"] == 202 and request.facts["http.route"] == "/v1/messages"
    assert accepted.facts["messaging.message.id"] == attempt.facts["messaging.message.id"] == sent["id"]
    assert attempt.facts["lienthong.decision"] == "delivered" and not attempt.failed
    assert [call.facts["server.address"] for call in calls] == ["127.0.0.1"] * len(calls)

    written = collector.raw.decode("utf-8", errors="replace")
    for planted in (CANARY, "044999000199", "Mẫu Đơn", "0900000001", recorded()["subject"], "lt_test_key"):
        assert planted not in written


async def test_what_failed_is_told_by_its_code_and_each_attempt_is_a_span_of_its_own(tmp_path: Path) -> None:
    async with traced(tmp_path) as (rig, collector, national, _):
        national.next(faults.http_status(503))
        await rig.send("dossier.recorded.v1", recorded()["data"], "hs-1")
        await rig.told("dossier.synchronised.v1")
        await rig.settled()
    first, second = sorted(
        (span for span in collector.spans if span.name == "process national_portal"),
        key=lambda span: span.facts["lienthong.attempt"],
    )
    assert (first.failed, second.failed) == (True, False)
    assert first.facts["error.type"] and first.facts["lienthong.decision"] == "waiting"
    assert first.parent == second.parent == collector.one("accept dossier.recorded.v1").id
    assert any(span.facts["http.response.status_code"] == 503 for span in collector.spans if span.parent == first.id)


async def test_what_a_national_system_calls_about_goes_on_in_the_trace_of_its_call(tmp_path: Path) -> None:
    async with traced(tmp_path) as (rig, collector, national, _):
        called = f"{rig.gateway.address}/v1/callbacks/national_portal/NhanHoSo"
        assert (await national.file(dossier(), called)).error_code == 0
        await rig.told("dossier.filed_nationally.v1")
        await rig.settled()
    call, told = collector.one("POST /v1/callbacks/{system}/{operation}"), collector.one("process onestop/mot-cua")
    assert (told.trace, told.parent, call.parent) == (call.trace, call.id, "")


async def test_how_long_a_delivery_waited_is_told_once_though_it_is_offered_again(tmp_path: Path) -> None:
    """It gives way at its turn, because the one before it has stopped the destination; that is no end of waiting."""
    gate = asyncio.Event()

    async def stop(_: Outbound) -> Receipt:
        await gate.wait()
        raise TransientError("BUSY", vi="Bận.", en="Busy.", retry_after=timedelta(seconds=0.1), scope="destination")

    async with (
        collecting() as collector,
        telling(collector) as opened,
        way_out(tmp_path, tracing=opened, concurrency=1) as way,
    ):
        way.adapter.next(stop)
        sent = await way.send(2)
        await all_requested(way, 1)
        gate.set()
        await way.reach("delivered", *sent)
    names = [span.name for span in collector.spans]
    assert (names.count("wait national_portal"), names.count("process national_portal")) == (2, 3)


async def test_an_attempt_that_ends_after_its_lease_is_told_as_one_that_lost_its_fence(tmp_path: Path) -> None:
    async with collecting() as collector, telling(collector) as opened, way_out(tmp_path, tracing=opened) as way:
        gate = way.adapter.hold()
        [one] = await way.send()
        await all_requested(way, 1)
        assert await way.ledger.settle(a_settlement(one.id))  # by the recovery
        gate.set()
    attempt = collector.one("process national_portal")
    assert attempt.failed and attempt.facts["error.type"] == "FENCE_LOST"


async def test_what_is_wrong_with_the_librarys_own_variables_keeps_no_gateway_from_starting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OTEL_BSP_MAX_QUEUE_SIZE", "256")  # less than a batch
    with structlog.testing.capture_logs() as logged:
        async with tracing.open_tracing(TracingSettings(enabled=True)) as none:
            assert none is None
    assert [(line["event"], line["error"]) for line in logged] == [("tracing.not_opened", "ValueError")]


async def test_each_event_of_a_batch_goes_on_in_its_own_senders_trace_and_a_failure_is_told_by_its_code() -> None:
    async def kept(events: Sequence[Event]) -> list[Accepted]:
        stored.extend(one.traceparent for one in events)
        return [Accepted(MessageId(f"m-{one.id}"), duplicate=False) for one in events]

    async def lost(_: Sequence[Event]) -> list[Accepted]:
        raise LedgerUnavailable("Lê Thị Mẫu Đơn")

    stored: list[str | None] = []
    async with collecting() as collector, telling(collector) as opened:
        await taken(opened, [an_event("1", SENDER), an_event("2", OTHER)], kept)
        with pytest.raises(LedgerUnavailable):
            await taken(opened, [an_event("3", None)], lost)
    first, second, third = collector.spans
    assert stored == [first.traceparent, second.traceparent]
    assert [first.parent, second.parent, third.parent] == [SENDER.split("-")[2], OTHER.split("-")[2], ""]
    assert third.failed and third.facts["error.type"] == "LedgerUnavailable"


async def test_what_a_sender_decided_not_to_trace_is_not_told_and_stays_so() -> None:
    unsampled = f"00-{TRACE}-00f067aa0ba902b7-00"
    async with collecting() as collector, telling(collector) as opened:
        span = opened.begin("accept", "consumer", unsampled, {})
        span.end({})
    assert collector.spans == [] and span.traceparent.startswith(f"00-{TRACE}-") and span.traceparent.endswith("-00")


async def test_a_collector_that_hangs_keeps_no_process_from_ending(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracing, "_CLOSE_SECONDS", 0.05)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "0.3")  # so that this test leaves no thread behind
    with socket.create_server(("127.0.0.1", 0)) as silent:
        there = TracingSettings(enabled=True, endpoint=f"http://127.0.0.1:{silent.getsockname()[1]}")
        with structlog.testing.capture_logs() as logged:
            async with asyncio.timeout(2), tracing.open_tracing(there) as opened:
                assert opened is not None
                opened.begin("accept", "consumer", None, {}).end({})
        for left in [one for one in threading.enumerate() if one.name == "tracing"]:
            left.join(10)
    assert [line["event"] for line in logged] == ["tracing.not_all_sent"]


@asynccontextmanager
async def telling(collector: Collector) -> AsyncIterator[tracing.Tracing]:
    there = TracingSettings(enabled=True, endpoint=collector.url)
    async with tracing.open_tracing(there) as opened:
        assert opened is not None
        yield opened


def an_event(number: str, traceparent: str | None) -> Event:
    return Event("urn:test", number, "vn.lienthong.dossier.recorded.v1", "s", None, {}, b"", traceparent=traceparent)


def test_a_span_says_only_what_is_allowed_and_looks_like_a_code() -> None:
    told = {"messaging.message.id": "01a2-b3", "lienthong.attempt": 2, "error.type": "Nguyễn Thị Thử", "subject": "x"}
    assert tracing.allowed(told) == {"messaging.message.id": "01a2-b3", "lienthong.attempt": 2}


async def test_off_or_without_the_extra_there_is_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    async with tracing.open_tracing(TracingSettings()) as none:
        assert none is None
    monkeypatch.setattr(tracing, "find_spec", lambda _: None)
    async with tracing.open_tracing(TracingSettings(enabled=True)) as none:
        assert none is None


def test_while_it_is_off_the_library_is_not_even_imported() -> None:
    # The library itself stands in one module (pyproject.toml, "opentelemetry"); only a function may import that one.
    at_once = re.compile(r"^(?:from|import) .*\botel\b", re.MULTILINE)
    assert [path for path in modules("gateway") if at_once.search(path.read_text("utf-8"))] == []
