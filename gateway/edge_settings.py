"""Settings of the edges: the HTTP door and what it bears, and how long things are kept."""

from __future__ import annotations

from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Self

from pydantic import Field, model_validator

from gateway.sections import Duration, Section


class HttpSettings(Section):
    """The HTTP door."""

    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)
    max_event_bytes: int = Field(default=1 << 20, ge=1024)
    max_batch_bytes: int = Field(default=16 << 20, ge=1024)
    max_batch_events: int = Field(default=1000, ge=1)
    body_timeout: Duration = timedelta(seconds=30)
    header_timeout: Duration = Field(default=timedelta(seconds=15), gt=timedelta(0))
    """From the first byte of a request to the end of its headers."""
    idle_timeout: Duration = Field(default=timedelta(seconds=75), gt=timedelta(0))
    """How long a connection may wait for its next request; longer than a proxy in front keeps one."""
    body_rate: int = Field(default=1024, ge=0, description="bytes a second, once body_timeout is over; 0 = any")
    max_connections: int = Field(default=4000, ge=1)
    """Connections of one process of the door; one more is answered 503 and closed."""
    max_connections_each: int = Field(default=500, ge=1)
    """The same of one address, unless it is one of `proxies`."""
    proxies: tuple[IPv4Network | IPv6Network, ...] = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
    """Networks of the TLS servers in front, whose connections are those of many senders."""
    max_bodies_bytes: int = Field(default=256 << 20, ge=1 << 20)
    """What bodies still on their way may take of one process's memory together; above, 503."""
    workers: int = Field(default=1, ge=0, le=64)
    public_url: str = Field(default="", pattern=r"^(https?://[^\s?#]+[^\s?#/])?$")
    """The address by which other systems reach this gateway; empty: host and port."""
    max_wait: Duration = timedelta(seconds=30)
    """The longest a sender may wait for the answer on the same call (`Prefer: wait`)."""
    max_waiting: int = Field(default=500, ge=0)
    """Callers that may wait at once; one more is answered 202 at once."""


class DiskSettings(Section):
    """When there is too little room."""

    refuse_below: int = Field(default=256 << 20, ge=0)
    """Free bytes below which nothing more is taken (503); what was taken is delivered and settled all the same."""
    warn_below: int = Field(default=2 << 30, ge=0)
    """Free bytes below which an alert opens."""
    folders: tuple[Path, ...] = ()
    """Folders beside the data folder whose disks count too, such as PostgreSQL's on this machine."""


LEAST_METADATA = timedelta(days=30)
"""Longer than any sender repeats a message that it takes for lost."""


class RetentionSettings(Section):
    """How long things are kept."""

    payload: Duration = timedelta(0)
    """Bodies of messages that have ended, from their acceptance on; 0: for ever."""
    metadata: Duration = timedelta(0)
    """Their rows, from their acceptance on, once the body is shredded; 0: for ever."""
    receipts: Duration = timedelta(0)
    """Receipts and audit entries, from when the log had them, once their rows are removed; 0: for ever."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.receipts and not 0 < self.metadata.total_seconds() <= self.receipts.total_seconds():
            raise ValueError(
                "receipts: cần metadata khác 0 và không dài hơn; thông điệp bị xóa trước, biên nhận của nó sau / "
                "needs a metadata that is not 0 and not longer: a message is removed before its receipts go"
            )
        if not self.metadata:
            return self
        if self.metadata < LEAST_METADATA:
            raise ValueError(
                f"metadata: ít nhất {LEAST_METADATA.days}d, vì thông điệp gửi lại sau khi bị xóa là thông điệp mới / "
                f"at least {LEAST_METADATA.days}d: a message that is repeated after its removal is a new one"
            )
        if not self.payload or self.payload > self.metadata:
            raise ValueError(
                "metadata: cần payload khác 0 và không dài hơn; nội dung bị hủy trước, rồi mới đến thông tin về nó / "
                "needs a payload that is not 0 and not longer: a body is shredded before its rows go"
            )
        return self
