"""What stands where a table is read and nothing is done."""

from __future__ import annotations

from typing import Any


class Nothing:
    """Whatever is asked of it is nothing, but for what it was given."""

    def __init__(self, **known: Any) -> None:
        self.__dict__.update(known)

    def __getattr__(self, _: str) -> Any:
        return self

    def __call__(self, *_: object, **__: object) -> Any:
        return self
