"""What `production = true` does not accept: secrets of the sandbox, doors left open, what crosses a network in clear.

All mistakes are said at once, each with its key and what to do; never a value.
"""

from __future__ import annotations

import stat
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from pydantic import SecretStr

from adapters.registry import ADAPTERS
from gateway.errors import ConfigurationError
from gateway.settings import Settings

SANDBOX_SECRET = "sandbox"  # noqa: S105 - what the simulators take
SANDBOX_WEBHOOK_SECRET = "whsec_" + "c2FuZGJveC1zZWNyZXQtb2YtbGllbi10aG9uZy0wMDE="
_IN_CLEAR = {"http://": "https://", "amqp://": "amqps://"}
_ONLY_TEXT = ("sv_url",)
"""Keys that look like an address and are never called: part of a digest."""
_SAFE_DATABASE = ("require", "verify-ca", "verify-full")
_OF_OURS = ("keys.json", "signing.json", "admin.token")
_LEAST_TOKEN = 24


def refuse_rehearsal(settings: Settings) -> None:
    """In production, refuse what only a rehearsal may use. Raises `ConfigurationError` with every mistake at once."""
    if not settings.production:
        return
    mistakes = [
        *_modes(settings),
        *_sections(settings),
        *settings.alerts.in_clear(),
        *_servers(settings),
        *_door(settings),
        *_callers(settings),
        *_files(settings),
    ]
    if mistakes:
        raise ConfigurationError(mistakes)


def _modes(settings: Settings) -> Iterator[str]:
    for name, destination in settings.destinations.items():
        if destination.mode == "sandbox":
            yield f"destinations.{name}.mode: sandbox không dùng được khi production = true / is not for production"


def _sections(settings: Settings) -> Iterator[str]:
    """Every section there is, those of steps to come included."""
    for name, section in settings.adapters.items():
        yield from _rehearsal_only(f"adapters.{name}", section)
    for client in settings.clients:
        yield from _rehearsal_only(f"clients.{client.name}.replies", client.replies)
    yield from _rehearsal_only("alerts", settings.alerts.model_dump(exclude={"webhooks": {"__all__": {"url"}}}))
    others = settings.model_dump(exclude={"adapters", "clients", "alerts", "http", "database_url", "amqp_url"})
    for name, section in others.items():
        yield from _rehearsal_only(name, section if isinstance(section, Mapping) else {"": section})


def _rehearsal_only(place: str, section: Mapping[str, Any]) -> Iterator[str]:
    """What of a section only a rehearsal may use: secrets of the sandbox, addresses that cross networks in clear."""
    for key, value in section.items():
        inside = f"{place}.{key}" if key else place
        for one in value if isinstance(value, list | tuple) else [value]:
            if isinstance(one, Mapping):
                yield from _rehearsal_only(inside, one)
                continue
            text = one.get_secret_value() if isinstance(one, SecretStr) else one
            if text in (SANDBOX_SECRET, SANDBOX_WEBHOOK_SECRET):
                yield f"{inside}: bí mật mẫu; hãy đặt bí mật thật / a sandbox secret; set the real one"
            for scheme, safe in _IN_CLEAR.items():
                if isinstance(text, str) and text.startswith(scheme) and key not in _ONLY_TEXT:
                    yield f"{inside}: cần {safe} khi production = true / {safe} is needed in production"


def _servers(settings: Settings) -> Iterator[str]:
    """Broker and database on other machines are spoken to under TLS only."""
    if settings.private_network:
        return
    if not _stays_here(settings.amqp_url):
        yield from _rehearsal_only("amqp_url", {"": settings.amqp_url})
    url = settings.database_url
    if url.startswith("postgres") and not _database_is_here(url):
        asked = parse_qs(urlsplit(url).query)
        if not set(asked.get("ssl", []) + asked.get("sslmode", [])) & set(_SAFE_DATABASE):
            yield (
                "database_url: máy chủ ở máy khác thì cần ?sslmode=verify-full (hoặc require) / a server on another "
                "machine needs ?sslmode=verify-full (or require)"
            )


def _door(settings: Settings) -> Iterator[str]:
    """Keys and passwords reach us through a server that speaks TLS, and the administrator's cannot be guessed."""
    http = settings.http
    if http.public_url.startswith("http://") and not _stays_here(http.public_url):
        yield "http.public_url: cần https:// khi production = true / https:// is needed in production"
    elif not _is_here(http.host) and not http.public_url.startswith("https://"):
        yield (
            "http.host: nghe ngoài máy này thì phải có máy chủ TLS đứng trước, khai ở http.public_url = "
            '"https://…" / listening beyond this machine needs a TLS server in front, named in http.public_url = '
            '"https://…"'
        )
    token = settings.admin_token.get_secret_value() if settings.admin_token is not None else None
    if token is not None and len(token) < _LEAST_TOKEN:
        yield (
            f"admin_token: ngắn hơn {_LEAST_TOKEN} ký tự; bỏ khoá này để trục tự tạo / shorter than {_LEAST_TOKEN} "
            "characters; leave it out and one is made"
        )


def _callers(settings: Settings) -> Iterator[str]:
    """Who may speak in the name of a national system is said: some networks, or `[]` for nobody."""
    for name, spec in ADAPTERS.items():
        if spec.listen is None or not settings.adapters.get(name):
            continue
        place = f"callbacks.{name}.allow_from"
        if name not in settings.callbacks:
            yield (
                f"{place}: hãy khai các mạng mà hệ thống này gọi đến, [] = không ai / name the networks its calls "
                "come from, [] = nobody"
            )
        elif any(network.prefixlen == 0 for network in settings.callbacks[name].allow_from):
            yield f"{place}: mạng /0 là bất cứ ai; hãy khai hẹp hơn / a /0 network is everybody; name narrower ones"


def _files(settings: Settings) -> Iterator[str]:
    """Keys that everybody on the machine can read are nobody's secret any more."""
    for name in _OF_OURS:
        path = settings.data_dir / name
        if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o007:
            yield f"{path}: ai cũng đọc được; chạy chmod 600 / everybody can read it; run chmod 600"


def _stays_here(url: str) -> bool:
    """Whether an address is of this machine: what is said crosses no network then."""
    return not url or _is_here(urlsplit(url).hostname or "localhost")


def _database_is_here(url: str) -> bool:
    """The same for a database: hosts named behind the `?` count, a folder of sockets too, not the address's own."""
    named = [host for some in parse_qs(urlsplit(url).query).get("host", []) for host in some.split(",")]
    if not named:
        return _stays_here(url)
    return all(host.startswith("/") or _is_here(host.partition(":")[0]) for host in named)


def _is_here(host: str) -> bool:
    return host in ("localhost", "::1") or host.startswith("127.")
