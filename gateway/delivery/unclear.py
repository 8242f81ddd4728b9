"""What leaves an attempt unclear although no system and no transport said so."""

from __future__ import annotations

from adapters.contract import UncertainError
from mappings import MappingError


def unreadable(exc: MappingError) -> UncertainError:
    """It was taken, and what it answered cannot be read."""
    return UncertainError(exc.code, vi=exc.vi, en=exc.en, field=exc.foreign)


def not_back() -> UncertainError:
    """The adapter was given up before its lease ended."""
    return UncertainError(
        "NO_ANSWER_IN_TIME",
        vi="Bộ nối không trả lời trong thời hạn của lần gửi; có thể hệ thống đích đã nhận.",
        en="The adapter did not come back within the time of the attempt; the target may have taken it.",
    )
