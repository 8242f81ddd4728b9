"""Tokens of an OAuth2 issuer (RFC 7519, RFC 9068) instead of an API key: what is not certain to be meant for us is no.

The issuer is one that is configured, and only its own keys count: a header's words about keys (`jku`, `x5u`, `jwk`,
`x5c`) are never followed. What was verified is remembered until it ends, so a sender's thousandth message costs a look
into a table.
"""

from __future__ import annotations

import base64
import binascii
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, NamedTuple

from joserfc.jws import JWSRegistry

from gateway.client_settings import IssuerSettings
from gateway.errors import IntakeError
from gateway.intake.credentials.jwks import IssuerKeys, VerifyingKey
from gateway.intake.json_reader import read_json
from gateway.intake.problem import refusal

LONGEST = 8000
"""Bytes; a header line of aiohttp ends at 8,190."""
_MOST_REMEMBERED = 10_000
_LONGEST_WORD = 500
_TYPES = ("jwt", "at+jwt", "application/at+jwt")
_WORDS: Mapping[str, tuple[str, str]] = {
    "TOKEN_MALFORMED": ("không đọc được như một JWT", "cannot be read as a JWT"),
    "TOKEN_TOO_LARGE": (f"dài hơn {LONGEST} byte", f"is longer than {LONGEST} bytes"),
    "TOKEN_TYPE": ("không phải loại access token", "is not of the kind of access tokens"),
    "TOKEN_CRITICAL": ("đòi hỏi phần mở rộng mà trục không có", "asks for an extension that the gateway has not"),
    "TOKEN_ALGORITHM": ("ký bằng thuật toán không được nhận", "is signed with an algorithm that is not taken"),
    "TOKEN_ISSUER": ("do nơi không được tin cấp", "is of an issuer that is not trusted here"),
    "TOKEN_KEY": ("ký bằng khóa mà nơi cấp không công bố", "is signed with a key that its issuer does not publish"),
    "TOKEN_SIGNATURE": ("có chữ ký sai", "has a wrong signature"),
    "TOKEN_AUDIENCE": ("không cấp cho trục này (aud)", "is not meant for this gateway (aud)"),
    "TOKEN_EXPIRED": ("đã hết hạn; hãy xin token mới", "has expired; ask for a new one"),
    "TOKEN_NOT_YET": ("chưa có hiệu lực; hãy kiểm tra đồng hồ", "is not valid yet; check the clock"),
    "TOKEN_CLAIMS": ("thiếu hoặc sai exp, nbf hay iat", "has no or wrong exp, nbf or iat"),
    "TOKEN_CLIENT": ("thuộc client chưa khai báo ở trục", "is of a client that is not configured here"),
}


class Verified(NamedTuple):
    """Whom a good token names, and until when it counts (seconds since 1970, leeway included)."""

    client: str
    until: float
    issuer: _Issuer
    generation: int


class _Issuer(NamedTuple):
    settings: IssuerSettings
    keys: IssuerKeys


class Tokens:
    """Says which client a token names."""

    def __init__(
        self,
        issuers: Sequence[IssuerSettings],
        clock: Callable[[], datetime] | None = None,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        """`seconds`: by what the age of an issuer's keys is told."""
        self._clock = clock or (lambda: datetime.now(UTC))
        self._issuers = {one.issuer: _Issuer(one, IssuerKeys(one, seconds)) for one in issuers}
        self._verified: dict[bytes, Verified] = {}

    def may_be(self, credential: str) -> bool:
        """Whether a bearer credential is meant as a token; nothing is where no issuer is configured."""
        return bool(self._issuers) and credential.count(".") >= 2 and not credential.startswith("lt_")

    def remembered(self, token: str) -> str | None:
        """The client of a token that was verified before and still counts.

        None also for the first who calls when its issuer's keys are due to be fetched anew: one that it took back is
        met then. Whoever calls while the issuer does not answer is let in by what was known.
        """
        found = self._known(token)
        return found.client if found is not None and found.issuer.keys.count else None

    def is_known(self, token: str) -> bool:
        """Whether it was verified by the keys that are known, and has not ended: no guess, whatever its address is."""
        return self._known(token) is not None

    def _known(self, token: str) -> Verified | None:
        found = self._verified.get(_digest(token))
        if found is None or found.generation != found.issuer.keys.generation or self._seconds() >= found.until:
            return None
        return found

    async def client_of(self, token: str) -> str:
        """The configured name of its client. Raises `IntakeError` 401, or 503 while the issuer's keys are away."""
        verified = await self._verify(token)
        if len(self._verified) >= _MOST_REMEMBERED:
            self._verified.pop(next(iter(self._verified)))
        self._verified[_digest(token)] = verified
        return verified.client

    async def _verify(self, token: str) -> Verified:
        claims, issuer = await self._read(token)
        client = issuer.settings.clients.get(_word(claims.get(issuer.settings.client_claim)))
        until = _judge_claims(claims, issuer.settings, self._seconds())
        if client is None:
            raise _no("TOKEN_CLIENT")
        return Verified(client, until, issuer, issuer.keys.generation)

    async def claims_of(self, token: str) -> Mapping[str, Any]:
        """What a token says that its issuer signed, that is meant for us and counts now. Raises as `client_of`."""
        claims, issuer = await self._read(token)
        _judge_claims(claims, issuer.settings, self._seconds())
        return claims

    async def _read(self, token: str) -> tuple[Mapping[str, Any], _Issuer]:
        if len(token) > LONGEST:
            raise _no("TOKEN_TOO_LARGE")
        signed, _, signature = token.rpartition(".")
        head, _, body = signed.partition(".")
        header, claims = _object(head), _object(body)
        algorithm = _judge_header(header)
        issuer = self._issuers.get(_word(claims.get("iss")))
        if issuer is None:
            raise _no("TOKEN_ISSUER")
        if algorithm not in issuer.settings.algorithms:
            raise _no("TOKEN_ALGORITHM")
        # The claims are believed from here on only if one of the issuer's own keys signed them.
        kid = header.get("kid")
        if kid is not None and not _word(kid):
            raise _no("TOKEN_KEY")
        candidates = await issuer.keys.candidates(kid, algorithm)
        if not candidates:
            raise _no("TOKEN_KEY")
        if not _signed_by_one(candidates, algorithm, signed, _decoded(signature)):
            raise _no("TOKEN_SIGNATURE")
        return claims, issuer

    def _seconds(self) -> float:
        return self._clock().timestamp()


def unknown_client() -> IntakeError:
    """A good token of a client that is not in force."""
    return _no("TOKEN_CLIENT")


def _judge_header(header: Mapping[str, Any]) -> str:
    """What the token says it is signed with."""
    if "crit" in header:
        raise _no("TOKEN_CRITICAL")
    kind = header.get("typ", "JWT")
    if not isinstance(kind, str) or kind.lower() not in _TYPES or "cty" in header:
        raise _no("TOKEN_TYPE")
    algorithm = header.get("alg")
    if not isinstance(algorithm, str):
        raise _no("TOKEN_ALGORITHM")
    return "EdDSA" if algorithm == "Ed25519" else algorithm


def _judge_claims(claims: Mapping[str, Any], issuer: IssuerSettings, now: float) -> float:
    """Until when they count, if they are meant for us and count now."""
    audience = claims.get("aud")
    if issuer.audience not in (audience if isinstance(audience, list) else [audience]):
        raise _no("TOKEN_AUDIENCE")
    leeway = issuer.leeway.total_seconds()
    ends = _moment(claims, "exp")
    if ends is None:
        raise _no("TOKEN_CLAIMS")
    if now >= ends + leeway:
        raise _no("TOKEN_EXPIRED")
    for name in ("nbf", "iat"):
        begins = _moment(claims, name)
        if begins is not None and now < begins - leeway:
            raise _no("TOKEN_NOT_YET")
    return ends + leeway


def _moment(claims: Mapping[str, Any], name: str) -> float | None:
    value = claims.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e11:
        raise _no("TOKEN_CLAIMS")
    return float(value)


def _signed_by_one(candidates: Sequence[VerifyingKey], algorithm: str, signed: str, signature: bytes) -> bool:
    # EdDSA is what RFC 8037 calls it, Ed25519 what RFC 9864 and joserfc do.
    model: Any = JWSRegistry.algorithms["Ed25519" if algorithm == "EdDSA" else algorithm]
    return any(model.verify(signed.encode(), signature, one.key) for one in candidates[:4])


def _object(part: str) -> dict[str, Any]:
    """A part of a token as strict JSON: no name twice, nothing two readers could read differently."""
    try:
        tree = read_json(_decoded(part))
    except IntakeError:
        raise _no("TOKEN_MALFORMED") from None
    if not isinstance(tree, dict):
        raise _no("TOKEN_MALFORMED")
    return tree


def _decoded(part: str) -> bytes:
    """Base64url without padding, written in the one way there is."""
    try:
        raw = base64.b64decode(part.encode("ascii") + b"=" * (-len(part) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise _no("TOKEN_MALFORMED") from None
    if not part or base64.urlsafe_b64encode(raw).rstrip(b"=").decode() != part:
        raise _no("TOKEN_MALFORMED")
    return raw


def _word(value: Any) -> str:
    """A claim that is a short text; else an empty one, which names nothing."""
    return value if isinstance(value, str) and len(value) <= _LONGEST_WORD else ""


def _digest(token: str) -> bytes:
    return sha256(token.encode("utf-8", "surrogateescape")).digest()


def _no(code: str) -> IntakeError:
    vi, en = _WORDS[code]
    return refusal(401, code, f"Token này {vi}.", f"This token {en}.")
