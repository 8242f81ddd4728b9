"""What goes wrong between a sending system and the gateway, as one tree (see `gateway.client`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.client.event import flaws


class ClientError(Exception):
    """Anything this client raises on purpose."""


class NotTakenError(ClientError):
    """No certain answer within the client's patience; the same event may be sent again at any time."""


class RefusedError(ClientError):
    """The gateway said no; nothing was stored."""

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        self.status = status
        self.detail = str(problem.get("detail") or problem.get("title") or f"HTTP {status}")
        self.flaws = flaws(problem.get("errors"))
        super().__init__("; ".join([self.detail, *(f"{one.pointer} {one.code}" for one in self.flaws)]))


class UnreadableError(RefusedError): ...


class UnknownCallerError(RefusedError): ...


class NotGrantedError(RefusedError): ...


class NotThereError(RefusedError): ...


class ConflictError(RefusedError): ...


class InvalidError(RefusedError): ...


_KINDS: Mapping[int, type[RefusedError]] = {
    400: UnreadableError, 401: UnknownCallerError, 403: NotGrantedError, 404: NotThereError, 408: UnreadableError,
    409: ConflictError, 413: UnreadableError, 415: UnreadableError, 417: UnreadableError, 422: InvalidError,
}  # fmt: skip


def refused(status: int, problem: Any) -> RefusedError:
    """The error that a problem document means."""
    return _KINDS.get(status, RefusedError)(status, problem if isinstance(problem, dict) else {})
