"""Tokens of an issuer instead of an API key: what is meant for this gateway goes through, confusions are refused."""

from __future__ import annotations

import asyncio
import base64
import hmac
import json
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import orjson
import pytest
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import rsa

from gateway.client_settings import AttemptSettings, IssuerSettings
from gateway.errors import IntakeError
from gateway.intake.credentials.directory import Directory
from gateway.intake.credentials.jwks import IssuerKeys
from gateway.intake.credentials.tokens import Tokens
from gateway.intake.credentials.ways import credentials_of
from gateway.intake.gate import Gate
from gateway.settings import CodeRuleSettings, Settings
from tests.fakes.acceptance import MemoryAcceptance, MemoryViews
from tests.intake.conftest import CLIENTS, NOW, Clock, Door, a_door
from tests.intake.documents import an_event
from tests.intake.issuer import AUDIENCE, ISSUER, Issuer, Key, encoded

RSA, EC, ED = Key.of("rsa-1", "RS256"), Key.of("ec-1", "ES256"), Key.of("ed-1", "EdDSA")
STRANGER = Key.of("rsa-1", "RS256")
NEVER = Key.of("rsa-2", "RS256")
AT = int(NOW.timestamp())


def claims(**changes: Any) -> dict[str, Any]:
    good = {"iss": ISSUER, "aud": AUDIENCE, "exp": AT + 300, "iat": AT, "azp": "mot-cua-sso", "sub": "u-1"}
    return {name: value for name, value in (good | changes).items() if value is not None}


def settings_of(issuer: Issuer, **changes: Any) -> IssuerSettings:
    return IssuerSettings(
        issuer=ISSUER,
        jwks_url=f"{issuer.address}/jwks",
        audience=AUDIENCE,
        clients={"mot-cua-sso": "motcua", "nguoi-la": "khong-co"},
        **changes,
    )


@pytest.fixture
async def issuer() -> AsyncIterator[Issuer]:
    async with Issuer([RSA.public(), EC.public(), ED.public()]).running() as running:
        yield running


@pytest.fixture
async def door(code_rules: CodeRuleSettings, issuer: Issuer) -> AsyncIterator[Door]:
    settings = Settings(issuers=(settings_of(issuer),))
    ways = credentials_of(settings, Directory(CLIENTS))
    ways._tokens = Tokens(settings.issuers, Clock())  # as of the moment at which all tests of the door live
    async with a_door(code_rules, MemoryAcceptance(), MemoryViews(), gate=Gate([ways])) as opened:
        yield opened


@pytest.mark.parametrize("key", [RSA, EC, ED], ids=lambda key: key.algorithm)
async def test_a_token_of_the_issuer_lets_its_client_send(door: Door, key: Key) -> None:
    response, _ = await door.post(orjson.dumps(an_event()), key=key.sign(claims()))
    assert response.status == 202
    [(_, client, _)] = door.acceptance.stored.values()
    assert client.name == "motcua"


async def test_a_token_grants_no_more_than_its_client_has(door: Door) -> None:
    response, told = await door.post(orjson.dumps(an_event(source="urn:khac")), key=RSA.sign(claims()))
    assert (response.status, told["errors"][0]["code"]) == (403, "SOURCE_NOT_GRANTED")


def _hs256_with_the_public_key() -> str:
    """The oldest confusion: the public key, known to everybody, taken for a shared secret."""
    signed = f"{encoded({'alg': 'HS256', 'kid': RSA.kid, 'typ': 'JWT'})}.{encoded(claims())}"
    return f"{signed}.{encoded(hmac.digest(RSA.key.as_pem(private=False), signed.encode(), 'sha256'))}"


def _unsigned(algorithm: str) -> str:
    return f"{encoded({'alg': algorithm, 'typ': 'JWT'})}.{encoded(claims())}."


def _with_twice(name: str) -> str:
    text = json.dumps(claims())[:-1] + f', "{name}": "khac"}}'
    return RSA.sign(text.encode())


def _flipped(token: str) -> str:
    body = token.rsplit(".", 1)
    return f"{body[0]}.{'A' if body[1][0] != 'A' else 'B'}{body[1][1:]}"


def _shortened(token: str) -> str:
    signed, _, signature = token.rpartition(".")
    return f"{signed}.{encoded(base64.urlsafe_b64decode(signature + '==')[:-8])}"


REFUSED: dict[str, tuple[str, Callable[[], str]]] = {
    "alg none": ("TOKEN_ALGORITHM", lambda: _unsigned("none")),
    "alg None, signature there": ("TOKEN_ALGORITHM", lambda: _unsigned("NoNe") + "AAAA"),
    "HS256 with the public key": ("TOKEN_ALGORITHM", _hs256_with_the_public_key),
    "an algorithm that is not allowed": ("TOKEN_ALGORITHM", lambda: RSA.sign(claims(), alg="PS256")),
    "ES256 said of an RSA key": ("TOKEN_KEY", lambda: RSA.sign(claims(), alg="ES256")),
    "alg that is no text": ("TOKEN_ALGORITHM", lambda: RSA.sign(claims(), alg=["RS256"])),
    "no alg": ("TOKEN_ALGORITHM", lambda: RSA.sign(claims(), alg=None)),
    "another issuer": ("TOKEN_ISSUER", lambda: RSA.sign(claims(iss=ISSUER + "/"))),
    "no issuer": ("TOKEN_ISSUER", lambda: RSA.sign(claims(iss=None))),
    "issuer as a list": ("TOKEN_ISSUER", lambda: RSA.sign(claims(iss=[ISSUER]))),
    "another audience": ("TOKEN_AUDIENCE", lambda: RSA.sign(claims(aud="dvc"))),
    "no audience": ("TOKEN_AUDIENCE", lambda: RSA.sign(claims(aud=None))),
    "audience that only begins right": ("TOKEN_AUDIENCE", lambda: RSA.sign(claims(aud=[AUDIENCE + "-khac"]))),
    "expired": ("TOKEN_EXPIRED", lambda: RSA.sign(claims(exp=AT - 31))),
    "no end": ("TOKEN_CLAIMS", lambda: RSA.sign(claims(exp=None))),
    "end as a text": ("TOKEN_CLAIMS", lambda: RSA.sign(claims(exp=str(AT + 300)))),
    "end that is true": ("TOKEN_CLAIMS", lambda: RSA.sign(claims(exp=True))),
    "end after all time": ("TOKEN_CLAIMS", lambda: RSA.sign(claims(exp=1e300))),
    "not yet": ("TOKEN_NOT_YET", lambda: RSA.sign(claims(nbf=AT + 31))),
    "issued tomorrow": ("TOKEN_NOT_YET", lambda: RSA.sign(claims(iat=AT + 86_400))),
    "kid that is a path": ("TOKEN_KEY", lambda: RSA.sign(claims(), kid="../../../dev/null")),
    "kid that asks a database": ("TOKEN_KEY", lambda: RSA.sign(claims(), kid="x' UNION SELECT 'k")),
    "kid that is no text": ("TOKEN_KEY", lambda: RSA.sign(claims(), kid=7)),
    "kid of another key": ("TOKEN_KEY", lambda: RSA.sign(claims(), kid="ec-1")),
    "no kid where several keys fit nothing": ("TOKEN_SIGNATURE", lambda: STRANGER.sign(claims(), kid=None)),
    "a stranger's key in jwk": ("TOKEN_SIGNATURE", lambda: STRANGER.sign(claims(), jwk=STRANGER.public())),
    "a stranger's keys in jku": ("TOKEN_KEY", lambda: NEVER.sign(claims(), jku="http://127.0.0.1:9/jwks")),
    "a stranger's keys in x5u": ("TOKEN_KEY", lambda: NEVER.sign(claims(), x5u="http://127.0.0.1:9/x5u")),
    "crit that nobody knows": ("TOKEN_CRITICAL", lambda: RSA.sign(claims(), crit=["exp"], exp=AT + 300)),
    "crit b64": ("TOKEN_CRITICAL", lambda: RSA.sign(claims(), crit=["b64"], b64=False)),
    "a token in a token": ("TOKEN_TYPE", lambda: RSA.sign(claims(), cty="JWT")),
    "a token of another kind": ("TOKEN_TYPE", lambda: RSA.sign(claims(), typ="logout+jwt")),
    "one claim twice": ("TOKEN_MALFORMED", lambda: _with_twice("azp")),
    "claims that are a list": ("TOKEN_MALFORMED", lambda: RSA.sign([claims()])),
    "claims that are no JSON": ("TOKEN_MALFORMED", lambda: RSA.sign(b"{")),
    "a fourth part": ("TOKEN_MALFORMED", lambda: RSA.sign(claims()) + ".AAAA"),
    "five parts, encrypted": ("TOKEN_MALFORMED", lambda: "e30.AAAA.AAAA.AAAA.AAAA"),
    "padding": ("TOKEN_MALFORMED", lambda: RSA.sign(claims()).replace(".", "=.", 1)),
    "a signature of somebody else": ("TOKEN_SIGNATURE", lambda: STRANGER.sign(claims())),
    "a signature that was touched": ("TOKEN_SIGNATURE", lambda: _flipped(RSA.sign(claims()))),
    "a signature that is too short": ("TOKEN_SIGNATURE", lambda: _shortened(EC.sign(claims()))),
    "a client nobody named": ("TOKEN_CLIENT", lambda: RSA.sign(claims(azp="ai-do"))),
    "no client": ("TOKEN_CLIENT", lambda: RSA.sign(claims(azp=None))),
    "client as a list": ("TOKEN_CLIENT", lambda: RSA.sign(claims(azp=["mot-cua-sso"]))),
    "a client that is not there": ("TOKEN_CLIENT", lambda: RSA.sign(claims(azp="nguoi-la"))),
    "too long": ("TOKEN_TOO_LARGE", lambda: RSA.sign(claims(x="x" * 5560))),
}


async def test_what_is_not_certain_to_be_meant_for_us_is_refused_with_its_reason(door: Door) -> None:
    for case, (code, token) in REFUSED.items():
        response, told = await door.post(orjson.dumps(an_event()), key=token())
        assert (case, response.status, told["errors"][0]["code"]) == (case, 401, code)
        assert response.headers["WWW-Authenticate"].startswith("Bearer")
        assert "mot-cua-sso" not in str(told)
        assert code in {one.reason for one in door.audit.entries}, "each reason leaves an audit entry"
    assert not door.acceptance.stored
    assert {(one.action, one.ok) for one in door.audit.entries} == {("refused.postMessages", False)}


async def test_one_second_of_leeway_is_enough_on_both_sides(door: Door) -> None:
    for good in (claims(exp=AT - 29), claims(nbf=AT + 29), claims(aud=["dvc", AUDIENCE])):
        response, _ = await door.post(orjson.dumps(an_event()), key=RSA.sign(good))
        assert response.status == 202


async def test_an_api_key_still_counts_beside_tokens_and_two_words_are_none(door: Door) -> None:
    response, _ = await door.post(orjson.dumps(an_event()))
    assert response.status == 202
    async with door.session.get(
        f"{door.url}/v1/messages",
        headers=[("Authorization", f"Bearer {RSA.sign(claims())}"), ("Authorization", "Bearer lt_x")],
    ) as answer:
        assert answer.status == 401


async def test_a_token_is_verified_once_and_ends_all_the_same(issuer: Issuer) -> None:
    clock = Clock()
    tokens = Tokens([settings_of(issuer)], clock)
    token = RSA.sign(claims())
    assert tokens.remembered(token) is None
    assert await tokens.client_of(token) == "motcua"
    assert tokens.remembered(token) == "motcua"
    clock.now += timedelta(seconds=331)
    assert tokens.remembered(token) is None


class _Seconds:
    """A clock that only goes where it is told."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


async def test_keys_are_fetched_once_for_everybody_who_waits(issuer: Issuer) -> None:
    keys = IssuerKeys(settings_of(issuer), _Seconds())
    found = await asyncio.gather(*(keys.candidates(kid, "RS256") for kid in ["rsa-1"] * 20))
    assert issuer.asked == 1 and all(len(one) == 1 for one in found)


async def test_an_unknown_key_is_a_reason_to_look_again_but_not_at_once(issuer: Issuer) -> None:
    seconds = _Seconds()
    keys = IssuerKeys(settings_of(issuer), seconds)
    await keys.candidates("rsa-1", "RS256")
    issuer.keys.append(NEVER.public())
    for _ in range(5):
        assert not await keys.candidates("rsa-2", "RS256")
    assert issuer.asked == 1
    seconds.now += 15
    assert await keys.candidates("rsa-2", "RS256") and issuer.asked == 2


async def test_a_key_that_the_issuer_takes_back_ends_what_was_verified_by_it(issuer: Issuer) -> None:
    settings = settings_of(issuer, again_after="0s")
    tokens = Tokens([settings], Clock())
    token = RSA.sign(claims())
    assert await tokens.client_of(token) == "motcua"
    issuer.keys[:] = [EC.public()]
    with pytest.raises(Exception, match="/ "):
        await tokens.client_of(NEVER.sign(claims()))
    assert tokens.remembered(token) is None


async def test_a_key_that_was_taken_back_counts_no_longer_than_keys_are_kept(issuer: Issuer) -> None:
    """Although nobody shows a token that its issuer's new keys would have to be fetched for."""
    seconds = _Seconds()
    tokens = Tokens([settings_of(issuer, keys_for="10m")], Clock(), seconds)
    token = RSA.sign(claims())
    assert await tokens.client_of(token) == "motcua"
    issuer.answer = web.Response(status=500)
    seconds.now = 601
    assert tokens.remembered(token) is None and await tokens.client_of(token) == "motcua", "away: its keys still count"
    issuer.answer, issuer.keys[:] = None, [EC.public()]
    seconds.now = 620
    assert tokens.remembered(token) is None
    with pytest.raises(IntakeError) as caught:
        await tokens.client_of(token)
    assert caught.value.problems[0].code == "TOKEN_KEY"


async def test_a_sender_that_is_known_neither_waits_nor_is_turned_away_while_the_issuer_hangs(
    issuer: Issuer, code_rules: CodeRuleSettings
) -> None:
    """Although others at its address have been wrong too often."""
    seconds, token = _Seconds(), RSA.sign(claims())
    wrong = AttemptSettings(per_second=0.01, burst=1)
    settings = Settings(issuers=(settings_of(issuer, keys_for="10m"),), failed_attempts=wrong)
    ways = credentials_of(settings, Directory(CLIENTS))
    ways._tokens = Tokens(settings.issuers, Clock(), seconds)
    async with a_door(code_rules, MemoryAcceptance(), MemoryViews(), gate=Gate([ways])) as door, asyncio.timeout(60):
        body = orjson.dumps(an_event())
        assert (await door.post(body, key=token))[0].status == 202
        assert [(await door.post(body, key="lt_doan"))[0].status for _ in range(2)] == [401, 429]
        seconds.now, issuer.silent = 601, asyncio.Event()
        asking = asyncio.create_task(door.post(body, key=token))
        await issuer.heard.wait()
        assert (await door.post(body, key=token))[0].status == 202
        issuer.keys[:] = [EC.public()]
        issuer.silent.set()
        assert (await asking)[0].status in (401, 429)
        assert (await door.post(body, key=token))[0].status in (401, 429), "taken back, and known to be"


@pytest.mark.parametrize(
    "answer",
    [
        web.Response(status=500),
        web.Response(status=302, headers={"Location": "/jwks"}),
        web.Response(body=b"<html>"),
        web.Response(body=b'{"keys": [' + b" " * (300 << 10) + b"]}"),
        web.Response(body=b'{"keys": [{"kty": "oct", "k": "AAAA", "kid": "rsa-1"}]}'),
    ],
    ids=["fault", "redirect", "no JSON", "too large", "secrets alone"],
)
async def test_keys_outlive_an_issuer_that_is_away_but_not_for_ever(issuer: Issuer, answer: web.Response) -> None:
    seconds = _Seconds()
    keys = IssuerKeys(settings_of(issuer), seconds)
    await keys.candidates("rsa-1", "RS256")
    issuer.answer = answer
    seconds.now = 3600
    assert await keys.candidates("rsa-1", "RS256") and issuer.asked == 2
    seconds.now = 90_000
    with pytest.raises(Exception, match="cannot be fetched") as caught:
        await keys.candidates("rsa-1", "RS256")
    assert getattr(caught.value, "status", None) == 503


async def test_a_short_key_is_no_key(issuer: Issuer) -> None:
    short = rsa.generate_private_key(65537, 1024).public_key().public_numbers()
    issuer.keys.append({"kty": "RSA", "kid": "short", "n": encoded(short.n.to_bytes(128)), "e": "AQAB"})
    assert not await IssuerKeys(settings_of(issuer), _Seconds()).candidates("short", "RS256")
