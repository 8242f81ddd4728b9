"""How one client hears from the gateway: by asking, by a signed call to its address, or over its broker.

The model judges itself, all mistakes at once and in both languages; no text repeats what was written, because it may
be a secret.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from ipaddress import ip_address
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator
from yarl import URL

from adapters.transport.settings import Duration, HttpSettings
from adapters.transport.signing import well_formed

_MAKE_ONE = "python -m adapters.onestop.secrets"


class QueueSettings(BaseModel):
    """The client's own queue. RabbitMQ never changes a queue that exists: for other limits it has to be deleted."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    declare: bool = False
    """The gateway declares it: `lienthong.replies.<client>`, bound to `<client>.#`."""
    ttl: Duration = Field(default=timedelta(days=7), gt=timedelta(0))
    """A message not fetched for so long is dropped; the client can still ask for it over HTTP."""
    max_length: int = Field(default=100_000, ge=1)
    """A queue with as many messages takes no more; the gateway waits and tries again."""


class ClientReplies(HttpSettings):
    """`replies` of a client. Frozen; an unknown key is a mistake."""

    mode: Literal["poll", "callback", "amqp"] = "poll"
    """`poll`: the client asks (`GET /v1/messages/{id}`); `callback`: a signed POST to `url`; `amqp`: `broker_url`."""
    client: str = Field(default="", pattern=r"^([a-z0-9][a-z0-9_-]{0,62})?$")
    """The client's name: the first word of its routing keys (`amqp`)."""

    url: str = ""
    """`callback`: where events are posted; nowhere else, whatever a message or an answer says."""
    secrets: tuple[SecretStr, ...] = ()
    """`callback`: one `whsec_` secret, or two while the client changes from one to the other."""
    plain_http: bool = False
    """`callback`: allow `http://`; bodies then cross the network readable."""

    broker_url: SecretStr = SecretStr("")
    """`amqp`: `amqps://account:password@host/vhost`."""
    queue: QueueSettings = QueueSettings()

    timeout: Duration = Field(default=timedelta(seconds=20), gt=timedelta(0))
    """One whole call; Standard Webhooks recommends 15 to 30 seconds."""
    max_answer_bytes: int = Field(default=64 << 10, ge=1024)
    """How much of an answer's body is read and kept; only the status counts."""

    @model_validator(mode="after")
    def _complete(self) -> Self:
        find = {"poll": _mistakes_of_polling, "callback": _mistakes_of_callback, "amqp": _mistakes_of_amqp}[self.mode]
        if mistakes := list(find(self)):
            raise ValueError("; ".join(mistakes))
        return self


def _mistakes_of_polling(own: ClientReplies) -> Iterator[str]:
    if own.url or own.secrets:
        yield 'có url hoặc secrets thì đặt mode = "callback" / url and secrets want mode = "callback"'


def _mistakes_of_callback(own: ClientReplies) -> Iterator[str]:
    yield from _mistakes_of_url(own)
    if not 1 <= len(own.secrets) <= 2:
        yield "secrets: cần một bí mật, hoặc hai khi đang đổi / needs one secret, or two while it is being changed"
    plain = [secret.get_secret_value() for secret in own.secrets]
    for place, secret in enumerate(plain, 1):
        if not well_formed(secret):
            yield (
                f"secrets[{place}]: phải là whsec_ và base64 của 24–64 byte; tạo bằng `{_MAKE_ONE}`"
                f" / must be whsec_ and base64 of 24 to 64 bytes; make one by `{_MAKE_ONE}`"
            )
    if len(set(plain)) < len(plain):
        yield "secrets: hai bí mật giống nhau / the same secret twice"


def _mistakes_of_url(own: ClientReplies) -> Iterator[str]:
    url = _readable(own.url)
    if url is None or not url.host or url.scheme not in ("http", "https"):
        yield "url: cần một địa chỉ đầy đủ, ví dụ https://motcua.example.invalid/su-kien / needs a full address"
        return
    if url.user is not None or url.password is not None or url.fragment:
        yield "url: bỏ tài khoản và phần sau dấu # / leave out account and fragment"
    if url.scheme == "http" and not own.plain_http:
        yield "url: cần https://, hoặc đặt plain_http = true / needs https://, or plain_http = true"
    if _is_address(url.host) and own.networks.bars(url.host):
        yield (
            "url: địa chỉ thuộc mạng riêng hoặc mạng không được phép; dùng địa chỉ khác hoặc private_networks"
            ' = "allow" / an address in a private or barred network; use another, or private_networks = "allow"'
        )


def _mistakes_of_amqp(own: ClientReplies) -> Iterator[str]:
    if not own.client:
        yield "client: cần tên máy khách để đặt khóa định tuyến / needs the client's name for its routing keys"
    url = _readable(own.broker_url.get_secret_value())
    if url is None or not url.host or url.scheme not in ("amqp", "amqps"):
        yield "broker_url: cần địa chỉ RabbitMQ, amqps://… / needs the address of a RabbitMQ, amqps://…"


def _readable(text: str) -> URL | None:
    if not text or any(not mark.isprintable() or mark.isspace() for mark in text):
        return None
    try:
        return URL(text)
    except ValueError:
        return None


def _is_address(host: str) -> bool:
    try:
        ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True
