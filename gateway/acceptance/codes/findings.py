"""Collects what the code rules find in one document, as problems that name the place, the rule and what to do."""

from __future__ import annotations

from gateway.acceptance.codes.texts import CODES, TEXTS
from gateway.errors import Problem


class Findings:
    """Errors refuse the message, warnings travel with it. Texts never carry a value of the document."""

    __slots__ = ("errors", "warnings")

    def __init__(self) -> None:
        self.errors: list[Problem] = []
        self.warnings: list[Problem] = []

    def error(self, pointer: str, text: str, **facts: str) -> None:
        """Note what must be corrected."""
        self.errors.append(problem(pointer, text, **facts))

    def warn(self, pointer: str, text: str, **facts: str) -> None:
        """Note what a person should look at."""
        self.warnings.append(problem(pointer, text, **facts))


def problem(pointer: str, text: str, **facts: str) -> Problem:
    """A problem in both languages, by the name of its text. `facts` fill the text and are never personal values."""
    vi, en = TEXTS[text]
    message = f"{vi} / {en}"
    return Problem(pointer, CODES.get(text, text), message.format(**facts) if facts else message)
