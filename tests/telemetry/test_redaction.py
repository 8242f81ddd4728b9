"""Logs show only what is allowed by name, and no number that could be a person's."""

from __future__ import annotations

from gateway.telemetry.logging import redact
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


def test_the_metrics_have_the_names_that_were_promised() -> None:
    text = Metrics("1.2.3").render().decode()
    for name in (
        "lienthong_messages_accepted_total", "lienthong_intake_rejected_total", "lienthong_deliveries",
        "lienthong_attempts_total", "lienthong_attempt_seconds", "lienthong_delivery_latency_seconds",
        "lienthong_oldest_open_seconds", "lienthong_breaker_state", "lienthong_lanes_held", "lienthong_outbox_pending",
        "lienthong_build_info",
    ):  # fmt: skip
        assert f"# TYPE {name.removesuffix('_total') if name.endswith('_total') else name}" in text
