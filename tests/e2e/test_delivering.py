"""From a sender's POST to the portal's own records, with everything that goes wrong on the way."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
from sqlalchemy import create_engine, text

from adapters.national_portal.simulator import SimulatorSettings, build, faults
from gateway.bootstrap.gateway import run_gateway
from gateway.ledger.port import Begin
from tests.e2e.rig import CODE, KEY, Rig, eventually, progressed, recorded, running, settings_for
from tests.passing import let_pass

RECEIVED, PROCESSING = "2", "4"


async def test_a_dossier_and_its_progress_arrive_in_order(tmp_path: Path) -> None:
    async with running(tmp_path) as rig:
        await rig.send(recorded(1))
        await rig.send(progressed(2, "received", "processing"))
        await rig.send(progressed(3, "processing"))
        balance = await rig.settled()
    assert rig.effects == [
        ("create", CODE, RECEIVED),
        ("progress", CODE, RECEIVED),
        ("progress", CODE, PROCESSING),
        ("progress", CODE, PROCESSING),
    ]
    assert balance["balance"] == 0


async def test_the_sender_reads_its_answer_by_asking(tmp_path: Path) -> None:
    async with running(tmp_path) as rig:
        answer = await rig.send(recorded(1))
        await rig.settled()
        message = await rig.get(f"/v1/messages/{answer['id']}")
        assert (message["state"], message["outcome"]) == ("completed", "ok")
        [reply] = message["replies"]
        assert reply["type"] == "vn.lienthong.dossier.synchronised.v1"
        told = await rig.get(f"/v1/messages/{reply['id']}")
        assert told["causation_id"] == answer["id"]
        assert [one["destination"] for one in told["deliveries"]] == ["onestop/mot-cua"]


async def test_a_create_whose_answer_was_lost_is_repeated_as_an_update_before_anything_later(tmp_path: Path) -> None:
    portal = build(SimulatorSettings())
    portal.next(faults.cut_after_commit(), on="DongBoHoSoMC")
    async with running(tmp_path, portal) as rig:
        first = await rig.send(recorded(1))
        await rig.send(progressed(2, "received"))
        await rig.settled()
        log = (await rig.delivery(first["id"]))["attempt_log"]
    assert [kind for kind, _, _ in rig.effects] == ["create", "update", "progress"]
    assert [attempt["outcome"] for attempt in log] == ["waiting", "delivered"]
    assert log[0]["error"]["class"] == "uncertain"


async def test_a_lost_chunk_of_progress_is_the_only_one_sent_again_and_the_attempt_says_so(tmp_path: Path) -> None:
    portal = build(SimulatorSettings())
    portal.next(faults.passing(), on="CapNhatTienDoHoSoMC")
    portal.next(faults.cut_after_commit(), on="CapNhatTienDoHoSoMC")
    async with running(tmp_path, portal) as rig:
        await rig.send(recorded(1))
        steps = await rig.send(progressed(2, count=25))
        await rig.settled()
        log = (await rig.delivery(steps["id"]))["attempt_log"]
    assert len([kind for kind, _, _ in rig.effects if kind == "progress"]) == 25
    assert portal.services.repeats_ignored == 10
    assert [warning["code"] for warning in log[1]["warnings"]] == ["MAY_REPEAT"]
    assert log[1]["may_repeat"]


async def test_progress_that_must_not_be_repeated_waits_for_a_person(tmp_path: Path) -> None:
    portal = build(SimulatorSettings())
    portal.next(faults.cut_after_commit(), on="CapNhatTienDoHoSoMC")
    async with portal.running() as url:
        settings = settings_for(tmp_path, url)
        own = dict(settings.adapters["national_portal"]) | {"repeat_unclear_progress": "ask"}
        settings = settings.model_copy(update={"adapters": {"national_portal": own}})
        async with (
            run_gateway(settings) as gateway,
            aiohttp.ClientSession(headers={"Authorization": f"Bearer {KEY}"}) as http,
        ):
            rig = Rig(gateway, portal, http)
            await rig.send(recorded(1))
            unclear = await rig.send(progressed(2, "received"))
            later = await rig.send(progressed(3, "processing"))
            await rig.reaches(unclear["id"], "uncertain")
            assert (await rig.delivery(later["id"]))["state"] == "held"
            assert (await rig.get(f"/v1/messages/{unclear['id']}"))["state"] == "attention"


async def test_an_unmapped_code_is_dead_with_its_cause_and_a_corrected_snapshot_heals_the_lane(tmp_path: Path) -> None:
    wrong = {"code": "9.999999.000.00.00.H46", "name": "Thủ tục nội bộ"}
    async with running(tmp_path) as rig:
        first = await rig.send(recorded(1, procedure=wrong))
        step = await rig.send(progressed(2, "received"))
        dead = await rig.reaches(first["id"], "dead")
        assert dead["last_error"]["code"] == "UNMAPPED_CODE"
        assert "9.999999.000.00.00.H46" in dead["last_error"]["vi"]
        assert (await rig.delivery(step["id"]))["state"] == "held"
        await rig.send(recorded(3))
        balance = await rig.settled()
        assert (await rig.delivery(first["id"]))["state"] == "superseded"
    assert [kind for kind, _, _ in rig.effects] == ["create", "progress"]
    assert balance["dead"] == 0


async def test_what_the_portal_refuses_is_told_to_the_sender_in_both_languages(tmp_path: Path) -> None:
    portal = build(SimulatorSettings())
    portal.next(faults.refuse("-1", "Thiếu trường TenTTHC"), on="DongBoHoSoMC")
    async with running(tmp_path, portal) as rig:
        answer = await rig.send(recorded(1))
        await rig.settled()
        message = await rig.get(f"/v1/messages/{answer['id']}")
        assert message["outcome"] == "refused"
        assert [reply["type"] for reply in message["replies"]] == ["vn.lienthong.dossier.refused.v1"]
        error = message["deliveries"][0]["last_error"]
        assert error["class"] == "refused"
        assert error["vi"]
        assert error["en"]


async def test_an_expired_password_kills_nothing_uses_no_tries_and_drains_by_itself(tmp_path: Path) -> None:
    portal = build(SimulatorSettings())
    portal.settings = portal.settings.model_copy(update={"password": "changed-by-the-portal"})
    portal.sessions.settings = portal.settings
    async with running(tmp_path, portal) as rig:
        sent = [await rig.send(recorded(1, code=f"000.00.16.H46-250612-{n:04}")) for n in range(1, 6)]

        async def tripped() -> bool:
            return any(route.breaker.tripped for route in rig.gateway.routes.values())

        await eventually(tripped)
        assert (await rig.gateway.ledger.balance())["dead"] == 0
        portal.sessions.settings = SimulatorSettings()
        balance = await rig.settled()
        tries = [len((await rig.delivery(one["id"]))["attempt_log"]) for one in sent]
    assert balance["delivered"] == 10
    assert sum(tries) <= len(sent) + 5


async def test_an_outage_opens_the_breaker_and_the_backlog_drains_in_order(tmp_path: Path) -> None:
    portal = build(SimulatorSettings())
    portal.next(faults.http_status(503), times=12)
    async with running(tmp_path, portal, breaker_failures=3, concurrency=1) as rig:
        for number in range(1, 4):
            code = f"000.00.16.H46-250612-{number:04}"
            await rig.send(recorded(1, code=code))
            await rig.send(progressed(2, "received", code=code))
        balance = await rig.settled()
    assert balance["dead"] == 0
    for number in range(1, 4):
        code = f"000.00.16.H46-250612-{number:04}"
        assert [kind for kind, key, _ in rig.effects if key == code] == ["create", "progress"]


async def test_a_body_that_does_not_open_fails_its_own_delivery_only(tmp_path: Path) -> None:
    portal = build(SimulatorSettings())
    portal.next(faults.http_status(503), on="DongBoHoSoMC")
    async with running(tmp_path, portal, retry_schedule=["1s"]) as rig:
        broken = await rig.send(recorded(1, code="000.00.16.H46-250612-0002"))
        await rig.reaches(broken["id"], "waiting")
        engine = create_engine(f"sqlite:///{tmp_path / 'ledger.db'}")
        with engine.begin() as connection:
            connection.execute(text("UPDATE message SET body = x'00' WHERE id = :id"), {"id": broken["id"]})
        fine = await rig.send(recorded(1))
        await rig.reaches(fine["id"], "delivered")
        dead = await rig.reaches(broken["id"], "dead")
    assert dead["last_error"]["class"] == "unclassified"


async def test_a_full_disk_answers_503_and_stores_nothing_by_half(tmp_path: Path) -> None:
    async with running(tmp_path) as rig:
        await rig.send(recorded(1))
        await rig.settled()
        storage = rig.gateway.ledger._storage  # type: ignore[attr-defined]

        def limit(connection: object, pages: int) -> None:
            connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")  # type: ignore[attr-defined]

        used = await storage.read(lambda c: c.exec_driver_sql("PRAGMA page_count").scalar())
        await storage.write(lambda c: limit(c, used))
        before = (await rig.gateway.ledger.balance())["accepted"]
        refused = 0
        for number in range(2, 40):
            url = f"{rig.gateway.address}/v1/messages"
            event = recorded(1, code=f"000.00.16.H46-250612-{number:04}", note="x" * 15_000)
            async with rig.http.post(url, json=event, headers={"Content-Type": "application/cloudevents+json"}) as r:
                refused += r.status == 503
                if r.status == 503:
                    assert r.headers["Retry-After"]
                    assert r.content_type == "application/problem+json"
                    break
        assert refused == 1
        code = event["subject"]
        assert await rig.gateway.ledger.dossier_view(code) is None
        await storage.write(lambda c: limit(c, 1 << 30))
        await rig.send(event)
        balance = await rig.settled()
    assert balance["accepted"] > before
    assert balance["balance"] == 0


def test_no_log_line_holds_a_persons_data(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.e2e.one_refused_dossier", str(tmp_path)]
    lines = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stderr
    assert "delivery.settled" in lines
    assert "Traceback" not in lines
    for value in ("Lê Thị Mẫu Đơn", "M\\u1eabu", "044999000123", "0900000001", "mau.don@example.invalid"):
        assert value not in lines


async def test_the_ledger_file_holds_no_persons_data_in_plain_text(tmp_path: Path) -> None:
    async with running(tmp_path) as rig:
        await rig.send(recorded(1))
        await rig.settled()
    stored = b"".join(path.read_bytes() for path in tmp_path.iterdir() if path.name.startswith("ledger.db"))
    assert b"H46-250612-0001" in stored  # the scan would find it
    for value in ("Lê Thị Mẫu Đơn", "044999000123", "0900000001", "mau.don@example.invalid"):
        assert value.encode() not in stored


async def test_what_a_dead_process_left_in_mid_attempt_is_repeated_after_the_gap(tmp_path: Path) -> None:
    portal = build(SimulatorSettings())
    portal.next(faults.http_status(503), times=1)
    async with running(tmp_path, portal, retry_schedule=["1h"]) as rig:
        answer = await rig.send(recorded(1))
        waiting = await rig.reaches(answer["id"], "waiting")
        now = datetime.now(UTC)
        await let_pass(rig.gateway.ledger, timedelta(hours=3))
        await rig.gateway.ledger.take_due("national_portal", 10)
        begun = Begin(waiting["id"], 2, now, timedelta(hours=1), "1")
        assert await rig.gateway.ledger.begin_attempt(begun)
    async with running(tmp_path, build(SimulatorSettings())) as rig:
        balance = await rig.settled()
        log = (await rig.delivery(answer["id"]))["attempt_log"]
    assert balance["delivered"] == 2
    assert [attempt["error"]["code"] for attempt in log if attempt["error"]][-1] == "PROCESS_LOST"
