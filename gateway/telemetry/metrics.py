"""Metrics: names are promises to dashboards and alarms (README, "Số đo / Metrics"). No ids in labels."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
_COMMIT = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)
_ITEMS = (1, 2, 5, 10, 20, 50, 100, 200, 500)
_LATENCY = (0.01, 0.05, 0.1, 0.5, 1, 5, 30, 60, 300, 1800, 3600, 21600, 86400)


class DoorMetrics(Protocol):
    """What the door counts, and where the whole exposition comes from."""

    def accepted(self, type_: str, source: str) -> None: ...

    def rejected(self, reason: str) -> None: ...

    async def exposition(self) -> bytes: ...


class Metrics:
    """All metrics of one process, on a registry of its own."""

    def __init__(self, version: str) -> None:
        self.registry = CollectorRegistry()
        self._accepted = Counter(
            "lienthong_messages_accepted", "Messages durably stored", ["type", "source"], registry=self.registry
        )
        self._rejected = Counter(
            "lienthong_intake_rejected", "Messages refused at the door", ["reason"], registry=self.registry
        )
        self._events_dropped = Counter(
            "lienthong_events_dropped", "Lifecycle events the wire tap had no room for", registry=self.registry
        )
        self._attempts = Counter(
            "lienthong_attempts", "Attempts by outcome", ["destination", "outcome"], registry=self.registry
        )
        self._attempt_seconds = Histogram(
            "lienthong_attempt_seconds", "Duration of attempts", ["destination"], buckets=_SECONDS,
            registry=self.registry,
        )  # fmt: skip
        self._latency = Histogram(
            "lienthong_delivery_latency_seconds", "Accepted to delivered", ["destination"], buckets=_LATENCY,
            registry=self.registry,
        )  # fmt: skip
        self._warned = Counter(
            "lienthong_delivery_warnings", "Attempts that went through with a warning", ["destination", "code"],
            registry=self.registry,
        )  # fmt: skip
        self.deliveries = Gauge(
            "lienthong_deliveries", "Obligations by state", ["destination", "state"], registry=self.registry
        )
        self.oldest_open = Gauge(
            "lienthong_oldest_open_seconds", "Age of the oldest open delivery", ["destination"], registry=self.registry
        )
        self.breaker = Gauge(
            "lienthong_breaker_state",
            "0 takes everything, 1 breaker open, 2 asked to wait, 3 paused, 4 maintenance, 5 hold",
            ["destination"],
            registry=self.registry,
        )
        self.lanes_held = Gauge(
            "lienthong_lanes_held", "Lanes with something held", ["destination"], registry=self.registry
        )
        self.outbox_pending = Gauge("lienthong_outbox_pending", "Due, not begun", registry=self.registry)
        self.dead_letters = Gauge(
            "lienthong_broker_dead_letters", "Packs the broker gave up; should be 0", registry=self.registry
        )
        self.vitals = VitalMetrics(self.registry)
        ProcessCollector(registry=self.registry)
        self._counted: dict[tuple[str, str], Counter] = {}
        self._timings: dict[tuple[int, str], Histogram] = {}
        Gauge("lienthong_build_info", "Version", ["version"], registry=self.registry).labels(version).set(1)

    def accepted(self, type_: str, source: str, *, times: int = 1) -> None:
        """A message was stored."""
        self._accepted.labels(type_, source).inc(times)

    def rejected(self, reason: str, *, times: int = 1) -> None:
        """A message was refused at the door."""
        self._rejected.labels(reason).inc(times)

    def event_dropped(self, *, times: int = 1) -> None:
        """The wire tap had no room."""
        self._events_dropped.inc(times)

    def attempted(self, destination: str, outcome: str, seconds: float) -> None:
        """One attempt ended."""
        count = self._counted.get((destination, outcome))
        if count is None:  # finding a child by its labels costs more than counting
            count = self._counted[destination, outcome] = self._attempts.labels(destination, outcome)
        count.inc()
        self._timed(self._attempt_seconds, destination).observe(seconds)

    def may_warn(self, destination: str, code: str) -> None:
        """Count from 0 what has not happened yet: Prometheus sees no increase from nothing to 1."""
        self._warned.labels(destination, code)

    def warned(self, destination: str, code: str) -> None:
        """A system took something, and there is something a person should know of it."""
        self._warned.labels(destination, code).inc()

    def delivered(self, destination: str, seconds: float) -> None:
        """One delivery was taken, so long after acceptance."""
        self._timed(self._latency, destination).observe(seconds)

    def committed(self, items: int, seconds: float) -> None:
        """One transaction of the ledger, with so many messages, beginnings and outcomes in it."""
        self.vitals.commit_items.observe(items)
        self.vitals.commit_seconds.observe(seconds)

    def _timed(self, histogram: Histogram, destination: str) -> Histogram:
        known = self._timings.get((id(histogram), destination))
        if known is None:
            known = self._timings[id(histogram), destination] = histogram.labels(destination)
        return known

    def render(self) -> bytes:
        """The text exposition format."""
        return generate_latest(self.registry)

    async def exposition(self) -> bytes:
        """The same, for whoever cannot know in which process the metrics are."""
        return self.render()


class VitalMetrics:
    """How the process and what it stands on are doing."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.ledger_up = Gauge("lienthong_ledger_up", "1 while the ledger can store", registry=registry)
        self.broker_up = Gauge("lienthong_broker_up", "1 while the broker can carry", registry=registry)
        self.commit_seconds = Histogram(
            "lienthong_ledger_commit_seconds", "Duration of group commits", buckets=_COMMIT, registry=registry
        )
        self.commit_items = Histogram(
            "lienthong_ledger_commit_items", "Things in one group commit", buckets=_ITEMS, registry=registry
        )
        self.disk_free = Gauge("lienthong_data_free_bytes", "Free on the disk of the data folder", registry=registry)
        self.disk_size = Gauge("lienthong_data_size_bytes", "Size of the disk of the data folder", registry=registry)
        self.last_backup = Gauge(
            "lienthong_last_backup_timestamp_seconds", "When the last backup ended; 0: never", registry=registry
        )
        self.leads = Gauge("lienthong_scheduler_leads", "1 in the process that does the timed work", registry=registry)

    @contextmanager
    def leading(self) -> Iterator[None]:
        """This process does the timed work until left."""
        self.leads.set(1)
        try:
            yield
        finally:
            self.leads.set(0)
