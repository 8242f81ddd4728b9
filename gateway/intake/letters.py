"""What arrives over AMQP as a value: who sent it, what it claims to be, and the event it holds. No broker in here.

The same judging as over HTTP, and the same words. Who speaks is the RabbitMQ account (`user_id`, which RabbitMQ itself
compares with the account that published), never a word of the content.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson

from gateway.acceptance.canonical import canonical
from gateway.acceptance.validation import Validator
from gateway.errors import IntakeError
from gateway.intake import body, cloudevents, laid_aside, problem, xml_document
from gateway.intake.cloudevents import Reading
from gateway.intake.credentials.directory import Directory
from gateway.intake.judge import judged
from gateway.message import Client, Event

_PREFIXES = ("cloudevents:", "cloudevents_")
"""CloudEvents binding for AMQP 1.0, carried over to the headers of 0-9-1; `:` is as good as `_`."""
_MOST_ERRORS = 50
_LONGEST = 256


@dataclass(frozen=True, slots=True)
class Letter:
    """One AMQP message of a sender."""

    body: bytes = field(repr=False)
    content_type: str = ""
    user: str = ""
    headers: Mapping[str, Any] = field(default_factory=dict, repr=False)
    id: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """A letter that cannot be taken, and what is known of it."""

    letter: Letter
    error: IntakeError
    client: Client | None = None
    event: Event | None = None


@dataclass(frozen=True, slots=True)
class Good:
    """A letter whose event may be accepted."""

    letter: Letter
    client: Client
    event: Event


class Reader:
    """Letters into events."""

    def __init__(
        self,
        validator: Validator,
        documents: xml_document.InForce,
        directory: Directory,
        *,
        without_user: str,
        max_event_bytes: int,
        clock: Callable[[], datetime],
    ) -> None:
        """`without_user`: the client in whose name letters speak that carry no account, if any."""
        self._validator = validator
        self._documents = documents
        self._max_event_bytes = max_event_bytes
        self._clock = clock
        self._directory = directory
        self._without_user = without_user

    def read(self, letter: Letter) -> Good | Refused:
        """Judge it; never raises for anything a sender can send."""
        client: Client | None = None
        reading: Reading | None = None
        try:
            client = self._client(letter)
            reading = cloudevents.traced(self._reading(letter, client), letter.headers.get("traceparent"))
            event = judged(self._validator, self._clock(), client, reading)
        except IntakeError as exc:
            return Refused(letter, exc, client, reading.event if reading else None)
        return Good(letter, client, event)

    def _client(self, letter: Letter) -> Client:
        directory = self._directory
        client = directory.by_account(letter.user) if letter.user else directory.named(self._without_user)
        if client is not None:
            return client
        if letter.user:
            raise problem.refusal(
                401,
                "CREDENTIALS_UNKNOWN",
                "Tài khoản RabbitMQ này không thuộc khoá nào; hãy đặt amqp_user cho khoá trong lienthong.toml.",
                "This RabbitMQ account belongs to no client; set amqp_user of the client in lienthong.toml.",
            )
        raise problem.refusal(
            401,
            "CREDENTIALS_MISSING",
            "Thiếu thuộc tính user_id; hãy gửi kèm tên tài khoản RabbitMQ đang dùng.",
            "The property user_id is missing; send the name of the RabbitMQ account in it.",
        )

    def _reading(self, letter: Letter, client: Client) -> Reading:
        if len(letter.body) > self._max_event_bytes:
            raise cloudevents.too_large(self._max_event_bytes)
        judge = self._validator.judge_envelope
        match media_type := body.media_type_of(letter.content_type):
            case body.STRUCTURED:
                return cloudevents.structured(letter.body, judge)
            case body.XML:
                source = _attributes(letter.headers).get("source")
                headers = {"ce-source": source} if isinstance(source, str) else {}
                return xml_document.read(letter.body, self._documents, client, headers, judge)
            case body.JSON if attributes := _attributes(letter.headers):
                return cloudevents.apart(attributes, letter.body, judge)
        raise _unsupported(media_type)


def rejection(refused: Refused, moment: datetime) -> dict[str, Any]:
    """The headers under which a letter is laid aside: ids and reasons, nothing of its content (`laid_aside`)."""
    error, event = refused.error, refused.event
    problems = problem.as_list(laid_aside.told_problems(problem.listed(error)))
    told: dict[str, str | int] = {
        "reason": error.reason,
        "status": error.status,
        "errors": orjson.dumps(problems[:_MOST_ERRORS]).decode(),
        "error_count": len(problems),
        "rejected_at": moment.astimezone(UTC).isoformat(timespec="milliseconds"),
        "message_id": laid_aside.told_id(refused.letter.id),
        "user_id": refused.letter.user,
        "client": refused.client.name if refused.client else "",
        **(laid_aside.told_attributes(event) if event else {}),
    }
    return {name: _short(name, value) for name, value in told.items() if value != ""}


def _short(name: str, value: str | int) -> str | int:
    return value if name == "errors" or isinstance(value, int) else value[:_LONGEST]


def _attributes(headers: Mapping[str, Any]) -> dict[str, Any]:
    """The CloudEvents attributes among the headers. Raises `IntakeError` 400 for a value that is no attribute."""
    found: dict[str, Any] = {}
    for name, value in headers.items():
        prefix = next((one for one in _PREFIXES if name.lower().startswith(one)), None)
        if prefix is not None:
            attribute = name[len(prefix) :].lower()
            found[attribute] = _value(attribute, value)
    return found


def _value(attribute: str, value: Any) -> Any:
    match value:
        case str():
            return canonical(value)
        case bool() | int():
            return value
        case datetime():
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    raise problem.refusal(
        400,
        "HEADER_MALFORMED",
        "Thuộc tính CloudEvents trong header phải là chuỗi UTF-8, số nguyên, đúng/sai hoặc thời điểm.",
        "A CloudEvents attribute in a header must be UTF-8 text, an integer, a boolean or a timestamp.",
        f"/{attribute[:40]}",
    )


def _unsupported(media_type: str) -> IntakeError:
    if media_type in {body.BATCH, body.NDJSON}:
        vi = f"Qua AMQP mỗi thông điệp là một sự kiện ({body.STRUCTURED}); hãy gửi từng cái."
        en = f"Over AMQP each message is one event ({body.STRUCTURED}); send them one by one."
    else:
        vi = f"Thiếu content_type hoặc không nhận loại này; hãy dùng {body.STRUCTURED} hoặc {body.XML}."
        en = f"content_type is missing or not taken; use {body.STRUCTURED} or {body.XML}."
    return problem.refusal(415, "CONTENT_TYPE", vi, en)
