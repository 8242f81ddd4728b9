"""A channel that posts to one address, signed like callbacks (Standard Webhooks); never follows redirects."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import orjson
from yarl import URL

from adapters.contract import DeliveryError
from adapters.transport.http import Call, Http
from adapters.transport.settings import HttpSettings
from adapters.transport.signing import Signer
from gateway.notify.channel import NotToldError
from gateway.notify.letter import Letter
from gateway.watch_settings import WebhookChannel

_ANSWER_BYTES = 64 << 10


def _now() -> datetime:
    return datetime.now(UTC)


class Webhook:
    """One address."""

    def __init__(self, settings: WebhookChannel, http: Http, clock: Callable[[], datetime] = _now) -> None:
        self._url = URL(settings.url)
        self._signer = Signer(secret.get_secret_value() for secret in settings.secrets)
        self._http = http
        self._clock = clock

    async def send(self, letter: Letter) -> None:
        body = orjson.dumps(letter.document)
        headers = {"Content-Type": "application/json", **self._signer.headers(letter.id, body, self._clock())}
        try:
            answer = await self._http.send(Call(self._url, headers, body, write=True))
        except DeliveryError as exc:
            raise NotToldError(exc.code, exc.vi, exc.en) from exc
        if not 200 <= answer.status < 300:
            raise NotToldError(
                f"HTTP_{answer.status}",
                f"Địa chỉ nhận trả lời HTTP {answer.status}; cần 2xx (không đi theo chuyển hướng).",
                f"The address answered HTTP {answer.status}; 2xx is needed (redirects are not followed).",
            )


@asynccontextmanager
async def open_webhook(settings: WebhookChannel) -> AsyncIterator[Webhook]:
    """The channel, its connections closed on leaving."""
    how = HttpSettings.model_validate(
        {
            "timeout": settings.timeout,
            "max_answer_bytes": _ANSWER_BYTES,
            "ca_file": settings.ca_file,
            "private_networks": settings.private_networks,
            "allow_networks": settings.allow_networks,
        }
    )
    async with Http(how) as http:
        yield Webhook(settings, http)
