"""The watch on a real ledger: each kind of trouble opens its alert once, says what to do, and closes it once."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from adapters.registry import ADAPTERS
from gateway.ledger.ledger import SqlLedger
from gateway.ledger.port import AuditEntry
from gateway.ledger.steering.port import Standing
from gateway.message import DeliveryId, Uncertain
from gateway.operations.explain import Explainer
from gateway.operations.groups import GroupOperations
from gateway.scheduler.watch.watch import Watch
from gateway.settings import load_settings
from tests.builders import a_begin, a_delivery, a_fault, a_message, a_settlement, dead
from tests.ledger.conftest import ledger

__all__ = ["ledger"]

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
PORTAL = "national_portal"
CLIENT = {"name": "mot-cua", "key_sha256": "0" * 64, "sources": ["urn:sys:mot-cua"]}


class Outside:
    """How the destination stands, as the watch is told."""

    def __init__(self, standing: Standing = "running") -> None:
        self.now = standing

    def standing(self, _: str) -> tuple[Standing, float]:
        return self.now, 0.0 if self.now == "running" else 30.0


def a_watch(ledger: SqlLedger, outside: Outside | None = None, **alerts: Any) -> Watch:
    outside = outside or Outside()
    settings = load_settings(
        environment={},
        overrides={
            "alerts": {"close_after": "0s", **alerts},
            "clients": [CLIENT],
            "ledger": {"outbox_limit": 10},
            # Every hour of every day, so that a test says when it is wrong and not when the office opens.
            "calendar": {"hours": ["00:00-24:00"], "weekend": [], "yearly_holidays": [], "holidays": []},
        },
    )
    return Watch(ledger, settings, [PORTAL], outside.standing, GroupOperations(ledger, Explainer(ADAPTERS)))


async def open_alerts(ledger: SqlLedger, kind: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await ledger.alerts_page({"state": "open", "kind": kind}, None, 50))["items"]
    return items


async def deliver(ledger: SqlLedger, decision: Any = None, number: int = 1, **changes: Any) -> DeliveryId:
    delivery = a_delivery()
    await ledger.accept([a_message(delivery, subject=f"000.00.16.H46-250612-{number:04}", **changes)])
    if decision is not None:
        await ledger.begin_attempt(a_begin(delivery.id))
        await ledger.settle(a_settlement(delivery.id, decision))
    return delivery.id


async def delete(ledger: SqlLedger, delivery_id: str) -> None:
    statement = "DELETE FROM delivery WHERE id = ?"
    await ledger._storage.write(lambda connection: connection.exec_driver_sql(statement, (delivery_id,)))


NOW = datetime.now(UTC)


@pytest.fixture(autouse=True)
def _the_time_of_the_test(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not that of when the file was read: what a test does happens now, and a whole suite may have run before it."""
    monkeypatch.setattr(sys.modules[__name__], "NOW", datetime.now(UTC))


async def test_nothing_wrong_opens_nothing(ledger: SqlLedger) -> None:
    await deliver(ledger, a_settlement("x").decision)
    await a_watch(ledger).look(NOW)
    assert (await ledger.alerts_page({}, None, 50))["items"] == []


async def test_a_lost_delivery_of_today_opens_an_alert_that_names_the_day_and_type(ledger: SqlLedger) -> None:
    lost = await deliver(ledger, a_settlement("x").decision)
    await delete(ledger, lost)
    watch = a_watch(ledger)
    for minutes in (0, 6):
        await watch.look(NOW + minutes * MINUTE)
    [alert] = await open_alerts(ledger, "balance")
    assert (alert["destination"], alert["details"]["accepted"], alert["details"]["found"]) == (PORTAL, 1, 0)
    assert "dossier.progressed.v1" in alert["vi"]


async def test_one_lost_and_one_doubled_do_not_make_a_good_day(ledger: SqlLedger) -> None:
    lost, kept = await deliver(ledger, number=1), await deliver(ledger, number=2, decision=a_settlement("x").decision)
    await ledger._storage.write(
        lambda c: c.exec_driver_sql("CREATE TABLE copy AS SELECT * FROM delivery WHERE id = ?", (kept,))
    )
    await ledger._storage.write(lambda c: c.exec_driver_sql("UPDATE copy SET id = 'twice'"))
    await ledger._storage.write(lambda c: c.exec_driver_sql("INSERT INTO delivery SELECT * FROM copy"))
    await delete(ledger, lost)
    assert (await ledger.balance())["balance"] == 0
    await a_watch(ledger).look(NOW)
    [alert] = await open_alerts(ledger, "balance")
    assert alert["details"]["messages"] == 2


async def test_a_day_that_is_off_is_counted_until_it_is_mended(ledger: SqlLedger) -> None:
    at = NOW - 30 * DAY
    delivery = a_delivery()
    await ledger.accept([a_message(delivery, accepted_at=at)])
    row = "SELECT * FROM delivery"
    await ledger._storage.write(lambda c: c.exec_driver_sql(f"CREATE TABLE copy AS {row}"))
    await delete(ledger, delivery.id)
    await a_watch(ledger).look(at)
    watch = a_watch(ledger, balance={"whole_every": "0s"})  # another process, thirty days later
    await watch.look(NOW)
    [alert] = await open_alerts(ledger, "balance")
    await ledger._storage.write(lambda c: c.exec_driver_sql("INSERT INTO delivery SELECT * FROM copy"))
    await watch.look(NOW + 6 * MINUTE)
    assert await open_alerts(ledger, "balance") == []
    assert alert["details"]["day"] is not None


async def test_what_was_lost_long_ago_is_found_by_counting_everything_and_told_once(ledger: SqlLedger) -> None:
    lost = await deliver(ledger, accepted_at=NOW - 90 * DAY)
    await delete(ledger, lost)
    await delete(ledger, await deliver(ledger, number=2, accepted_at=NOW))
    watch = a_watch(ledger)
    await watch.look(NOW)
    keys = {one["key"].partition(" ")[0] for one in await open_alerts(ledger, "balance")}
    assert "all" in keys
    assert len(keys) == 2


async def test_a_destination_closed_for_long_opens_an_alert_also_across_a_restart(ledger: SqlLedger) -> None:
    outside = Outside("breaker_open")
    await ledger.tell_destination(PORTAL, 3600, "HTTP_503", vi="Cổng đang bảo trì.", en="The portal is down.")
    await a_watch(ledger, outside).look(NOW)
    await a_watch(ledger, outside).look(NOW + 9 * MINUTE)
    assert await open_alerts(ledger, "closed") == []
    watch = a_watch(ledger, outside)  # another process: since when is in the ledger
    await watch.look(NOW + 10 * MINUTE)
    [alert] = await open_alerts(ledger, "closed")
    assert "HTTP_503" in alert["vi"] and "Cổng đang bảo trì." in alert["vi"]
    outside.now = "running"
    await watch.look(NOW + 11 * MINUTE)
    assert await open_alerts(ledger, "closed") == []
    outside.now = "told_to_wait"
    await watch.look(NOW + 12 * MINUTE)  # closed anew, since now
    assert await open_alerts(ledger, "closed") == []


@pytest.mark.parametrize("standing", ["hold", "paused", "maintenance"])
async def test_what_is_meant_to_stand_still_is_neither_closed_nor_old(ledger: SqlLedger, standing: Standing) -> None:
    await deliver(ledger)
    watch = a_watch(ledger, Outside(standing))
    for hours in (0, 12):
        await watch.look(NOW + hours * HOUR)
    assert [await open_alerts(ledger, kind) for kind in ("closed", "age")] == [[], []]


async def test_a_pause_that_was_forgotten_is_recalled(ledger: SqlLedger) -> None:
    await ledger.pause(PORTAL, AuditEntry("admin", "destination.pause", PORTAL, "thử"))
    watch = a_watch(ledger, Outside("paused"))
    await watch.look(NOW + 7 * HOUR)
    assert await open_alerts(ledger, "paused") == []
    await watch.look(NOW + 9 * HOUR)
    [alert] = await open_alerts(ledger, "paused")
    assert "lienthong resume national_portal" in alert["vi"]
    await ledger.resume(PORTAL, AuditEntry("admin", "destination.resume", PORTAL, "thử"))
    await watch.look(NOW + 10 * HOUR)
    assert await open_alerts(ledger, "paused") == []


async def test_dead_letters_are_told_by_cause_until_none_of_it_is_left(ledger: SqlLedger) -> None:
    ids = [await deliver(ledger, dead(code), number) for number, code in enumerate(("A", "A", "B"))]
    watch = a_watch(ledger)
    await watch.look(NOW)
    found = {one["details"]["code"]: one["details"]["count"] for one in await open_alerts(ledger, "dead")}
    assert found == {"A": 2, "B": 1}
    for number in (0, 1):
        await ledger.discard(ids[number], AuditEntry("admin", "x", ids[number], "thử"))
    await watch.look(NOW + MINUTE)
    assert [one["details"]["code"] for one in await open_alerts(ledger, "dead")] == ["B"]


async def test_dead_letters_say_what_it_is_who_can_mend_it_and_what_to_press(ledger: SqlLedger) -> None:
    await deliver(ledger, dead("UNMAPPED_CODE"))
    await a_watch(ledger).look(NOW)
    [alert] = await open_alerts(ledger, "dead")
    [group] = await GroupOperations(ledger, Explainer(ADAPTERS)).listed()
    assert alert["key"] == group["fingerprint"]
    for word in (group["title"]["vi"], group["advice"]["vi"], group["fixer"]["vi"], "lienthong groups show"):
        assert word in alert["vi"]


async def test_a_muted_cause_opens_no_alert_and_closes_none_that_is_open(ledger: SqlLedger) -> None:
    open_id, muted_id = await deliver(ledger, dead("A"), 1), await deliver(ledger, dead("B"), 2)
    groups = GroupOperations(ledger, Explainer(ADAPTERS))
    fingerprints = {one["code"]: one["fingerprint"] for one in await groups.listed()}
    await groups.mute(fingerprints["B"], "admin", NOW + DAY, "đã biết")
    watch = a_watch(ledger)
    await watch.look(NOW)
    await groups.mute(fingerprints["A"], "admin", NOW + DAY, "đã biết")
    await watch.look(NOW + MINUTE)
    assert [one["key"] for one in await open_alerts(ledger, "dead")] == [fingerprints["A"]]
    for one in (open_id, muted_id):
        await ledger.discard(one, AuditEntry("admin", "x", one, "thử"))
    await watch.look(NOW + 2 * MINUTE)
    assert await open_alerts(ledger, "dead") == []


async def test_an_old_open_delivery_is_told_and_bounds_may_differ_by_destination(ledger: SqlLedger) -> None:
    await deliver(ledger)
    far, near = a_watch(ledger, age={"after": "4h"}), a_watch(ledger, age={"destinations": {PORTAL: "30m"}})
    off = a_watch(ledger, age={"destinations": {PORTAL: "0s"}})
    await far.look(NOW + HOUR)
    await off.look(NOW + 9 * HOUR)
    assert await open_alerts(ledger, "age") == []
    await near.look(NOW + HOUR)
    [alert] = await open_alerts(ledger, "age")
    assert "30 min" in alert["vi"] and "lienthong deliveries list" in alert["vi"]


async def test_what_is_uncertain_for_long_is_told(ledger: SqlLedger) -> None:
    await deliver(ledger, Uncertain(a_fault()))
    watch = a_watch(ledger)
    await watch.look(NOW + 10 * MINUTE)
    assert await open_alerts(ledger, "uncertain") == []
    await watch.look(NOW + 40 * MINUTE)
    assert len(await open_alerts(ledger, "uncertain")) == 1


async def test_a_full_outbox_is_told_before_senders_are_turned_away(ledger: SqlLedger) -> None:
    for number in range(8):
        await deliver(ledger, number=number)
    await a_watch(ledger, Outside("breaker_open")).look(NOW)
    assert await open_alerts(ledger, "backlog") == []  # an outage of a target turns nobody away
    await a_watch(ledger).look(NOW + MINUTE)
    assert len(await open_alerts(ledger, "backlog")) == 1


async def test_a_source_that_falls_silent_is_told_and_closes_when_it_speaks(ledger: SqlLedger) -> None:
    source = "urn:sys:mot-cua"
    await deliver(ledger, source=source, accepted_at=NOW)
    await a_watch(ledger).look(NOW)
    await a_watch(ledger).look(NOW + 7 * HOUR)
    assert await open_alerts(ledger, "silence") == []
    watch = a_watch(ledger)
    await watch.look(NOW + 8 * HOUR)
    [alert] = await open_alerts(ledger, "silence")
    assert (alert["key"], source in alert["en"]) == (source, True)
    await deliver(ledger, number=2, source=source, accepted_at=NOW + 9 * HOUR)
    await watch.look(NOW + 9 * HOUR + MINUTE)
    assert await open_alerts(ledger, "silence") == []


async def test_a_source_that_never_spoke_is_waited_for_from_the_first_look_on(ledger: SqlLedger) -> None:
    await a_watch(ledger).look(NOW)
    await a_watch(ledger).look(NOW + 7 * HOUR)
    assert await open_alerts(ledger, "silence") == []
    await a_watch(ledger).look(NOW + 8 * HOUR)
    assert [one["key"] for one in await open_alerts(ledger, "silence")] == ["urn:sys:mot-cua"]


async def test_silence_bounds_may_differ_by_source_and_be_none(ledger: SqlLedger) -> None:
    bounds = {"urn:sys:mot-cua": "0s", "urn:sys:khac": "2h"}
    for hours in (0, 3):
        await a_watch(ledger, silence={"sources": bounds}).look(NOW + hours * HOUR)
    assert [one["key"] for one in await open_alerts(ledger, "silence")] == ["urn:sys:khac"]


async def test_a_kind_that_is_switched_off_opens_nothing_and_closes_what_is_open(ledger: SqlLedger) -> None:
    await deliver(ledger, dead())
    await a_watch(ledger).look(NOW)
    assert len(await open_alerts(ledger, "dead")) == 1
    await a_watch(ledger, dead={"on": False}).look(NOW + MINUTE)
    assert await open_alerts(ledger, "dead") == []


async def test_a_look_that_fails_closes_nothing_and_hinders_no_other(
    ledger: SqlLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    await deliver(ledger, dead())
    watch = a_watch(ledger)
    await watch.look(NOW)
    await deliver(ledger, Uncertain(a_fault()), 2)
    with monkeypatch.context() as broken:
        broken.setattr("gateway.scheduler.watch.findings.dead", lambda *_: 1 / 0)
        await watch.look(NOW + HOUR)
    assert len(await open_alerts(ledger, "dead")) == len(await open_alerts(ledger, "uncertain")) == 1
