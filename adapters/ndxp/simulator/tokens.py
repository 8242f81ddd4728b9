"""Tokens of the simulated gateway: who gets one, how long it lives, what its bearer meets (NDXP sheet §2, §3, §10)."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any
from uuid import uuid4

import orjson

from adapters.ndxp.simulator.settings import SimulatorSettings


class Tokens:
    """Live tokens by consumer. `issued` counts the answers that carried one, `calls` what each consumer called."""

    def __init__(self, settings: SimulatorSettings, clock: Callable[[], float]) -> None:
        self._settings = settings
        self._clock = clock
        self._live: dict[str, tuple[str, float]] = {}
        self.issued = 0
        self.calls: Counter[str] = Counter()

    def consumer_of(self, headers: Mapping[str, str], form: Mapping[str, str]) -> str | None:
        """Whose credentials these are, in whatever form they came; None where they are nobody's."""
        allowed, basic = self._settings.credentials, headers.get("Authorization", "")
        if packed := headers.get("lgspaccesstoken"):
            key, secret = _packed(packed)
        elif basic.startswith("Basic ") and allowed != "form":
            key, _, secret = _base64(basic.removeprefix("Basic ")).partition(":")
        elif allowed != "basic":
            key, secret = form.get("client_id", ""), form.get("client_secret", "")
        else:
            return None
        return key if key in self._settings.consumers and secret == self._settings.secret else None

    def issue(self, consumer: str) -> dict[str, Any]:
        """A token's answer: the same token again while it lives, with what is left of its life (a switch)."""
        now = self._clock()
        token, end = self._live.get(consumer, ("", 0.0))
        if not self._settings.same_token or end <= now:
            token, end = str(uuid4()), now + self._settings.token_lifetime
            self._live[consumer] = (token, end)
        self.issued += 1
        left = int(end - now)
        return {"access_token": token, "scope": "default", "token_type": "Bearer", "expires_in": left}

    def bearer(self, token: str) -> str | None:
        """Whose token this is, while it lives."""
        now = self._clock()
        return next((who for who, (known, end) in self._live.items() if known == token and now < end), None)

    def lose(self) -> None:
        """Forget every token, as a gateway restarting would."""
        self._live.clear()


def _packed(header: str) -> tuple[str, str]:
    try:
        values = orjson.loads(_base64(header))
    except ValueError:
        return "", ""
    if not isinstance(values, dict):
        return "", ""
    return str(values.get("AccessKey", "")), str(values.get("SecretKey", ""))


def _base64(text: str) -> str:
    try:
        return base64.b64decode(text, validate=True).decode()
    except ValueError:
        return ""
