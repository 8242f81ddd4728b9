"""Typed settings: `defaults.toml` < `lienthong.toml` < `LIENTHONG_*` < `*_FILE` secrets, into frozen models.

Only `load_settings` reads files and the environment, and only `bootstrap` and the command line call it. Unknown keys
are refused, and all mistakes are reported at once.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import date, timedelta
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator

from gateway.access_settings import AuditSettings, ConsoleSettings
from gateway.client_settings import LONGEST_DEBT, AttemptSettings, CertificateSettings, IssuerSettings, burst_of
from gateway.config_sources import is_address, read_sources
from gateway.edge_settings import DiskSettings, HttpSettings, RetentionSettings
from gateway.errors import ConfigurationError
from gateway.indicator_settings import IndicatorSettings
from gateway.message import AfterEnd
from gateway.sections import Duration, Section
from gateway.watch_settings import AlertSettings, CalendarSettings


class LogSettings(Section):
    format: Literal["json", "console"] = "json"
    level: Literal["debug", "info", "warning", "error"] = "info"


class TracingSettings(Section):
    """Spans to a collector; they need the extra `otel`."""

    enabled: bool = False
    endpoint: str = Field(default="", pattern=r"^(https?://[^\s?#]+)?$")
    """The collector's OTLP/HTTP address (`/v1/traces` is added); empty: as `OTEL_EXPORTER_OTLP_ENDPOINT` says."""
    ratio: float = Field(default=1.0, ge=0, le=1)
    """The share of messages traced whose sender did not decide."""


CLIENT_NAME = r"^[a-z0-9][a-z0-9_-]{0,62}$"
ADMINISTRATOR = "administrator"
"""Whoever holds the installation's own token, as the audit names them: no client's name."""


class ClientSettings(Section):
    name: str = Field(pattern=CLIENT_NAME)
    key_sha256: str = Field(default="", pattern=r"^([0-9a-f]{64})?$")
    """SHA-256 of an API key; the key itself is nowhere. Empty: its keys are those that `client rotate` gives it."""
    sources: tuple[str, ...] = ()
    agencies: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    replies: Mapping[str, Any] = Field(default={}, repr=False)
    """How answers reach it (`mode` poll, callback or amqp, and what that needs); read by `adapters.onestop`."""
    amqp_user: str = Field(default="", max_length=255)
    """The RabbitMQ account whose messages are this client's."""
    rate: float = Field(default=0, ge=0, le=1_000_000)
    """Messages a second that it may send; 0: as many as it likes."""
    burst: int = Field(default=0, ge=0, le=1_000_000)
    """Messages at once, after a pause; 0: those of ten seconds."""
    national_events: bool = True
    """It also hears what national systems tell us by themselves about dossiers of its agencies."""

    @field_validator("name")
    @classmethod
    def _a_senders(cls, name: str) -> str:
        if name == ADMINISTRATOR:
            raise ValueError(
                "là tên của chính trục trong nhật ký kiểm toán; hãy chọn tên khác / the audit calls the gateway's own "
                "administrator so; choose another name"
            )
        return name

    @model_validator(mode="after")
    def _worked_off(self) -> Self:
        if self.rate and burst_of(self.rate, self.burst) > self.rate * LONGEST_DEBT:
            raise ValueError(
                "burst: với rate này phải hết nợ trong 100.000 giây; hãy giảm burst hoặc tăng rate / must be worked "
                "off at this rate within 100,000 seconds: a smaller burst or a higher rate"
            )
        return self

    @property
    def reply_mode(self) -> str:
        return str(self.replies.get("mode", "poll"))


class RouteSettings(Section):
    """One message type's way to one destination."""

    type: str
    destination: str
    operation: str
    mapping: str
    when: Mapping[str, str] = {}
    """Only messages whose data holds these values (field -> value) go this way."""
    retry_schedule: tuple[Duration, ...] | None = None
    """None: the destination's."""
    lane: bool = True
    supersedes: bool = False
    after_dead: AfterEnd = "hold"
    after_refused: AfterEnd = "continue"


Mode = Literal["live", "shadow", "hold", "sandbox"]


class DestinationSettings(Section):
    mode: Mode = "live"
    agencies: Mapping[str, Literal["live", "shadow", "hold"]] = {}
    """Agency code -> mode of what concerns this agency or a unit below it; the most specific one wins."""
    concurrency: int = Field(default=8, ge=1, le=1000)
    partitions: int = Field(default=1, ge=1, le=64)
    """Queues it is split over by dossier, so that several worker processes serve it; each has its share of `rate` and
    `concurrency`."""
    pack_size: int = Field(default=50, ge=1, le=500)
    rate: float = Field(default=0, ge=0, description="calls a second; 0 = no cap")
    retry_schedule: tuple[Duration, ...] = ()
    timeout: Duration = timedelta(seconds=30)
    unclear_gap: Duration = timedelta(seconds=60)
    breaker_failures: int = Field(default=10, ge=1)
    breaker_pause: Duration = timedelta(seconds=30)


class PaymentSettings(Section):
    """What the gateway does about payments by itself."""

    watch_after: Duration = timedelta(minutes=1)
    """An attempt this old is asked about until it is paid, failed or its schedule ends."""
    open_grace: Duration = timedelta(minutes=15)
    """An attempt this old whose page address never came: the sender is told, and may request anew."""
    receipts: bool = True
    """After a payment the receipt is fetched without being asked for."""


class CallbackSettings(Section):
    """Who may call us in the name of a national system."""

    allow_from: tuple[IPv4Network | IPv6Network, ...] = ()
    """Networks its calls come from. Empty: from anywhere, with a warning; in production nothing is taken then."""


class CatalogueSettings(Section):
    """Catalogues the portal publishes, fetched on a schedule."""

    refresh_at: str = Field(default="", pattern=r"^(([01][0-9]|2[0-3]):[0-5][0-9])?$")
    """Time of day in Việt Nam; empty: only when asked for."""
    kinds: tuple[str, ...] = ()


class ReconciliationSettings(Section):
    """Comparing what a destination holds with what it confirmed."""

    rate: float = Field(default=2.0, gt=0, le=100, description="questions a second, beside its deliveries")
    batch: int = Field(default=20, ge=1, le=500)
    """Questions after which their answers are stored."""
    progress_moves_status: bool = True
    """The destination takes the status of a progress step for the dossier's own."""
    nightly_at: str = Field(default="", pattern=r"^(([01][0-9]|2[0-3]):[0-5][0-9])?$")
    """Time of day in Việt Nam; empty: only when asked for."""
    look_back: Duration = timedelta(days=3)
    """How far back of midnight a nightly run looks: longer than a delivery may take."""


class CodeRuleSettings(Section):
    """Switches of the code rules (`docs/intake.md`)."""

    closed_agency: Literal["warn", "refuse"] = "warn"
    level1_valid: Mapping[str, tuple[date | None, date | None]] = {}
    """Level-1 agency code -> (valid from, valid to), both inclusive; codes not named are taken as open."""


class LedgerSettings(Section):
    linger: Duration = timedelta(0)
    max_batch: int = Field(default=300, ge=1)
    claim_timeout: Duration = timedelta(seconds=60)
    sweep_every: Duration = timedelta(seconds=1)
    outbox_limit: int = Field(default=20_000, ge=1)


class AmqpSettings(Section):
    """How RabbitMQ is used, once `amqp_url` names one."""

    prefix: str = Field(default="lienthong", pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")
    """First word of all names there; two installations on one broker need two."""
    intake: bool = True
    """Messages are taken from the queue `<prefix>.intake` too."""
    client: str = ""
    """In whose name messages speak that carry no `user_id`; empty: they are rejected."""
    prefetch: int = Field(default=100, ge=1, le=2000)
    """Messages in hand, not yet stored."""
    patience: Duration = timedelta(seconds=30)
    """How long messages in hand wait for the ledger before they are given back to RabbitMQ."""
    keep_rejected_bodies: bool = False
    """What was rejected is kept with its content, for seven days, not only with ids and reasons."""
    wire_tap: bool = False
    """What happens to messages and deliveries is told on the exchange `<prefix>.events`."""


class Settings(Section):
    production: bool = False
    data_dir: Path = Path("data")
    database_url: str = Field(default="", repr=False)
    amqp_url: str = Field(default="", repr=False)
    private_network: bool = False
    """The way to the two servers is a network of this machine alone (containers side by side)."""
    amqp: AmqpSettings = AmqpSettings()
    http: HttpSettings = HttpSettings()
    log: LogSettings = LogSettings()
    tracing: TracingSettings = TracingSettings()
    ledger: LedgerSettings = LedgerSettings()
    disk: DiskSettings = DiskSettings()
    codes: CodeRuleSettings = CodeRuleSettings()
    payments: PaymentSettings = PaymentSettings()
    retention: RetentionSettings = RetentionSettings()
    audit: AuditSettings = AuditSettings()
    console: ConsoleSettings = ConsoleSettings()
    callbacks: Mapping[str, CallbackSettings] = {}
    catalogues: CatalogueSettings = CatalogueSettings()
    reconciliation: ReconciliationSettings = ReconciliationSettings()
    calendar: CalendarSettings = CalendarSettings()
    alerts: AlertSettings = AlertSettings()
    indicators: IndicatorSettings = IndicatorSettings()
    clients: tuple[ClientSettings, ...] = ()
    issuers: tuple[IssuerSettings, ...] = ()
    client_certificates: CertificateSettings = CertificateSettings()
    failed_attempts: AttemptSettings = AttemptSettings()
    routes: tuple[RouteSettings, ...] = ()
    destinations: Mapping[str, DestinationSettings] = {}
    adapters: Mapping[str, Mapping[str, Any]] = Field(default={}, repr=False)
    admin_token: SecretStr | None = None

    @field_validator("database_url", "amqp_url")
    @classmethod
    def _readable(cls, url: str) -> str:
        if not is_address(url):
            raise ValueError(
                "không phải địa chỉ; ký tự đặc biệt trong mật khẩu phải viết dạng %XX / not an address; special "
                "characters in its password are written as %XX"
            )
        return url

    def destination(self, name: str) -> DestinationSettings:
        """What is configured for a destination: under its own name, else its kind's (`onestop`)."""
        return self.destinations.get(name) or self.destinations.get(name.partition("/")[0]) or DestinationSettings()

    @property
    def console_url(self) -> str:
        """Where people look and act, as notices of alerts name it."""
        return (
            self.alerts.console_url or f"{self.http.public_url or f'http://{self.http.host}:{self.http.port}'}/console"
        )

    @property
    def active_routes(self) -> tuple[RouteSettings, ...]:
        """The routes to systems whose section `[adapters.<name>]` is filled in: what is not connected has no routes."""
        return tuple(route for route in self.routes if self.adapters.get(route.destination))


def load_settings(
    path: Path | None = None, environment: Mapping[str, str] | None = None, overrides: Mapping[str, Any] | None = None
) -> Settings:
    """Read everything and validate it once. Raises `ConfigurationError` with every mistake at once."""
    env = os.environ if environment is None else environment
    file = path or (Path(env["LIENTHONG_CONFIG"]) if env.get("LIENTHONG_CONFIG") else None)
    tree = read_sources(file, env, overrides or {})
    try:
        return Settings.model_validate(tree)
    except ValidationError as exc:
        where = str(file) if file else "defaults and environment"
        raise ConfigurationError(
            [f"{where}: {_mistake(e['loc'], e['type'], e['msg'])}" for e in exc.errors()]
        ) from None


def _mistake(place: tuple[int | str, ...], kind: str, words: str) -> str:
    """One mistake as a person reads it: the key, and what is wrong with it; never the value, which may be a secret."""
    if kind == "extra_forbidden":
        words = "khoá lạ / unknown key"
    return f"{'.'.join(str(part) for part in place)}: {words}"
