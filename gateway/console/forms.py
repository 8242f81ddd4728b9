"""What a form holds, out of bytes that were read within the door's limits: its fields as typed, and its files.

aiohttp's own `post()` would read the body itself, for as long and as much as whoever sends it likes.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from urllib.parse import parse_qsl

from aiohttp import BodyPartReader, MultipartReader, StreamReader, hdrs, web
from aiohttp.http_exceptions import HttpProcessingError

from gateway.console.asking import Form, Unfit, Upload

ReadBody = Callable[[web.Request, int], Awaitable[bytes]]
"""The body of a request, never more than so many bytes of it. Raises `IntakeError` 400, 408, 413 or 503."""

_URLENCODED = "application/x-www-form-urlencoded"
_MULTIPART = "multipart/form-data"
_MOST_FIELDS = 1000
_PIECE = 64 << 10
_BROKEN = (ValueError, LookupError, RuntimeError, AssertionError, HttpProcessingError)
"""What aiohttp raises for parts that are none."""


async def read_form(request: web.Request, read: ReadBody, most: int, *, parts: bool) -> Form:
    """The form of a request; empty where it has none. Raises `Unfit` for what is no form, and as `read` does.

    `parts`: it may come as one part a field (multipart), as files do.
    """
    kind = request.content_type
    if kind != _URLENCODED and not (parts and kind == _MULTIPART):
        return Form()
    body = await read(request, most)
    try:
        return await _parts(request, body) if kind == _MULTIPART else Form(_pairs(body))
    except _BROKEN as exc:
        raise Unfit(
            "Biểu mẫu gửi lên không đọc được; hãy mở lại trang rồi gửi lại. / The form that was sent cannot be read; "
            "open the page again and send it anew."
        ) from exc


def _pairs(body: bytes) -> dict[str, str]:
    return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS))


async def _parts(request: web.Request, body: bytes) -> Form:
    stream = StreamReader(request.protocol, max(_PIECE, len(body)))  # never full: it holds back no connection
    for start in range(0, len(body), _PIECE):
        stream.feed_data(body[start : start + _PIECE])
    stream.feed_eof()
    fields: dict[str, str] = {}
    files: dict[str, Upload] = {}
    parts = MultipartReader(request.headers, stream)
    while (part := await parts.next()) is not None:
        if not isinstance(part, BodyPartReader) or not part.name or len(fields) + len(files) >= _MOST_FIELDS:
            raise ValueError(part.headers.get(hdrs.CONTENT_DISPOSITION))
        content = bytes(await part.read())
        if part.filename:
            files[part.name] = Upload(part.filename, content)
        else:
            fields[part.name] = content.decode()
    return Form(fields, files)
