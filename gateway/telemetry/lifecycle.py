"""What happens to messages and deliveries, told after each commit to whoever taps the wire. Ids only, no content."""

from __future__ import annotations

from typing import NamedTuple, Protocol


class Happening(NamedTuple):
    """One step in the life of a message or a delivery."""

    what: str
    """message | delivery"""
    state: str
    message_id: str
    type: str
    subject: str
    delivery_id: str = ""
    destination: str = ""
    attempt: int = 0
    code: str = ""


class Tap(Protocol):
    """Hears what happens. Never blocks and never fails: what it cannot pass on is dropped and counted."""

    def hear(self, happening: Happening) -> None: ...


class NoTap:
    """Nobody listens."""

    def hear(self, happening: Happening) -> None:
        pass
