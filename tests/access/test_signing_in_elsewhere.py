"""Signing in at an OpenID Connect provider, over real HTTP: who is let in, as what, and everything that is refused."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from yarl import URL

from gateway.access_settings import ConsoleSettings
from gateway.bootstrap.gateway import Gateway, run_gateway
from gateway.errors import ConfigurationError, IntakeError
from gateway.intake.credentials.oidc_calls import Calls, ProviderAwayError, leads_here
from gateway.ledger.clients.port import NewClient, NewKey
from gateway.ledger.port import AuditEntry
from gateway.ledger.users.port import UserChange
from gateway.production import refuse_rehearsal
from gateway.settings import load_settings
from tests.access.people import Person, a_user, at_a_browser
from tests.access.provider import CLIENT, SECRET, Provider
from tests.e2e.rig import settings_for
from tests.intake.issuer import Key

HOME = {"Sec-Fetch-Site": "cross-site"}
OTHER_KEY, UNKNOWN_KEY = Key.of("p-1", "ES256"), Key.of("p-2", "ES256")
PROVIDER_KEYS = {name: Key.of("p-1", name) for name in ("ES256", "RS256")}


@asynccontextmanager
async def gateway_with(folder: Path, section: Mapping[str, Any]) -> AsyncIterator[Gateway]:
    console = ConsoleSettings.model_validate({"oidc": section})
    settings = settings_for(folder, "http://127.0.0.1:9").model_copy(update={"console": console})
    async with run_gateway(settings) as gateway:
        yield gateway


@dataclass
class Place:
    """A gateway and its provider."""

    gateway: Gateway
    provider: Provider
    stack: AsyncExitStack

    async def browser(self) -> Person:
        return await self.stack.enter_async_context(at_a_browser(self.gateway.address))

    async def sent_back(self, person: Person, onward: str = "/console") -> URL:
        """The address that the provider sends a browser back to."""
        url = URL(f"{person.address}/console/oidc").with_query(next=onward)
        async with person.http.get(url, allow_redirects=False) as response:
            assert response.status == 303, await response.text()
            there = URL(response.headers["Location"])
        async with person.http.get(there, allow_redirects=False) as response:
            return URL(response.headers["Location"])

    async def signs_in(self, person: Person, onward: str = "/console") -> tuple[int, str]:
        back = await self.sent_back(person, onward)
        async with person.http.get(back, headers=HOME, allow_redirects=False) as response:
            return response.status, await response.text()

    async def audited(self, prefix: str) -> list[tuple[str, str, str]]:
        items = (await self.gateway.ledger.audit_page(None, 200))["items"]
        return [(one["actor"], one["action"], one["reason"]) for one in items if one["action"].startswith(prefix)]


@pytest.fixture(params=["ES256"])
async def place(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Place]:
    async with AsyncExitStack() as stack:
        provider = await stack.enter_async_context(Provider(PROVIDER_KEYS[request.param]).running())
        gateway = await stack.enter_async_context(gateway_with(tmp_path, provider.section()))
        yield Place(gateway, provider, stack)


@pytest.mark.parametrize("place", ["ES256", "RS256"], indirect=True)
async def test_the_first_sign_in_makes_a_user_whose_role_is_what_the_provider_says_each_time(place: Place) -> None:
    lan = await place.browser()
    status, page = await place.signs_in(lan, "/console/messages?state=dead")
    assert status == 200 and 'content="0;url=/console/messages?state=dead"' in page
    status, told = await lan.call("GET", "/v1/me")
    assert (status, told["name"], told["role"]) == (200, "lan.nguyen", "operator")
    assert ("lan.nguyen", "user.signed_in", "") in await place.audited("user.")
    place.provider.claims = {"realm_access": {"roles": ["lt-xem", "lt-quan-tri"]}, "preferred_username": "khac"}
    again = await place.browser()
    assert (await place.signs_in(again))[0] == 200
    assert (await again.call("GET", "/v1/me"))[1]["role"] == "administrator"
    assert (await again.call("GET", "/v1/me"))[1]["name"] == "lan.nguyen"
    assert (await lan.call("GET", "/v1/me"))[0] == 401  # another role ends what was open
    assert [one.name for one in await place.gateway.ledger.users() if one.subject] == ["lan.nguyen"]


async def test_what_the_browser_holds_meanwhile_serves_this_site_alone_and_once(place: Place) -> None:
    lan = await place.browser()
    async with lan.http.get(f"{lan.address}/console/oidc", allow_redirects=False) as response:
        header = response.headers["Set-Cookie"]
        there = URL(response.headers["Location"])
    for part in ("HttpOnly", "SameSite=Lax", "Max-Age=600", "Path=/"):
        assert part in header
    kept = header.split("=", 1)[1].split(";")[0]
    assert kept.split("~")[1] not in str(there) and there.query["state"] != there.query["nonce"]
    back = await place.sent_back(lan)
    async with lan.http.get(back, headers=HOME, allow_redirects=False) as response:
        cookies = response.headers.getall("Set-Cookie")
    assert any("lienthong_session=" in one and "SameSite=Strict" in one and "HttpOnly" in one for one in cookies)
    assert any("lienthong_oidc=" in one and "Max-Age=0" in one for one in cookies)


async def test_nobody_takes_a_name_that_somebody_has_here(place: Place) -> None:
    await a_user(place.gateway.ledger, "lan.nguyen", "administrator")
    await place.gateway.ledger.add_client(
        NewClient("xa-moi"), NewKey("lt_aaaaa", "a" * 64), AuditEntry("test", "client.add", "xa-moi", "")
    )
    for number, name in enumerate(("lan.nguyen", "xa-moi", "admin", "administrator", "Có dấu", None)):
        place.provider.claims = {"preferred_username": name, "sub": f"s-{number}"}
        person = await place.browser()
        assert (await place.signs_in(person))[0] == 200
        told = (await person.call("GET", "/v1/me"))[1]
        assert told["name"].startswith("oidc-") and told["role"] == "operator"


async def test_two_first_sign_ins_at_once_are_one_user(place: Place) -> None:
    both = [await place.browser() for _ in range(2)]
    assert [status for status, _ in await asyncio.gather(*map(place.signs_in, both))] == [200, 200]
    assert len([one for one in await place.gateway.ledger.users() if one.subject]) == 1


@dataclass(frozen=True)
class Case:
    """One lie, and the code it is refused by."""

    code: str
    claims: Mapping[str, Any] = field(default_factory=dict)
    header: Mapping[str, Any] = field(default_factory=dict)
    signer: Key | None = None
    answer: Mapping[str, str | None] = field(default_factory=dict)
    """Over what the provider sends the browser back with; None: without it."""
    how: str = ""
    status: int = 401
    token_status: int = 200
    who: str = "-"


CASES: dict[str, Case] = {
    "no state": Case("OIDC_STATE", answer={"state": None}),
    "another state": Case("OIDC_STATE", answer={"state": "A" * 43}),
    "a state that is no text of ours": Case("OIDC_STATE", answer={"state": "é"}),
    "the state of another browser": Case("OIDC_STATE", how="another browser"),
    "a browser that never left": Case("OIDC_STATE", how="no cookie"),
    "a browser that left too long ago": Case("OIDC_STATE", how="old cookie"),
    "a cookie that is none": Case("OIDC_STATE", how="spoilt cookie"),
    "the same answer again": Case("OIDC_STATE", how="again"),
    "something said twice": Case("OIDC_STATE", how="twice"),
    "another issuer's answer": Case("OIDC_ISSUER", answer={"iss": "https://evil.example.invalid"}),
    "an answer that does not say whose": Case("OIDC_ISSUER", answer={"iss": None}),
    "what the provider denies": Case("OIDC_DENIED", answer={"error": "access_denied", "code": None}),
    "an answer without a code": Case("OIDC_DENIED", answer={"code": None}),
    "a code made up": Case("OIDC_CODE", answer={"code": "code-x"}),
    "a code that was used": Case("OIDC_CODE", how="used code"),
    "the code of another sign-in": Case("OIDC_CODE", how="another code"),
    "a provider that fails": Case("OIDC_AWAY", token_status=503, status=503),
    "another nonce": Case("OIDC_NONCE", claims={"nonce": "A" * 43}),
    "no nonce": Case("OIDC_NONCE", claims={"nonce": None}),
    "no signature": Case("TOKEN_ALGORITHM", header={"alg": "none"}),
    "a shared secret": Case("TOKEN_ALGORITHM", header={"alg": "HS256"}),
    "an algorithm that is not the key's": Case("TOKEN_KEY", header={"alg": "RS256"}),
    "a key nobody publishes": Case("TOKEN_KEY", signer=UNKNOWN_KEY),
    "another key by the same name": Case("TOKEN_SIGNATURE", signer=OTHER_KEY),
    "a token of another issuer": Case("TOKEN_ISSUER", claims={"iss": "https://evil.example.invalid"}),
    "a token for another service": Case("TOKEN_AUDIENCE", claims={"aud": "khac"}),
    "a token for several": Case("TOKEN_AUDIENCE", claims={"aud": [CLIENT, "khac"]}),
    "a token made for another": Case("TOKEN_AUDIENCE", claims={"azp": "khac"}),
    "a token that has expired": Case("TOKEN_EXPIRED", claims={"iat": 1_700_000_000, "exp": 1_700_000_300}),
    "a token without an end": Case("TOKEN_CLAIMS", claims={"exp": None}),
    "a token without a beginning": Case("TOKEN_CLAIMS", claims={"iat": None}),
    "a token of later": Case("TOKEN_NOT_YET", claims={"iat": 90_000_000_000, "exp": 90_000_000_300}),
    "a token of nobody": Case("TOKEN_CLAIMS", claims={"sub": None}),
    "a role nobody mapped": Case("OIDC_ROLE", claims={"sub": "la", "realm_access": {"roles": ["khac"]}}, status=403),
    "no role": Case("OIDC_ROLE", claims={"sub": "la", "realm_access": None}, status=403),
    "roles that are no list": Case(
        "OIDC_ROLE", claims={"sub": "la", "realm_access": {"roles": {"lt-xem": 1}}}, status=403
    ),
    "who was disabled here": Case("OIDC_DISABLED", claims={"sub": "nghi"}, status=403, who="nghi-viec"),
    "the last administrator as an operator": Case(
        "OIDC_LAST_ADMINISTRATOR", claims={"sub": "cuoi"}, status=403, who="cuoi-cung"
    ),
}


async def test_what_is_not_certain_signs_nobody_in_and_is_in_the_audit(place: Place) -> None:
    ledger, issuer = place.gateway.ledger, place.provider.address
    await a_user(ledger, "cuoi-cung", "administrator", password=None, subject=f"{issuer} cuoi")
    await a_user(ledger, "nghi-viec", "operator", password=None, subject=f"{issuer} nghi", disabled=True)
    if await ledger.user("admin") is not None:
        await ledger.change_user("admin", UserChange(disabled=True), AuditEntry("test", "user.disable", "admin", ""))
    before = [(one.name, one.role) for one in await ledger.users()]
    for name, case in CASES.items():
        person = await place.browser()
        url, headers = await _prepared(place, person, case)
        async with person.http.get(url, headers=headers, allow_redirects=False) as response:
            text = await response.text()
            cookies = response.headers.getall("Set-Cookie", [])
        assert response.status == case.status, (name, text)
        assert case.code in text or case.code == "OIDC_ROLE", (name, text)
        assert not any("session" in one for one in cookies), name
        assert (case.who, "refused.console.oidc", case.code) in await place.audited("refused."), name
        place.provider.honest()
    assert [(one.name, one.role) for one in await ledger.users() if one.name != "lan.nguyen"] == before
    audit = str(await ledger.audit_page(None, 200))
    assert SECRET not in audit and "code-" not in audit


async def _prepared(place: Place, person: Person, case: Case) -> tuple[URL, dict[str, str]]:
    """What the browser is made to ask at the end, lies in place."""
    back = await place.sent_back(person)
    provider = place.provider
    provider.claims, provider.header = dict(case.claims), dict(case.header)
    provider.signer, provider.token_status = case.signer, case.token_status
    url = back.with_query({**back.query, **{name: value for name, value in case.answer.items() if value is not None}})
    url = url.without_query_params(*(name for name, value in case.answer.items() if value is None))
    headers = dict(HOME)
    kept = next(one.value for one in person.http.cookie_jar if one.key == "lienthong_oidc")
    if case.how == "another browser":
        url = await place.sent_back(await place.browser())
    elif case.how == "another code":
        url = url.update_query(code=(await place.sent_back(await place.browser())).query["code"])
    elif case.how == "used code":
        provider.codes.clear()
    elif case.how == "twice":
        url = url.extend_query(code="code-0")
    elif case.how == "again":
        async with person.http.get(url, headers=headers, allow_redirects=False) as response:
            assert response.status == 200
        headers["Cookie"] = f"lienthong_oidc={kept}"
    elif case.how:
        person.http.cookie_jar.clear()
        cookies = {"no cookie": "", "spoilt cookie": "~~"}
        cookies["old cookie"] = f"1700000000{kept[kept.index('~') :]}"
        headers["Cookie"] = f"lienthong_oidc={cookies[case.how]}"
    return url, headers


async def test_without_a_provider_there_is_no_such_way(tmp_path: Path) -> None:
    async with gateway_with(tmp_path, {}) as gateway, at_a_browser(gateway.address) as person:
        assert "SSO" not in (await person.call("GET", "/console/sign-in"))[1]
        for path in ("/console/oidc", "/console/oidc/return"):
            assert (await person.call("GET", path))[0] == 401


async def test_a_provider_that_calls_itself_otherwise_is_not_the_one(place: Place) -> None:
    place.provider.named = "https://evil.example.invalid"
    person = await place.browser()
    status, page = await person.call("GET", "/console/sign-in", headers={"Accept-Language": "en"})
    assert status == 200 and "Sign in with SSO tỉnh" in page
    status, page = await person.call("GET", "/console/oidc")
    assert status == 503 and "OIDC_AWAY" in page


def test_a_provider_is_described_whole_and_is_not_spoken_to_in_clear_in_production(tmp_path: Path) -> None:
    section = Provider(PROVIDER_KEYS["ES256"], address="http://sso.example.invalid").section()
    for spoilt in ({"client_id": ""}, {"roles": {}}, {"roles": {"x": "king"}}, {"algorithms": ["HS256"]},
                   {"scopes": ["profile"]}, {"issuer": "sso"}):  # fmt: skip
        with pytest.raises(ConfigurationError, match=r"console\.oidc"):
            load_settings(environment={}, overrides={"console": {"oidc": section | spoilt}})
    over = {"data_dir": str(tmp_path), "production": True, "console": {"oidc": section}}
    settings = load_settings(environment={}, overrides=over)
    assert SECRET not in repr(settings)
    with pytest.raises(ConfigurationError) as caught:
        refuse_rehearsal(settings)
    assert any(one.startswith("console.oidc.issuer:") for one in caught.value.mistakes)


async def test_what_a_provider_names_on_this_machine_is_not_reached_unless_it_is_here_itself(place: Place) -> None:
    """Else whoever answers for it makes us call services that hear this machine alone."""

    async def far(host: str) -> bool:
        return False

    provider = place.provider
    settings = ConsoleSettings.model_validate({"oidc": provider.section()}).oidc
    calls = Calls(settings, lambda: datetime.now(UTC), is_here=far)
    told = await calls.provider()
    with pytest.raises(ProviderAwayError, match="PRIVATE_NETWORK"):
        await calls.post(told.token, {}, {})
    with pytest.raises(IntakeError) as caught:
        await told.tokens.claims_of(provider.key.sign({"iss": provider.address}))
    assert caught.value.problems[0].code == "ISSUER_AWAY"


@pytest.mark.parametrize(("host", "here"), [("127.0.0.1", True), ("localhost", True), ("192.0.2.1", False)])
async def test_a_provider_is_here_when_its_name_leads_to_this_machine(host: str, here: bool) -> None:
    assert await leads_here(host) is here
