"""The ways in which a sending system says who it is, as one: a key, a token, a certificate that a proxy has seen."""

from __future__ import annotations

from collections.abc import Sequence

from aiohttp import hdrs, web

from gateway.caller import caller_address
from gateway.errors import IntakeError
from gateway.intake.credentials.attempts import Attempts
from gateway.intake.credentials.certificates import Certificates, not_the_proxy, unknown_certificate
from gateway.intake.credentials.directory import Directory
from gateway.intake.credentials.limits import Limits
from gateway.intake.credentials.rates import Rates
from gateway.intake.credentials.tokens import Tokens, unknown_client
from gateway.intake.problem import refusal
from gateway.message import Client
from gateway.security.api_key import digest_of
from gateway.settings import Settings

ADMINISTRATOR = Client("administrator", role="administrator")
"""Whoever holds the installation's own token: commands on its machine."""
_SCHEME = "bearer "
_LONGEST_KEY = 512


class Credentials:
    """Who a request comes from; one way of `gateway.intake.gate.Identifies`.

    A wrong credential is refused, never passed over for another: what a request says of itself is all or nothing.
    """

    def __init__(
        self,
        directory: Directory,
        *,
        tokens: Tokens,
        certificates: Certificates,
        attempts: Attempts,
        admin_token: str | None = None,
    ) -> None:
        self._directory = directory
        self._tokens = tokens
        self._certificates = certificates
        self._attempts = attempts
        self._admin_digest = digest_of(admin_token) if admin_token else None

    async def identify(self, request: web.Request) -> Client | None:
        """Who is calling; None where the request says nothing of the kind. Raises `IntakeError` 401, 429, 503."""
        said = request.headers.getall(hdrs.AUTHORIZATION, ())
        try:
            if said:
                return await self._by_word(said, request)
            return self._by_certificate(request)
        except IntakeError as exc:
            if exc.status == 401:
                self._attempts.failed(caller_address(request))
            raise

    async def _by_word(self, said: Sequence[str], request: web.Request) -> Client:
        credential = said[0][len(_SCHEME) :].strip()
        if len(said) == 1 and said[0][: len(_SCHEME)].lower() == _SCHEME:
            if self._tokens.may_be(credential):
                return await self._by_token(credential, request)
            if 0 < len(credential) <= _LONGEST_KEY and (client := await self._by_key(credential)) is not None:
                return client
        raise refusal(
            401,
            "CREDENTIALS_UNKNOWN",
            "Khóa truy cập không đúng hoặc đã bị thu hồi; hãy hỏi quản trị viên của trục.",
            "The API key is wrong or was revoked; ask the administrator of the gateway.",
        )

    async def _by_key(self, key: str) -> Client | None:
        digest = digest_of(key)
        if digest == self._admin_digest:
            return ADMINISTRATOR
        client = self._directory.by_digest(digest)
        if client is not None:
            return client
        await self._directory.look_again()
        return self._directory.by_digest(digest)

    async def _by_token(self, token: str, request: web.Request) -> Client:
        name = self._tokens.remembered(token)
        if name is None:
            if not self._tokens.is_known(token):
                self._attempts.look(caller_address(request))
            name = await self._tokens.client_of(token)
        client = self._directory.named(name)
        if client is None:
            raise unknown_client()
        return client

    def _by_certificate(self, request: web.Request) -> Client | None:
        header = self._certificates.header
        passed_on = request.headers.getall(header, ()) if header else ()
        if not passed_on:
            return None
        if not self._certificates.trusts(request.remote):
            if request.cookies:
                return None  # somebody who may have signed in; the header is worth nothing either way
            raise not_the_proxy()
        client = self._directory.named(self._certificates.client_of(",".join(passed_on)))
        if client is None:
            raise unknown_certificate()
        return client


def credentials_of(settings: Settings, directory: Directory, admin_token: str | None = None) -> Credentials:
    """As configured. `admin_token` is the key of the installation's own administrator."""
    return Credentials(
        directory,
        tokens=Tokens(settings.issuers),
        certificates=Certificates(settings.client_certificates),
        attempts=Attempts(settings.failed_attempts),
        admin_token=admin_token,
    )


def limits_of(settings: Settings, directory: Directory) -> Limits:
    """How fast each client may send, counted for all processes that have this data folder."""
    return Limits(Rates(settings.data_dir / "rates"), directory.rate_of)
