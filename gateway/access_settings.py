"""Settings about people: what the audit keeps of refusals, sessions of the console, lockout, sign-in elsewhere."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from gateway.sections import Duration, Section


class AuditSettings(Section):
    """What the audit keeps beside what people did."""

    refusal_window: Annotated[Duration, Field(ge=timedelta(seconds=1), le=timedelta(hours=1))] = timedelta(seconds=60)
    """The same refusal comes into the audit once in this time, its repeats as one entry with their count."""
