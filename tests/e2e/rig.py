"""A whole gateway in this process, over real HTTP on both sides: a sender's session here, a simulated portal there."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import orjson

from adapters.national_portal.simulator import SimulatedPortal, SimulatorSettings, adapter_settings, build
from gateway.bootstrap.gateway import Gateway, Wrap, run_gateway
from gateway.settings import Settings, load_settings

KEY = "lt_test_key"
ADMIN = "lt_admin_test"
STRUCTURED = {"Content-Type": "application/cloudevents+json"}
CODE = "000.00.16.H46-250612-0001"


@dataclass
class Rig:
    """What a test talks to."""

    gateway: Gateway
    portal: SimulatedPortal
    http: aiohttp.ClientSession

    async def send(self, event: dict[str, Any], status: int = 202) -> dict[str, Any]:
        """Post one event; the answer, which must have the status."""
        url = f"{self.gateway.address}/v1/messages"
        async with self.http.post(url, data=orjson.dumps(event), headers=STRUCTURED) as response:
            body: dict[str, Any] = await response.json(content_type=None)
            assert response.status == status, body
            return body

    async def get(self, path: str) -> dict[str, Any]:
        """A resource as the administrator sees it."""
        headers = {"Authorization": f"Bearer {ADMIN}"}
        async with self.http.get(self.gateway.address + path, headers=headers) as response:
            assert response.status == 200, await response.text()
            body: dict[str, Any] = await response.json()
            return body

    async def delivery(self, message_id: str) -> dict[str, Any]:
        """The newest delivery of a message."""
        found: dict[str, Any] = (await self.get(f"/v1/messages/{message_id}"))["deliveries"][-1]
        return found

    async def settled(self) -> dict[str, Any]:
        """The balance once nothing is open."""

        async def nothing_open() -> bool:
            return (await self.gateway.ledger.balance())["open"] == 0

        await eventually(nothing_open)
        return await self.gateway.ledger.balance()

    async def reaches(self, message_id: str, state: str) -> dict[str, Any]:
        """The delivery of a message once it is in a state."""

        async def there() -> bool:
            return bool((await self.delivery(message_id))["state"] == state)

        await eventually(there)
        return await self.delivery(message_id)

    async def acted(self) -> list[dict[str, Any]]:
        """What operations wrote into the audit, newest first; not what was refused before it came to any."""
        items: list[dict[str, Any]] = (await self.gateway.ledger.audit_page(None, 100))["items"]
        return [one for one in items if not one["action"].startswith("refused.")]

    @property
    def effects(self) -> list[tuple[str, str, str]]:
        """What the portal really did: (kind, dossier, status)."""
        return [(effect.kind, effect.key, effect.status) for effect in self.portal.effects]


async def eventually(condition: Callable[[], Awaitable[bool]], seconds: float = 15) -> None:
    """Wait until a condition holds; a bound, not a pause."""
    async with asyncio.timeout(seconds):
        while not await condition():
            await asyncio.sleep(0.01)


def settings_for(
    folder: Path, url: str, *, workers: int = 0, reconciliation: Mapping[str, Any] | None = None, **destination: Any
) -> Settings:
    """Settings that make hours into milliseconds; `workers`: processes of the door, 0 for none of its own."""
    fast = {
        "unclear_gap": "50ms",
        "retry_schedule": ["20ms"] * 8,
        "breaker_pause": "50ms",
        "timeout": "5s",
    }
    return load_settings(
        environment={},
        overrides={
            "data_dir": str(folder),
            "http": {"port": 0, "workers": workers},
            "admin_token": ADMIN,
            "ledger": {"sweep_every": "50ms"},
            "clients": [{"name": "mot-cua", "key_sha256": hashlib.sha256(KEY.encode()).hexdigest()}],
            "destinations": {"national_portal": fast | destination},
            "reconciliation": reconciliation or {},
            "adapters": {"national_portal": adapter_settings(url)},
        },
    )


@asynccontextmanager
async def running(
    folder: Path,
    portal: SimulatedPortal | None = None,
    wrap: Wrap | None = None,
    *,
    workers: int = 0,
    reconciliation: Mapping[str, Any] | None = None,
    **destination: Any,
) -> AsyncIterator[Rig]:
    """Portal, gateway and sender, all up; torn down in order."""
    portal = portal or build(SimulatorSettings())
    async with portal.running() as url:
        settings = settings_for(folder, url, workers=workers, reconciliation=reconciliation, **destination)
        headers = {"Authorization": f"Bearer {KEY}"}
        async with run_gateway(settings, wrap=wrap) as gateway, aiohttp.ClientSession(headers=headers) as http:
            yield Rig(gateway, portal, http)


def recorded(number: int = 1, status: str = "received", *, code: str = CODE, **changes: Any) -> dict[str, Any]:
    """A dossier snapshot as an event; `number` is its id and its sequence."""
    data: dict[str, Any] = {
        "code": code,
        "procedure": {"code": "1.001612", "name": "Đăng ký thành lập hộ kinh doanh"},
        "agency": {"code": "000.00.16.H46", "name": "Phòng Tài chính (đơn vị giả lập)"},
        "channel": "counter",
        "applicant": {
            "kind": "citizen",
            "name": "Lê Thị Mẫu Đơn",
            "citizen_id": "044999000123",
            "phone": "0900000001",
            "email": "mau.don@example.invalid",
        },
        "status": status,
        "received_at": "2025-06-12T08:15:30+07:00",
    }
    return _event(f"{code}/{number}", "dossier.recorded.v1", data | changes, number)


def progressed(number: int, *statuses: str, code: str = CODE, count: int | None = None) -> dict[str, Any]:
    """Progress of a dossier as an event: a step per status, or `count` steps."""
    wanted = statuses or ("processing",) * (count or 1)
    steps = [
        {"at": f"2025-06-12T09:{number:02}:{second:02}+07:00", "status": status, "content": f"Bước {number}.{second}"}
        for second, status in enumerate(wanted)
    ]
    return _event(f"{code}/{number}", "dossier.progressed.v1", {"code": code, "steps": steps}, number)


def _event(event_id: str, short_type: str, data: dict[str, Any], sequence: int) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": event_id,
        "source": "urn:test:mot-cua",
        "type": f"vn.lienthong.{short_type}",
        "subject": data["code"],
        "time": "2025-06-12T08:15:31+07:00",
        "sequence": f"{sequence:06}",
        "data": data,
    }
