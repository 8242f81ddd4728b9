"""One message is followed by its ids: in every log line of its work, to the national system, into the reply."""

from __future__ import annotations

import contextvars
import io
from pathlib import Path
from typing import Any

import orjson
import pytest
import structlog

from adapters.national_portal.simulator import SimulatorSettings, build
from adapters.transport.trace import HEADER
from gateway.settings import LogSettings
from gateway.telemetry import logging as log_setup
from gateway.telemetry.correlation import correlate
from tests.e2e.rig import STRUCTURED, Rig, recorded, running

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = f"00-{TRACE}-00f067aa0ba902b7-01"


@pytest.fixture
def written() -> Any:
    """What is logged, as `serve` would write it; the tests' own settings come back afterwards."""
    before = structlog.get_config()
    stream = io.StringIO()
    log_setup.configure(LogSettings(), stream)
    yield stream
    structlog.configure(**before)


async def post(rig: Rig, event: dict[str, Any], **headers: str) -> dict[str, Any]:
    url = f"{rig.gateway.address}/v1/messages"
    async with rig.http.post(url, data=orjson.dumps(event), headers=STRUCTURED | headers) as answer:
        assert answer.status == 202
        told: dict[str, Any] = await answer.json()
        return told


@pytest.mark.parametrize("way", ["header", "extension"])
async def test_the_trace_of_the_sender_reaches_the_portal_and_comes_back_in_the_reply(tmp_path: Path, way: str) -> None:
    portal = build(SimulatorSettings())
    heard: list[str | None] = []

    async def hear(request: Any, _: Any) -> None:
        heard.append(request.headers.get(HEADER))

    portal.app.on_response_prepare.append(hear)
    async with running(tmp_path, portal) as rig:
        event = recorded(1) | ({"traceparent": PARENT} if way == "extension" else {})
        answer = await post(rig, event, **({HEADER: PARENT} if way == "header" else {}))
        await rig.settled()
        page = await rig.gateway.ledger.messages_page({"type": "vn.lienthong.dossier.synchronised.v1"}, None, 10)
        [reply] = page["items"]
        assert reply["causation_id"] == answer["id"]
        kept = await rig.gateway.ledger._storage.read(  # type: ignore[attr-defined]
            lambda c: c.exec_driver_sql("SELECT traceparent FROM message").scalars().all()
        )
    assert kept == [PARENT, PARENT]
    assert heard and set(heard) == {PARENT}


def test_what_a_task_binds_is_seen_in_its_lines_and_in_no_others(written: io.StringIO) -> None:
    log = structlog.get_logger()

    def work() -> None:
        correlate(message_id="m-1", correlation_id="c-1", traceparent=PARENT, delivery_id="d-1")
        log.warning("something.happened")

    contextvars.copy_context().run(work)
    log.warning("something.else")
    first, second = (orjson.loads(line) for line in written.getvalue().splitlines())
    told = {name: first[name] for name in ("message_id", "correlation_id", "trace_id", "delivery_id")}
    assert told == {"message_id": "m-1", "correlation_id": "c-1", "trace_id": TRACE, "delivery_id": "d-1"}
    assert "message_id" not in second
