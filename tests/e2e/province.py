"""A whole gateway between simulators of the systems a test names, over real HTTP on every side."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import orjson

from adapters.simulation.system import Simulation
from gateway.bootstrap.gateway import Gateway, Wrap, run_gateway
from gateway.settings import Settings, load_settings
from tests.e2e.rig import ADMIN, KEY, STRUCTURED, eventually

CLIENT = "mot-cua"
SOURCE = "urn:test:mot-cua"
FAST: Mapping[str, Any] = {
    "unclear_gap": "50ms",
    "retry_schedule": ["20ms"] * 8,
    "breaker_pause": "50ms",
    "timeout": "5s",
}
"""Hours as milliseconds."""


@dataclass(frozen=True)
class Peer:
    """One simulated system, and the section by which the gateway reaches it."""

    system: Simulation
    url: str
    section: Mapping[str, Any]


@dataclass
class Province:
    """What a test talks to."""

    gateway: Gateway
    peers: Mapping[str, Peer]
    http: aiohttp.ClientSession

    async def send(
        self, short_type: str, data: Mapping[str, Any], event_id: str, *, status: int = 202, wait: int | None = None
    ) -> dict[str, Any]:
        """Hand in one event; the answer, which must have the status."""
        subject = data.get("code") or data.get("dossier_code") or "danh-muc"
        event = {
            "specversion": "1.0",
            "id": event_id,
            "source": SOURCE,
            "type": f"vn.lienthong.{short_type}",
            "subject": subject,
            "time": "2025-06-12T08:15:31+07:00",
            "data": dict(data),
        }
        headers = dict(STRUCTURED) | ({} if wait is None else {"Prefer": f"wait={wait}"})
        url = f"{self.gateway.address}/v1/messages"
        async with self.http.post(url, data=orjson.dumps(event), headers=headers) as response:
            body: dict[str, Any] = await response.json(content_type=None)
            assert response.status == status, (response.status, body)
            return body

    async def get(self, path: str, *, as_admin: bool = True) -> Any:
        """A resource: JSON parsed, anything else as bytes."""
        headers = {"Authorization": f"Bearer {ADMIN if as_admin else KEY}"}
        async with self.http.get(self.gateway.address + path, headers=headers) as response:
            assert response.status == 200, await response.text()
            return await response.json() if response.content_type == "application/json" else await response.read()

    async def call(self, path: str, body: bytes, status: int = 200) -> dict[str, Any]:
        """A call in the name of a national system."""
        url = f"{self.gateway.address}/v1/callbacks/{path}"
        async with self.http.post(url, data=body, headers={"Content-Type": "application/json"}) as response:
            answer: dict[str, Any] = await response.json(content_type=None)
            assert response.status == status, answer
            return answer

    async def delivery(self, message_id: str) -> dict[str, Any]:
        """The newest delivery of a message."""
        found: dict[str, Any] = (await self.get(f"/v1/messages/{message_id}"))["deliveries"][-1]
        return found

    async def reaches(self, message_id: str, state: str) -> dict[str, Any]:
        """The delivery of a message once it is in a state."""

        async def there() -> bool:
            return bool((await self.delivery(message_id))["state"] == state)

        await eventually(there)
        return await self.delivery(message_id)

    async def told(self, short_type: str, count: int = 1) -> list[dict[str, Any]]:
        """Messages of a type once there are so many, oldest first, each with its data."""

        async def enough() -> bool:
            return len(await self._listed(short_type)) >= count

        await eventually(enough)
        return await self._listed(short_type)

    async def _listed(self, short_type: str) -> list[dict[str, Any]]:
        page = await self.gateway.ledger.messages_page({"type": f"vn.lienthong.{short_type}"}, None, 200)
        found = []
        for item in reversed(page["items"]):
            body = await self.gateway.ledger.message_body(item["id"])
            assert body is not None
            tree = orjson.loads(body)
            found.append({**item, "data": tree.get("data", tree) if "specversion" in tree else tree})
        return found

    async def settled(self) -> dict[str, Any]:
        """The balance once nothing is open."""

        async def nothing_open() -> bool:
            return (await self.gateway.ledger.balance())["open"] == 0

        await eventually(nothing_open)
        return await self.gateway.ledger.balance()

    async def acted(self) -> list[dict[str, Any]]:
        """What operations wrote into the audit, newest first; not what was refused before it came to any."""
        items: list[dict[str, Any]] = (await self.gateway.ledger.audit_page(None, 100))["items"]
        return [one for one in items if not one["action"].startswith("refused.")]

    async def audited(self) -> list[str]:
        """What the audit trail says happened, newest first."""
        return [entry["action"] for entry in (await self.gateway.ledger.audit_page(None, 200))["items"]]


def settings_of(folder: Path, peers: Mapping[str, Peer], **changes: Any) -> Settings:
    """Settings that lead to these peers; `onestop` is how the one client is answered."""
    client: dict[str, Any] = {"name": CLIENT, "key_sha256": hashlib.sha256(KEY.encode()).hexdigest()}
    if "onestop" in peers:
        client["replies"] = dict(peers["onestop"].section)
    tree: dict[str, Any] = {
        "data_dir": str(folder),
        "http": {"port": 0, "workers": 0},
        "admin_token": ADMIN,
        "ledger": {"sweep_every": "50ms"},
        "clients": [client],
        "destinations": {name: dict(FAST) for name in (*peers, "onestop")},
        "adapters": {name: dict(peer.section) for name, peer in peers.items() if name != "onestop"},
    }
    for name, section in changes.items():
        tree[name] = {**tree.get(name, {}), **section} if isinstance(section, dict) else section
    return load_settings(environment={}, overrides=tree)


@asynccontextmanager
async def province(
    folder: Path, systems: Mapping[str, tuple[Simulation, Any]], wrap: Wrap | None = None, **changes: Any
) -> AsyncIterator[Province]:
    """Simulators, gateway and sender, all up. `systems`: name -> (simulator, its address -> the gateway's section)."""
    async with AsyncExitStack() as stack:
        peers = {}
        for name, (system, section) in systems.items():
            url = await stack.enter_async_context(system.running())
            peers[name] = Peer(system, url, section(url))
        gateway = await stack.enter_async_context(run_gateway(settings_of(folder, peers, **changes), wrap=wrap))
        http = await stack.enter_async_context(aiohttp.ClientSession(headers={"Authorization": f"Bearer {KEY}"}))
        yield Province(gateway, peers, http)
