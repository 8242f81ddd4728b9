"""Nothing that runs for every message, or every few seconds, reads a table from end to end: cost must not grow (§9)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import StaticPool

from gateway.ledger import attempt_statements, balance, lite, operate, pages, settle, shared, views
from gateway.ledger import statements as sql
from gateway.ledger.alerts import memory
from gateway.ledger.alerts import observe as alerts
from gateway.ledger.alerts import statements as alert_sql
from gateway.ledger.byhand import operate as byhand
from gateway.ledger.doubts import keep as doubts
from gateway.ledger.doubts.port import Asked
from gateway.ledger.groups import keep as groups
from gateway.ledger.keeping import removal
from gateway.ledger.keeping import work as keeping
from gateway.ledger.pack import read_pack
from gateway.ledger.port import MESSAGE_STATES, AuditEntry, Pending
from gateway.ledger.proof import retiring
from gateway.ledger.proof.append import append
from gateway.ledger.record import record
from gateway.ledger.replays import chosen, jobs, steps
from gateway.ledger.replays import statements as replay_sql
from gateway.ledger.replays.port import Chosen, NewReplay
from gateway.ledger.schema import metadata
from gateway.ledger.sought import work as people
from gateway.ledger.sought.port import HashedTo
from gateway.ledger.steering import hold, known, steer, unsent
from gateway.ledger.steering.port import KnownDossier, Unsent, Withholding
from gateway.ledger.trail import write_audit
from gateway.message import DeliveryId, Uncertain, Waiting
from gateway.security.seek import prefix_of
from tests.builders import NOW, RING, a_begin, a_delivery, a_fault, a_message, a_settlement, a_snapshot, dead
from tests.contract.ledger_alerts import a_finding, a_look
from tests.contract.ledger_proof import SIGNER

_FULL_SCAN = re.compile(
    r"SCAN (?:delivery|message|lane|attempt|outbox|checkpoint|audit|maintenance|known_dossier|replay_item|replay_job"
    r"|doubt|failure_group|notice|sought|seen|entry|tile|retired)\b(?! USING (?:COVERING )?INDEX "
    r"(?:delivery_dead|delivery_open|outbox_held_for|replay_job_watched|failure_group_open|message_never_hashed))"
)
"""Of an index that holds only what is dead, or open, all may be looked at."""
_FROM_ONE_END = re.compile(r"FROM (\w+)\s+(?:ORDER BY \1\.(?:seq|audit_seq|id)(?: DESC)?\s+)?LIMIT")
"""A few rows from one end of the table: SQLite calls it a scan, and stops when it has them."""
_BY_ID = re.compile(r"delivery\.id IN \(SELECT value")
"""Who names deliveries by id must not look through all that are open."""


class Plans:
    """Asks SQLite for its plan of every statement, once."""

    def __init__(self, engine: Engine) -> None:
        self.seen: set[str] = set()
        self.scans: list[str] = []
        event.listen(engine, "before_cursor_execute", self._by_sqlalchemy)

    def by_the_driver(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Hear of what goes to the driver itself, too."""
        one, many = lite.execute, lite.execute_many

        def note_one(connection: Connection, sql: str, values: Any) -> list[Any]:
            self._note(connection.connection.driver_connection, sql, values)
            return one(connection, sql, values)

        def note_many(connection: Connection, sql: str, rows: Any) -> None:
            rows = list(rows)
            self._note(connection.connection.driver_connection, sql, rows[0])
            many(connection, sql, rows)

        monkeypatch.setattr(lite, "execute", note_one)
        monkeypatch.setattr(lite, "execute_many", note_many)

    def _by_sqlalchemy(self, _: Any, cursor: Any, statement: str, parameters: Any, __: Any, many: bool) -> None:
        self._note(cursor.connection, statement, parameters[0] if many else parameters)

    def _note(self, driver: Any, statement: str, parameters: Any) -> None:
        if statement in self.seen or statement.split(maxsplit=1)[0] not in ("SELECT", "UPDATE", "DELETE"):
            return
        self.seen.add(statement)
        plan = driver.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
        steps = [row[3] for row in plan]
        whole = any(_FULL_SCAN.match(step) for step in steps) and not _FROM_ONE_END.search(statement)
        if whole or (_BY_ID.search(statement) and any("delivery_open" in step for step in steps)):
            self.scans.append("\n".join([statement, *steps]))


@pytest.fixture
def engine() -> Iterator[Engine]:
    engine = create_engine("sqlite://", poolclass=StaticPool)
    metadata.create_all(engine)
    yield engine
    engine.dispose()


def planned(engine: Engine, work: Callable[[Connection], None]) -> Plans:
    """Run the work; the plans of what it did."""
    plans = Plans(engine)
    with pytest.MonkeyPatch.context() as patch, engine.begin() as connection:
        plans.by_the_driver(patch)
        work(connection)
    assert plans.seen
    return plans


def a_life(connection: Connection) -> None:
    """A message meets every statement on its way: accepted, repeated, tried, failed, superseded, settled, replayed."""
    snapshot, progress = a_snapshot(), a_delivery()
    first = a_message(snapshot)
    record(connection, [[first], [a_message(progress)]], [])
    record(connection, [[a_message(source_id=first.source_id, content_hash=first.content_hash)]], [])
    read_pack(connection, RING, [snapshot.id])
    settle.begin(connection, [a_begin(snapshot.id)])
    settle.settle(connection, [a_settlement(snapshot.id, Waiting(NOW, a_fault()))], [])
    shared.take_free(connection, "national_portal", 3, 9, NOW)
    shared.look_due(connection, "national_portal", 3, NOW)
    connection.execute(sql.waiting_to_pending, {"ids": [snapshot.id], "now": NOW})
    read_pack(connection, RING, [snapshot.id])
    settle.begin(connection, [a_begin(snapshot.id, 2)])
    attempt_statements.insert_checkpoints.run(connection, [])
    settle.settle(connection, [a_settlement(snapshot.id, dead(), 2)], [])
    again, entry = DeliveryId("0"), AuditEntry("admin", "x", snapshot.id, "thử")
    operate.replay(connection, snapshot.id, again, entry, NOW, [])
    record(connection, [[a_message(a_snapshot())]], [])
    operate.discard(connection, progress.id, entry, NOW, [])


def what_runs_by_the_clock(connection: Connection) -> None:
    connection.execute(attempt_statements.under_way)
    connection.execute(attempt_statements.lease_ended, {"now": NOW})
    shared.hold_lease(connection, "scheduler", "one", 9, NOW)
    append(connection, SIGNER, 10, NOW)
    steer.read(connection, NOW)
    connection.execute(sql.one_due)
    connection.execute(replay_sql.moving).all()
    settle.promote_orphans(connection, NOW, [])
    views.outbox_depth(connection, "national_portal", NOW)
    views.board(connection)
    alerts.observe(connection, a_look(a_finding()))
    alerts.observe(connection, a_look())
    connection.execute(alert_sql.any_due, {"b_channel": "ops", "b_now": NOW})
    connection.execute(alert_sql.due_notices, {"b_channel": "ops", "b_now": NOW, "b_limit": 1})
    connection.execute(alert_sql.unclear)
    memory.note_heard(connection, memory.who_spoke(connection, NOW), NOW)
    memory.note_backlog(connection, memory.backlog_now(connection), NOW, timedelta(hours=1))
    hold.counts(connection)
    assert not hold.needs_judging(connection, None)
    doubts.unproven(connection, 50, "", NOW)
    groups.close_empty(connection, timedelta(minutes=1), NOW)
    record(connection, [[a_message(a_delivery(lane=False), sought=RING.seeking.of(["044999000123"]))]], [])
    people.rehash(connection, RING, prefix_of("s2"), lambda _: b"", 10, HashedTo())
    people.needs_search_key(connection, "s1")
    people.messages_about(connection, RING.seeking.all_of("044999000123"), None, 5)
    people.who_saw(connection, RING.seeking.all_of("044999000123"), None, 5)
    what_is_over(connection)


def what_is_over(connection: Connection) -> None:
    """Some messages end, lose their bodies, and then their rows."""
    kept = a_delivery(lane=False)
    old = [a_message(a_delivery(lane=False)) for _ in range(3)]
    record(connection, [old], [])
    for one in old:
        settle.begin(connection, [a_begin(one.deliveries[0].id)])
        settle.settle(connection, [a_settlement(one.deliveries[0].id)], [])
    later = NOW + timedelta(days=9999)
    assert keeping.shred(connection, later, 10)[0]
    record(connection, [[a_message(kept)]], [])
    assert removal.remove(connection, later, 10)[0]
    settle.begin(connection, [a_begin(kept.id)])
    settle.settle(connection, [a_settlement(kept.id, receipt=b"{}")], [])
    write_audit(connection, AuditEntry("admin", "x", "y", "thử", people=RING.seeking.of(["044999000123"])), NOW)
    append(connection, SIGNER, 1000, NOW)
    assert retiring.retire(connection, later, 10, NOW)[0]


def a_replay_job(connection: Connection) -> None:
    """A job meets every statement: planned, made, looked at, stepped, sent, steered, ended, shown."""
    delivery = a_delivery()
    record(connection, [[a_message(delivery)]], [])
    settle.begin(connection, [a_begin(delivery.id)])
    settle.settle(connection, [a_settlement(delivery.id, dead())], [])
    wanted, entry = Chosen(destination="national_portal"), AuditEntry("admin", "x", "j", "thử")
    plan = chosen.plan(connection, wanted)
    jobs.create(connection, NewReplay("j", wanted, plan.digest, False, 0.2, 0), entry, NOW)
    connection.execute(replay_sql.moving).all()
    steps.begin(connection, "j", 0, 1, entry, NOW)
    steps.send(connection, "j", 5, lambda: DeliveryId("0"), NOW, [])
    steps.look(connection, "j")
    steps.end(connection, "j", "finished", None, entry, NOW)
    steps.end(connection, "j", "stopped", {"why": "failures"}, entry, NOW)
    jobs.steer(connection, "j", "cancelled", entry, NOW)
    jobs.view(connection, "j")
    jobs.page(connection, "j", 5)
    for state in (None, "failed"):
        jobs.items(connection, "j", state, None, 5)


def test_a_replay_job_reads_what_is_dead_and_its_own_list(engine: Engine) -> None:
    plans = planned(engine, a_replay_job)
    assert len(plans.seen) > 25
    assert plans.scans == []


def what_people_do(connection: Connection) -> None:
    """One delivery is given up, one is superseded, one skipped, one edited; a group is written on and looked at."""
    entry = AuditEntry("admin", "x", "y", "thử")
    gone = a_snapshot()
    originals = [a_message(one) for one in (a_delivery(lane=False), a_delivery(), gone)]
    subjects = [f"000.00.16.H46-250612-60{number:02}" for number in range(3)]
    originals = [one._replace(subject=subject) for one, subject in zip(originals, subjects, strict=True)]
    ids = [one.deliveries[0].id for one in originals]
    record(connection, [[one] for one in originals], [])
    for number, decision in enumerate((Uncertain(a_fault("T", "uncertain")), dead(), dead())):
        settle.begin(connection, [a_begin(ids[number])])
        settle.settle(connection, [a_settlement(ids[number], decision)], [])
    doubts.note_asked(connection, Asked(ids[0], 1, 1, NOW, "99", NOW))
    doubts.decide(connection, a_settlement(ids[0]), entry, NOW, [])
    byhand.skip(connection, ids[1], entry, NOW, [])
    byhand.supersede(connection, ids[1], entry, NOW, [])
    edited = a_message(a_snapshot(), subject=subjects[2], source_id=f"{gone.id}/edit", causation_id=originals[2].id)
    byhand.edit(connection, gone.id, edited, entry, NOW, [])
    (fingerprint,) = {one.fingerprint for one in groups.groups(connection, "open") if one.error_code == "T"}
    groups.change(connection, fingerprint, {"note": "x"}, entry, NOW)
    groups.changes(connection, NOW)
    pages.deliveries_page(connection, {"group": fingerprint}, None, 50)


def test_nothing_on_the_way_of_a_message_scans(engine: Engine) -> None:
    plans = planned(engine, a_life)
    assert len(plans.seen) > 20
    assert plans.scans == []


def test_nothing_that_runs_by_the_clock_scans(engine: Engine) -> None:
    assert planned(engine, what_runs_by_the_clock).scans == []


def test_nothing_that_people_do_to_one_delivery_or_one_cause_scans(engine: Engine) -> None:
    assert planned(engine, what_people_do).scans == []


def test_reading_about_one_message_or_one_dossier_scans_nothing(engine: Engine) -> None:
    def read(connection: Connection) -> None:
        message = a_message()
        record(connection, [[message]], [])
        assert views.message_view(connection, message.id)
        assert views.message_body(connection, RING, message.id)
        assert views.dossier_view(connection, message.subject)
        views.dead_groups(connection)
        known.known_among(connection, "national_portal", [message.subject])

    assert planned(engine, read).scans == []


def test_the_balance_of_one_day_reads_that_day(engine: Engine) -> None:
    assert planned(engine, lambda c: balance.balance(c, "2025-06-12") and None).scans == []


@pytest.mark.parametrize("cursor", [None, "7"])
@pytest.mark.parametrize(
    "filters",
    [
        *[{"state": state} for state in ("pending", "held", "dead", "delivered", "attention", "accepted", "completed")],
        {},
        {"client": "motcua", "state": "dead", "destination": "national_portal"},
        {"q": "hs-1"},
        {"type": "vn.lienthong.dossier.recorded.v1", "origin": "senders"},
        {"subject": "000.00.16.H46-250612-0001", "since": "2025-06-01", "until": "2025-07-01"},
        {"since": "2025-06-01"},
        {"destination": "national_portal"},
        {"day": "2025-06-12", "state": "delivered", "destination": "national_portal", "counted": "true"},
        {"day": "2025-06-12", "counted": "true"},
        {"day": "2025-06-12", "unbalanced": "true", "destination": "national_portal"},
        {"state": "open", "type": "vn.lienthong.dossier.recorded.v1"},
    ],
    ids=str,
)
def test_no_list_scans_whatever_it_is_filtered_by(
    engine: Engine, filters: dict[str, str], cursor: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "DELIVERY_WALK", 2)  # so that three deliveries are more than one page may look at
    record_some = [[a_message(subject=f"000.00.16.H46-250612-{n:04}")] for n in range(3)]

    def read(connection: Connection) -> None:
        record(connection, record_some, [])
        pages.messages_page(connection, filters, cursor, 50)
        own = {name: value for name, value in filters.items() if name not in ("q", "origin", "unbalanced")}
        if own.get("state") not in MESSAGE_STATES:
            pages.deliveries_page(connection, own, cursor, 50)

    assert planned(engine, read).scans == []


def test_steering_looks_only_at_what_it_is_about(engine: Engine) -> None:
    rule = Withholding(frozenset({"national_portal"}), lambda _, subject: "H46" if "16.H46" in subject else None)

    def steered(connection: Connection) -> None:
        pending: list[Pending] = []
        deliveries = [a_delivery() for _ in range(2)]
        for one in deliveries:
            record(connection, [[a_message(one)]], pending)
        assert hold.hold_back(connection, pending, rule) == []
        assert hold.judge_page(connection, "", None) == (1, None)
        fault = a_fault("SHADOW", "shadow")
        end = Unsent(deliveries[0].id, 1, NOW, NOW, "1", None, fault, {})
        assert unsent.end_unsent(connection, end, [], NOW)
        known.import_known(connection, "national_portal", [KnownDossier("a", "received", NOW)], "admin", NOW)
        known.known_among(connection, "national_portal", ["a"])
        known.confirmed(connection, "a")

    assert planned(engine, steered).scans == []


def test_a_scan_would_be_found(engine: Engine) -> None:
    plans = planned(engine, lambda c: balance.balance(c, None) and None)
    assert len(plans.scans) == 1  # of everything there is, row by row: asked for by people, now and then
