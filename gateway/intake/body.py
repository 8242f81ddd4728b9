"""The body of a request and what it claims to be: content type, charset, and no more bytes than allowed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from functools import lru_cache

from aiohttp import hdrs, web
from aiohttp.web_protocol import RequestPayloadError

from gateway.errors import IntakeError
from gateway.intake.bounds import arriving
from gateway.intake.cloudevents import too_large
from gateway.intake.json_reader import encoding_error
from gateway.intake.problem import refusal

STRUCTURED = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
NDJSON = "application/x-ndjson"
JSON = "application/json"
XML = "application/xml"


def declared_type(request: web.Request) -> str:
    """The media type of a request. Raises `IntakeError` 400 for another charset than UTF-8."""
    return media_type_of(request.headers.get(hdrs.CONTENT_TYPE, ""))


@lru_cache(maxsize=64)
def media_type_of(header: str) -> str:
    """The media type of a content type, "" when there is none. Raises `IntakeError` 400 for another charset."""
    media_type, *parameters = (part.strip() for part in header.split(";"))
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset" and value.strip().strip('"').lower() not in ("utf-8", "utf8"):
            raise encoding_error(" (charset)")
    return media_type.lower()


def unsupported(media_type: str) -> IntakeError:
    """The 415 that says what would be taken, and names the usual mistakes."""
    if media_type == "text/xml":
        vi = f"Hãy gửi tài liệu XML bằng Content-Type {XML}."
        en = f"Send an XML document as {XML}."
    elif media_type == JSON:
        vi = f"application/json cần các tiêu đề ce-*; nếu cả sự kiện nằm trong nội dung, hãy dùng {STRUCTURED}."
        en = f"application/json needs ce-* headers; if the whole event is in the body, use {STRUCTURED}."
    else:
        vi = f"Thiếu Content-Type hoặc không nhận loại này; hãy dùng {STRUCTURED}, {BATCH}, {NDJSON} hoặc {XML}."
        en = f"Content-Type is missing or not taken; use {STRUCTURED}, {BATCH}, {NDJSON} or {XML}."
    return refusal(415, "CONTENT_TYPE", vi, en)


async def read_body(request: web.Request, most: int, stall: timedelta) -> bytes:
    """The whole body, never more than `most` bytes of it. Raises `IntakeError` 400, 408 or 413.

    A sender that is silent for `stall` in the middle of its body is given up, and so is one that drips: after `stall`
    it must have kept `body_rate`. Bodies on their way share `max_bodies_bytes`: above that, 503.
    """
    length = request.content_length
    if length is not None and length > most:
        raise too_large(most)
    try:
        if request.content.is_eof():  # it came with the headers, as most do
            body = request.content.read_nowait()
            if len(body) > most:
                raise too_large(most)
            return body
        with arriving(request.app) as room:
            begun, patience, rate = _now(), stall.total_seconds(), room.rate
            async with asyncio.timeout(patience) as limit:

                def progress(size: int) -> None:
                    received = room.take(size)
                    slowest = begun + patience + received / rate if rate else float("inf")
                    limit.reschedule(min(_now() + patience, slowest))

                return await _collect(request, most, progress)
    except RequestPayloadError:
        raise refusal(
            400,
            "BODY_BROKEN",
            "Nội dung truyền lỗi (nén hoặc chia khúc sai); hãy gửi lại.",
            "The body broke in transfer (bad compression or chunking); send it again.",
        ) from None
    except TimeoutError:
        raise refusal(
            408,
            "BODY_STALLED",
            "Nội dung gửi dở rồi dừng; chưa có gì được lưu, hãy gửi lại.",
            "The body stopped in the middle; nothing was stored, send it again.",
        ) from None


async def _collect(request: web.Request, most: int, progress: Callable[[int], None]) -> bytes:
    body = bytearray()
    while chunk := await request.content.readany():
        body += chunk
        if len(body) > most:
            raise too_large(most)
        progress(len(chunk))
    return bytes(body)


def _now() -> float:
    return asyncio.get_running_loop().time()
