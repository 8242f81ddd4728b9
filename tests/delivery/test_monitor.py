"""The monitor keeps the gauges true and says when senders must wait; an outage of a target never makes them."""

from __future__ import annotations

import asyncio
from typing import Any

from gateway.delivery.closures import Closures
from gateway.delivery.monitor import Monitor
from gateway.ledger.ledger import SqlLedger
from gateway.message import Refused
from gateway.telemetry.metrics import Metrics
from tests.builders import a_begin, a_delivery, a_fault, a_message, a_settlement, dead
from tests.delivery.way_out import eventually
from tests.fakes.destination import ScriptedAdapter, a_destination, a_route

PORTAL = "national_portal"


class Watch:
    """A monitor with a bound of three, its destination and its metrics."""

    def __init__(self, ledger: Any) -> None:
        self.route = a_route(ScriptedAdapter(), a_destination())
        self.metrics = Metrics("test")
        closures = Closures(ledger, (), {PORTAL: self.route.breaker})
        self.monitor = Monitor(ledger, [PORTAL], closures.standing, self.metrics, 3, 0.01)

    def value(self, name: str, **labels: str) -> float | None:
        return self.metrics.registry.get_sample_value(name, {"destination": PORTAL, **labels})

    def deliveries(self, state: str) -> float | None:
        return self.value("lienthong_deliveries", state=state)


async def accept(ledger: SqlLedger, *decisions: Any) -> None:
    """Record a delivery for each decision, and settle it so; None leaves it pending."""
    for number, decision in enumerate(decisions):
        delivery = a_delivery()
        await ledger.accept([a_message(delivery, subject=f"000.00.16.H46-250612-{number:04}")])
        if decision is not None:
            await ledger.begin_attempt(a_begin(delivery.id))
            await ledger.settle(a_settlement(delivery.id, decision if decision != "delivered" else None))


async def test_the_gauges_show_every_state_and_go_down_again(ledger: SqlLedger) -> None:
    watch = Watch(ledger)
    await accept(ledger, None, "delivered", "delivered", Refused(a_fault("R", "refused")), dead())
    await watch.monitor.look()
    found = [watch.deliveries(state) for state in ("pending", "delivered", "refused", "dead", "held")]
    assert found == [1, 2, 1, 1, 0]
    assert (watch.value("lienthong_oldest_open_seconds") or 0) > 0
    due, _ = await ledger.take_due(PORTAL, 9)
    await ledger.begin_attempt(a_begin(due[0].id))
    await ledger.settle(a_settlement(due[0].id))
    await watch.monitor.look()
    assert (watch.deliveries("pending"), watch.deliveries("delivered")) == (0, 3)
    assert watch.value("lienthong_oldest_open_seconds") == 0


async def test_lanes_that_wait_are_counted_once_each(ledger: SqlLedger) -> None:
    watch = Watch(ledger)
    for code in ("0001", "0001", "0001", "0002"):
        await ledger.accept([a_message(subject=f"000.00.16.H46-250612-{code}")])
    await watch.monitor.look()
    assert watch.value("lienthong_lanes_held") == 1


async def test_a_backlog_above_the_bound_makes_senders_wait_unless_the_target_is_away(ledger: SqlLedger) -> None:
    watch = Watch(ledger)
    await accept(ledger, None, None, None)
    await watch.monitor.look()
    assert not watch.monitor.full()
    await ledger.accept([a_message(subject="000.00.16.H46-250612-9999")])
    await watch.monitor.look()
    assert watch.monitor.full()
    watch.route.breaker.trip("HTTP_503")
    await watch.monitor.look()
    assert not watch.monitor.full()
    assert watch.value("lienthong_breaker_state") == 1


class Stumbling:
    """A ledger whose first look fails with something nobody expected."""

    def __init__(self, ledger: SqlLedger) -> None:
        self._ledger = ledger
        self.failures = 1

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ledger, name)

    async def board(self) -> Any:
        if self.failures:
            self.failures -= 1
            raise KeyError("destination")
        return await self._ledger.board()


async def test_a_look_that_fails_is_not_the_last(ledger: SqlLedger) -> None:
    watch = Watch(Stumbling(ledger))
    await accept(ledger, "delivered")
    running = asyncio.create_task(watch.monitor.run())

    async def seen() -> bool:
        return watch.deliveries("delivered") == 1

    await eventually(seen)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
