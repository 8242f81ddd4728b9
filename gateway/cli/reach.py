"""Reaching the gateway: over its HTTP API while one serves this data folder, else the ledger itself.

Both ways go through the same operations and write the same audit entries. A ledger that is changed directly is owned
for that time, so no `serve` starts in the middle.
"""

from __future__ import annotations

import asyncio
import getpass
from collections.abc import AsyncIterator, Mapping
from contextlib import ExitStack, asynccontextmanager
from datetime import UTC, datetime
from typing import Any, Protocol

import aiohttp
import orjson

from gateway.bootstrap import admin_token, database_url, is_embedded, open_ledger, prepare_data_dir, signer
from gateway.cli.words import fail
from gateway.errors import GatewayError, NotFoundError, Problem, StateError
from gateway.ledger.owner import owned, owner_of
from gateway.ledger.port import Ledger
from gateway.message import DeliveryId
from gateway.operations.alerts import AlertOperations
from gateway.operations.backlog import backlog
from gateway.operations.deliveries import DeliveryOperations, after_discard
from gateway.operations.keys import KeyOperations
from gateway.operations.proof import ProofOperations
from gateway.operations.refused import ContentRefused
from gateway.reports.balance import with_lists
from gateway.security.notes import Signer
from gateway.settings import Settings

PAGE = 200


class Reach(Protocol):
    """What commands ask of a gateway, however it is reached."""

    async def message(self, message_id: str) -> dict[str, Any]: ...

    async def messages(self, filters: Mapping[str, str], cursor: str | None, limit: int) -> dict[str, Any]: ...

    async def dossier(self, code: str) -> dict[str, Any]: ...

    async def deliveries(self, filters: Mapping[str, str], cursor: str | None, limit: int) -> dict[str, Any]: ...

    async def payments(self, filters: Mapping[str, str], cursor: str | None, limit: int) -> dict[str, Any]: ...

    async def balance(self, day: str | None) -> dict[str, Any]: ...

    async def backlog(self) -> list[dict[str, Any]]: ...

    async def alerts(self, filters: Mapping[str, str], cursor: str | None, limit: int) -> dict[str, Any]: ...

    async def test_alert(self, channel: str, reason: str) -> list[dict[str, Any]]: ...

    async def replay(self, delivery_id: str, reason: str, *, as_then: bool = False) -> dict[str, Any]: ...

    async def discard(self, delivery_id: str, reason: str) -> dict[str, Any]: ...

    async def receipt(self, key: str) -> bytes: ...

    async def audit_export(self, since: str, until: str, purpose: str) -> bytes: ...

    async def keys(self) -> list[dict[str, Any]]: ...

    async def change_keys(self, what: str, reason: str) -> dict[str, Any]: ...


class HttpReach:
    """A gateway that is running, by its own API."""

    def __init__(self, http: aiohttp.ClientSession, address: str) -> None:
        self._http = http
        self._address = address

    async def message(self, message_id: str) -> dict[str, Any]:
        return await self._get(f"/v1/messages/{message_id}")

    async def messages(self, filters: Mapping[str, str], cursor: str | None, limit: int) -> dict[str, Any]:
        return await self._get("/v1/messages", _query(filters, cursor, limit))

    async def dossier(self, code: str) -> dict[str, Any]:
        return await self._get(f"/v1/dossiers/{code}")

    async def deliveries(self, filters: Mapping[str, str], cursor: str | None, limit: int) -> dict[str, Any]:
        return await self._get("/v1/deliveries", _query(filters, cursor, limit))

    async def payments(self, filters: Mapping[str, str], cursor: str | None, limit: int) -> dict[str, Any]:
        return await self._get("/v1/payments", _query(filters, cursor, limit))

    async def balance(self, day: str | None) -> dict[str, Any]:
        return await self._get("/v1/balance", {"day": day} if day else {})

    async def backlog(self) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = (await self._get("/v1/backlog"))["items"]
        return items

    async def alerts(self, filters: Mapping[str, str], cursor: str | None, limit: int) -> dict[str, Any]:
        return await self._get("/v1/alerts", _query(filters, cursor, limit))

    async def test_alert(self, channel: str, reason: str) -> list[dict[str, Any]]:
        body = {"reason": reason} | ({"channel": channel} if channel else {})
        told: list[dict[str, Any]] = (await self._post("/v1/alerts/test", body))["channels"]
        return told

    async def replay(self, delivery_id: str, reason: str, *, as_then: bool = False) -> dict[str, Any]:
        body = {"reason": reason, "mapping": "then" if as_then else "now"}
        return await self._post(f"/v1/deliveries/{delivery_id}/replay", body)

    async def discard(self, delivery_id: str, reason: str) -> dict[str, Any]:
        return await self._post(f"/v1/deliveries/{delivery_id}/discard", {"reason": reason})

    async def receipt(self, key: str) -> bytes:
        return await self._file(f"/v1/receipts/{key}")

    async def audit_export(self, since: str, until: str, purpose: str) -> bytes:
        wanted = {"since": since, "until": until, "purpose": purpose}
        return await self._file("/v1/audit/export", {name: value for name, value in wanted.items() if value})

    async def keys(self) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = (await self._get("/v1/keys"))["items"]
        return items

    async def change_keys(self, what: str, reason: str) -> dict[str, Any]:
        return await self._post(f"/v1/keys/{what}", {"reason": reason})

    async def _file(self, path: str, query: Mapping[str, str] | None = None) -> bytes:
        async with self._http.get(self._address + path, params=query) as response:
            if response.status != 200:
                await read(response)
            return await response.read()

    async def _get(self, path: str, query: Mapping[str, str] | None = None) -> dict[str, Any]:
        async with self._http.get(self._address + path, params=query) as response:
            return await read(response)

    async def _post(self, path: str, body: Mapping[str, str]) -> dict[str, Any]:
        async with self._http.post(self._address + path, json=body) as response:
            return await read(response)


class LedgerReach:
    """No gateway is running: the ledger, by the same operations."""

    def __init__(self, ledger: Ledger, settings: Settings, signer: Signer | None = None) -> None:
        """`signer`: chains what is new before it is proven, where no gateway does it meanwhile."""
        self._ledger = ledger
        self._signer = signer
        self._settings = settings
        self._operations = DeliveryOperations(ledger)
        self._proof = ProofOperations(ledger)
        self._keys = KeyOperations(ledger, prepare_data_dir(settings.data_dir))
        self._actor = actor()

    async def message(self, message_id: str) -> dict[str, Any]:
        return _there(await self._ledger.message_view(message_id))

    async def messages(self, filters: Mapping[str, str], cursor: str | None, limit: int) -> dict[str, Any]:
        return await self._ledger.messages_page(filters, cursor, limit)

    async def dossier(self, code: str) -> dict[str, Any]:
        return _there(await self._ledger.dossier_view(code))

    async def deliveries(self, filters: Mapping[str, str], cursor: str | None, limit: int) -> dict[str, Any]:
        return await self._ledger.deliveries_page(filters, cursor, limit)

    async def payments(self, filters: Mapping[str, str], cursor: str | None, limit: int) -> dict[str, Any]:
        return await self._ledger.payments_page(filters, cursor, limit)

    async def balance(self, day: str | None) -> dict[str, Any]:
        return with_lists(await self._ledger.balance(day))

    async def backlog(self) -> list[dict[str, Any]]:
        return await backlog(self._ledger, datetime.now(UTC))

    async def alerts(self, filters: Mapping[str, str], cursor: str | None, limit: int) -> dict[str, Any]:
        return await self._ledger.alerts_page(filters, cursor, limit)

    async def test_alert(self, channel: str, reason: str) -> list[dict[str, Any]]:
        operations = AlertOperations(self._ledger, self._settings.alerts, self._settings.console_url)
        return await operations.test(channel, self._actor, reason)

    async def replay(self, delivery_id: str, reason: str, *, as_then: bool = False) -> dict[str, Any]:
        new_id = await self._operations.replay(DeliveryId(delivery_id), self._actor, reason, as_then=as_then)
        return {"id": new_id, "replay_of": delivery_id}

    async def discard(self, delivery_id: str, reason: str) -> dict[str, Any]:
        before = await self._operations.discard(DeliveryId(delivery_id), self._actor, reason)
        return {"id": delivery_id, "state": after_discard(before), "state_before": before}

    async def receipt(self, key: str) -> bytes:
        await self._chain()
        return await self._proof.receipt(key)

    async def audit_export(self, since: str, until: str, purpose: str) -> bytes:
        await self._chain()
        first, last = (datetime.fromisoformat(one) if one else None for one in (since, until))
        return await self._proof.audit_export(first, last, self._actor, purpose)

    async def keys(self) -> list[dict[str, Any]]:
        return await self._keys.keys()

    async def change_keys(self, what: str, reason: str) -> dict[str, Any]:
        key_id, _, verb = what.rpartition("/")
        match verb:
            case "rotate" if key_id == "search":
                return await self._keys.rotate_search(self._actor, reason)
            case "rotate":
                return await self._keys.rotate(self._actor, reason)
            case "add":
                return await self._keys.add(self._actor, reason)
            case "use":
                return await self._keys.use(key_id, self._actor, reason)
            case _:
                return await self._keys.drop(key_id, self._actor, reason)

    async def _chain(self) -> None:
        while self._signer is not None and await self._ledger.chain(self._signer, 1000):
            pass


@asynccontextmanager
async def reach(settings: Settings, *, to_change: bool = False) -> AsyncIterator[Reach]:
    """The gateway of this installation. Raises `FolderOwnedError` if one starts in between."""
    address = await serving(settings)
    if address is not None:
        async with session(settings) as http:
            yield HttpReach(http, address)
    elif to_change:
        async with own_ledger(settings) as ledger:
            yield LedgerReach(ledger, settings, signer(settings) if is_embedded(settings) else None)
    else:
        async with open_ledger(settings) as (ledger, _):
            yield LedgerReach(ledger, settings)


@asynccontextmanager
async def own_ledger(settings: Settings) -> AsyncIterator[Ledger]:
    """The ledger, to change it while no gateway runs; an embedded one is owned for that time.

    Raises `FolderOwnedError` if a gateway starts in between.
    """
    with ExitStack() as stack:
        if database_url(settings).startswith("sqlite"):
            settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
            stack.enter_context(owned(settings.data_dir))
        async with open_ledger(settings) as (ledger, _):
            yield ledger


def actor() -> str:
    """Who acts, as the audit names it."""
    return f"cli:{getpass.getuser()}"


async def serving(settings: Settings) -> str | None:
    """Where the gateway of this data folder listens; None when none is running. Waits while one is starting."""
    for _ in range(100):
        owner = owner_of(settings.data_dir)
        if owner is None:
            return None
        if owner.address:
            return owner.address
        await asyncio.sleep(0.1)
    return fail(f"Trục đang khởi động quá lâu / the gateway takes too long to start: {settings.data_dir}")


def session(settings: Settings, key: str | None = None) -> aiohttp.ClientSession:
    """A client of the API, as the administrator unless another key is given."""
    headers = {"Authorization": f"Bearer {key or admin_token(settings)}"}
    return aiohttp.ClientSession(headers=headers, timeout=aiohttp.ClientTimeout(total=60))


def run(work: Any) -> Any:
    """Run one command's coroutine; a gateway that cannot be reached is said, not traced."""
    try:
        return asyncio.run(work)
    except aiohttp.ClientConnectionError as exc:
        raise GatewayError(
            f"Không nối được tới trục ({type(exc).__name__}); nó đang chạy chứ? ./run serve / the gateway cannot be "
            "reached; is it running?"
        ) from exc


def _query(filters: Mapping[str, str], cursor: str | None, limit: int) -> dict[str, str]:
    return {**filters, "limit": str(limit)} | ({"cursor": cursor} if cursor else {})


async def read(response: aiohttp.ClientResponse) -> dict[str, Any]:
    """The answer. Raises what the operation itself would have raised."""
    try:
        body: dict[str, Any] = orjson.loads(await response.read())
    except ValueError:
        body = {}
    if response.status < 400:
        return body
    words = str(body.get("detail") or f"HTTP {response.status}")
    if response.status == 404:
        raise NotFoundError(words)
    if response.status == 422 and body.get("errors"):
        raise ContentRefused(Problem(one["pointer"], one["code"], one["message"]) for one in body["errors"])
    raise StateError(words) if response.status == 409 else GatewayError(words)


def _there(view: dict[str, Any] | None) -> dict[str, Any]:
    if view is None:
        raise NotFoundError(
            "Không có mã này trong sổ; hãy kiểm tra lại. / The ledger holds no such thing; check the code."
        )
    return view
