"""Just enough of HTTP/1.1 for both ends of the benchmark: messages with a `Content-Length` on kept connections.

Ours alone, because a full client or server would cost more than what is measured.
"""

from __future__ import annotations

_END = b"\r\n\r\n"
_LENGTH = b"content-length:"


def take(buffer: bytearray) -> tuple[bytes, bytes] | None:
    """Take the first whole message out of `buffer`: head and body; None while it is not all there."""
    end = buffer.find(_END)
    if end < 0:
        return None
    head = bytes(buffer[:end])
    start = end + len(_END)
    stop = start + _length(head)
    if len(buffer) < stop:
        return None
    body = bytes(buffer[start:stop])
    del buffer[:stop]
    return head, body


def _length(head: bytes) -> int:
    lower = head.lower()
    at = lower.find(_LENGTH)
    if at < 0:
        return 0
    end = lower.find(b"\r\n", at)
    return int(lower[at + len(_LENGTH) : end if end >= 0 else None])
