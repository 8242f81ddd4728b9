"""What a channel is: it takes a letter, or says why it could not."""

from __future__ import annotations

from typing import Protocol

from gateway.notify.letter import Letter


class NotToldError(Exception):
    """A letter did not go out, or nobody knows whether it did; it may be tried again.

    `code` is short and stable; the words name no secret and no address of a person.
    """

    def __init__(self, code: str, vi: str, en: str) -> None:
        super().__init__(f"{vi} / {en}")
        self.code = code
        self.vi = vi
        self.en = en


class Channel(Protocol):
    """A way to people. Safe for several letters at once."""

    async def send(self, letter: Letter) -> None:
        """Return once the other side has taken the letter. Raises `NotToldError`."""
