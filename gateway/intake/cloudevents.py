"""CloudEvents 1.0 off the wire: structured, batch, binary and one per line, each into an `Event` and what is wrong.

Source: CloudEvents 1.0.2, JSON event format and HTTP protocol binding. The bytes as received are kept per event.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC
from typing import Any, NamedTuple
from urllib.parse import unquote_to_bytes

from gateway.acceptance.canonical import canonical, tidy_code, tidy_codes
from gateway.acceptance.codes import moment
from gateway.errors import IntakeError, Problem
from gateway.intake.json_reader import read_json
from gateway.intake.problem import below, refusal
from gateway.message import Event

EnvelopeJudge = Callable[[Any], tuple[Problem, ...]]

_TRACEPARENT = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")
_BETWEEN = re.compile(r"[ \t\r\n]*")
_SCANNER = json.JSONDecoder()


class Reading(NamedTuple):
    """An event as far as it could be read, and what is wrong with its envelope."""

    event: Event
    problems: tuple[Problem, ...] = ()


def structured(raw: bytes, judge: EnvelopeJudge) -> Reading:
    """`application/cloudevents+json`: attributes and data in one JSON object. Raises `IntakeError` 400."""
    return _reading(read_json(raw), raw, "event", judge)


def batch(raw: bytes, most: int, most_bytes: int, judge: EnvelopeJudge) -> list[Reading]:
    """`application/cloudevents-batch+json`: a JSON array of events. Raises `IntakeError` 400, 413 or 422."""
    tree = read_json(raw)
    if type(tree) is not list:
        raise refusal(422, "SCHEMA_TYPE", "Lô phải là một danh sách JSON [ ].", "A batch must be a JSON array [ ].")
    if len(tree) > most:
        raise refusal(
            413,
            "TOO_MANY_EVENTS",
            f"Lô có hơn {most} thông điệp; hãy chia thành nhiều lô.",
            f"The batch holds more than {most} events; send several batches.",
        )
    readings = []
    for index, (node, part) in enumerate(zip(tree, _slices(raw.decode()), strict=True)):
        if len(part) > most_bytes:
            raise too_large(most_bytes, f"/{index}")
        readings.append(_reading(node, part, "event", judge))
    return readings


def binary(headers: Iterable[tuple[str, str]], raw: bytes, judge: EnvelopeJudge) -> Reading:
    """Binary mode: attributes in `ce-*` headers, the body is the data. Raises `IntakeError` 400."""
    attributes: dict[str, Any] = {}
    for name, value in headers:
        lower = name.lower()
        if not lower.startswith("ce-"):
            continue
        attribute = lower[3:]
        if attribute in attributes:
            raise _bad_header(attribute, "có hai lần", "stands twice")
        attributes[attribute] = canonical(_header_value(attribute, value))
    return apart(attributes, raw, judge)


def apart(attributes: dict[str, Any], raw: bytes, judge: EnvelopeJudge) -> Reading:
    """Attributes and data that came apart, in whatever kind of headers. Raises `IntakeError` 400."""
    try:
        attributes = {**attributes, "data": read_json(raw)}
    except IntakeError as exc:
        raise below(exc, "/data") from None
    return _reading(attributes, raw, "data", judge)


def translated(attributes: dict[str, Any], data: bytes, judge: EnvelopeJudge) -> Reading:
    """An event that came in another form; `data` are the bytes of its data as translated."""
    return _reading(attributes, data, "data", judge)


def traced(reading: Reading, header: object) -> Reading:
    """The same with the trace of the request that brought it, where the event names none (the extension wins)."""
    event = reading.event
    if event.traceparent is not None or not isinstance(header, str) or not _TRACEPARENT.fullmatch(header):
        return reading
    return Reading(event._replace(traceparent=header), reading.problems)


def lines(raw: bytes, most: int) -> list[tuple[int, bytes]]:
    """`application/x-ndjson`: the non-blank lines, numbered from 1. Raises `IntakeError` 413."""
    if raw.count(b"\n") >= most:
        raise refusal(
            413,
            "TOO_MANY_EVENTS",
            f"Nhiều hơn {most} dòng; hãy chia thành nhiều lần gửi.",
            f"More than {most} lines; send several parts.",
        )
    numbered = ((number, line.strip(b" \t\r")) for number, line in enumerate(raw.split(b"\n"), 1))
    return [(number, line) for number, line in numbered if line]


def too_large(most: int, pointer: str = "") -> IntakeError:
    """The 413 for more bytes than one event or one body may have."""
    return refusal(
        413,
        "TOO_LARGE",
        f"Lớn hơn giới hạn {most} byte; hãy chia nhỏ, và gửi tệp bằng đường dẫn thay vì nội dung.",
        f"Larger than the limit of {most} bytes; send less at once, and files as addresses instead of content.",
        pointer,
    )


def _reading(tree: Any, raw: bytes, body_form: str, judge: EnvelopeJudge) -> Reading:
    problems = judge(tree)
    attributes: dict[str, Any] = tree if type(tree) is dict else {}
    data = attributes.get("data")
    if type(data) is not dict:
        data = {}
    tidy_codes(data)
    time = moment.parse(_text(attributes, "time"))
    sequence = attributes.get("sequence")
    traceparent = _text(attributes, "traceparent")
    event = Event(
        source=_text(attributes, "source"),
        id=_text(attributes, "id"),
        type=_text(attributes, "type"),
        subject=tidy_code(_text(attributes, "subject")),
        time=time.astimezone(UTC) if time else None,
        data=data,
        body=raw,
        body_form=body_form,
        sequence=None if sequence is None else str(sequence),
        # W3C Trace Context: a malformed traceparent is ignored, not refused.
        traceparent=traceparent if _TRACEPARENT.fullmatch(traceparent) else None,
    )
    return Reading(event, problems)


def _text(attributes: Mapping[str, Any], name: str) -> str:
    value = attributes.get(name)
    return value if type(value) is str else ""


def _slices(text: str) -> Iterator[bytes]:
    """The bytes of each element of a JSON array that is known to be well formed."""
    position = _skip(text, _skip(text, 0) + 1)
    while position < len(text) and text[position] != "]":
        _, end = _SCANNER.raw_decode(text, position)
        yield text[position:end].encode()
        position = _skip(text, end)
        if text[position] == ",":
            position = _skip(text, position + 1)


def _skip(text: str, position: int) -> int:
    found = _BETWEEN.match(text, position)
    return found.end() if found else position


def _header_value(attribute: str, value: str) -> str:
    """HTTP binding §3.1.3.2: unquote a quoted string, then percent-decode as UTF-8."""
    if len(value) >= 2 and value[0] == value[-1] == '"':
        value = re.sub(r"\\(.)", r"\1", value[1:-1])
    try:
        return unquote_to_bytes(value.encode("utf-8", "surrogateescape")).decode("utf-8")
    except UnicodeDecodeError:
        raise _bad_header(attribute, "không phải UTF-8 mã hóa phần trăm", "is not percent-encoded UTF-8") from None


def _bad_header(attribute: str, vi: str, en: str) -> IntakeError:
    name = attribute[:40]
    return refusal(
        400,
        "HEADER_MALFORMED",
        f"Tiêu đề ce-{name} {vi}; hãy sửa ở hệ thống gửi.",
        f"The header ce-{name} {en}; correct it in the sending system.",
        f"/{name}",
    )
