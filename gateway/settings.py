"""Typed settings: `defaults.toml` < `lienthong.toml` < `LIENTHONG_*` < `*_FILE` secrets, into frozen models.

Only `load_settings` reads files and the environment, and only `bootstrap` and the command line call it. Unknown keys
are refused, and all mistakes are reported at once.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from datetime import date, timedelta
from importlib.resources import files
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError

from gateway.errors import ConfigurationError
from gateway.message import AfterEnd
from gateway.sections import Duration, Section
from gateway.watch_settings import AlertSettings, CalendarSettings


class HttpSettings(Section):
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


class LogSettings(Section):
    format: Literal["json", "console"] = "json"
    level: Literal["debug", "info", "warning", "error"] = "info"


class ClientSettings(Section):
    name: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")
    key_sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    """SHA-256 of the API key; the key itself is nowhere."""
    sources: tuple[str, ...] = ()
    agencies: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    replies: Mapping[str, Any] = Field(default={}, repr=False)
    """How answers reach it (`mode` poll, callback or amqp, and what that needs); read by `adapters.onestop`."""
    amqp_user: str = Field(default="", max_length=255)
    """The RabbitMQ account whose messages are this client's."""
    national_events: bool = True
    """It also hears what national systems tell us by themselves about dossiers of its agencies."""

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


class RetentionSettings(Section):
    """How long things are kept."""

    payload: Duration = timedelta(0)
    """Bodies of messages that have ended, from their acceptance on; 0: for ever."""


class Settings(Section):
    production: bool = False
    data_dir: Path = Path("data")
    database_url: str = ""
    amqp_url: str = ""
    amqp: AmqpSettings = AmqpSettings()
    http: HttpSettings = HttpSettings()
    log: LogSettings = LogSettings()
    ledger: LedgerSettings = LedgerSettings()
    codes: CodeRuleSettings = CodeRuleSettings()
    payments: PaymentSettings = PaymentSettings()
    retention: RetentionSettings = RetentionSettings()
    callbacks: Mapping[str, CallbackSettings] = {}
    catalogues: CatalogueSettings = CatalogueSettings()
    reconciliation: ReconciliationSettings = ReconciliationSettings()
    calendar: CalendarSettings = CalendarSettings()
    alerts: AlertSettings = AlertSettings()
    clients: tuple[ClientSettings, ...] = ()
    routes: tuple[RouteSettings, ...] = ()
    destinations: Mapping[str, DestinationSettings] = {}
    adapters: Mapping[str, Mapping[str, Any]] = {}
    admin_token: SecretStr | None = None

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


def _merge(base: dict[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in over.items():
        old = merged.get(key)
        merged[key] = _merge(old, value) if isinstance(value, Mapping) and isinstance(old, dict) else value
    return merged


def _from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    """`LIENTHONG_HTTP__PORT=9000` -> {"http": {"port": 9000}}; `…_FILE` reads the value from that file."""
    tree: dict[str, Any] = {}
    for name, raw in environment.items():
        if not name.startswith("LIENTHONG_") or name == "LIENTHONG_CONFIG" or name.startswith("LIENTHONG_TEST_"):
            continue
        path = name.removeprefix("LIENTHONG_").lower()
        value: str = raw
        if path.endswith("_file"):
            path, value = path.removesuffix("_file"), Path(raw).read_text().strip()
        node = tree
        *parents, leaf = path.split("__")
        for parent in parents:
            node = node.setdefault(parent, {})
        node[leaf] = _literal(value)
    return tree


def _literal(value: str) -> Any:
    """A TOML value where it reads as one (numbers, booleans, arrays), else the text itself."""
    try:
        return tomllib.loads(f"x = {value}")["x"]
    except tomllib.TOMLDecodeError:
        return value


def load_settings(
    path: Path | None = None, environment: Mapping[str, str] | None = None, overrides: Mapping[str, Any] | None = None
) -> Settings:
    """Read everything and validate it once. Raises `ConfigurationError` with every mistake at once."""
    env = os.environ if environment is None else environment
    tree: dict[str, Any] = tomllib.loads((files("gateway") / "defaults.toml").read_text("utf-8"))
    file = path or (Path(env["LIENTHONG_CONFIG"]) if env.get("LIENTHONG_CONFIG") else None)
    if file is not None:
        try:
            tree = _merge(tree, tomllib.loads(file.read_text("utf-8")))
        except (OSError, tomllib.TOMLDecodeError) as exc:
            raise ConfigurationError([f"{file}: {exc}"]) from exc
    tree = _merge(_merge(tree, _from_environment(env)), overrides or {})
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


SANDBOX_SECRET = "sandbox"  # noqa: S105 - what the simulators take
SANDBOX_WEBHOOK_SECRET = "whsec_" + "c2FuZGJveC1zZWNyZXQtb2YtbGllbi10aG9uZy0wMDE="
_IN_CLEAR = {"http://": "https://", "amqp://": "amqps://"}


def _rehearsal_only(place: str, section: Mapping[str, Any]) -> list[str]:
    """What of a section only a rehearsal may use: secrets of the sandbox, addresses that cross networks in clear."""
    mistakes = []
    for key, value in section.items():
        if isinstance(value, Mapping):
            mistakes += _rehearsal_only(f"{place}.{key}", value)
            continue
        for one in value if isinstance(value, list | tuple) else [value]:
            if one in (SANDBOX_SECRET, SANDBOX_WEBHOOK_SECRET):
                mistakes.append(f"{place}.{key}: bí mật mẫu; hãy đặt bí mật thật / a sandbox secret; set the real one")
            for scheme, safe in _IN_CLEAR.items():
                if isinstance(one, str) and one.startswith(scheme):
                    mistakes.append(f"{place}.{key}: cần {safe} khi production = true / {safe} is needed in production")
    return mistakes


def refuse_rehearsal(settings: Settings) -> None:
    """In production, refuse what only a rehearsal may use. Raises `ConfigurationError` with every mistake at once."""
    if not settings.production:
        return
    mistakes = [
        f"destinations.{name}.mode: sandbox không dùng được khi production = true / is not for production"
        for name, destination in settings.destinations.items()
        if destination.mode == "sandbox"
    ]
    sections = {f"adapters.{name}": section for name, section in settings.adapters.items()}
    sections |= {f"clients.{client.name}.replies": client.replies for client in settings.clients}
    for place, section in sections.items():
        mistakes += _rehearsal_only(place, section)
    mistakes += settings.alerts.in_clear()
    if settings.amqp_url and not _stays_here(settings.amqp_url):
        mistakes += _rehearsal_only("", {"amqp_url": settings.amqp_url})
    if mistakes:
        raise ConfigurationError([mistake.removeprefix(".") for mistake in mistakes])


def _stays_here(url: str) -> bool:
    """Whether an address is of this machine: what senders say crosses no network then."""
    return urlsplit(url).hostname in ("localhost", "127.0.0.1", "::1")
