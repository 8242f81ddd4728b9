"""The two calls the platform makes to us, told apart by the operation's name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from adapters.contract import AnswersCallbacks, CallAnswer, Heard, Incoming, Outcome
from adapters.payment.lookup import LOOK_UP, answer_lookup, read_lookup
from adapters.payment.notice import NOTIFY, answer_notice, read_notice
from adapters.payment.settings import PaymentSettings

CALLS = frozenset({NOTIFY, LOOK_UP})


def _now() -> datetime:
    return datetime.now(UTC)


def listen(settings: PaymentSettings, clock: Callable[[], datetime] = _now) -> AnswersCallbacks:
    """What understands the platform's calls; `clock` dates the answers to look-ups."""
    return PlatformCalls(settings, clock)


class PlatformCalls:
    """Reads and answers. Pure but for the clock."""

    def __init__(self, settings: PaymentSettings, clock: Callable[[], datetime]) -> None:
        self._settings = settings
        self._clock = clock

    def read(self, call: Incoming) -> Heard:
        """Verify and read one call. Raises `CallRefused`."""
        return read_notice(call, self._settings) if call.operation == NOTIFY else read_lookup(call)

    def answer(self, heard: Heard, outcome: Outcome, record: Mapping[str, Any] | None = None) -> CallAnswer:
        """The acknowledgement, or what is due."""
        if heard.kind == "payable_asked":
            return answer_lookup(heard, outcome, record, self._clock(), self._settings)
        return answer_notice(heard, outcome, self._settings)
