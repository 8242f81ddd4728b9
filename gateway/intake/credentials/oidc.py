"""People who sign in at an OpenID Connect provider: the code flow with PKCE, nonce and state, each of them demanded.

A browser keeps one random word of ours meanwhile. State, nonce and PKCE verifier are made from it, so nothing is held
here, any process of the door may answer the return, and an answer made for another browser fits none of them.
Sources: OpenID Connect Core 1.0 and Discovery 1.0, RFC 7636 (S256), RFC 9207 (`iss`), RFC 9700.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple
from urllib.parse import quote, quote_plus, unquote, urlencode

import structlog

from gateway.access_settings import OidcSettings
from gateway.errors import IntakeError
from gateway.intake.credentials.oidc_calls import Calls, Provider, ProviderAwayError
from gateway.message import ROLES, PersonRole
from gateway.operations.elsewhere import Begun, ElsewhereRefusedError, Identity, Returned

log = structlog.get_logger(__name__)

SECONDS = 600
"""For so long a sign-in may take."""
_MOST_USED = 10_000
_LONGEST_ONWARD = 1000
_LONGEST_SUBJECT = 255


class _Flow(NamedTuple):
    """One sign-in under way, as the browser keeps it: when it began, a random word, and where to go then."""

    kept: str
    began: int
    onward: str

    @classmethod
    def new(cls, now: int, onward: str) -> _Flow:
        goes = onward if len(onward) <= _LONGEST_ONWARD else ""
        return cls(f"{now}~{secrets.token_urlsafe(32)}~{quote(goes, safe='')}", now, goes)

    @classmethod
    def read(cls, kept: str) -> _Flow | None:
        began, _, rest = kept.partition("~")
        word, _, onward = rest.partition("~")
        if not (began.isascii() and began.isdigit() and len(began) < 12 and len(word) == 43):
            return None
        return cls(kept, int(began), unquote(onward))

    def word(self, use: str) -> str:
        """43 letters for one use; who knows one of them knows no other."""
        made = hmac.new(self.kept.encode("utf-8", "surrogateescape"), use.encode(), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(made).rstrip(b"=").decode()


class Oidc:
    """One provider."""

    def __init__(self, settings: OidcSettings, clock: Callable[[], datetime] | None = None) -> None:
        self._settings = settings
        self._clock = clock or (lambda: datetime.now(UTC))
        self._calls = Calls(settings, self._clock)
        self._used: OrderedDict[str, None] = OrderedDict()

    @property
    def label(self) -> str:
        """What the button calls it."""
        return self._settings.label

    async def begin(self, returning: str, onward: str) -> Begun:
        """See `gateway.operations.elsewhere.Elsewhere`."""
        provider = await self._known()
        flow = _Flow.new(self._now(), onward)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(flow.word("verifier").encode()).digest())
        asked = {
            "response_type": "code", "client_id": self._settings.client_id, "redirect_uri": returning,
            "scope": " ".join(self._settings.scopes), "state": flow.word("state"), "nonce": flow.word("nonce"),
            "code_challenge": challenge.rstrip(b"=").decode(), "code_challenge_method": "S256",
        }  # fmt: skip
        joined = "&" if "?" in provider.authorization else "?"
        return Begun(f"{provider.authorization}{joined}{urlencode(asked)}", flow.kept, SECONDS)

    async def finish(self, kept: str, returning: str, answer: Sequence[tuple[str, str]]) -> Returned:
        """See `gateway.operations.elsewhere.Elsewhere`. A flow ends here once, whatever comes of it."""
        said = dict(answer)
        flow = _Flow.read(kept)
        if flow is None or len(said) != len(answer) or not _same(said.get("state", ""), flow.word("state")):
            raise ElsewhereRefusedError("OIDC_STATE")
        if not 0 <= self._now() - flow.began <= SECONDS or not self._first(said["state"]):
            raise ElsewhereRefusedError("OIDC_STATE")
        provider = await self._known()
        if said.get("iss", "" if provider.names_itself else self._settings.issuer) != self._settings.issuer:
            raise ElsewhereRefusedError("OIDC_ISSUER")
        if "error" in said or not said.get("code"):
            raise ElsewhereRefusedError("OIDC_DENIED")
        token = await self._id_token(provider, said["code"], returning, flow.word("verifier"))
        return Returned(self._identity(await self._claims(provider, token, flow.word("nonce"))), flow.onward)

    async def _known(self) -> Provider:
        try:
            return await self._calls.provider()
        except ProviderAwayError as exc:
            raise self._away(exc) from exc

    async def _id_token(self, provider: Provider, code: str, returning: str, verifier: str) -> str:
        settings = self._settings
        form = {
            "grant_type": "authorization_code", "code": code, "redirect_uri": returning, "code_verifier": verifier,
        }  # fmt: skip
        headers = {}
        if settings.client_secret is None:
            form["client_id"] = settings.client_id
        else:
            pair = f"{quote_plus(settings.client_id)}:{quote_plus(settings.client_secret.get_secret_value())}"
            headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        try:
            status, told = await self._calls.post(provider.token, form, headers)
        except ProviderAwayError as exc:
            raise self._away(exc) from exc
        token = told.get("id_token")
        if status != 200 or not isinstance(token, str):
            log.warning("oidc.code_refused", status=status)
            raise ElsewhereRefusedError("OIDC_CODE")
        return token

    async def _claims(self, provider: Provider, token: str, nonce: str) -> Mapping[str, Any]:
        try:
            claims = await provider.tokens.claims_of(token)
        except IntakeError as exc:
            raise ElsewhereRefusedError("OIDC_AWAY" if exc.status == 503 else exc.problems[0].code) from exc
        if not _same(claims.get("nonce"), nonce):
            raise ElsewhereRefusedError("OIDC_NONCE")
        ours = self._settings.client_id
        if claims.get("azp", ours) != ours or claims.get("aud") not in (ours, [ours]):
            raise ElsewhereRefusedError("TOKEN_AUDIENCE")
        if "iat" not in claims:
            raise ElsewhereRefusedError("TOKEN_CLAIMS")
        return claims

    def _identity(self, claims: Mapping[str, Any]) -> Identity:
        subject, name = claims.get("sub"), claims.get(self._settings.name_claim)
        if not isinstance(subject, str) or not 0 < len(subject) <= _LONGEST_SUBJECT:
            raise ElsewhereRefusedError("TOKEN_CLAIMS")
        called = name if isinstance(name, str) else ""
        return Identity(f"{self._settings.issuer} {subject}", called, self._role(claims))

    def _role(self, claims: Mapping[str, Any]) -> PersonRole | None:
        claim, mapped = self._settings.role_claim, self._settings.roles
        found: Any = claims.get(claim)
        if claim not in claims:
            found = claims
            for part in claim.split("."):
                found = found.get(part) if isinstance(found, Mapping) else None
        said = found if isinstance(found, list) else [found]
        roles = [mapped[one] for one in said if isinstance(one, str) and one in mapped]
        return max(roles, key=ROLES.index, default=None)

    def _first(self, state: str) -> bool:
        """Whether this flow did not end before."""
        if state in self._used:
            return False
        self._used[state] = None
        if len(self._used) > _MOST_USED:
            self._used.popitem(last=False)
        return True

    def _away(self, exc: ProviderAwayError) -> ElsewhereRefusedError:
        log.warning("oidc.away", issuer=self._settings.issuer, error=str(exc))
        return ElsewhereRefusedError("OIDC_AWAY")

    def _now(self) -> int:
        return int(self._clock().timestamp())


def provider(settings: OidcSettings) -> Oidc | None:
    """As configured; None where people sign in here alone."""
    return Oidc(settings) if settings.issuer else None


def _same(one: Any, other: str) -> bool:
    return isinstance(one, str) and hmac.compare_digest(one.encode("utf-8", "surrogatepass"), other.encode())
