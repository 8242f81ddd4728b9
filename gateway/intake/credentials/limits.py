"""The rate of each client, asked by whoever takes messages: over HTTP it refuses, over AMQP it makes wait."""

from __future__ import annotations

from collections.abc import Callable

from gateway.intake.credentials.rates import Rate, Rates, Standing
from gateway.message import Client

RateOf = Callable[[str], Rate | None]


class Limits:
    """Counts what clients send; people, who are no clients, are not counted."""

    def __init__(self, rates: Rates, rate_of: RateOf) -> None:
        self._rates = rates
        self._rate_of = rate_of

    def look(self, client: Client) -> None:
        """Raises `TooFastError` when not one more message may come now: said before a body is read for nothing."""
        if client.role is None:
            self._rates.look(client.name, self._rate_of(client.name))

    def take(self, client: Client, messages: int = 1) -> Standing | None:
        """Count messages, good or not; where the client stands then. Raises `TooFastError`, counting none of them."""
        if client.role is not None:
            return None
        return self._rates.take(client.name, self._rate_of(client.name), messages)

    def wait_for(self, client: Client, messages: int) -> float:
        """Seconds until so many may come."""
        rate = self._rate_of(client.name)
        return 0.0 if rate is None else self._rates.wait_for(client.name, rate, messages)


NO_LIMITS = Limits(Rates(), lambda _: None)
