"""A real server on a free port, with everything behind the door in memory."""

from __future__ import annotations

import hashlib
import io
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from gateway.acceptance.validation import Validator
from gateway.edge_settings import HttpSettings
from gateway.intake.credentials.directory import Directory
from gateway.intake.credentials.ways import credentials_of
from gateway.intake.gate import Gate
from gateway.intake.http import build
from gateway.intake.refusals import Refusals
from gateway.intake.server import IntakeRunner
from gateway.operations.live import LiveCatalogue
from gateway.settings import ClientSettings, CodeRuleSettings, Settings, load_settings
from gateway.telemetry.metrics import Metrics
from tests.fakes.acceptance import MemoryAcceptance, MemoryAudit, MemoryOperations, MemoryViews
from tests.intake.documents import SOURCE

KEY = "lt_mot-cua-thu-nghiem"
NARROW_KEY = "lt_xa-thu-nghiem"
ADMIN_KEY = "lt_quan-tri-thu-nghiem"
NOW = datetime(2025, 6, 1, 2, 0, tzinfo=UTC)


@dataclass
class Clock:
    """A clock that stands still until it is moved."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Door:
    """The running intake, a client for it, and what lies behind it."""

    url: str
    session: aiohttp.ClientSession
    acceptance: MemoryAcceptance
    views: MemoryViews
    operations: MemoryOperations
    checks: dict[str, str | None]
    clock: Clock
    audit: MemoryAudit

    def move_to_2026(self) -> None:
        """Let the gateway believe that it is a day of 2026."""
        self.clock.now = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)

    @property
    def port(self) -> int:
        return int(self.url.rsplit(":", 1)[1])

    async def post(
        self,
        body: Any,
        content_type: str | None = "application/cloudevents+json",
        headers: dict[str, str] | None = None,
        key: str | None = KEY,
        path: str = "/v1/messages",
    ) -> tuple[aiohttp.ClientResponse, Any]:
        """POST bytes; the response and its body, decoded where it is JSON."""
        return await self.call("POST", path, body, content_type, headers, key)

    async def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        content_type: str | None = None,
        headers: dict[str, str] | None = None,
        key: str | None = KEY,
    ) -> tuple[aiohttp.ClientResponse, Any]:
        sent = dict(headers or {})
        if content_type is not None:
            sent["Content-Type"] = content_type
        if key is not None:
            sent["Authorization"] = f"Bearer {key}"
        if isinstance(body, bytes) and len(body) > 1 << 20:
            body = io.BytesIO(body)  # aiohttp warns about large bytes
        skip = ["Content-Type"] if content_type is None else []
        async with self.session.request(
            method, self.url + path, data=body, headers=sent, skip_auto_headers=skip
        ) as response:
            raw = await response.read()
            decoded = (
                await response.json(content_type=None) if response.content_type.endswith(("/json", "+json")) else raw
            )
            return response, decoded


def a_client(name: str, key: str, **grants: Any) -> ClientSettings:
    return ClientSettings(name=name, key_sha256=hashlib.sha256(key.encode()).hexdigest(), **grants)


@pytest.fixture
def code_rules() -> CodeRuleSettings:
    return load_settings(environment={}).codes.model_copy(update={"closed_agency": "refuse"})


CLIENTS = (
    a_client("motcua", KEY, sources=(SOURCE,)),
    a_client("xa", NARROW_KEY, agencies=("H46.16.05",), types=("dossier.recorded.v1",)),
)


PACKAGED = LiveCatalogue(Path("/nonexistent"))
"""The mappings of the package, without any of a province's own."""


@asynccontextmanager
async def a_door(
    code_rules: CodeRuleSettings, acceptance: Any, ledger: Any, operations: Any = None, **more: Any
) -> AsyncIterator[Door]:
    """A running intake in front of whatever is given; `more` replaces parts of the app."""
    checks: dict[str, str | None] = {"ledger": None}
    clock, audit = Clock(), MemoryAudit()

    async def readiness() -> dict[str, str | None]:
        return checks

    parts: dict[str, Any] = {
        "acceptance": acceptance,
        "ledger": ledger,
        "operations": operations or MemoryOperations(),
        "validator": Validator(code_rules),
        "refusals": Refusals(audit, timedelta(seconds=60)),
        "gate": Gate([credentials_of(Settings(), Directory(CLIENTS), ADMIN_KEY)]),
        "metrics": Metrics("test"),
        "readiness": readiness,
        "settings": HttpSettings(port=0, body_timeout=timedelta(seconds=0.3)),
        "clock": clock,
        "documents": PACKAGED,
    }
    app = build(**parts | more)
    runner = IntakeRunner(app, shutdown_timeout=1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    async with aiohttp.ClientSession() as session:
        yield Door(url, session, acceptance, ledger, operations, checks, clock, audit)
    await runner.cleanup()


@pytest.fixture
async def door(code_rules: CodeRuleSettings, caplog: pytest.LogCaptureFixture) -> AsyncIterator[Door]:
    caplog.set_level(logging.DEBUG)
    async with a_door(code_rules, MemoryAcceptance(), MemoryViews(), MemoryOperations()) as opened:
        yield opened
