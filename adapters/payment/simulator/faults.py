"""What can be made to go wrong at the simulated platform: what any system does, and what happens to notifications.

Faults of notifications wait in the same line as the others, meant for "notice"; each meets one whole notification.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import orjson

from adapters.payment.simulator.messages import signed
from adapters.payment.simulator.settings import SimulatorSettings
from adapters.simulation.faults import FAULTS as COMMON
from adapters.simulation.faults import (
    Changed,
    Fault,
    Hold,
    Quiet,
    Raw,
    cut_after_commit,
    cut_in_answer,
    empty,
    garbage,
    html,
    http_status,
)

__all__ = [
    "FAULTS",
    "NOTICE",
    "Fault",
    "Hold",
    "NoticeFault",
    "amount_changed",
    "cut_after_commit",
    "cut_in_answer",
    "duplicated",
    "empty",
    "error_as_pdf",
    "garbage",
    "html",
    "http_status",
    "other_echo",
    "refuse",
    "reordered",
    "wait_for_query",
    "without",
    "wrong_check",
]

NOTICE = "notice"
Wait = Literal["", "query", "next"]
Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class NoticeFault(Quiet):
    """How one notification goes out: `change` makes its body, `copies` how often, `wait_for` what comes first."""

    change: Callable[[Record, SimulatorSettings], Record] = lambda body, _: body
    copies: int = 1
    wait_for: Wait = ""


def duplicated(copies: int = 2) -> Fault:
    """The same notification several times, whatever it is answered."""
    return NoticeFault(copies=copies)


def reordered() -> Fault:
    """Held back until the next notification has gone out."""
    return NoticeFault(wait_for="next")


def wait_for_query() -> Fault:
    """Held back until somebody has asked by `QUERY`."""
    return NoticeFault(wait_for="query")


def wrong_check() -> Fault:
    """A check value that is not the platform's."""
    return NoticeFault(lambda body, _: {**body, "MaXacThuc": "0" * 64})


def amount_changed(amount: int = 1000, resign: bool = False) -> Fault:
    """Another amount: tampered with on the way, or (`resign`) really said by the platform."""

    def change(body: Record, settings: SimulatorSettings) -> Record:
        changed = {**body, "SoTien": amount}
        return signed(changed, settings) if resign else changed

    return NoticeFault(change)


def refuse(code: str = "99", message: str = "Lỗi khác") -> Fault:
    """The platform's no, in its own form."""
    return Raw(orjson.dumps({"MaLoi": code, "MoTaLoi": message}), 200, {"Content-Type": "application/json"})


def without(field: str = "UrlThanhToan") -> Fault:
    """Process the call, then answer without one field."""
    return Changed(lambda reply: orjson.dumps({k: v for k, v in orjson.loads(reply).items() if k != field}))


def other_echo(field: str = "MaThamChieu", value: str = "X") -> Fault:
    """Process the call, then answer as if to another one."""
    return Changed(lambda reply: orjson.dumps({**orjson.loads(reply), field: value}))


def error_as_pdf(text: str = "Loi he thong") -> Fault:
    """An error text that calls itself a PDF (§6)."""
    return Raw(text.encode(), 200, {"Content-Type": "application/pdf"})


def gateway_refuses(code: str = "-1", message: str = "Unauthorized") -> Fault:
    """A gateway in between says no before the platform heard anything (§3)."""
    return Raw(
        orjson.dumps({"error_code": code, "message": message}), 200, {"Content-Type": "application/json"}
    )  # fmt: skip


FAULTS: dict[str, Callable[..., Fault]] = {
    **COMMON,
    **{
        make.__name__: make
        for make in (
            duplicated, reordered, wait_for_query, wrong_check, amount_changed, refuse, without, other_echo,
            error_as_pdf, gateway_refuses,
        )
    },
}  # fmt: skip
"""Every fault by its name, as the panel over HTTP takes them."""
