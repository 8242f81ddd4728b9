"""Can clients show who they are? Issuers whose keys cannot be fetched, and names that lead to no client."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator

from gateway.bootstrap import open_ledger
from gateway.client_settings import IssuerSettings
from gateway.intake.credentials.directory import Directory
from gateway.intake.credentials.jwks import IssuerKeys, NoKeysError
from gateway.settings import Settings


async def check_callers(settings: Settings, *, probe: bool, ledger: bool) -> AsyncIterator[tuple[str, str | None]]:
    """What was looked at, and what is wrong with it. `ledger`: there is one to look into."""
    if not settings.issuers and not settings.client_certificates.header:
        return
    names = await _names(settings) if ledger else {one.name for one in settings.clients}
    for issuer in settings.issuers:
        wrong = await _keys(issuer) if probe else None
        yield f"issuers {issuer.issuer}", wrong or _strangers(set(issuer.clients.values()) - names)
    if settings.client_certificates.header:
        yield "client_certificates", _strangers(set(settings.client_certificates.clients.values()) - names)


async def _names(settings: Settings) -> set[str]:
    async with open_ledger(settings) as (ledger, _):
        directory = Directory(settings.clients, ledger)
        await directory.refresh()
        return set(directory.names)


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
