"""What somebody looks or takes away for, where it is asked for in the address; it goes into the audit."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.errors import IntakeError
from gateway.intake.commands import LONGEST_REASON
from gateway.intake.problem import refusal


def purpose_of(query: Mapping[str, str]) -> str:
    """Raises `IntakeError` 422 where none is said, or more than is kept."""
    purpose = query.get("purpose", "").strip()
    if not purpose or len(purpose) > LONGEST_REASON:
        raise purpose_required()
    return purpose


def purpose_required() -> IntakeError:
    """The 422 for looking without saying what for."""
    return refusal(
        422,
        "PURPOSE_REQUIRED",
        f"Cần nói xem để làm gì: ?purpose=…, 1 đến {LONGEST_REASON} ký tự; mục đích được ghi vào nhật ký kiểm toán.",
        f"Say what for: ?purpose=…, 1 to {LONGEST_REASON} characters; it goes into the audit.",
    )
