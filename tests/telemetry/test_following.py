"""One message is followed by its ids: in every log line of its work, to the national system, into the reply."""

from __future__ import annotations

import contextvars
import io
import subprocess
import sys
from pathlib import Path
from typing import Any

import orjson
import pytest
import structlog

from adapters.national_portal import simulator as portal_simulator
from adapters.national_portal.simulator import SimulatorSettings, build
from adapters.payment import simulator as platform
from adapters.payment.simulator import faults
from adapters.transport.trace import HEADER
from gateway.settings import LogSettings
from gateway.telemetry import logging as log_setup
from gateway.telemetry.correlation import correlate
from tests.e2e.province import province
from tests.e2e.rig import STRUCTURED, Rig, recorded, running
from tests.e2e.test_paying import QUICK, a_request

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = f"00-{TRACE}-00f067aa0ba902b7-01"


@pytest.fixture
def written() -> Any:
    """What is logged, as `serve` would write it; the tests' own settings come back afterwards."""
    before = structlog.get_config()
    stream = io.StringIO()
    forget_loggers()
    log_setup.configure(LogSettings(), stream)
    yield stream
    structlog.configure(**before)
    forget_loggers()


def forget_loggers() -> None:
    """Loggers remember, from their first line on, where they wrote it."""
    for name, module in list(sys.modules.items()):
        if name.startswith("gateway."):
            getattr(getattr(module, "log", None), "__dict__", {}).pop("bind", None)


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


async def test_every_line_about_a_message_carries_its_ids_from_the_door_to_the_end(
    tmp_path: Path, written: io.StringIO
) -> None:
    payments = platform.build()
    payments.next(faults.cut_after_commit(), on="INIT")
    systems = {
        "national_portal": (build(SimulatorSettings()), portal_simulator.adapter_settings),
        "payment": (payments, lambda url: platform.adapter_settings(url, payments.settings) | {"query_pauses": ["1h"]}),
    }
    async with province(tmp_path, systems, **QUICK) as rig:
        dossier = recorded(1)["data"]
        taken = await rig.send("dossier.recorded.v1", dossier, "hs-1")
        await rig.send("dossier.recorded.v1", dossier, "hs-1")
        unknown = {
            **recorded(1, code="000.00.16.H46-250612-0009")["data"],
            "procedure": {"code": "9.999999.000.00.00.H46"},
        }
        dead = await rig.send("dossier.recorded.v1", unknown, "hs-2")
        asked = await rig.send("payment.requested.v1", a_request(), "tt-1")
        await rig.told("payment.not_opened.v1")
        await rig.reaches(asked["id"], "delivered")
        await rig.reaches(dead["id"], "dead")
        await rig.reaches(taken["id"], "delivered")
    lines = [orjson.loads(line) for line in written.getvalue().splitlines()]
    about = [one for one in lines if {"message_id", "delivery_id", "subject", "reference"} & one.keys()]
    assert [one for one in about if not (one.get("message_id") and one.get("correlation_id"))] == []
    events = {one["event"] for one in about}
    assert {
        "message.accepted", "message.repeated", "delivery.settled", "delivery.resolved", "payment.not_opened",
    } <= events  # fmt: skip
    for answer in (taken, dead, asked):
        thread = [one["event"] for one in about if one["correlation_id"] == answer["id"]]
        assert thread[0] == "message.accepted" and "delivery.settled" in thread


def test_commands_log_to_stderr_in_lines_and_leave_stdout_to_data() -> None:
    script = (
        "import sys, structlog, gateway.cli\n"
        "@gateway.cli.app.command('speak')\n"
        "def speak() -> None:\n"
        "    structlog.get_logger().info('nothing.of_note')\n"
        "    structlog.get_logger().warning('something.happened', message_id='m-1', secret='s')\n"
        "    print('data')\n"
        "sys.argv = ['lienthong', 'speak']\n"
        "gateway.cli.main()\n"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout == "data\n"
    [line] = [orjson.loads(one) for one in run.stderr.splitlines()]
    assert (line["event"], line["message_id"], line["secret"]) == ("something.happened", "m-1", "<str>")
