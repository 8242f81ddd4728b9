"""What groups of settings are made of: frozen, an unknown key is a mistake, durations written like `"30s"`."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict

_UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}


def parse_duration(value: Any) -> Any:
    """`"30s"`, `"5m"`, `"250ms"`, `"2h"`, `"1d"` -> timedelta; anything else is left to the model to refuse."""
    if isinstance(value, str):
        found = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)(ms|s|m|h|d)", value)
        if not found:
            raise ValueError(f"not a duration: {value!r}; write it like 30s, 5m or 2h")
        return timedelta(seconds=float(found[1]) * _UNITS[found[2]])
    return value


Duration = Annotated[timedelta, BeforeValidator(parse_duration)]


class Section(BaseModel):
    """A frozen group of settings in which an unknown key is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
