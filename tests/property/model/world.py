"""A real ledger, and beside it what senders, operators and the systems at the far end know of it themselves."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from gateway.errors import GatewayError
from gateway.ledger.ledger import SqlLedger
from gateway.ledger.port import NewMessage
from gateway.ledger.tables import audit, delivery, outbox
from gateway.message import Decision, Delivered, DeliveryState, Refused
from gateway.operations.deliveries import DeliveryOperations

S = DeliveryState
LaneKey = tuple[str, str]


@dataclass(frozen=True)
class Asked:
    """One action that a person asked for: what its audit row must say."""

    actor: str
    action: str
    target: str
    reason: str
    ok: bool


@dataclass(frozen=True)
class Effect:
    """Something that arrived at a system: when it was accepted, and the place it had in its lane."""

    accepted: int
    position: int
    snapshot: bool
    replay: bool


class World:
    """The ledger under test and everybody's own notes. Actions of people go through `operates`."""

    def __init__(self, runner: asyncio.Runner, ledger: SqlLedger, *, operations: type[DeliveryOperations]) -> None:
        self.runner = runner
        self.ledger = ledger
        self.operations = operations(ledger)
        self.order: dict[str, int] = {}
        self.owed: set[tuple[str, str]] = set()
        """(message, destination) of everything that was answered "accepted"."""
        self.ended: Counter[str] = Counter()
        self.asked: list[Asked] = []
        self.effects: dict[LaneKey, list[Effect]] = {}
        self.sent: list[NewMessage] = []
        self.before: dict[str, S] = {}

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.runner.run(work)

    def read(self, query: Callable[[Connection], Any]) -> Any:
        return self.run(self.ledger._read(query))

    def close(self) -> None:
        self.run(self.ledger.close())

    # -- what everybody does ------------------------------------------------------------------------------------

    def accept(self, messages: list[NewMessage]) -> list[bool]:
        """Hand over messages; for each, whether the ledger had it before."""
        answers = self.run(self.ledger.accept(messages))
        for one, answer in zip(messages, answers, strict=True):
            if answer.duplicate:
                continue
            self.order[one.id] = len(self.order)
            self.owed |= {(one.id, new.destination) for new in one.deliveries}
            self.sent.append(one)
        return [answer.duplicate for answer in answers]

    def arrived(self, row: Any, decision: Decision) -> None:
        """Note what came of an attempt that counts."""
        if isinstance(decision, Delivered):
            effect = Effect(self.order[row.message_id], row.position or 0, row.snapshot, row.replay_of is not None)
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

    # -- what the ledger says -----------------------------------------------------------------------------------

    def rows(self, *states: S) -> list[Any]:
        found = self.read(lambda c: c.execute(select(delivery).order_by(delivery.c.id)).all())
        return [row for row in found if not states or row.state in states]

    def row(self, delivery_id: str) -> Any:
        return next(row for row in self.rows() if row.id == delivery_id)

    def outbox(self) -> set[str]:
        return set(self.read(lambda c: c.execute(select(outbox.c.delivery_id)).scalars().all()))

    def audited(self) -> list[Asked]:
        columns = (audit.c.actor, audit.c.action, audit.c.target, audit.c.reason, audit.c.ok)
        return [Asked(*row) for row in self.read(lambda c: c.execute(select(*columns).order_by(audit.c.seq)).all())]

    def balance(self) -> dict[str, Any]:
        told: dict[str, Any] = self.run(self.ledger.balance())
        return told
