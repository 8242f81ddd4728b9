"""Collects what the code rules find in one document, as problems that name the place, the rule and what to do."""

from __future__ import annotations

from gateway.acceptance.codes.texts import TEXTS
from gateway.errors import Problem


class Findings:
    """Errors refuse the message, warnings travel with it. Texts never carry a value of the document."""

    __slots__ = ("errors", "warnings")

    def __init__(self) -> None:
        self.errors: list[Problem] = []
        self.warnings: list[Problem] = []

    def error(self, pointer: str, code: str, text: str = "", **facts: str) -> None:
        """Note what must be corrected; `text` picks another wording than the code's own."""
        self.errors.append(problem(pointer, code, text, **facts))

    def warn(self, pointer: str, code: str, text: str = "", **facts: str) -> None:
        """Note what a person should look at."""
        self.warnings.append(problem(pointer, code, text, **facts))


def problem(pointer: str, code: str, text: str = "", **facts: str) -> Problem:
    """A problem in both languages. `facts` fill the text and are never personal values."""
    vi, en = TEXTS[text or code]
    message = f"{vi} / {en}"
    return Problem(pointer, code, message.format(**facts) if facts else message)
