"""Settings of the edges: the HTTP door and what it bears, and how long things are kept."""

from __future__ import annotations

from datetime import timedelta

from pydantic import Field

from gateway.sections import Duration, Section


class HttpSettings(Section):
    """The HTTP door."""

    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)
    max_event_bytes: int = Field(default=1 << 20, ge=1024)
    max_batch_bytes: int = Field(default=16 << 20, ge=1024)
    max_batch_events: int = Field(default=1000, ge=1)
    body_timeout: Duration = timedelta(seconds=30)
    workers: int = Field(default=1, ge=0, le=64)
    public_url: str = Field(default="", pattern=r"^(https?://[^\s?#]+[^\s?#/])?$")
    """The address by which other systems reach this gateway; empty: host and port."""
    max_wait: Duration = timedelta(seconds=30)
    """The longest a sender may wait for the answer on the same call (`Prefer: wait`)."""
    max_waiting: int = Field(default=500, ge=0)
    """Callers that may wait at once; one more is answered 202 at once."""


class RetentionSettings(Section):
    """How long things are kept."""

    payload: Duration = timedelta(0)
    """Bodies of messages that have ended, from their acceptance on; 0: for ever."""
