"""Calls to a client's address, of whose answer only the status counts."""

from __future__ import annotations

from aiohttp.streams import StreamReader
from multidict import CIMultiDictProxy

from adapters.transport.http import Http


class BriefHttp(Http):
    """`Http` that keeps of an answer's body no more than it may, and takes a longer one for an answer all the same."""

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
