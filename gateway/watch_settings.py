"""Settings of the watch: the working calendar, what raises an alert, and the channels that hear of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from ipaddress import IPv4Network, IPv6Network
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, StringConstraints, model_validator

from adapters.transport.networks import PrivateNetworks
from adapters.transport.signing import well_formed
from gateway.sections import Duration, Section
from gateway.working_time import Hours, WorkingTime

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
DayName = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
_CLOCK = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]"
HourRange = Annotated[str, StringConstraints(pattern=rf"^{_CLOCK}-(?:{_CLOCK}|24:00)$")]
MonthDay = Annotated[str, StringConstraints(pattern=r"^(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])$")]
Address = Annotated[str, StringConstraints(pattern=r"^[^\s@<>,]+@[^\s@<>,]+$")]

_HERE = ("localhost", "127.0.0.1", "::1")


class CalendarSettings(Section):
    """Working days and hours in Việt Nam."""

    hours: tuple[HourRange, ...] = ("07:30-11:30", "13:30-17:00")
    weekend: tuple[DayName, ...] = ("saturday", "sunday")
    yearly_holidays: tuple[MonthDay, ...] = ()
    holidays: tuple[date, ...] = ()
    make_up_days: tuple[date, ...] = ()

    @model_validator(mode="after")
    def _worked(self) -> Self:
        ranges = sorted(_hours(one) for one in self.hours)
        if not ranges or set(self.weekend) == set(_DAYS):
            raise ValueError("không còn giờ làm việc nào / no working hours are left")
        if any(start >= end for start, end in ranges):
            raise ValueError("hours: giờ đầu phải trước giờ cuối / each range must begin before it ends")
        if any(one[1] > other[0] for one, other in pairwise(ranges)):
            raise ValueError("hours: các khoảng giờ chồng nhau / the ranges overlap")
        return self

    def working_time(self) -> WorkingTime:
        """The calendar, ready to count with."""
        yearly = (one.split("-") for one in self.yearly_holidays)
        return WorkingTime(
            tuple(sorted(_hours(one) for one in self.hours)),
            frozenset(_DAYS.index(name) for name in self.weekend),
            frozenset((int(month), int(day)) for month, day in yearly),
            frozenset(self.holidays),
            frozenset(self.make_up_days),
        )


class Rule(Section):
    """What every kind of alert has. `channels`: who hears of it; none named: everybody."""

    on: bool = True
    channels: tuple[str, ...] = ()


class BalanceRule(Rule):
    every: Duration = timedelta(minutes=5)
    whole_every: Duration = timedelta(days=1)


class ClosedRule(Rule):
    after: Duration = timedelta(minutes=10)


class PausedRule(Rule):
    after: Duration = timedelta(hours=8)


class DeadRule(Rule):
    at_least: int = Field(default=1, ge=1)


class AgeRule(Rule):
    after: Duration = timedelta(hours=4)
    working_time: bool = True
    destinations: Mapping[str, Duration] = {}


class SilenceRule(Rule):
    after: Duration = timedelta(hours=8)
    sources: Mapping[str, Duration] = {}


class UncertainRule(Rule):
    after: Duration = timedelta(minutes=30)


class BacklogRule(Rule):
    share: float = Field(default=0.8, gt=0, le=1)


class ExpiringRule(Rule):
    before: Duration = timedelta(days=30)
    key_age: Duration = timedelta(days=365)
    files: tuple[Path, ...] = ()


class WebhookChannel(Section):
    """An address that is told by a signed POST (Standard Webhooks)."""

    url: str
    secrets: tuple[SecretStr, ...]
    plain_http: bool = False
    private_networks: PrivateNetworks = "allow"
    allow_networks: tuple[IPv4Network | IPv6Network, ...] = ()
    timeout: Duration = timedelta(seconds=20)
    ca_file: Path | None = None

    @model_validator(mode="after")
    def _complete(self) -> Self:
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.fragment:
            raise ValueError(
                "url: cần một địa chỉ đầy đủ, không có tài khoản / needs a full address without an account"
            )
        if parts.scheme == "http" and not self.plain_http:
            raise ValueError("url: cần https://, hoặc đặt plain_http = true / needs https://, or plain_http = true")
        if not 1 <= len(self.secrets) <= 2 or not all(well_formed(one.get_secret_value()) for one in self.secrets):
            raise ValueError(
                "secrets: cần một bí mật whsec_, hoặc hai khi đang đổi; tạo bằng `python -m adapters.onestop.secrets`"
                " / needs one whsec_ secret, or two while it is being changed"
            )
        return self


class MailChannel(Section):
    """A mail server and who gets the mail."""

    host: str = Field(min_length=1)
    port: int = Field(default=587, ge=1, le=65535)
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: str = ""
    password: SecretStr = SecretStr("")
    sender: Address
    to: tuple[Address, ...] = Field(min_length=1)
    timeout: Duration = timedelta(seconds=30)
    ca_file: Path | None = None

    @model_validator(mode="after")
    def _safe(self) -> Self:
        if self.security == "none" and self.username and self.host not in _HERE:
            raise ValueError(
                'security: mật khẩu không đi qua mạng khi không mã hoá; dùng "starttls" hoặc "tls" / a password does '
                'not cross a network in clear; use "starttls" or "tls"'
            )
        if bool(self.username) != bool(self.password.get_secret_value()):
            raise ValueError("username, password: cần cả hai hoặc bỏ cả hai / needs both or neither")
        return self


class AlertSettings(Section):
    """What is watched, and who is told."""

    every: Duration = Field(default=timedelta(seconds=30), gt=timedelta(0))
    close_after: Duration = timedelta(minutes=2)
    retry_schedule: tuple[Duration, ...] = Field(default=(timedelta(minutes=1),), min_length=1)
    give_up_after: Duration = timedelta(days=3)
    console_url: str = Field(default="", pattern=r"^(https?://[^\s?#]+)?$")
    balance: BalanceRule = BalanceRule()
    closed: ClosedRule = ClosedRule()
    paused: PausedRule = PausedRule()
    dead: DeadRule = DeadRule()
    age: AgeRule = AgeRule()
    silence: SilenceRule = SilenceRule()
    uncertain: UncertainRule = UncertainRule()
    disk: Rule = Rule()
    expiring: ExpiringRule = ExpiringRule()
    backlog: BacklogRule = BacklogRule()
    webhooks: Mapping[str, WebhookChannel] = {}
    mail: Mapping[str, MailChannel] = {}

    @property
    def channels(self) -> tuple[str, ...]:
        """The names of all channels."""
        return (*self.webhooks, *self.mail)

    def rules(self) -> dict[str, Rule]:
        """Kind of alert -> its rule."""
        found = {name: getattr(self, name) for name in type(self).model_fields}
        return {name: rule for name, rule in found.items() if isinstance(rule, Rule)}

    def channels_of(self, kind: str) -> tuple[str, ...]:
        """Who hears of an alert of this kind."""
        rule = self.rules().get(kind)
        return (rule.channels if rule is not None else ()) or self.channels

    def in_clear(self) -> Iterator[str]:
        """Keys by which something would cross a network in clear, with what to do."""
        for name, hook in self.webhooks.items():
            if hook.url.startswith("http://") and urlsplit(hook.url).hostname not in _HERE:
                yield f"alerts.webhooks.{name}.url: cần https:// khi production = true / is needed in production"
        for name, box in self.mail.items():
            if box.security == "none" and box.host not in _HERE:
                yield (
                    f'alerts.mail.{name}.security: cần "starttls" hoặc "tls" khi production = true / "starttls" or '
                    '"tls" is needed in production'
                )

    @model_validator(mode="after")
    def _known(self) -> Self:
        names = self.channels
        if twice := set(self.webhooks) & set(self.mail):
            raise ValueError(f"tên kênh trùng nhau / the same name for two channels: {sorted(twice)}")
        for kind, rule in self.rules().items():
            if unknown := sorted(set(rule.channels) - set(names)):
                raise ValueError(
                    f"{kind}.channels: không có kênh {unknown}; có: {sorted(names)} / there is no such channel; "
                    f"there are {sorted(names)}"
                )
        return self


def _hours(text: str) -> Hours:
    start, end = (timedelta(hours=int(one[:2]), minutes=int(one[3:])) for one in text.split("-"))
    return start, end
