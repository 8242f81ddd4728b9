"""Logs show only what is allowed by name, and no number that could be a person's."""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
import structlog

import gateway
from gateway.errors import LedgerUnavailable
from gateway.settings import LogSettings
from gateway.telemetry.logging import ALLOWED, configure, redact
from gateway.telemetry.metrics import Metrics


def test_a_field_nobody_named_is_silent() -> None:
    shown = redact(None, "", {"event": "x", "applicant_name": "Lê Thị Mẫu", "subject": "H46.16-250612-0001"})
    assert shown == {"event": "x", "applicant_name": "<str>", "subject": "H46.16-250612-0001"}


def test_numbers_of_people_are_masked_even_in_allowed_text() -> None:
    text = "không tìm thấy 044999000123, thẻ 194000111, số 0900000001"
    shown = redact(None, "", {"error": text})["error"]
    assert shown == "không tìm thấy <number>, thẻ <number>, số <number>"


def test_dossier_codes_and_ids_stay_readable() -> None:
    for text in ("000.00.16.H46-250612-0001", "01a207b9-29e4-710f-808b-166aac47b190", "H46.16-250612-0001"):
        assert redact(None, "", {"subject": text})["subject"] == text


def test_a_tax_code_is_masked_with_its_branch() -> None:
    shown = redact(None, "", {"error": "mã số thuế 3109999917-001, 3109999917"})["error"]
    assert shown == "mã số thuế <number>, <number>"


class Stream(io.StringIO):
    """What a gateway would write to its standard error."""

    def lines(self) -> list[dict[str, Any]]:
        return [orjson.loads(line) for line in self.getvalue().splitlines()]


@pytest.fixture
def stream() -> Iterator[Stream]:
    """Where the logs go; afterwards all is as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    stream = Stream()
    configure(LogSettings(), stream)
    yield stream
    structlog.reset_defaults()
    root.handlers = handlers
    root.setLevel(level)


NAME = "Lê Thị Mẫu"


def fail(error: Exception) -> None:
    try:
        {}[NAME]
    except KeyError as exc:
        raise error from exc


def test_a_traceback_says_what_and_where_but_not_in_the_words_of_others(stream: Stream) -> None:
    log = structlog.get_logger("test")
    try:
        fail(ValueError(NAME))
    except ValueError:
        log.exception("worker.unexpected", delivery_id="d-1")
    [line] = stream.lines()
    assert (line["event"], line["delivery_id"], line["level"]) == ("worker.unexpected", "d-1", "error")
    assert "Mẫu" not in line["exception"]
    for part in ("builtins.KeyError", "which led to", "builtins.ValueError", "in fail", "test_redaction.py"):
        assert part in line["exception"]


def test_the_words_of_our_own_errors_are_kept(stream: Stream) -> None:
    log = structlog.get_logger("test")
    try:
        fail(LedgerUnavailable("the ledger could not store this: OperationalError"))
    except LedgerUnavailable:
        log.exception("x")
    assert "could not store this" in stream.lines()[0]["exception"]


def test_of_several_errors_at_once_each_is_told(stream: Stream) -> None:
    log = structlog.get_logger("test")
    log.error("x", exc_info=ExceptionGroup("two", [ValueError(NAME), LedgerUnavailable("away")]))
    told = stream.lines()[0]["exception"]
    assert "builtins.ValueError" in told and "LedgerUnavailable: away" in told and "Mẫu" not in told


def test_libraries_are_heard_by_their_first_line_only(stream: Stream) -> None:
    logging.getLogger("asyncio").error("Task exception was never retrieved\nfuture: KeyError('Lê Thị Mẫu')")
    [line] = stream.lines()
    assert line["event"] == "Task exception was never retrieved"
    assert "Mẫu" not in stream.getvalue()


def test_a_person_at_a_terminal_reads_the_same(stream: Stream) -> None:
    configure(LogSettings(format="console"), stream)
    structlog.get_logger("test").error("x", exc_info=ValueError(NAME), applicant=NAME)
    assert "builtins.ValueError" in stream.getvalue()
    assert "Mẫu" not in stream.getvalue()


def test_every_name_that_is_logged_somewhere_is_allowed() -> None:
    """A name that nobody allowed shows its type only: the value it was meant to show would be lost."""
    calls = re.compile(r"\blog\.(?:debug|info|warning|error|exception)\((.*?)\)\n", re.DOTALL)
    logged = set()
    for path in (Path(gateway.__file__).parent).rglob("*.py"):
        for call in calls.findall(path.read_text("utf-8")):
            logged |= set(re.findall(r"(?<![\w.])(\w+)=", re.sub(r"\([^()]*\)", "", call)))
    assert len(logged) > 10
    assert logged - ALLOWED == set()


def test_the_metrics_have_the_names_that_were_promised() -> None:
    text = Metrics("1.2.3").render().decode()
    for name in (
        "lienthong_messages_accepted_total", "lienthong_intake_rejected_total", "lienthong_deliveries",
        "lienthong_attempts_total", "lienthong_attempt_seconds", "lienthong_delivery_latency_seconds",
        "lienthong_oldest_open_seconds", "lienthong_breaker_state", "lienthong_lanes_held", "lienthong_outbox_pending",
        "lienthong_build_info",
    ):  # fmt: skip
        assert f"# TYPE {name.removesuffix('_total') if name.endswith('_total') else name}" in text
