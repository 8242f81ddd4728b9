"""What comes to its end: certificates of files and of the systems called, keys and tokens by their age."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from cryptography import x509
from cryptography.x509.oid import NameOID

from adapters.transport.certificates import shown
from gateway.ledger.port import Ledger
from gateway.settings import Settings

Kind = Literal["certificate", "server", "client_key", "sealing_key", "admin_token"]
_MOST_NAMED = 10
"""Certificates of a file; one with more is a collection of issuers, of which single ones may well have ended."""
_RING, _TOKEN = "keys.json", "admin.token"


@dataclass(frozen=True, slots=True)
class Ending:
    """One thing that ends, or grows too old, at a moment. Holds no secret: `name` is a path, a host or a key's id."""

    kind: Kind
    name: str
    at: datetime | None
    """None: the file cannot be read as certificates."""


async def endings(ledger: Ledger, settings: Settings) -> list[Ending]:
    """Everything, the soonest first. Reads a few small files and the keys of clients; raises `LedgerUnavailable`."""
    found = await asyncio.to_thread(lambda: [*certificates_of(settings), *_of_tokens(settings)])
    found += [Ending("server", host, at) for host, at in shown().items()]
    if settings.alerts.expiring.key_age:
        found += await _of_keys(ledger, settings)
    return sorted(found, key=lambda one: (one.at is not None, one.at, one.kind, one.name))


def files_of(settings: Settings) -> dict[str, Path]:
    """Key of the configuration -> a file of certificates that it names."""
    found = {f"alerts.expiring.files[{place}]": path for place, path in enumerate(settings.alerts.expiring.files)}
    for name, adapter in settings.adapters.items():
        if told := dict(adapter).get("ca_file"):
            found[f"adapters.{name}.ca_file"] = Path(str(told))
    sections: dict[str, Any] = {f"alerts.webhooks.{name}": one for name, one in settings.alerts.webhooks.items()}
    sections |= {f"alerts.mail.{name}": one for name, one in settings.alerts.mail.items()}
    sections |= {f"issuers[{place}]": one for place, one in enumerate(settings.issuers)}
    sections["console.oidc"] = settings.console.oidc
    return found | {f"{key}.ca_file": one.ca_file for key, one in sections.items() if one.ca_file is not None}


def certificates_of(settings: Settings) -> Iterator[Ending]:
    """Those of the files that the configuration names; reads them."""
    for key, path in files_of(settings).items():
        try:
            read = x509.load_pem_x509_certificates(path.read_bytes())
        except (OSError, ValueError):
            yield Ending("certificate", f"{key}: {path}", None)
            continue
        latest: dict[str, datetime] = {}
        for one in read:  # an old one beside its successor troubles nobody
            name = _named(one)
            latest[name] = max(one.not_valid_after_utc, latest.get(name, one.not_valid_after_utc))
        if len(latest) > _MOST_NAMED:
            latest = {f"{len(latest)}": max(latest.values())}
        yield from (Ending("certificate", f"{key}: {path} ({name})", at) for name, at in latest.items())


def _named(certificate: x509.Certificate) -> str:
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(names[0].value) if names else certificate.subject.rfc4514_string()


def _of_tokens(settings: Settings) -> Iterator[Ending]:
    """The administrator's token that the gateway made; of one in the configuration nobody knows the age."""
    age = settings.alerts.expiring.key_age
    made = _written(settings.data_dir / _TOKEN) if age and settings.admin_token is None else None
    if made is not None:
        yield Ending("admin_token", _TOKEN, made + age)


async def _of_keys(ledger: Ledger, settings: Settings) -> list[Ending]:
    age, now = settings.alerts.expiring.key_age, datetime.now(UTC)
    known = await ledger.clients()
    found = [
        Ending("client_key", f"{key.client}: {key.id}", key.created_at + age)
        for key in (known.keys if known else ())
        if key.in_force(now) and key.ends_at is None
    ]
    began = next((one.begun_at for one in await ledger.rewrappings()), None)
    made = began or await asyncio.to_thread(_written, settings.data_dir / _RING)
    return found + ([Ending("sealing_key", _RING, made + age)] if made is not None else [])


def _written(path: Path) -> datetime | None:
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except OSError:
        return None
