"""Judging an event: the published schema first, then the code rules; on one pointer the code rule wins.

Pure: judging stores nothing and needs no ledger. Sources: the message types of `docs/intake.md`, the codes of
Vietnamese administration in `gateway.acceptance.codes`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from gateway.acceptance import schemas
from gateway.acceptance.codes import moment
from gateway.acceptance.codes.context import Context
from gateway.acceptance.codes.findings import Findings, problem
from gateway.acceptance.codes.rules import RULES
from gateway.acceptance.schema_gate import SchemaGate
from gateway.errors import Problem
from gateway.message import TYPE_PREFIX, Event
from gateway.settings import CodeRuleSettings


@dataclass(frozen=True, slots=True)
class Judgement:
    """Errors refuse an event (422); warnings travel with it. Pointers lead into the event as sent."""

    errors: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()


_GOOD = Judgement()


class Validator:
    """Judges events of every type senders may hand in. Compiled once; safe to share."""

    def __init__(
        self,
        codes: CodeRuleSettings,
        *,
        local_procedures: Collection[str] = (),
        routed_types: Collection[str] | None = None,
    ) -> None:
        """`local_procedures`: the local ↔ national list, asked for every event; `routed_types`: None takes all."""
        self._codes = codes
        self._local_procedures = local_procedures
        self._envelope = SchemaGate(schemas.document(schemas.ENVELOPE))
        self._gates = {TYPE_PREFIX + name: SchemaGate(schemas.document(name)) for name in schemas.FROM_SENDERS}
        self._context: Context | None = None
        self._rules = {TYPE_PREFIX + name: rules for name, rules in RULES.items()}
        self.types = frozenset(self._gates) if routed_types is None else frozenset(self._gates) & set(routed_types)

    def judge_envelope(self, attributes: Any) -> tuple[Problem, ...]:
        """What is wrong with the CloudEvents attributes, `data` only by its JSON type."""
        problems = self._envelope.problems(attributes)
        time = attributes.get("time") if type(attributes) is dict else None
        if type(time) is str and moment.parse(time) is None:
            problems = [one for one in problems if one.pointer != "/time"] + [problem("/time", "DATE_FORMAT")]
        return tuple(problems)

    def judge(self, event: Event, now: datetime) -> Judgement:
        """Everything wrong with the document of an event; `now` is aware and tells what lies in the future."""
        if event.type not in self.types:
            return Judgement((self._unknown_type(event.type),))
        context = self._context_of(moment.day_in_vietnam(now))
        data: dict[str, Any] = event.data if type(event.data) is dict else dict(event.data)
        broken = self._gates[event.type].problems(data, "/data")
        found = Findings()
        rules = self._rules[event.type]
        rules.judge(data, context, found)
        code = data.get(rules.subject) if rules.subject else None
        if event.subject != code and type(code) is str:
            found.error("/subject", "SUBJECT_MISMATCH")
        if not broken and not found.errors and not found.warnings:
            return _GOOD
        return Judgement(_stronger(found.errors, broken), tuple(found.warnings))

    def _context_of(self, today: date) -> Context:
        """The same for all events of a day."""
        context = self._context
        if context is None or context.today != today:
            context = self._context = Context(
                today=today,
                closed_agency=self._codes.closed_agency,
                level1_valid=self._codes.level1_valid,
                local_procedures=self._local_procedures,
            )
        return context

    def _unknown_type(self, type_: str) -> Problem:
        ours = type_ in {TYPE_PREFIX + name for name in (*schemas.FROM_GATEWAY, *schemas.INTERNAL)}
        text = "TYPE_FROM_GATEWAY" if ours else "TYPE_UNKNOWN"
        return problem("/type", text, known=", ".join(sorted(self.types)))


def _stronger(by_rule: Iterable[Problem], by_schema: Iterable[Problem]) -> tuple[Problem, ...]:
    """Both, but what the code rules say of a pointer replaces what the schema says of it."""
    rules = tuple(by_rule)
    ruled = {one.pointer for one in rules}
    return rules + tuple(one for one in by_schema if one.pointer not in ruled)
