"""One gateway for the whole suite, with everybody who may be impersonated in it, and eyes on all it stores and says."""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
import re
import sqlite3
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import structlog

from adapters.national_portal import simulator as portal
from adapters.national_portal.simulator.samples import dossier as filed
from adapters.payment import simulator as platform
from gateway.intake.refusals import Refusals
from gateway.operations.sessions import csrf_of, digest_of
from gateway.telemetry.logging import redact
from tests.access.people import PASSWORD, a_user
from tests.e2e.province import Province, province
from tests.e2e.rig import ADMIN, KEY, eventually, recorded
from tests.e2e.test_paying import a_request
from tests.intake.issuer import AUDIENCE, ISSUER, Issuer, Key
from tests.security.negative.case import STRUCTURED, Ask, Case, Raw

CALLBACK_KEY = "khoa-goi-lai-thoa-thuan"
COMMUNE, DISTRICT, SLOW, GONE, STRANGER = "xa-thu", "huyen-thu", "cham", "da-thu-hoi", "nguoi-la"
CODE = "000.00.16.H46-250612-0001"
"""A dossier of the one-stop system `mot-cua`; nobody else's."""
PEOPLE = ("viewer", "operator", "administrator")
"""Users, each by the name of their role; a fourth one has to change a password, a fifth is locked out."""
PERSONAL = ("044999000123", "0900000001", "mau.don@example.invalid", "Mẫu Đơn", "thu.nghiem@mail.example.invalid")
"""What the messages of this site tell of people."""
SINCE_STARTED = frozenset(
    {
        "audit", "entry", "tile", "unchained", "checkpoint", "sealed_day", "sqlite_sequence", "lease", "tally",
        "outbox", "backlog_sample", "watch_mark", "counting", "keeping", "rewrapping", "shredding", "source_heard",
        "indicator_fact", "indicator_day",
    }
)  # fmt: skip
"""Tables that the audit and the clocks of the gateway write by themselves."""
RSA_KEY, EC_KEY, OTHER_KEY = Key.of("rsa-1", "RS256"), Key.of("ec-1", "ES256"), Key.of("rsa-1", "RS256")


def api_key(name: str) -> str:
    return KEY if name == "mot-cua" else f"lt_khoa-{name}-{'0' * 20}"


def _client(name: str, **grants: Any) -> dict[str, Any]:
    return {"name": name, "key_sha256": hashlib.sha256(api_key(name).encode()).hexdigest(), **grants}


@dataclass
class Answered:
    """What came back."""

    status: int
    code: str
    headers: str = ""
    body: str = ""


@dataclass
class Site:
    """The gateway under attack. `known`: what attackers may know, by the word that stands for it in a request."""

    rig: Province
    refusals: list[Refusals]
    known: dict[str, str]
    lines: io.StringIO
    """The log, as an operator has it."""
    sessions: dict[str, str] = field(default_factory=dict)
    _count: int = 0

    @property
    def address(self) -> str:
        return self.rig.gateway.address

    def headers_of(self, who: str) -> dict[str, str]:
        """How somebody says who they are: a client's key, a person's session with its token, or nothing."""
        if who == "nobody":
            return {}
        if who == "owner":
            return {"Authorization": f"Bearer {ADMIN}"}
        if who in self.sessions:
            secret = self.sessions[who]
            return {"Cookie": f"lienthong_session={secret}", "X-CSRF-Token": csrf_of(secret)}
        return {"Authorization": f"Bearer {api_key(who)}"}

    def filled(self, text: str) -> str:
        """With what is known in the place of its words."""
        return re.sub(r"<([a-z_]+)>", lambda found: self.known.get(found[1], found[0]), text)

    async def attack(self, case: Case) -> Answered:
        """Send it, from an address of its own."""
        self._count += 1
        whence = f"127.7.{self._count // 250}.{self._count % 250 + 1}"
        ask = case.made(self) if case.made else case.ask
        return await (self._raw(ask, whence) if isinstance(ask, Raw) else self._asked(ask, whence))

    async def _asked(self, ask: Ask, whence: str) -> Answered:
        connector = aiohttp.TCPConnector(local_addr=(ask.whence or whence, 0))
        headers = self.headers_of(ask.who) | {name: self.filled(str(value)) for name, value in ask.headers.items()}
        body = ask.body
        if isinstance(body, str):
            body = self.filled(body).encode()
        elif body is not None and not isinstance(body, bytes):
            body = self.filled(json.dumps(body)).encode()
        if ask.content is not None:
            headers["Content-Type"] = ask.content
        jar = aiohttp.DummyCookieJar()
        async with aiohttp.ClientSession(connector=connector, cookie_jar=jar) as http:
            for _ in range(ask.before):
                await self._once(http, ask, headers, body)
            return await self._once(http, ask, headers, body)

    async def _once(
        self, http: aiohttp.ClientSession, ask: Ask, headers: dict[str, str], body: bytes | None
    ) -> Answered:
        data = io.BytesIO(body) if body is not None else None
        how: dict[str, Any] = {"data": data, "headers": headers, "allow_redirects": False}
        url = self.address + self.filled(ask.path)
        async with http.request(ask.method, url, skip_auto_headers=["Content-Type"], **how) as response:
            return _answered(response.status, str(dict(response.headers)), await response.read())

    async def visit(self, ask: Ask) -> Answered:
        """As a browser opens a page: of a stream that goes on for ever, only that it began."""
        headers = self.headers_of(ask.who) | dict(ask.headers)
        if ask.content is not None:
            headers["Content-Type"] = ask.content
        how: dict[str, Any] = {"data": ask.body, "headers": headers, "allow_redirects": False}
        jar = aiohttp.DummyCookieJar()
        async with (
            aiohttp.ClientSession(cookie_jar=jar) as http,
            http.request(ask.method, self.address + self.filled(ask.path), **how) as response,
        ):
            endless = response.content_type == "text/event-stream"
            return _answered(response.status, str(response.headers), b"" if endless else await response.read())

    async def sign_in(self, name: str) -> str:
        """A session of its own for somebody; the name `headers_of` knows it by."""
        self.sessions[f"{name} again"] = await _signed_in(self, name)
        return f"{name} again"

    async def _raw(self, ask: Raw, whence: str) -> Answered:
        host = self.address.removeprefix("http://")
        reader, writer = await asyncio.open_connection(*host.split(":"), local_addr=(whence, 0))
        sent = self.filled(ask.sent.decode("latin-1")).encode("latin-1")
        writer.write(sent)
        # Not to the end: what is closed with bytes unread ends by a reset, and the door lingers.
        reading = asyncio.create_task(_problem(reader))
        try:
            async with asyncio.timeout(20):
                while ask.drip and not reading.done():
                    writer.write(ask.drip)
                    await asyncio.wait([reading], timeout=0.02)
                said = await reading
        finally:
            reading.cancel()
            writer.close()
        head, _, raw = said.partition(b"\r\n\r\n")
        status = re.match(rb"HTTP/1\.[01] ([0-9]{3})", head)
        assert status, said[:200]
        return _answered(int(status[1]), head.decode("latin-1"), raw)

    def stored(self) -> dict[str, Any]:
        """Every row of every table, but those the gateway writes by itself; two states are the same or are not."""
        path = self.rig.gateway.settings.data_dir / "ledger.db"
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as base:
            names = [one for (one,) in base.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            found = {}
            for name in sorted(set(names) - SINCE_STARTED):
                what = _WHAT.get(name, "*")
                rows = sorted(map(repr, base.execute(f'SELECT {what} FROM "{name}"')))
                found[name] = (len(rows), hashlib.sha256("\n".join(rows).encode()).hexdigest())
        base.close()
        return found

    async def audited(self) -> list[dict[str, Any]]:
        """The audit, newest first."""
        items: list[dict[str, Any]] = (await self.rig.gateway.ledger.audit_page(None, 20))["items"]
        return items

    async def forget_refusals(self) -> None:
        """Write what was counted: the next refusal of a kind is a first again."""
        for one in self.refusals:
            await one.close()

    @property
    def secrets(self) -> tuple[str, ...]:
        """What no audit entry and no log may hold."""
        keys = [api_key(name) for name in ("mot-cua", COMMUNE, DISTRICT, SLOW, GONE, STRANGER)]
        own = [*self.sessions.values(), *map(csrf_of, self.sessions.values())]
        return (*keys, ADMIN, PASSWORD, CALLBACK_KEY, self.known["payment_secret"], *own, *PERSONAL)


_WHAT = {
    "user_account": "name, role, password, must_change, disabled, subject",
    "user_session": "digest, name, ends_at",
}
"""Beside this, the ledger counts wrong passwords and when a session was last used."""


async def _problem(reader: asyncio.StreamReader) -> bytes:
    """An answer up to the end of its problem document or its page, or all of it."""
    said = b""
    while (b"</html>" if b"\r\nContent-Type: text/html" in said else b"]}") not in said:
        piece = await reader.read(65_536)
        if not piece:
            break
        said += piece
    return said


def _answered(status: int, headers: str, raw: bytes) -> Answered:
    text = raw.decode("utf-8", "replace")
    try:
        told = json.loads(text)
    except ValueError:
        told = {}
    code = ""
    if isinstance(told, dict):
        errors = told.get("errors") or [{}]
        code = str(told.get("MaLoi", told.get("error_code", errors[0].get("code", ""))))
    return Answered(status, code, headers, text)


async def _lived_in(rig: Province, simulated: Any, dvcqg: Any) -> dict[str, str]:
    """A message, a payment and a dossier of the portal, all settled: what attackers would like to have."""
    url = f"{rig.gateway.address}/v1/messages"
    event = recorded(code=CODE) | {"source": "urn:test:mot-cua"}
    async with rig.http.post(url, json=event, headers={"Content-Type": STRUCTURED}) as response:
        message = (await response.json())["id"]
    delivery = await rig.reaches(message, "delivered")
    request = a_request(CODE)
    await rig.send("payment.requested.v1", request, "tt-1")
    [opened] = await rig.told("payment.opened.v1")
    reference = opened["data"]["reference"]
    simulated.pay(reference)
    await rig.told("payment.settled.v1")
    await rig.send("payment.requested.v1", request | {"again": True}, "tt-2")
    open_ = (await rig.told("payment.opened.v1", 2))[-1]["data"]["reference"]
    answer = await dvcqg.file(filed(), f"{rig.gateway.address}/v1/callbacks/national_portal/NhanHoSo")
    assert answer.error_code == 0
    await rig.settled()
    return {
        "message": message,
        "delivery": delivery["id"],
        "paid": reference,
        "unpaid": open_,
        "host": rig.gateway.address.removeprefix("http://"),
        "address": rig.gateway.address,
        "key": KEY,
    }


async def _people(site: Site) -> None:
    """One of each role, signed in; one whose session ended by time, one who must change a password, one locked out."""
    ledger = site.rig.gateway.ledger
    for name in PEOPLE:
        await a_user(ledger, name, name)  # type: ignore[arg-type]
    await a_user(ledger, "moi", "operator", must_change=True)
    await a_user(ledger, "bi-khoa", "operator")
    await a_user(ledger, "tro-lai", "operator")
    await a_user(ledger, "nghi-viec", "operator", disabled=True)
    for name in (*PEOPLE, "moi"):
        site.sessions[name] = await _signed_in(site, name)
    secret = site.sessions["operator"]
    site.known |= {
        "session": secret,
        "session_short": secret[:-5],
        "session_flipped": secret[:-2] + "00",
        "session_digest": digest_of(secret).hex(),
        "csrf": csrf_of(secret),
        "viewer_csrf": csrf_of(site.sessions["viewer"]),
        "message_upper": site.known["message"].upper(),
    }
    for name in ("idle", "over", "out"):
        site.known[f"session_{name}"] = await _signed_in(site, "tro-lai")
    path = site.rig.gateway.settings.data_dir / "ledger.db"
    later = int((datetime.now(UTC) + timedelta(hours=1)).timestamp() * 1e6)
    with sqlite3.connect(path, timeout=10) as base:
        base.execute("UPDATE user_account SET failures = 9, locked_until = ? WHERE name = 'bi-khoa'", (later,))
        for name, column in (("idle", "seen_at"), ("over", "ends_at")):
            digest = digest_of(site.known[f"session_{name}"])
            base.execute(f"UPDATE user_session SET {column} = 0 WHERE digest = ?", (digest,))
    base.close()
    site.known["signed_out"] = site.known["session_out"]
    headers = {"Cookie": f"lienthong_session={site.known['signed_out']}"}
    headers |= {"X-CSRF-Token": csrf_of(site.known["signed_out"])}
    async with (
        aiohttp.ClientSession() as http,
        http.post(f"{site.address}/v1/session/end", json={}, headers=headers) as response,
    ):
        assert response.status == 200


async def _signed_in(site: Site, name: str) -> str:
    async with (
        aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http,
        http.post(f"{site.address}/v1/session", json={"name": name, "password": PASSWORD}) as response,
    ):
        assert response.status == 200, await response.text()
        return response.cookies["lienthong_session"].value


async def _somebody_gone(site: Site) -> None:
    """A client that was given a key, and whose key was taken back."""
    headers = {"Authorization": f"Bearer {ADMIN}"}
    async with aiohttp.ClientSession(headers=headers) as http:
        async with http.post(f"{site.address}/v1/clients", json={"name": GONE, "reason": "thử"}) as response:
            made = await response.json()
            assert response.status in (200, 201), made
        site.known["gone"] = made["key"]
        async with http.post(f"{site.address}/v1/clients/{GONE}/revoke", json={"reason": "lộ khóa"}) as response:
            assert response.status == 200, await response.text()


@asynccontextmanager
async def attacked(folder: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Site]:
    """The site, lived in and at rest."""
    made: list[Refusals] = []

    def keeping(*args: Any, **how: Any) -> Refusals:
        made.append(Refusals(*args, **how))
        return made[-1]

    # The real one; the suite only ends its windows between two cases, so that each leaves an entry of its own.
    monkeypatch.setattr("gateway.door.app.Refusals", keeping)
    dvcqg = portal.build(portal.SimulatorSettings(security_key=CALLBACK_KEY, file_pauses=()))
    pay = platform.build(platform.SimulatorSettings(notice_pauses=(0.05, 0.1)))
    systems = {
        "national_portal": (dvcqg, lambda url: portal.adapter_settings(url, dvcqg.settings)),
        "payment": (pay, lambda url: platform.adapter_settings(url, pay.settings)),
    }
    lines = io.StringIO()
    async with AsyncExitStack() as stack:
        stack.callback(structlog.reset_defaults)
        structlog.configure(
            processors=[structlog.stdlib.add_log_level, redact, structlog.processors.JSONRenderer(default=str)],
            logger_factory=structlog.PrintLoggerFactory(lines),
        )
        issuer = await stack.enter_async_context(Issuer([RSA_KEY.public(), EC_KEY.public()]).running())
        rig = await stack.enter_async_context(province(folder, systems, **_settings(issuer)))
        pay.notices.callbacks = f"{rig.gateway.address}/v1/callbacks/payment"
        known = await _lived_in(rig, pay, dvcqg)
        known |= {"payment_secret": pay.settings.secret, "partner": pay.settings.partner}
        site = Site(rig, made, known, lines)
        await _people(site)
        await _somebody_gone(site)

        async def at_rest() -> bool:
            before = site.stored()
            await asyncio.sleep(0.1)
            return site.stored() == before

        await eventually(at_rest)
        yield site


def _settings(issuer: Issuer) -> dict[str, Any]:
    return {
        "http": {"body_timeout": "300ms", "header_timeout": "300ms", "max_event_bytes": 65536, "body_rate": 100_000},
        "payments": {"watch_after": "1h", "open_grace": "1h", "receipts": False},
        "failed_attempts": {"burst": 20, "per_second": 0.1},
        "issuers": [
            {
                "issuer": ISSUER,
                "jwks_url": f"{issuer.address}/jwks",
                "audience": AUDIENCE,
                "clients": {"sso": "mot-cua", "sso-la": "khong-co"},
            }
        ],
        "clients": [
            _client("mot-cua"),
            _client(
                COMMUNE,
                sources=["urn:test:xa"],
                agencies=["H46.16.05"],
                types=["dossier.recorded.v1", "catalogue.refresh_requested.v1"],
            ),
            _client(DISTRICT, agencies=["000.00.16.H46"]),
            _client(SLOW, rate=0.01, burst=1),
            _client(STRANGER),
        ],
        "callbacks": {"national_portal": {"allow_from": ["127.0.0.0/9"]}, "payment": {"allow_from": ["127.0.0.0/9"]}},
    }
