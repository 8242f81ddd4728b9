"""What an operation says when it cannot use what a person handed in: everything at once, each with its place."""

from __future__ import annotations

from collections.abc import Iterable

from gateway.errors import GatewayError, Problem


class ContentRefused(GatewayError):  # noqa: N818 - reads as what it is where it is caught
    """A file or document cannot be used as it is. `problems` names every flaw; nothing was changed."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(f"{one.code} {one.pointer}: {one.message}" for one in self.problems))


def flaw(pointer: str, code: str, vi: str, en: str) -> Problem:
    """One flaw in both languages."""
    return Problem(pointer, code, f"{vi} / {en}")
