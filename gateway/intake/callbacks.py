"""`POST /v1/callbacks/{system}/{operation}`: calls national systems make to us, answered as their specification says.

No API key: the adapter verifies what the call carries, and `allow_from` says which networks it may come from. A call
is acknowledged only after what it says is stored.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv4Network, IPv6Network
from typing import Any

import structlog
from aiohttp import hdrs, web
from pydantic import ValidationError

from adapters.contract import AdapterSpec, AnswersCallbacks, CallAnswer, CallRefused, Incoming
from gateway.acceptance.hearing import Hearing
from gateway.browser import network_of
from gateway.caller import caller_address, within
from gateway.errors import ConfigurationError
from gateway.intake import body
from gateway.intake.problem import refusal
from gateway.intake.refusals import Refusals
from gateway.intake.views import not_found
from gateway.ledger.port import AuditEntry
from gateway.settings import Settings

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Listener:
    """One system that may call us."""

    understands: AnswersCallbacks
    operations: frozenset[str]
    allow_from: Sequence[IPv4Network | IPv6Network]
    anyone: bool
    """No networks are named, and this is no production."""

    def lets_in(self, address: str | None) -> bool:
        """Whether a call from this address is heard at all."""
        return self.anyone or within(address, self.allow_from)


def listeners(settings: Settings, specs: Mapping[str, AdapterSpec]) -> dict[str, Listener]:
    """The systems that are configured here and call us."""
    found = {}
    for name, spec in specs.items():
        section = settings.adapters.get(name)
        if spec.listen is None or not section:
            continue
        networks = settings.callbacks[name].allow_from if name in settings.callbacks else ()
        if not networks:
            log.warning("callbacks.open_to_all", system=name, key=f"callbacks.{name}.allow_from")
        understands = spec.listen(_own(name, spec, section))
        found[name] = Listener(understands, spec.callbacks, networks, anyone=not networks and not settings.production)
    return found


def _own(name: str, spec: AdapterSpec, section: Mapping[str, Any]) -> Any:
    """Its settings. Raises `ConfigurationError`, which names keys and no values."""
    try:
        return spec.settings.model_validate(dict(section))
    except ValidationError as exc:
        raise ConfigurationError(
            [f"adapters.{name}.{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in exc.errors()]
        ) from None


class Callbacks:
    """Takes the calls."""

    def __init__(
        self,
        listeners_: Mapping[str, Listener],
        hearing: Hearing,
        settings: Settings,
        clock: Callable[[], datetime],
        refusals: Refusals,
    ) -> None:
        self._refusals = refusals
        self._listeners = listeners_
        self._hearing = hearing
        self._http = settings.http
        self._clock = clock

    async def post(self, request: web.Request) -> web.Response:
        """One call. What cannot be believed gets the system's own word for no, and leaves a trace."""
        system, operation = request.match_info["system"], request.match_info["operation"]
        listener = self._listeners.get(system)
        if listener is None or operation not in listener.operations:
            raise not_found()
        if not listener.lets_in(caller_address(request)):
            raise refusal(
                403,
                "CALLBACK_NETWORK",
                f"Lời gọi này đến từ mạng chưa được phép; hãy thêm mạng đó vào callbacks.{system}.allow_from.",
                f"This call comes from a network that is not allowed; add it to callbacks.{system}.allow_from.",
            )
        raw = await body.read_body(request, self._http.max_event_bytes, self._http.body_timeout)
        call = Incoming(operation, raw, request.headers.get(hdrs.CONTENT_TYPE, ""))
        try:
            heard = listener.understands.read(call)
        except CallRefused as exc:
            await self._refusals.note(_refused(system, operation, exc), network_of(caller_address(request)))
            return _response(exc.answer)
        outcome, record = await self._hearing.hear(system, heard, self._clock())
        return _response(listener.understands.answer(heard, outcome, record))


def _refused(system: str, operation: str, refused: CallRefused) -> AuditEntry:
    """The trace of a call that was not believed or could not be read."""
    action = "callback.forged" if refused.forged else "callback.refused"
    log.warning(action, system=system, operation=operation, code=refused.code)
    return AuditEntry(system, action, operation, refused.code, ok=False, details={"code": refused.code})


def _response(answer: CallAnswer) -> web.Response:
    return web.Response(status=answer.status, body=answer.body, content_type=answer.content_type)
