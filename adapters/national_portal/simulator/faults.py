"""What can be made to go wrong at the simulated portal: what any system does, and a session lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aiohttp import web

from adapters.simulation.faults import (
    FAULTS as COMMON,
)
from adapters.simulation.faults import (
    Fault,
    Hold,
    Quiet,
    Raw,
    cut_after_commit,
    cut_before_commit,
    cut_in_answer,
    empty,
    error_code_missing,
    garbage,
    html,
    http_status,
    latency,
    oversized,
    passing,
    redirect,
    refuse,
    silence_after_commit,
    silence_after_reading,
    truncated,
    wrong_charset,
)

__all__ = [
    "FAULTS",
    "Fault",
    "Hold",
    "Quiet",
    "Raw",
    "cut_after_commit",
    "cut_before_commit",
    "cut_in_answer",
    "empty",
    "error_code_missing",
    "garbage",
    "html",
    "http_status",
    "latency",
    "oversized",
    "passing",
    "redirect",
    "refuse",
    "session_lost",
    "silence_after_commit",
    "silence_after_reading",
    "truncated",
    "wrong_charset",
]


class SessionLost(Quiet):
    """Forget every session just before the call is looked at."""

    async def before(self, system: Any, request: web.Request) -> web.Response | None:  # noqa: ARG002
        system.sessions.lose()
        return None


def session_lost() -> Fault:
    return SessionLost()


FAULTS: dict[str, Callable[..., Fault]] = {**COMMON, "session_lost": session_lost}
"""Every fault by its name, as the panel over HTTP takes them."""
