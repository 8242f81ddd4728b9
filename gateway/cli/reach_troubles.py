"""Reaching what people do about failures: over HTTP while a gateway serves, else on the ledger itself."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, Protocol

import aiohttp

from adapters.registry import ADAPTERS
from gateway.acceptance.replies import Replies
from gateway.acceptance.routing import Router
from gateway.bootstrap.data import prepare_data_dir
from gateway.cli import reach
from gateway.ledger.groups.port import Which
from gateway.ledger.port import Ledger
from gateway.message import DeliveryId
from gateway.operations.doubts import Choice
from gateway.operations.judge import Judge
from gateway.operations.live import LiveCatalogue, own_folder
from gateway.operations.troubles import Troubles, troubles_of
from gateway.settings import Settings


class TroubleReach(Protocol):
    """What commands ask about failures, however a gateway is reached."""

    async def groups(self, which: Which) -> list[dict[str, Any]]: ...

    async def group(self, fingerprint: str) -> dict[str, Any]: ...

    async def change_group(self, fingerprint: str, what: str, told: Mapping[str, str]) -> dict[str, Any]:
        """`what`: note, owner, name, mute or unmute; `told`: as the HTTP command takes it."""

    async def doubt(self, delivery_id: str) -> dict[str, Any]: ...

    async def decide(self, delivery_id: str, choice: Choice, reason: str, attempt: int) -> dict[str, Any]: ...

    async def supersede(self, delivery_id: str, reason: str, by: str) -> dict[str, Any]: ...

    async def skip(self, delivery_id: str, reason: str) -> dict[str, Any]: ...

    async def editable(self, delivery_id: str, purpose: str) -> dict[str, Any]: ...

    async def edit(
        self, delivery_id: str, document: Mapping[str, Any], reason: str, *, unlock: bool
    ) -> dict[str, Any]: ...


class HttpTroubles:
    """A gateway that is running, by its own API."""

    def __init__(self, http: aiohttp.ClientSession, address: str) -> None:
        self._http = http
        self._address = address

    async def groups(self, which: Which) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = (await self._get("/v1/groups", state=which))["items"]
        return items

    async def group(self, fingerprint: str) -> dict[str, Any]:
        return await self._get(f"/v1/groups/{fingerprint}")

    async def change_group(self, fingerprint: str, what: str, told: Mapping[str, str]) -> dict[str, Any]:
        return await self._post(f"/v1/groups/{fingerprint}/{what}", told)

    async def doubt(self, delivery_id: str) -> dict[str, Any]:
        return await self._get(f"/v1/deliveries/{delivery_id}/decide")

    async def decide(self, delivery_id: str, choice: Choice, reason: str, attempt: int) -> dict[str, Any]:
        told = {"choice": choice, "reason": reason, "attempt": attempt}
        return await self._post(f"/v1/deliveries/{delivery_id}/decide", told)

    async def supersede(self, delivery_id: str, reason: str, by: str) -> dict[str, Any]:
        told = {"reason": reason} | ({"by": by} if by else {})
        return await self._post(f"/v1/deliveries/{delivery_id}/supersede", told)

    async def skip(self, delivery_id: str, reason: str) -> dict[str, Any]:
        return await self._post(f"/v1/deliveries/{delivery_id}/skip", {"reason": reason})

    async def editable(self, delivery_id: str, purpose: str) -> dict[str, Any]:
        return await self._get(f"/v1/deliveries/{delivery_id}/edit", purpose=purpose)

    async def edit(self, delivery_id: str, document: Mapping[str, Any], reason: str, *, unlock: bool) -> dict[str, Any]:
        told = {"data": dict(document), "reason": reason, "unlock": unlock}
        return await self._post(f"/v1/deliveries/{delivery_id}/edit", told)

    async def _get(self, path: str, **query: str) -> dict[str, Any]:
        async with self._http.get(self._address + path, params=query) as response:
            return await reach.read(response)

    async def _post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        async with self._http.post(self._address + path, json=body) as response:
            return await reach.read(response)


class LocalTroubles:
    """No gateway is running: the same operations on the ledger."""

    def __init__(self, troubles: Troubles) -> None:
        self._troubles = troubles
        self._actor = reach.actor()

    async def groups(self, which: Which) -> list[dict[str, Any]]:
        return await self._troubles.groups.listed(which)

    async def group(self, fingerprint: str) -> dict[str, Any]:
        return await self._troubles.groups.one(fingerprint)

    async def change_group(self, fingerprint: str, what: str, told: Mapping[str, str]) -> dict[str, Any]:
        groups, reason = self._troubles.groups, told.get("reason", "")
        match what:
            case "note":
                return await groups.note(fingerprint, self._actor, told["note"], reason)
            case "owner":
                return await groups.own(fingerprint, self._actor, told["owner"], reason)
            case "name":
                return await groups.name(fingerprint, self._actor, told["vi"], told["en"], reason)
            case "mute":
                return await groups.mute(fingerprint, self._actor, datetime.fromisoformat(told["until"]), reason)
        return await groups.unmute(fingerprint, self._actor, reason)

    async def doubt(self, delivery_id: str) -> dict[str, Any]:
        return await self._troubles.doubts.show(DeliveryId(delivery_id))

    async def decide(self, delivery_id: str, choice: Choice, reason: str, attempt: int) -> dict[str, Any]:
        return await self._troubles.doubts.decide(DeliveryId(delivery_id), choice, self._actor, reason, attempt)

    async def supersede(self, delivery_id: str, reason: str, by: str) -> dict[str, Any]:
        other = DeliveryId(by) if by else None
        before = await self._troubles.by_hand.supersede(DeliveryId(delivery_id), self._actor, reason, other)
        return {"id": delivery_id, "state": "superseded", "state_before": before}

    async def skip(self, delivery_id: str, reason: str) -> dict[str, Any]:
        state = await self._troubles.by_hand.skip(DeliveryId(delivery_id), self._actor, reason)
        return {"id": delivery_id, "state": state, "holds_lane": False}

    async def editable(self, delivery_id: str, purpose: str) -> dict[str, Any]:
        return await self._troubles.edits.editable(DeliveryId(delivery_id), self._actor, purpose)

    async def edit(self, delivery_id: str, document: Mapping[str, Any], reason: str, *, unlock: bool) -> dict[str, Any]:
        return await self._troubles.edits.edit(DeliveryId(delivery_id), self._actor, reason, document, unlock=unlock)


@asynccontextmanager
async def reach_troubles(settings: Settings) -> AsyncIterator[TroubleReach]:
    """The operations of this installation. Raises `FolderOwnedError` if a gateway starts in between."""
    address = await reach.serving(settings)
    if address is not None:
        async with reach.session(settings) as http:
            yield HttpTroubles(http, address)
        return
    async with reach.own_ledger(settings) as ledger:
        yield LocalTroubles(_local(settings, ledger))


def _local(settings: Settings, ledger: Ledger) -> Troubles:
    ring = prepare_data_dir(settings.data_dir)
    replies = Replies(ring, Router(settings.active_routes, settings.clients))
    live = LiveCatalogue(own_folder(settings.data_dir))
    return troubles_of(settings, ledger, replies, Judge(settings.codes, live.local_procedures), ADAPTERS)
