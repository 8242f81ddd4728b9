"""Clients and their keys: adding, rotating, revoking, each audited and in force in every process within two seconds.

Clients of the configuration are listed too. Their grants are changed in `lienthong.toml` alone; their keys are rotated
and revoked like all others.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from gateway.acceptance import schemas
from gateway.acceptance.codes import agency
from gateway.client_settings import LONGEST_DEBT, burst_of
from gateway.errors import Problem, StateError
from gateway.ledger.clients.port import Clients, Configured, NewClient, NewKey, StoredKey
from gateway.ledger.port import AuditEntry, Ledger
from gateway.ledger.shapes import iso
from gateway.message import TYPE_PREFIX
from gateway.operations.noting import refusals_noted
from gateway.operations.refused import ContentRefused, flaw
from gateway.security.api_key import ApiKey, id_of_configured, make_key
from gateway.settings import CLIENT_NAME, ClientSettings

OLD_KEYS_FOR = timedelta(days=7)
"""So long the keys before a rotation still count."""
_RESERVED = frozenset({"administrator"})


class ClientOperations:
    """Operations on clients. A key is in the answer of the call that made it, and nowhere else."""

    def __init__(self, ledger: Ledger, configured: Sequence[ClientSettings]) -> None:
        self._ledger = ledger
        self._configured = {one.name: one for one in configured}

    async def clients(self) -> list[dict[str, Any]]:
        """Every client with its grants and its keys by how they begin; revoked and ended ones too."""
        known = await self._ledger.clients() or Clients(0, (), ())
        now = datetime.now(UTC)
        shown = [self._shown_configured(one, known, now) for one in self._configured.values()]
        shown += [
            _shown(one.client, "poll", known, now)
            | {"origin": "ledger", "created_at": iso(one.created_at), "created_by": one.created_by}
            | {"revoked_at": iso(one.revoked_at)}
            for one in known.clients
            if one.client.name not in self._configured
        ]
        return sorted(shown, key=lambda one: str(one["name"]))

    async def add(self, client: NewClient, actor: str, reason: str) -> dict[str, Any]:
        """A client that may send at once; its key. Raises `ContentRefused`, `StateError` for a name that is taken."""
        entry = AuditEntry(actor, "client.add", client.name, reason)
        async with refusals_noted(self._ledger, entry):
            self._judge(client)
        key = make_key()
        await self._ledger.add_client(client, _kept(key), entry)
        return {"name": client.name, "key": key.key, "key_id": key.id}

    def _judge(self, client: NewClient) -> None:
        if problems := _flaws(client):
            raise ContentRefused(problems)
        if client.name in self._configured:
            raise StateError(
                f"Client {client.name} có trong lienthong.toml; hãy sửa ở đó, khóa thì `client rotate`. / The client "
                f"{client.name} is in lienthong.toml; change it there, and its key with `client rotate`."
            )

    async def rotate(self, name: str, keep: timedelta, actor: str, reason: str) -> dict[str, Any]:
        """Another key; those so far go on counting for `keep`. Raises `NotFoundError`."""
        key = make_key()
        ends = datetime.now(UTC) + keep
        entry = AuditEntry(actor, "client.rotate", name, reason)
        old = await self._ledger.rotate_key(name, _kept(key), ends, entry, self._written(name))
        return {"name": name, "key": key.key, "key_id": key.id, "old_keys": list(old), "old_keys_end_at": iso(ends)}

    async def revoke(self, name: str, key_id: str, actor: str, reason: str) -> dict[str, Any]:
        """One key, or (an empty `key_id`) the client whatever it shows, at once. Raises `NotFoundError`."""
        entry = AuditEntry(actor, "client.revoke", name, reason)
        if key_id:
            await self._ledger.revoke_key(name, key_id, entry, self._written(name))
            return {"name": name, "revoked": [key_id]}
        return {"name": name, "revoked": list(await self._ledger.revoke_client(name, entry, self._written(name)))}

    def _written(self, name: str) -> Configured:
        """The key that the configuration has of a client; None where it has no such client."""
        client = self._configured.get(name)
        if client is None:
            return None
        if not client.key_sha256:
            return ()
        return [NewKey(id_of_configured(client.key_sha256), client.key_sha256)]

    def _shown_configured(self, client: ClientSettings, known: Clients, now: datetime) -> dict[str, Any]:
        same = NewClient(
            client.name, client.sources, client.agencies, client.types, client.rate, client.burst, client.amqp_user
        )
        shown = _shown(same, client.reply_mode, known, now)
        told = {one["id"] for one in shown["keys"]}
        shown["keys"] += [_key_of_file(one) for one in self._written(client.name) or () if one.id not in told]
        revoked = next((one.revoked_at for one in known.clients if one.client.name == client.name), None)
        return shown | {"origin": "configuration", "created_at": None, "created_by": None, "revoked_at": iso(revoked)}


def _kept(key: ApiKey) -> NewKey:
    return NewKey(key.id, key.digest)


def _shown(client: NewClient, reply_mode: str, known: Clients, now: datetime) -> dict[str, Any]:
    return {
        "name": client.name,
        "sources": list(client.sources),
        "agencies": list(client.agencies),
        "types": list(client.types),
        "rate": client.rate,
        "burst": client.burst,
        "amqp_user": client.amqp_user,
        "reply_mode": reply_mode,
        "keys": [_shown_key(one, now) for one in known.keys if one.client == client.name],
    }


def _shown_key(key: StoredKey, now: datetime) -> dict[str, Any]:
    return {
        "id": key.id,
        "in_force": key.in_force(now),
        "created_at": iso(key.created_at),
        "created_by": key.created_by,
        "ends_at": iso(key.ends_at),
        "revoked_at": iso(key.revoked_at),
        "used_at": iso(key.used_at),
    }


def _key_of_file(key: NewKey) -> dict[str, Any]:
    nothing = dict.fromkeys(("created_at", "created_by", "ends_at", "revoked_at", "used_at"))
    return {"id": key.id, "in_force": True, **nothing}


def _flaws(client: NewClient) -> list[Problem]:
    """Everything that would make a client other than was meant."""
    found = []
    if not re.fullmatch(CLIENT_NAME, client.name) or client.name in _RESERVED:
        found.append(
            flaw(
                "/name",
                "CLIENT_NAME",
                "Tên: chữ thường, số, - và _; tối đa 63 ký tự; không trùng tên dành riêng.",
                "A name is lower case letters, digits, - and _, at most 63; and no reserved word.",
            )
        )
    if client.rate and burst_of(client.rate, client.burst) > client.rate * LONGEST_DEBT:
        found.append(
            flaw(
                "/burst",
                "CLIENT_BURST",
                "Với rate này, burst phải hết nợ trong 100.000 giây; hãy giảm burst hoặc tăng rate.",
                "At this rate a burst must be worked off within 100,000 seconds: a smaller burst or a higher rate.",
            )
        )
    found += [
        flaw(f"/agencies/{place}", "AGENCY_FORMAT", "Không phải mã cơ quan.", "Not an agency code.")
        for place, code in enumerate(client.agencies)
        if agency.parse(code) is None
    ]
    found += [
        flaw(
            f"/types/{place}",
            "TYPE_UNKNOWN",
            "Không phải loại thông điệp mà hệ thống gửi được dùng; xem /schemas.",
            "Not a message type that senders use; see /schemas.",
        )
        for place, type_ in enumerate(client.types)
        if type_.removeprefix(TYPE_PREFIX) not in schemas.FROM_SENDERS
    ]
    return found
