"""What can be made to go wrong at the simulated exchange: what any system does, and the failures of its own.

Of the sheet's list (§10), slow, truncated, wrongly encoded and HTML answers are `latency`, `truncated`, `wrong_charset`
and `html`, as with any system.
"""

# ruff: noqa: ARG002 - each fault uses what it needs of what it is given

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from adapters.ndxp.simulator import refusals
from adapters.simulation.faults import FAULTS as COMMON
from adapters.simulation.faults import Fault, Hold, Quiet, Raw, html, http_status, latency, truncated, wrong_charset

__all__ = [
    "CHANGED_ID",
    "FAULTS",
    "Fault",
    "Hold",
    "Raw",
    "changed_id",
    "gateway_fault",
    "html",
    "http_status",
    "latency",
    "not_allowed",
    "outdated_configuration",
    "provider_down",
    "standing",
    "tokens_lost",
    "truncated",
    "wrong_charset",
    "xroad_error",
]

CHANGED_ID = web.RequestKey("changed_id", bool)
"""Mark on a request whose reply shall name another call."""


@dataclass(frozen=True, slots=True)
class Says(Quiet):
    """The exchange itself answers, in the words of the access style the call came by."""

    what: str

    async def before(self, system: Any, request: web.Request) -> web.Response | None:
        return refusals.refusal(self.what, request[refusals.STYLE], system.settings)


@dataclass(frozen=True, slots=True)
class GatewayFault(Quiet):
    """A fault of the API gateway by its number."""

    code: int

    async def before(self, system: Any, request: web.Request) -> web.Response | None:
        return refusals.gateway_fault(self.code, system.settings)


@dataclass(frozen=True, slots=True)
class XroadError(Quiet):
    """An error of X-Road by its type."""

    kind: str
    message: str

    async def before(self, system: Any, request: web.Request) -> web.Response | None:
        return refusals.xroad_error(self.kind, self.message, system.settings)


class ChangedId(Quiet):
    """The call is carried; its reply names another call."""

    async def before(self, system: Any, request: web.Request) -> web.Response | None:
        request[CHANGED_ID] = True
        return None


class TokensLost(Quiet):
    """Forget every token just before the call is looked at."""

    async def before(self, system: Any, request: web.Request) -> web.Response | None:
        system.tokens.lose()
        return None


def provider_down() -> Fault:
    return Says("provider_down")


def not_allowed() -> Fault:
    return Says("not_allowed")


def outdated_configuration() -> Fault:
    return Says("outdated_configuration")


def gateway_fault(code: int = 900901) -> Fault:
    return GatewayFault(code)


def xroad_error(kind: str = "Server.ServerProxy.ServiceFailed", message: str = "Lỗi trục (giả lập)") -> Fault:
    return XroadError(kind, message)


def changed_id() -> Fault:
    return ChangedId()


def tokens_lost() -> Fault:
    return TokensLost()


def standing(name: str, slow_by: float) -> Fault | None:
    """The fault that the settings let every call meet, by its name there."""
    if name == "slow":
        return latency(slow_by)
    return FAULTS[name]() if name else None


FAULTS: dict[str, Callable[..., Fault]] = {
    **COMMON,
    **{
        make.__name__: make
        for make in (
            provider_down, not_allowed, outdated_configuration, gateway_fault, xroad_error, changed_id, tokens_lost,
        )
    },
}  # fmt: skip
"""Every fault by its name, as the panel over HTTP takes them."""
