"""Judging one document as the door does, in a few words."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import Any

from gateway.acceptance.canonical import canonical, tidy_codes
from gateway.acceptance.validation import Judgement, Validator
from gateway.message import Event
from gateway.settings import CodeRuleSettings, load_settings
from tests.intake.documents import RECORDED, SOURCE

NOW = datetime(2026, 3, 2, tzinfo=UTC)
SETTINGS = load_settings(environment={}).codes


@cache
def _usual() -> Validator:
    return Validator(SETTINGS)


def judge(
    data: dict[str, Any],
    settings: CodeRuleSettings = SETTINGS,
    type_: str = RECORDED,
    subject: str | None = None,
    **more: Any,
) -> Judgement:
    """What the door says of a document; its own dossier code is the subject unless another is given."""
    if subject is None:
        subject = str(data.get("code", data.get("dossier_code", "")))
    event = Event(SOURCE, "hs-1", type_, subject, None, data, b"")
    validator = _usual() if settings is SETTINGS and not more else Validator(settings, **more)
    return validator.judge(event, NOW)


def as_read(data: dict[str, Any]) -> dict[str, Any]:
    """The document in the form in which the door judges and hashes it."""
    made: dict[str, Any] = canonical(data)
    tidy_codes(made)
    return made


def codes(judgement: Judgement) -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
    """Errors and warnings as pairs of code and pointer."""
    return (
        {(one.code, one.pointer) for one in judgement.errors},
        {(one.code, one.pointer) for one in judgement.warnings},
    )
