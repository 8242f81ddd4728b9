"""Judging a canonical document outside the door, as the door would: for previews and trials."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

from gateway.acceptance import schemas
from gateway.acceptance.schema_gate import SchemaGate
from gateway.acceptance.validation import Judgement, Validator
from gateway.errors import Problem
from gateway.message import TYPE_PREFIX, Event
from gateway.settings import CodeRuleSettings

_DATA = "/data"


class Judge:
    """Judges documents of every canonical type that has a published schema; one that has none is not judged."""

    def __init__(self, codes: CodeRuleSettings, local_procedures: Collection[str]) -> None:
        self._validator = Validator(codes, local_procedures=local_procedures)
        self._gates: dict[str, SchemaGate] = {}

    def judge(self, kind: str, document: dict[str, Any]) -> Judgement:
        """What the door would say of a document; pointers lead into the document."""
        if TYPE_PREFIX + kind in self._validator.types:
            subject = document.get("code", document.get("dossier_code"))
            event = Event("urn:lienthong", "-", TYPE_PREFIX + kind, str(subject), None, document, b"")
            judged = self._validator.judge(event, datetime.now(UTC))
            return Judgement(tuple(map(_inside, judged.errors)), tuple(map(_inside, judged.warnings)))
        if kind not in schemas.NAMES:
            return Judgement()
        if kind not in self._gates:
            self._gates[kind] = SchemaGate(schemas.document(kind))
        return Judgement(tuple(self._gates[kind].problems(document)))


def _inside(problem: Problem) -> Problem:
    return Problem(problem.pointer.removeprefix(_DATA), problem.code, problem.message)
