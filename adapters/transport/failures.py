"""The one table that turns what aiohttp and the operating system raise, and what HTTP says, into `DeliveryError`s.

Whether a byte had left decides: before it nothing can have happened (transient), after it a write may have been taken
(uncertain). `tests/adapters/test_transport_failures.py` proves that every aiohttp exception has its row.
"""

from __future__ import annotations

from dataclasses import dataclass

import aiohttp
from aiohttp.client_exceptions import UnixClientConnectorError
from aiohttp.http_exceptions import HttpProcessingError

from adapters.contract import DeliveryError, PermanentError, TransientError
from adapters.transport.entries import ErrorEntry
from adapters.transport.networks import BarredError
from adapters.transport.retry_after import parse_retry_after
from adapters.transport.texts import STATUS_GROUPS, TEXTS


@dataclass(frozen=True, slots=True)
class Row:
    """What one exception means. `permanent`: before the first byte, no retry can help (our settings or their TLS)."""

    code: str
    permanent: bool = False


FAILURES: dict[type[BaseException], Row] = {
    aiohttp.ClientConnectorCertificateError: Row("TLS", permanent=True),
    aiohttp.ClientConnectorSSLError: Row("TLS", permanent=True),
    aiohttp.ClientSSLError: Row("TLS", permanent=True),
    aiohttp.ServerFingerprintMismatch: Row("TLS", permanent=True),
    aiohttp.ClientConnectorDNSError: Row("DNS"),
    aiohttp.ClientProxyConnectionError: Row("PROXY"),
    aiohttp.ClientHttpProxyError: Row("PROXY"),
    UnixClientConnectorError: Row("CONNECT"),
    aiohttp.ClientConnectorError: Row("CONNECT"),
    aiohttp.ConnectionTimeoutError: Row("CONNECT_TIMEOUT"),
    aiohttp.SocketTimeoutError: Row("TIMEOUT"),
    aiohttp.ServerTimeoutError: Row("TIMEOUT"),
    aiohttp.ServerDisconnectedError: Row("DISCONNECTED"),
    aiohttp.ServerConnectionError: Row("DISCONNECTED"),
    aiohttp.ClientConnectionResetError: Row("DISCONNECTED"),
    aiohttp.ClientOSError: Row("DISCONNECTED"),
    aiohttp.ClientConnectionError: Row("DISCONNECTED"),
    aiohttp.UploadAbortedError: Row("DISCONNECTED"),
    aiohttp.ClientPayloadError: Row("ANSWER_CUT"),
    aiohttp.ContentTypeError: Row("ANSWER_BROKEN"),
    aiohttp.WSServerHandshakeError: Row("ANSWER_BROKEN"),
    aiohttp.ClientResponseError: Row("ANSWER_BROKEN"),
    aiohttp.TooManyRedirects: Row("REDIRECT", permanent=True),
    aiohttp.InvalidUrlRedirectClientError: Row("REDIRECT", permanent=True),
    aiohttp.NonHttpUrlRedirectClientError: Row("REDIRECT", permanent=True),
    aiohttp.RedirectClientError: Row("REDIRECT", permanent=True),
    aiohttp.InvalidUrlClientError: Row("ADDRESS", permanent=True),
    aiohttp.NonHttpUrlClientError: Row("ADDRESS", permanent=True),
    aiohttp.InvalidURL: Row("ADDRESS", permanent=True),
    aiohttp.ClientError: Row("HTTP_CLIENT"),
    HttpProcessingError: Row("ANSWER_BROKEN"),
    TimeoutError: Row("TIMEOUT"),
    OSError: Row("DISCONNECTED"),
}

CATCH = (aiohttp.ClientError, HttpProcessingError, OSError)
"""What the transport catches; `TimeoutError` is an `OSError`. Anything else is a mistake of ours and stays loud."""

TRY_AGAIN = frozenset({"CONNECT"})
"""Codes after which a second try within seconds is worth it; only ever before the first byte."""

UNREACHED = frozenset({"CONNECT", "CONNECT_TIMEOUT", "DNS", "PROXY", "TLS", "ADDRESS", "PRIVATE_NETWORK", "TIMEOUT"})
"""Codes that say a place is not reached, whatever would be asked of it."""


def row_of(kind: type[BaseException]) -> Row:
    """The row of an exception class, or of its nearest ancestor that has one."""
    return next(FAILURES[step] for step in kind.__mro__ if step in FAILURES)


def failure(exc: BaseException, *, sent: bool, write: bool) -> DeliveryError:
    """What the gateway should know of `exc`. `sent`: a byte may have left; `write`: the call has an effect there."""
    if isinstance(exc, aiohttp.ClientConnectorError) and isinstance(exc.os_error, BarredError):
        return TEXTS["PRIVATE_NETWORK"].error(PermanentError, scope="destination")
    row = row_of(type(exc))
    entry = TEXTS[row.code]
    if sent:
        return entry.unclear(write=write)
    if row.permanent:
        return entry.error(PermanentError, scope="destination")
    return entry.error(TransientError)


_NOT_TAKEN = frozenset({408, 425, 429, 503})
_SET_UP_WRONGLY = frozenset({401, 403, 404, 405, 407, 410, 421, 426, 495, 496})


def status_failure(
    status: int, *, retry_after: str | None, write: bool, answer: bytes | None = None
) -> DeliveryError | None:
    """What an HTTP status says when the body said nothing better; None below 300.

    `Retry-After` binds the whole destination; without it only this message waits.
    """
    if status < 300:
        return None
    entry, fill = status_entry(status), {"status": status}
    if status in _NOT_TAKEN:
        wait = parse_retry_after(retry_after)
        scope = "message" if wait is None else "destination"
        return entry.error(TransientError, fill=fill, retry_after=wait, scope=scope, answer=answer)
    if status >= 500:
        return entry.unclear(write=write, fill=fill, answer=answer)
    if status < 400 or status in _SET_UP_WRONGLY:
        return entry.error(PermanentError, fill=fill, scope="destination", answer=answer)
    return entry.error(PermanentError, fill=fill, answer=answer)


def status_entry(status: int) -> ErrorEntry:
    """The words for an HTTP status of 300 or more."""
    if status in _NOT_TAKEN:
        return STATUS_GROUPS["busy"]
    if status < 400:
        return STATUS_GROUPS["redirect"]
    if status >= 500:
        return STATUS_GROUPS["broken"]
    return STATUS_GROUPS["setup" if status in _SET_UP_WRONGLY else "rejected"]
