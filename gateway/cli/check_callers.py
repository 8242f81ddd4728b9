"""Can clients show who they are? Issuers whose keys cannot be fetched, and names that lead to no client."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterable

from gateway.cli.findings import NOT_LOOKED, Finding
from gateway.client_settings import IssuerSettings
from gateway.errors import GatewayError
from gateway.intake.credentials.directory import Directory
from gateway.intake.credentials.jwks import IssuerKeys, NoKeysError
from gateway.ledger.port import Ledger
from gateway.settings import Settings


async def check_callers(
    settings: Settings, ledger: Ledger | None, *, probe: bool, barred: bool
) -> AsyncIterator[Finding]:
    """What was looked at. `barred`: there is a ledger, and it cannot be looked into: then nobody knows its clients."""
    if not settings.issuers and not settings.client_certificates.header:
        return
    names = None if barred else await _names(settings, ledger)
    for issuer in settings.issuers:
        wrong = await _keys(issuer) if probe else None
        yield _finding(f"issuers {issuer.issuer}", wrong, issuer.clients.values(), names)
    if settings.client_certificates.header:
        yield _finding("client_certificates", None, settings.client_certificates.clients.values(), names)


async def _names(settings: Settings, ledger: Ledger | None) -> set[str] | None:
    """Every client; None where the ledger does not say."""
    directory = Directory(settings.clients, ledger)
    try:
        await directory.refresh()
    except GatewayError:
        return None
    return set(directory.names)


def _finding(what: str, wrong: str | None, meant: Iterable[str], names: set[str] | None) -> Finding:
    if wrong is None and names is None:
        return Finding(what, None, NOT_LOOKED, tried=False)
    return Finding(what, wrong or _strangers(set(meant) - (names or set())))


async def _keys(issuer: IssuerSettings) -> str | None:
    try:
        await IssuerKeys(issuer, time.monotonic).read()
    except NoKeysError as exc:
        return (
            "không lấy được khóa công khai (jwks_url, jwks_file): xem địa chỉ, chứng thư, tường lửa / its public keys "
            f"cannot be fetched: look at the address, its certificate, the firewall ({exc})"
        )
    return None


def _strangers(names: set[str]) -> str | None:
    if not names:
        return None
    listed = ", ".join(sorted(names))
    return (
        f"clients: không có client {listed}; thêm bằng `client add` / there is no client {listed}; add it with "
        "`client add`"
    )
