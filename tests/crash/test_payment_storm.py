"""A thousand payments with everything that goes wrong on a real line, and a gateway that is killed in the middle of it.

Answers get lost, notifications come twice, late, in the wrong order, with another amount or forged; the payer pays what
the platform holds, also attempts whose page address nobody ever saw.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import random
import signal
import socket
import sys
from asyncio.subprocess import DEVNULL, Process
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import pytest

from adapters.payment import simulator as platform
from adapters.payment.simulator import SimulatedPayment, SimulatorSettings, faults
from adapters.simulation.faults import FAULTS
from gateway.bootstrap import open_ledger
from gateway.ledger.port import Ledger
from gateway.reports.reconciliation import reconcile, unexplained
from gateway.settings import load_settings
from mappings.convert import VIETNAM
from tests.architecture.tree import ROOT
from tests.e2e.rig import ADMIN, KEY, STRUCTURED
from tests.toml_text import toml_text

PAYMENTS, DOSSIERS, FORGED = 1000, 850, 60
KILLS = 4
AT_ONCE = 24
PATIENCE = 90.0
_INIT = {"passing": 80, "cut_after_commit": 9, "cut_before_commit": 4, "cut_in_answer": 4, "busy": 3}
_NOTICE = {"passing": 60, "duplicated": 12, "reordered": 10, "forged": 8, "amount": 5, "late": 5}
"""How often in a hundred."""


def a_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def a_request(number: int) -> dict[str, Any]:
    """Some dossiers ask twice: the second attempt may be paid as well."""
    code = f"000.00.16.H46-250612-{number % DOSSIERS + 1:04}"
    data = {
        "dossier_code": code,
        "amount": 10_000 + number % DOSSIERS,
        "description": "Lệ phí giả lập",
        "procedure": {"code": "1.001612", "name": "Đăng ký thành lập hộ kinh doanh"},
        "agency": {"code": "000.00.16.H46", "name": "Phòng Tài chính (đơn vị giả lập)"},
        "payer": {"name": "Lê Thị Mẫu Đơn"},
        # As a sender does that was told that its page was lost, or that really wants more.
        "again": False,
    }
    return {
        "specversion": "1.0",
        "id": f"tt-{number}",
        "source": "urn:test:mot-cua",
        "type": "vn.lienthong.payment.requested.v1",
        "subject": code,
        "data": data,
    }


def settings_tree(folder: Path, port: int, section: Mapping[str, Any]) -> dict[str, Any]:
    def route(type_: str, operation: str, **more: Any) -> dict[str, Any]:
        mapping = {"mapping": f"payment/payment.{type_}.v1", "destination": "payment", "lane": False}
        return {"type": f"vn.lienthong.payment.{type_}.v1", "operation": operation, **mapping, **more}

    often = ["250ms"] * 400
    return {
        "data_dir": str(folder),
        "http": {"port": port},
        "admin_token": ADMIN,
        "log": {"level": "error"},
        "ledger": {"sweep_every": "100ms"},
        "payments": {"watch_after": "500ms", "open_grace": "1s"},
        "clients": [{"name": "mot-cua", "key_sha256": hashlib.sha256(KEY.encode()).hexdigest()}],
        "destinations": {
            "payment": {
                "concurrency": 32, "unclear_gap": "200ms", "timeout": "5s", "retry_schedule": ["100ms"] * 20,
                "breaker_failures": 1000,
            }
        },
        "adapters": {"payment": {**section, "query_pauses": ["250ms"], "receipt_pauses": ["250ms"]}},
        "routes": [
            route("requested", "INIT"),
            route("watch_requested", "QUERY", retry_schedule=often),
            route("receipt_requested", "GET_BILL", retry_schedule=often),
        ],
    }  # fmt: skip


class Office:
    """The gateway as a province runs it: a process that is killed with everything it started, and started again."""

    def __init__(self, folder: Path, tree: Mapping[str, Any], port: int) -> None:
        self._folder = folder
        self._environment = {**os.environ, "LIENTHONG_CONFIG": str(folder / "lienthong.toml")}
        (folder / "lienthong.toml").write_text(toml_text(tree))
        self.address = f"http://127.0.0.1:{port}"
        self._process: Process | None = None

    async def start(self, http: aiohttp.ClientSession) -> None:
        """Return once it takes messages."""
        with (self._folder / "serve.log").open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "gateway", "serve",
                cwd=ROOT, env=self._environment, stdin=DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        async with asyncio.timeout(PATIENCE):
            while True:
                with suppress(aiohttp.ClientError):
                    async with http.get(f"{self.address}/readyz") as ready:
                        if ready.status == 200:
                            return
                assert self._process.returncode is None, (self._folder / "serve.log").read_text()[-2000:]
                await asyncio.sleep(0.05)

    async def end(self, number: signal.Signals) -> None:
        if self._process is None or self._process.returncode is not None:
            return
        if number is signal.SIGKILL:
            os.killpg(self._process.pid, number)
        else:
            self._process.send_signal(number)
        await self._process.wait()


class Storm:
    """Senders, payers and forgers, all at once, by one draw of the lot."""

    def __init__(self, office: Office, simulated: SimulatedPayment, http: aiohttp.ClientSession, seed: int) -> None:
        self._office = office
        self._platform = simulated
        self._http = http
        self._chance = random.Random(seed)
        self.answered = 0
        self.forged = 0
        self._seen: set[str] = set()

    def upset(self) -> None:
        """Lay out what goes wrong, in the order in which calls and notifications will meet it."""
        for _ in range(2 * PAYMENTS):
            name = self._lot(_INIT)
            fault = FAULTS["http_status"](status=503) if name == "busy" else FAULTS[name]()
            self._platform.next(fault, on="INIT")
        for _ in range(2 * PAYMENTS):
            self._platform.next(
                {
                    "passing": faults.NoticeFault,
                    "duplicated": faults.duplicated,
                    "reordered": faults.reordered,
                    "forged": faults.wrong_check,
                    "amount": lambda: faults.amount_changed(1, resign=True),
                    "late": faults.wait_for_query,
                }[self._lot(_NOTICE)]()
            )

    def _lot(self, shares: Mapping[str, int]) -> str:
        return self._chance.choices(list(shares), list(shares.values()))[0]

    async def send_all(self) -> None:
        room = asyncio.Semaphore(AT_ONCE)

        async def one(number: int) -> None:
            async with room:
                await self._until_answered(orjson.dumps(a_request(number)))

        await asyncio.gather(*(one(number) for number in range(PAYMENTS)))

    async def _until_answered(self, body: bytes) -> None:
        url = f"{self._office.address}/v1/messages"
        while True:
            try:
                async with self._http.post(url, data=body, headers=STRUCTURED) as response:
                    if response.status == 202:
                        self.answered += 1
                        return
            except aiohttp.ClientError:
                pass
            await asyncio.sleep(0.05)

    async def pay_for_ever(self) -> None:
        """Payers find what the platform holds: most pay, some fail, some leave it for later."""
        while True:
            for attempt in self._platform.attempts.all():
                if attempt.reference in self._seen:
                    continue
                self._seen.add(attempt.reference)
                lot = self._chance.random()
                if lot < 0.75:
                    self._platform.pay(attempt.reference)
                elif lot < 0.85:
                    self._platform.fail(attempt.reference)
            await asyncio.sleep(0.02)

    def finish_paying(self) -> None:
        """Whoever left it for later makes up their mind."""
        for attempt in self._platform.attempts.all():
            if attempt.state == "created":
                (self._platform.pay if self._chance.random() < 0.5 else self._platform.fail)(attempt.reference)

    async def forge_all(self) -> None:
        """Strangers say in the platform's name that it was paid."""
        while self.forged < FORGED:
            known = [one.reference for one in self._platform.attempts.all()]
            if known:
                body = {
                    "LoaiBanTin": "CONFIRM", "MaLoi": "00", "MaDoiTac": "H46-GIALAP",
                    "MaThamChieu": self._chance.choice(known), "SoTien": 10_000, "MaTienTe": "VND",
                    "MaGiaoDich": f"GIA{self.forged}", "MaNganHang": "", "ThoiGianGD": "", "ThongTinGiaoDich": "",
                    "MaXacThuc": "0" * 64,
                }  # fmt: skip
                url = f"{self._office.address}/v1/callbacks/payment/dpnhankqthanhtoanhs"
                with suppress(aiohttp.ClientError):
                    async with self._http.post(url, json=body) as response:
                        answer = await response.json(content_type=None)
                        assert (response.status, answer["MaLoi"]) == (200, "99")
                        self.forged += 1
            await asyncio.sleep(0.02)


@pytest.fixture
async def stormed(tmp_path: Path) -> AsyncIterator[tuple[SimulatedPayment, Storm, Ledger]]:
    simulated = platform.build(SimulatorSettings(notice_pauses=(0.3, 0.6, 1.2, 2.4)))
    port = a_free_port()
    async with simulated.running() as url, aiohttp.ClientSession(headers={"Authorization": f"Bearer {KEY}"}) as http:
        tree = settings_tree(tmp_path, port, platform.adapter_settings(url, simulated.settings))
        office = Office(tmp_path, tree, port)
        simulated.notices.callbacks = f"{office.address}/v1/callbacks/payment"
        storm = Storm(office, simulated, http, seed=46)
        storm.upset()
        try:
            await office.start(http)
            await _weather(office, storm, http)
            await _calm(office, simulated, http)
        finally:
            await office.end(signal.SIGTERM)
        async with open_ledger(load_settings(environment={}, overrides={**tree, "routes": tree["routes"]})) as (
            ledger,
            _,
        ):
            yield simulated, storm, ledger


async def _weather(office: Office, storm: Storm, http: aiohttp.ClientSession) -> None:
    paying = asyncio.create_task(storm.pay_for_ever())
    sending, forging = asyncio.create_task(storm.send_all()), asyncio.create_task(storm.forge_all())
    try:
        for number in range(KILLS):
            share = (number + 1) * PAYMENTS // (KILLS + 1)
            async with asyncio.timeout(PATIENCE):
                while storm.answered < share:
                    await asyncio.sleep(0.01)
            await office.end(signal.SIGKILL)
            await office.start(http)
        async with asyncio.timeout(PATIENCE):
            await asyncio.gather(sending, forging)
            while office_is_opening := await _under_way(office, http):
                assert office_is_opening
                await asyncio.sleep(0.1)
        storm.finish_paying()
    finally:
        paying.cancel()
        await asyncio.gather(paying, return_exceptions=True)
    storm.finish_paying()


async def _under_way(office: Office, http: aiohttp.ClientSession) -> bool:
    """Whether an INIT is still due or under way."""
    headers = {"Authorization": f"Bearer {ADMIN}"}
    for state in ("pending", "delivering", "waiting"):
        query = {"state": state, "limit": "200"}
        async with http.get(f"{office.address}/v1/deliveries", params=query, headers=headers) as response:
            if any(one["operation"] == "INIT" for one in (await response.json())["items"]):
                return True
    return False


async def _calm(office: Office, simulated: SimulatedPayment, http: aiohttp.ClientSession) -> None:
    """Until the ledger knows how every attempt the platform holds has ended."""
    headers = {"Authorization": f"Bearer {ADMIN}"}
    async with asyncio.timeout(PATIENCE):
        while True:
            wanted = {one.reference: one.state for one in simulated.attempts.all()}
            known = {one["reference"]: one["state"] for one in await _payments(office, http, headers)}
            if all(known.get(reference) == state for reference, state in wanted.items()):
                return
            await asyncio.sleep(0.2)


async def _payments(office: Office, http: aiohttp.ClientSession, headers: Mapping[str, str]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cursor = ""
    while True:
        query = {"limit": "200"} | ({"cursor": cursor} if cursor else {})
        async with http.get(f"{office.address}/v1/payments", params=query, headers=dict(headers)) as response:
            page = await response.json()
        found += page["items"]
        cursor = page["next"] or ""
        if not cursor:
            return found


@pytest.mark.timeout(300)
async def test_after_the_storm_every_payment_is_known_once_and_nothing_was_believed_that_was_not_said(
    stormed: tuple[SimulatedPayment, Storm, Ledger],
) -> None:
    simulated, storm, ledger = stormed
    held = {one.reference: one for one in simulated.attempts.all()}
    payments = await _all_payments(ledger)
    known = {one["reference"]: one for one in payments}

    assert (storm.answered, storm.forged) == (PAYMENTS, FORGED)
    assert len(held) > PAYMENTS * 0.8
    # No second INIT for a message: what a message has at the platform is one attempt.
    per_message = Counter(known[reference]["message_id"] for reference in held)
    assert per_message.most_common(1)[0][1] == 1
    # Every paid one is settled, every failed one too, and nothing else is.
    assert {r: known[r]["state"] for r in held} == {r: one.state for r, one in held.items()}
    assert all(one["state"] in ("open", "void") for r, one in known.items() if r not in held)
    # Every second payment of a dossier is flagged for refund, and no first one.
    paid: dict[str, list[bool]] = defaultdict(list)
    for reference, one in held.items():
        if one.state == "paid":
            paid[one.dossier].append(known[reference]["refund"])
    assert any(len(flags) > 1 for flags in paid.values())
    assert all(sum(flags) == len(flags) - 1 for flags in paid.values())
    assert not any(one["refund"] for one in payments if one["state"] != "paid")
    # Whoever asked was told how it ended, once.
    settled = await _told(ledger, "payment.settled.v1")
    assert Counter((one["reference"], one["outcome"]) for one in settled) == {
        (reference, one.state): 1 for reference, one in held.items()
    }
    # Forged calls changed nothing and left their trace (repeats within a window are counted in one entry).
    audited = Counter([entry["action"] for entry in await _audit(ledger)])
    assert audited["callback.forged"] >= 1
    assert audited["payment.refund_needed"] == sum(len(flags) - 1 for flags in paid.values())
    # The books agree with the platform's file of the day.
    assert (await ledger.balance())["balance"] == 0
    today = datetime.now(VIETNAM).date()
    content = simulated.day_file(today.strftime("%Y%m%d"))
    assert content is not None
    assert unexplained(reconcile(content, payments, today)) == 0


async def _all_payments(ledger: Ledger) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        page = await ledger.payments_page({}, cursor, 200)
        found += page["items"]
        cursor = page["next"]
        if cursor is None:
            return found


async def _told(ledger: Ledger, short_type: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    before: int | None = None
    while True:
        page = await ledger.stored_messages(f"vn.lienthong.{short_type}", before, 500)
        found += [orjson.loads(one.open_body()) for one in page.messages]
        before = page.next
        if before is None:
            return found


async def _audit(ledger: Ledger) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        page = await ledger.audit_page(cursor, 500)
        found += page["items"]
        cursor = page["next"]
        if cursor is None:
            return found
