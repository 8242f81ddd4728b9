"""The balance against what the sender counted and what the portal really did; what is lost turns it red and is told."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import orjson

from adapters.national_portal.simulator import SimulatedPortal, SimulatorSettings, build, faults
from gateway.bootstrap.gateway import run_gateway
from gateway.watch_settings import AlertSettings
from mappings.convert import VIETNAM
from tests.e2e.rig import ADMIN, KEY, Rig, eventually, progressed, recorded, settings_for
from tests.notify.servers import SECRET, Address, an_address

PORTAL, RECORDED, PROGRESSED = (
    "national_portal",
    "vn.lienthong.dossier.recorded.v1",
    "vn.lienthong.dossier.progressed.v1",
)
UNMAPPED = {"code": "9.999999.000.00.00.H46", "name": "Thủ tục nội bộ"}


@asynccontextmanager
async def watched(folder: Path, portal: SimulatedPortal, **alerts: Any) -> AsyncIterator[Rig]:
    """A gateway that looks all the time."""
    fast = {"every": "50ms", "close_after": "0s", "balance": {"every": "50ms"}, "retry_schedule": ["50ms"]} | alerts
    async with portal.running() as url:
        settings = settings_for(folder, url)
        settings = settings.model_copy(update={"alerts": AlertSettings.model_validate(fast)})
        headers = {"Authorization": f"Bearer {KEY}"}
        async with run_gateway(settings) as gateway, aiohttp.ClientSession(headers=headers) as http:
            yield Rig(gateway, portal, http)


def today() -> str:
    return str(datetime.now(UTC).astimezone(VIETNAM).date())


def code(number: int) -> str:
    return f"000.00.16.H46-250612-{number:04}"


async def settled_of(rig: Rig, dead: int) -> None:
    """Once nothing is open and so many are dead."""

    async def it_is() -> bool:
        balance = await rig.gateway.ledger.balance()
        return balance["open"] == 0 and balance["dead"] == dead

    await eventually(it_is)


def line_of(sheet: dict[str, Any], type_: str) -> dict[str, Any]:
    portal = next(row for row in sheet["by"] if row["destination"] == PORTAL)
    found: dict[str, Any] = next(one for one in portal["types"] if one["type"] == type_)
    return found


async def test_the_sheet_agrees_with_the_senders_own_counts_and_with_what_the_portal_did(tmp_path: Path) -> None:
    portal = build(SimulatorSettings())
    portal.next(faults.refuse("-1", "Thiếu trường TenTTHC"), on="DongBoHoSoMC")
    sent: Counter[str] = Counter()
    async with watched(tmp_path, portal) as rig:
        before = today()
        for number in range(1, 13):
            wrong = {"procedure": UNMAPPED} if number == 5 else {}
            events = [recorded(1, code=code(number), **wrong)]
            events += [progressed(2, "processing", code=code(number))] * (number % 3 == 0)
            for event in events:
                await rig.send(event)
                sent[event["type"]] += 1
        again = await rig.send(recorded(1, code=code(1)))
        assert again["duplicate"]  # counted once by both
        await settled_of(rig, dead=1)
        sheet = await rig.get(f"/v1/balance?day={before}")
        effects = Counter("progress" if kind == "progress" else "dossier" for kind, _, _ in rig.effects)
        assert before == today(), "a new day began in the middle of this test"
        assert sheet["balance"] == 0
        recorded_, progressed_ = line_of(sheet, RECORDED), line_of(sheet, PROGRESSED)
        assert (recorded_["accepted"], progressed_["accepted"]) == (sent[RECORDED], sent[PROGRESSED])
        assert (recorded_["delivered"], progressed_["delivered"]) == (effects["dossier"], effects["progress"])
        assert (recorded_["refused"], recorded_["dead"]) == (1, 1)
        for line in (recorded_, progressed_):
            for name in ("accepted", "delivered", "refused", "dead", "open", "balance"):
                page = await rig.get(line["lists"][name] + "&limit=200")
                assert (name, len(page["items"]), page["next"]) == (name, line[name], None)


def told(address: Address) -> list[tuple[str, str]]:
    letters = [orjson.loads(body) for _, body in address.calls]
    return [(one["type"].rpartition(".")[2], one["data"]["kind"]) for one in letters]


async def test_a_row_that_is_deleted_turns_the_sheet_red_and_is_told_once_and_its_return_once(tmp_path: Path) -> None:
    async with an_address() as address:
        hooks = {"ops": {"url": address.url, "secrets": [SECRET], "plain_http": True}}
        async with watched(tmp_path, build(SimulatorSettings()), webhooks=hooks) as rig:
            ledger = rig.gateway.ledger
            answer = await rig.send(recorded(1))
            await rig.settled()
            lost = (await rig.delivery(answer["id"]))["id"]
            await run(ledger, "CREATE TABLE kept AS SELECT * FROM delivery WHERE id = ?", lost)
            await run(ledger, "DELETE FROM delivery WHERE id = ?", lost)

            async def it_is_told() -> bool:
                return told(address) == [("opened", "balance")]

            await eventually(it_is_told)
            sheet = await rig.get(f"/v1/balance?day={today()}")
            assert sheet["balance"] == 1
            page = await rig.get(line_of(sheet, RECORDED)["lists"]["balance"])
            assert [one["id"] for one in page["items"]] == [answer["id"]]
            [alert] = (await rig.get("/v1/alerts?state=open"))["items"]
            assert (alert["kind"], alert["destination"]) == ("balance", PORTAL)
            await run(ledger, "INSERT INTO delivery SELECT * FROM kept")

            async def it_is_over() -> bool:
                return told(address) == [("opened", "balance"), ("closed", "balance")]

            await eventually(it_is_over)
            assert (await rig.get("/v1/alerts?state=open"))["items"] == []
            [alert] = (await rig.get("/v1/alerts"))["items"]
            assert {one["event"] for one in alert["notices"]} == {"opened", "closed"}


async def run(ledger: Any, statement: str, *values: str) -> None:
    await ledger._storage.write(lambda connection: connection.exec_driver_sql(statement, values))


async def test_a_channel_is_tried_by_hand_and_the_try_is_audited(tmp_path: Path) -> None:
    async with an_address() as address:
        hooks = {"ops": {"url": address.url, "secrets": [SECRET], "plain_http": True}}
        async with watched(tmp_path, build(SimulatorSettings()), webhooks=hooks) as rig:
            answers = [
                await post(rig, command)
                for command in (
                    {"reason": "thử kênh trực"},
                    {"reason": "thử kênh trực", "channel": "ops"},
                    {"reason": "thử kênh trực", "channel": "khac"},
                    {"channel": "ops"},
                )
            ]
            audit = await rig.acted()
    assert [status for status, _ in answers] == [200, 200, 404, 422]
    assert answers[0][1] == {"channels": [{"channel": "ops", "ok": True, "code": "", "vi": "", "en": ""}]}
    assert [kind for kind, _ in told(address)] == ["test", "test"]
    assert [(one["action"], one["target"], one["ok"]) for one in audit] == [
        ("alert.test", "khac", False),
        ("alert.test", "ops", True),
        ("alert.test", "ops", True),
    ]


async def post(rig: Rig, command: dict[str, str], key: str = ADMIN) -> tuple[int, dict[str, Any]]:
    headers = {"Authorization": f"Bearer {key}"}
    url = rig.gateway.address + "/v1/alerts/test"
    async with rig.http.post(url, json=command, headers=headers) as response:
        return response.status, await response.json()


async def test_only_an_administrator_sees_alerts_and_backlogs(tmp_path: Path) -> None:
    async with watched(tmp_path, build(SimulatorSettings())) as rig:
        for path in ("/v1/alerts", "/v1/backlog"):
            async with rig.http.get(rig.gateway.address + path) as response:
                assert response.status == 403
        assert (await post(rig, {"reason": "x"}, KEY))[0] == 403
        await rig.send(recorded(1))
        await rig.settled()
        rows = (await rig.get("/v1/backlog"))["items"]
        assert {row["destination"]: row["outlook"] for row in rows}[PORTAL] == "empty"
        for query in ("state=x", "kind=x", "cursor=x", "limit=0", "x=1"):
            headers = {"Authorization": f"Bearer {ADMIN}"}
            async with rig.http.get(f"{rig.gateway.address}/v1/alerts?{query}", headers=headers) as response:
                assert response.status == 422
