"""Reconciliation by the clock: nightly runs, destinations that take nothing, and the stairs of what is sent again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from gateway.acceptance.replies import Replies
from gateway.acceptance.routing import Router
from gateway.ledger.address import sqlite_url
from gateway.ledger.drift.port import DriftRun, Judged, NewDriftRun
from gateway.ledger.ledger import SqlLedger
from gateway.ledger.migrate import migrate
from gateway.ledger.port import AuditEntry
from gateway.message import Decision, Delivered, MessageId, Refused
from gateway.scheduler.drift import DriftKeeper
from gateway.scheduler.drift_sending import Sending
from gateway.settings import LedgerSettings, ReconciliationSettings, load_settings
from tests.builders import RING, a_begin, a_delivery, a_fault, a_message, a_settlement, a_snapshot

PORTAL = "national_portal"
ONE_IN_THE_MORNING = datetime(2026, 3, 10, 1, 30, tzinfo=UTC) - timedelta(hours=7)
NIGHTLY = ReconciliationSettings(nightly_at="01:30", look_back=timedelta(days=2))
SECTION = {"adapter_url": "http://portal.example", "username": "u", "password": "p", "madonvi": "000.00.00.H46"}
ROUTES = load_settings(environment={}, overrides={"adapters": {PORTAL: SECTION}}).active_routes
STEPS = "vn.lienthong.dossier.progressed.v1 > national_portal CapNhatTienDoHoSoMC"


def code(number: int) -> str:
    return f"000.00.16.H46-250612-{number:04}"


@pytest.fixture
async def ledger(tmp_path: Path) -> AsyncIterator[SqlLedger]:
    url = sqlite_url(tmp_path / "ledger.db")
    await migrate(url)
    ledger = SqlLedger(url, RING, LedgerSettings())
    yield ledger
    await ledger.close()


class Noting:
    """Notes which runs it was given."""

    def __init__(self) -> None:
        self.runs: list[str] = []

    async def work_on(self, run: DriftRun, now: datetime) -> None:
        self.runs.append(run.id)


class Night:
    """A keeper over a real ledger, and what it had done."""

    def __init__(self, ledger: SqlLedger, settings: ReconciliationSettings = NIGHTLY) -> None:
        self.closed = 0.0
        self.asked = Noting()
        self.keeper = DriftKeeper(ledger, [PORTAL], settings, self.asked, Noting(), lambda _: self.closed)

    async def look(self, at: datetime = ONE_IN_THE_MORNING) -> None:
        await self.keeper.look(at)


async def runs(ledger: SqlLedger) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await ledger.drift_page(None, 100))["items"]
    return found


async def test_a_night_is_compared_once_from_its_time_on(ledger: SqlLedger) -> None:
    night = Night(ledger)
    await night.look(ONE_IN_THE_MORNING - timedelta(minutes=1))
    assert await runs(ledger) == []
    for hours in (0, 1, 5):
        await night.look(ONE_IN_THE_MORNING + timedelta(hours=hours))
        await Night(ledger).look(ONE_IN_THE_MORNING + timedelta(hours=hours))
    [run] = await runs(ledger)
    assert (run["since"][:10], run["until"][:10], run["by"]) == ("2026-03-08", "2026-03-10", "scheduler")
    await night.look(ONE_IN_THE_MORNING + timedelta(days=1))
    assert len(await runs(ledger)) == 2
    audited = [one["ok"] for one in (await ledger.audit_page(None, 10))["items"]]
    assert audited == [True, True]


async def test_without_a_time_nothing_is_begun(ledger: SqlLedger) -> None:
    await Night(ledger, ReconciliationSettings()).look()
    assert await runs(ledger) == []


async def test_a_night_waits_for_the_run_that_a_person_began(ledger: SqlLedger) -> None:
    await begun(ledger, "R-1", paused=True)
    night = Night(ledger)
    await night.look()
    assert [one["id"] for one in await runs(ledger)] == ["R-1"]
    await ledger.steer_drift("R-1", "cancel", entry("reconciliation.cancel"))
    await night.look()
    assert len(await runs(ledger)) == 2


async def test_a_destination_that_takes_nothing_is_not_asked_and_the_run_says_so(ledger: SqlLedger) -> None:
    await confirmed(ledger, 1)
    await begun(ledger, "R-1")
    night = Night(ledger, ReconciliationSettings())
    await night.look()
    night.closed = 5.0
    for _ in range(2):
        await night.look()
    [run] = await runs(ledger)
    assert (run["state"], run["note"]["code"], night.asked.runs) == ("asking", "CLOSED", [])
    night.closed = 0.0
    await night.look()
    [run] = await runs(ledger)
    assert (run["note"], night.asked.runs) == (None, ["R-1"])


async def test_a_paused_run_rests(ledger: SqlLedger) -> None:
    await confirmed(ledger, 1)
    await begun(ledger, "R-1", paused=True)
    night = Night(ledger, ReconciliationSettings())
    await night.look()
    assert (await runs(ledger))[0]["state"] == "collecting"


# ---- what is sent again ----------------------------------------------------------------------------------------------


def entry(action: str = "reconciliation.start") -> AuditEntry:
    return AuditEntry("admin", action, "R-1", "thử")


async def begun(ledger: SqlLedger, run_id: str, *, paused: bool = False) -> None:
    now = datetime.now(UTC)
    run = NewDriftRun(run_id, PORTAL, now - timedelta(hours=1), now + timedelta(hours=1))
    await ledger.start_drift(run, entry())
    if paused:
        await ledger.steer_drift(run_id, "pause", entry("reconciliation.pause"))


async def confirmed(ledger: SqlLedger, number: int, *more: str) -> None:
    """A dossier that the portal took: a snapshot, then progress or further snapshots, as named."""
    for kind in ("snapshot", *more):
        snapshot = kind == "snapshot"
        delivery = a_snapshot() if snapshot else a_delivery(route=STEPS)
        data: dict[str, Any] = {"code": code(number), "status": "received"}
        data |= {} if snapshot else {"steps": [{"at": "2025-06-12T09:00:00+07:00", "status": "processing"}]}
        message_id = MessageId(a_message().id)
        await ledger.accept(
            [
                a_message(
                    delivery,
                    id=message_id,
                    subject=code(number),
                    type=f"vn.lienthong.dossier.{'recorded' if snapshot else 'progressed'}.v1",
                    sealed=RING.seal(orjson.dumps(data), message_id),
                )
            ]
        )
        await settle(ledger, delivery.id)


async def settle(ledger: SqlLedger, delivery_id: str, decision: Decision | None = None) -> None:
    assert await ledger.begin_attempt(a_begin(delivery_id))
    assert await ledger.settle(a_settlement(delivery_id, decision or Delivered()))


class Resending:
    """A compared run whose dossiers are all missing, and what works on it."""

    def __init__(self, ledger: SqlLedger, repeatable: frozenset[str] = frozenset()) -> None:
        self.ledger = ledger
        self.sending = Sending(ledger, Replies(RING, Router(ROUTES)), repeatable)

    async def begin(self, kind: str = "missing") -> Resending:
        await begun(self.ledger, "R-1")
        while await self.ledger.collect_drift("R-1"):
            pass
        items = await self.ledger.drift_to_ask("R-1", 1000)
        judged = [
            Judged(one.subject, kind, delivery_id=(await self.ledger.standing(PORTAL, one.subject)).last)  # type: ignore[arg-type]
            for one in items
        ]
        await self.ledger.note_drift("R-1", judged)
        await self.ledger.steer_drift("R-1", "send", entry("reconciliation.send"), [kind])
        return self

    async def look(self) -> list[str]:
        """One look; the deliveries that wait to be sent then."""
        run = await self.ledger.drift_run("R-1")
        assert run is not None
        if run.state == "sending" and not run.paused:
            await self.sending.work_on(run, datetime.now(UTC))
        return [one["id"] for one in (await self.ledger.deliveries_page({"state": "pending"}, None, 500))["items"]]

    async def end(self, ids: list[str], refused: int = 0) -> None:
        for place, one in enumerate(ids):
            await settle(self.ledger, one, Refused(a_fault("R", "refused")) if place < refused else None)

    async def view(self) -> dict[str, Any]:
        view = await self.ledger.drift_view("R-1")
        assert view is not None
        return view


async def test_the_stairs_are_one_five_twenty_and_a_stair_waits_for_the_one_before(ledger: SqlLedger) -> None:
    for number in range(1, 31):
        await confirmed(ledger, number)
    run = await Resending(ledger).begin()
    sizes = []
    while ids := await run.look():
        sizes.append(len(ids))
        assert len(await run.look()) == len(ids), "the next stair began before this one had ended"
        await run.end(ids)
    assert sizes == [1, 5, 20, 4]
    view = await run.view()
    assert (view["state"], view["sent"]["arrived"]) == ("sent", 30)
    balance = await ledger.balance()
    assert (balance["accepted"], balance["delivered"], balance["balance"]) == (60, 60, 0)


async def test_a_stair_that_goes_wrong_stops_the_run_until_a_person_says_go_on(ledger: SqlLedger) -> None:
    for number in range(1, 10):
        await confirmed(ledger, number)
    run = await Resending(ledger).begin()
    await run.end(await run.look())
    await run.end(await run.look(), refused=2)
    assert await run.look() == []
    view = await run.view()
    assert (view["paused"], view["note"]["code"], view["sent"]["failed"]) == (True, "TOO_MANY_FAILED", 2)
    assert (await ledger.audit_page(None, 1))["items"][0]["action"] == "reconciliation.stop"
    await ledger.steer_drift("R-1", "continue", entry("reconciliation.continue"))
    assert len(await run.look()) == 3
    assert (await run.view())["note"] is None


async def test_one_failure_in_five_is_borne(ledger: SqlLedger) -> None:
    for number in range(1, 10):
        await confirmed(ledger, number)
    run = await Resending(ledger).begin()
    await run.end(await run.look())
    await run.end(await run.look(), refused=1)
    assert len(await run.look()) == 3


@pytest.mark.parametrize(
    ("told", "kind", "repeatable", "operations"),
    [
        (("progress",), "missing", frozenset(), ["DongBoHoSoMC", "CapNhatTienDoHoSoMC"]),
        (("progress", "snapshot"), "missing", frozenset({STEPS}), ["DongBoHoSoMC"]),
        (("progress", "snapshot", "progress"), "behind", frozenset({STEPS}), ["DongBoHoSoMC", "CapNhatTienDoHoSoMC"]),
        (("progress",), "behind", frozenset(), ["DongBoHoSoMC"]),
    ],
)
async def test_the_newest_snapshot_goes_and_the_steps_after_it_where_they_do_no_harm(
    ledger: SqlLedger, told: tuple[str, ...], kind: str, repeatable: frozenset[str], operations: list[str]
) -> None:
    """Steps before it would turn the status back; a step it may have goes only where a repeat has no second effect."""
    await confirmed(ledger, 1, *told)
    before = {one["id"] for one in (await ledger.deliveries_page({}, None, 500))["items"]}
    run = await Resending(ledger, repeatable).begin(kind)
    await run.look()
    new = [one for one in (await ledger.deliveries_page({}, None, 500))["items"][::-1] if one["id"] not in before]
    assert [one["operation"] for one in new] == operations
    assert [one["state"] for one in new] == ["pending", "held"][: len(operations)]


async def test_a_crash_in_the_middle_of_a_stair_sends_nothing_twice(ledger: SqlLedger) -> None:
    """The dossier is noted in the transaction that records its messages: whoever comes after goes on behind it."""
    for number in range(1, 8):
        await confirmed(ledger, number)
    run = await Resending(ledger).begin()
    await run.end(await run.look())
    current = await ledger.drift_run("R-1")
    assert current is not None
    await ledger.climb_drift("R-1", 2)
    [item] = await ledger.drift_to_send("R-1", 1)
    there = await ledger.standing(PORTAL, item.subject)
    again = Replies(RING, Router(ROUTES)).again(
        there.confirmed[0], {"code": item.subject}, "k", PORTAL, datetime.now(UTC)
    )
    step = DriftRun("R-1", PORTAL, current.since, current.until, "sending", False, current.kinds, 2)
    assert await ledger.send_drift(step, item, [again]) == "open"
    ids = await run.look()
    assert len(ids) == 1
    await run.end(ids)
    while ids := await run.look():
        await run.end(ids)
    view = await run.view()
    assert (view["sent"]["arrived"], (await ledger.balance())["accepted"]) == (7, 14)


async def test_a_route_that_is_gone_is_said(ledger: SqlLedger) -> None:
    await confirmed(ledger, 1)
    run = Resending(ledger)
    run.sending = Sending(ledger, Replies(RING, Router(())), frozenset())
    await run.begin()
    await run.look()
    [item] = (await ledger.drift_items_page("R-1", {}, None, 10))["items"]
    assert (item["sent"], item["word"]) == ("skipped", "NOTHING_TO_SEND")
