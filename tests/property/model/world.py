"""A real ledger, and beside it what senders, operators and the systems at the far end know of it themselves."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, select

from gateway.acceptance.replies import SOURCE
from gateway.errors import GatewayError
from gateway.ledger.ledger import SqlLedger
from gateway.ledger.port import NewMessage
from gateway.ledger.tables import audit, delivery, message, outbox
from gateway.message import TRANSITIONS, Decision, Delivered, DeliveryState, Refused
from gateway.operations.deliveries import DeliveryOperations

S = DeliveryState
LaneKey = tuple[str, str]
ANY = "*"
"""The target of an action that names itself what it makes."""
CLOCKWORK = "scheduler"
"""Who acts where nobody asked for it in that moment."""


@dataclass(frozen=True)
class Asked:
    """One action that a person asked for: what its audit row must say."""

    actor: str
    action: str
    target: str
    reason: str
    ok: bool

    def is_told_by(self, row: Asked) -> bool:
        """Whether an audit row says this."""
        return row == (replace(self, target=row.target) if self.target == ANY else self)


@dataclass(frozen=True)
class Effect:
    """Something that arrived at a system: when its content was accepted first, and the place it had in its lane."""

    accepted: int
    position: int
    snapshot: bool
    again: bool
    """In place of one that was dead or refused."""
    resent: bool
    """The destination had taken the same before, and lost it."""


class World:
    """The ledger under test and everybody's own notes. Actions of people go through `operates`."""

    def __init__(self, runner: asyncio.Runner, ledger: SqlLedger, *, operations: type[DeliveryOperations]) -> None:
        self.runner = runner
        self.ledger = ledger
        self.operations = operations(ledger)
        self._rows: Any = None
        self.order: dict[str, int] = {}
        self.owed: set[tuple[str, str]] = set()
        """(message, destination) of everything that was answered "accepted"."""
        self.ended: Counter[str] = Counter()
        self.asked: list[Asked] = []
        self.effects: dict[LaneKey, list[Effect]] = {}
        self.sent: list[NewMessage] = []
        self.before: dict[str, S] = {}
        self.resent: set[str] = set()
        self.loose: set[LaneKey] = set()
        """Lanes that a person let go on without their head: it may come later than what stood behind it."""

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Whatever it is, what was read before may not hold any more."""
        self._rows = None
        return self.runner.run(work)

    def read(self, query: Callable[[Connection], Any]) -> Any:
        return self.runner.run(self.ledger._read(query))

    def close(self) -> None:
        self.run(self.ledger.close())

    # -- what everybody does ------------------------------------------------------------------------------------

    def accept(self, messages: list[NewMessage]) -> list[bool]:
        """Hand over messages; for each, whether the ledger had it before."""
        answers = self.run(self.ledger.accept(messages))
        for one, answer in zip(messages, answers, strict=True):
            if answer.duplicate:
                continue
            self.note(one.id, (new.destination for new in one.deliveries))
            self.sent.append(one)
        return [answer.duplicate for answer in answers]

    def note(self, message_id: str, destinations: Iterable[str], content_of: str | None = None) -> None:
        """It is owed from now on; `content_of`: an older message that says the same."""
        self.order[message_id] = self.order[content_of] if content_of else len(self.order)
        self.owed |= {(message_id, destination) for destination in destinations}

    def note_what_the_gateway_said(self) -> None:
        """Messages of the gateway's own, each with the content of the one that caused it."""
        columns = (message.c.id, message.c.causation_id, message.c.destinations)
        said = self.read(lambda c: c.execute(select(*columns).where(message.c.source == SOURCE)).all())
        for one in said:
            if one.id not in self.order:
                self.resent.add(one.id)
                self.note(one.id, one.destinations.split(), one.causation_id)

    def arrived(self, row: Any, decision: Decision) -> None:
        """Note what came of an attempt that counts."""
        if isinstance(decision, Delivered):
            accepted, again = self.order[row.message_id], row.replay_of is not None
            effect = Effect(accepted, row.position or 0, row.snapshot, again, row.message_id in self.resent)
            self.effects.setdefault((row.destination, row.subject), []).append(effect)
            self.ended[S.DELIVERED] += 1
        elif isinstance(decision, Refused):
            self.ended[S.REFUSED] += 1

    def operates(
        self, action: str, target: str, reason: str, act: Callable[[str, str], Coroutine[Any, Any, Any]]
    ) -> Any:
        """Let an administrator act, who is told no or gets the action's answer; None where it was refused."""
        actor = f"admin-{len(self.asked) % 3}"
        try:
            answer = self.run(act(actor, reason))
        except GatewayError:
            self.asked.append(Asked(actor, action, target, reason, ok=False))
            return None
        self.asked.append(Asked(actor, action, target, reason, ok=True))
        return answer

    def moved(self) -> None:
        """Every delivery is still there, and has moved along the transitions since this was asked last."""
        now = {row.id: S(row.state) for row in self.rows()}
        for delivery_id, was in self.before.items():
            state = now[delivery_id]
            assert was is state or state in TRANSITIONS[was], f"{was} -> {state}"
        self.before = now

    # -- what the ledger says -----------------------------------------------------------------------------------

    def rows(self, *states: S) -> list[Any]:
        if self._rows is None:
            self._rows = self.read(lambda c: c.execute(select(delivery).order_by(delivery.c.id)).all())
        return [row for row in self._rows if not states or row.state in states]

    def row(self, delivery_id: str) -> Any:
        return next(row for row in self.rows() if row.id == delivery_id)

    def outbox(self) -> set[str]:
        return set(self.read(lambda c: c.execute(select(outbox.c.delivery_id)).scalars().all()))

    def audited(self) -> list[Asked]:
        """What people asked for, oldest first, without what a replay job then does in its maker's name."""
        columns = (audit.c.actor, audit.c.action, audit.c.target, audit.c.reason, audit.c.ok, audit.c.details)
        query = select(*columns).where(audit.c.actor != CLOCKWORK).order_by(audit.c.seq)
        rows = self.read(lambda c: c.execute(query).all())
        return [Asked(*row[:-1]) for row in rows if "job" not in (row.details or {})]

    def balance(self) -> dict[str, Any]:
        told: dict[str, Any] = self.runner.run(self.ledger.balance())
        return told
