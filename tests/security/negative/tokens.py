"""Tokens of an issuer: every confusion that would let somebody make their own."""

from __future__ import annotations

import hmac
import json
import time
from collections.abc import Callable
from typing import Any

from tests.intake.issuer import AUDIENCE, ISSUER, Key, encoded
from tests.security.negative.case import Ask, Case, refused
from tests.security.negative.site import EC_KEY, OTHER_KEY, RSA_KEY, Site

_CLIENT = "sso"


def claims(**changes: Any) -> dict[str, Any]:
    now = int(time.time())
    good = {"iss": ISSUER, "aud": AUDIENCE, "exp": now + 300, "iat": now, "azp": _CLIENT, "sub": "u-1"}
    return {name: value for name, value in (good | changes).items() if value is not None}


def _signed(key: Key = RSA_KEY, /, _claims: Callable[[], Any] = claims, **header: Any) -> Callable[[], str]:
    return lambda: key.sign(_claims(), **header)


def _saying(**changes: Any) -> Callable[[], str]:
    return lambda: RSA_KEY.sign(claims(**changes))


def _at(**seconds: int) -> Callable[[], str]:
    """Moments so many seconds from now."""
    return lambda: RSA_KEY.sign(claims(**{name: int(time.time()) + value for name, value in seconds.items()}))


def _unsigned(algorithm: str) -> Callable[[], str]:
    return lambda: f"{encoded({'alg': algorithm, 'typ': 'JWT'})}.{encoded(claims())}."


def _by_secret(algorithm: str, digest: str, secret: Callable[[], bytes]) -> Callable[[], str]:
    def token() -> str:
        signed = f"{encoded({'alg': algorithm, 'kid': RSA_KEY.kid, 'typ': 'JWT'})}.{encoded(claims())}"
        return f"{signed}.{encoded(hmac.digest(secret(), signed.encode(), digest))}"

    return token


def _pem() -> bytes:
    found: bytes = RSA_KEY.key.as_pem(private=False)
    return found


def _twice(name: str, value: str) -> Callable[[], str]:
    return lambda: RSA_KEY.sign((json.dumps(claims())[:-1] + f', "{name}": "{value}"}}').encode())


def _changed() -> str:
    """Somebody else's claims under a good signature."""
    head, _, signature = RSA_KEY.sign(claims()).split(".")
    return f"{head}.{encoded(claims(azp='sso-la'))}.{signature}"


TOKENS: dict[str, tuple[str, Callable[[], str]]] = {
    "a token signed with none": ("TOKEN_ALGORITHM", _unsigned("none")),
    "a token signed with NONE": ("TOKEN_ALGORITHM", _unsigned("NONE")),
    "a token signed by the public key as a secret": ("TOKEN_ALGORITHM", _by_secret("HS256", "sha256", _pem)),
    "a token signed by an empty secret": ("TOKEN_ALGORITHM", _by_secret("HS512", "sha512", lambda: b"")),
    "a token that says HS256 under a good signature": ("TOKEN_ALGORITHM", _signed(alg="HS256")),
    "a token that says ES256 of an RSA key": ("TOKEN_KEY", _signed(alg="ES256")),
    "a token of an algorithm that is not allowed": ("TOKEN_ALGORITHM", _signed(alg="PS256")),
    "a token whose algorithm is a list": ("TOKEN_ALGORITHM", _signed(alg=["RS256", "none"])),
    "a token of another issuer": ("TOKEN_ISSUER", _saying(iss="https://sso.evil.example.invalid")),
    "a token whose issuer only begins right": ("TOKEN_ISSUER", _saying(iss=ISSUER + ".evil.example.invalid")),
    "a token without an issuer": ("TOKEN_ISSUER", _saying(iss=None)),
    "a token for another service": ("TOKEN_AUDIENCE", _saying(aud="dich-vu-khac")),
    "a token for nobody in particular": ("TOKEN_AUDIENCE", _saying(aud=None)),
    "a token for everybody": ("TOKEN_AUDIENCE", _saying(aud="*")),
    "a token that has expired": ("TOKEN_EXPIRED", _at(exp=-60)),
    "a token that does not count yet": ("TOKEN_NOT_YET", _at(nbf=120)),
    "a token of tomorrow": ("TOKEN_NOT_YET", _at(iat=86_400)),
    "a token that never ends": ("TOKEN_CLAIMS", _saying(exp=None)),
    "a token whose end is a text": ("TOKEN_CLAIMS", _saying(exp="9999999999")),
    "a token whose end is beyond all time": ("TOKEN_CLAIMS", _saying(exp=1e300)),
    "a token whose key is named by a path": ("TOKEN_KEY", _signed(kid="../../../../dev/null")),
    "a token whose key is asked of a database": ("TOKEN_KEY", _signed(kid="x' UNION SELECT 'AAAA")),
    "a token whose key is named by a number": ("TOKEN_KEY", _signed(kid=1)),
    "a token that brings its own key": ("TOKEN_SIGNATURE", lambda: OTHER_KEY.sign(claims(), jwk=OTHER_KEY.public())),
    "a token that says where its keys are": (
        "TOKEN_KEY",
        lambda: OTHER_KEY.sign(claims(), kid="la", jku="http://169.254.169.254/jwks"),
    ),
    "a token that says where its certificate is": (
        "TOKEN_KEY",
        lambda: OTHER_KEY.sign(claims(), kid="la", x5u="http://127.0.0.1:9/x5u", x5c=["AAAA"]),
    ),
    "a token with something critical": ("TOKEN_CRITICAL", _signed(crit=["b64"], b64=False)),
    "a token with nothing critical": ("TOKEN_CRITICAL", _signed(crit=[])),
    "a token in a token": ("TOKEN_TYPE", _signed(cty="JWT")),
    "a token of another kind": ("TOKEN_TYPE", _signed(typ="logout+jwt")),
    "a token encrypted": ("TOKEN_MALFORMED", lambda: "e30.AAAA.AAAA.AAAA.AAAA"),
    "a token of somebody else under the name of the key": ("TOKEN_SIGNATURE", lambda: OTHER_KEY.sign(claims())),
    "a token whose claims were changed": ("TOKEN_SIGNATURE", _changed),
    "a token with the signature of another algorithm": (
        "TOKEN_SIGNATURE",
        lambda: EC_KEY.sign(claims(), alg="RS256", kid="rsa-1"),
    ),
    "a token with one claim twice": ("TOKEN_MALFORMED", _twice("azp", "quan-tri")),
    "a token that ends with its padding": ("TOKEN_MALFORMED", lambda: RSA_KEY.sign(claims()) + "=="),
    "a token of a client nobody named": ("TOKEN_CLIENT", _saying(azp="quan-tri")),
    "a token of a client that is not there": ("TOKEN_CLIENT", _saying(azp="sso-la")),
    "a token of the administrator's own making": ("TOKEN_CLIENT", _saying(azp="administrator", role="administrator")),
    "a token of 8,001 bytes": ("TOKEN_TOO_LARGE", _saying(x="x" * 5560)),
}


def _case(name: str, code: str, token: Callable[[], str]) -> Case:
    def ask(_: Site) -> Ask:
        return Ask("GET", "/v1/messages", headers={"Authorization": f"Bearer {token()}"})

    never = ("eyJ", "u-1", "evil.example", "169.254", "UNION")
    return Case(name, Ask(), 401, code, refused("listMessages"), never, made=ask)


CASES = tuple(_case(name, code, token) for name, (code, token) in TOKENS.items())
