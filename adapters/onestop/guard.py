"""Calls to a client's address that look where they really go: each address is judged as the socket to it is made.

A name is resolved once, by the pool, and what it resolved to is what is judged and connected to; so a name that
answers differently the second time gains nothing, and no list of names has to be trusted.
"""

from __future__ import annotations

import socket
import ssl
from typing import Any, Self

import aiohttp
from aiohttp.streams import StreamReader
from multidict import CIMultiDictProxy

from adapters.contract import PermanentError, TransientError
from adapters.onestop.catalogue import CATALOGUE
from adapters.onestop.networks import barred
from adapters.onestop.settings import ClientReplies
from adapters.transport.http import Answer, Call, Http


class _BarredError(OSError):
    """An address that may not be connected to. Always the same words: several of them count as one."""

    def __init__(self) -> None:
        super().__init__("an address that may not be connected to")


class GuardedHttp(Http):
    """`Http` that connects to no barred address, and keeps of an answer's body no more than it may."""

    def __init__(self, settings: ClientReplies) -> None:
        super().__init__(settings)
        self._private = settings.private_networks

    async def __aenter__(self) -> Self:
        settings = self._settings
        self._pool = aiohttp.TCPConnector(
            limit=0,
            keepalive_timeout=settings.keepalive.total_seconds(),
            ssl=True if settings.ca_file is None else ssl.create_default_context(cafile=str(settings.ca_file)),
            socket_factory=self._socket,
        )
        return self

    async def _once(self, call: Call) -> Answer:
        try:
            return await super()._once(call)
        except TransientError as exc:
            if _is_barred(exc.__cause__):
                raise CATALOGUE["PRIVATE_NETWORK"].error(PermanentError, scope="destination") from None
            raise

    def _socket(self, address: tuple[Any, ...]) -> socket.socket:
        """A socket for one resolved address (family, type, protocol, name, address), about to be connected."""
        family, kind, protocol, _, target = address
        if barred(target[0], self._private):
            raise _BarredError
        return socket.socket(family, kind, protocol)

    async def _body(
        self,
        headers: CIMultiDictProxy[str],  # noqa: ARG002 - as `Http` has it
        content: StreamReader,
        *,
        write: bool,  # noqa: ARG002
    ) -> bytes:
        """At most `max_answer_bytes` of it: the status has said everything, and the pool drops what was not read."""
        kept = bytearray()
        async for piece in content.iter_any():
            kept += piece
            if len(kept) >= self._settings.max_answer_bytes:
                break
        return bytes(kept[: self._settings.max_answer_bytes])


def _is_barred(cause: BaseException | None) -> bool:
    return isinstance(cause, aiohttp.ClientConnectorError) and isinstance(cause.os_error, _BarredError)
