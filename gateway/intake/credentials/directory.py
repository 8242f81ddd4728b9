"""All clients as this process knows them: those of the configuration, and those of the ledger, followed every second.

A key that was revoked is refused within that second in every process; a ledger that is away changes nothing of what is
known, and before it was read once nobody is let in.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import NamedTuple, Protocol

import structlog

from gateway.errors import LedgerUnavailable
from gateway.intake.credentials.rates import Rate
from gateway.ledger.clients.port import Clients
from gateway.message import Client
from gateway.security.api_key import digest_of
from gateway.settings import ClientSettings

log = structlog.get_logger(__name__)

FOLLOW_EVERY = 1.0
_LOOK_AGAIN_AFTER = 0.2
"""Seconds between two looks that wrong keys cause."""
_NOTE_EVERY = 60.0
"""Seconds between two writes of when keys were used."""


class KeepsClients(Protocol):
    """What the directory asks of the ledger."""

    async def clients(self, unless: int | None = None) -> Clients | None: ...

    async def note_key_uses(self, uses: Mapping[str, datetime]) -> None: ...


class _Held(NamedTuple):
    """Whose a key is, and until when it counts."""

    client: Client
    ends_at: datetime | None


def _now() -> datetime:
    return datetime.now(UTC)


class Directory:
    """Clients by key, by name and by RabbitMQ account. Looking somebody up asks nobody and waits for nothing."""

    def __init__(
        self,
        configured: Sequence[ClientSettings],
        ledger: KeepsClients | None = None,
        clock: Callable[[], datetime] = _now,
    ) -> None:
        """Without a `ledger` there are the clients of the configuration alone."""
        self._configured = configured
        self._ledger = ledger
        self._clock = clock
        self._version: int | None = None
        self._known = asyncio.Event()
        if ledger is None:
            self._known.set()
        self._uses: dict[str, datetime] = {}
        self._not_before = 0.0
        self._next_look: asyncio.Task[None] | None = None
        self._take(Clients(0, (), ()))

    def by_key(self, key: str) -> Client | None:
        """The client whose key this is. Raises `LedgerUnavailable` before the ledger was read."""
        return self.by_digest(digest_of(key))

    def by_digest(self, digest: str) -> Client | None:
        """The same by `digest_of` the key: what a key costs to compare says nothing about how much of it was right."""
        self._ready()
        held = self._keys.get(digest)
        if held is None or (held.ends_at is not None and self._clock() >= held.ends_at):
            return None
        if digest not in self._uses:
            self._uses[digest] = self._clock()
        return held.client

    def named(self, name: str) -> Client | None:
        """A client in force. Raises `LedgerUnavailable` before the ledger was read."""
        self._ready()
        return self._names.get(name)

    @property
    def names(self) -> Collection[str]:
        """Every client in force."""
        return self._names.keys()

    def by_account(self, user: str) -> Client | None:
        """The client whose RabbitMQ account this is. Raises `LedgerUnavailable` before the ledger was read."""
        self._ready()
        return self._accounts.get(user)

    def rate_of(self, name: str) -> Rate | None:
        """How fast a client may send; None for one that may send as fast as it likes."""
        return self._rates.get(name)

    async def refresh(self) -> None:
        """Look whether anything changed. Raises `LedgerUnavailable`."""
        if self._ledger is None:
            return
        clients = await self._ledger.clients(self._version)
        # Of two looks at once the earlier may be answered last.
        if clients is not None and (self._version is None or clients.version > self._version):
            self._take(clients)
            self._version = clients.version
        self._known.set()

    async def look_again(self) -> None:
        """For a key nobody knows, which another door may have made just now: look, but not all the time.

        Whoever comes between two looks waits for the next, so a key that was made before it is shown is never refused.
        """
        if self._next_look is None:
            self._next_look = asyncio.create_task(self._look_soon(), name="clients, again")
        await asyncio.shield(self._next_look)

    async def _look_soon(self) -> None:
        loop = asyncio.get_running_loop()
        await asyncio.sleep(max(0.0, self._not_before - loop.time()))
        self._not_before = loop.time() + _LOOK_AGAIN_AFTER
        self._next_look = None  # what is made from here on, this look may miss
        await self._look()

    async def note_uses(self) -> None:
        """Write down which keys were used since the last time. Raises `LedgerUnavailable`."""
        uses, self._uses = self._uses, {}
        if uses and self._ledger is not None:
            await self._ledger.note_key_uses(uses)

    async def known(self) -> None:
        """Returns once the ledger was read."""
        await self._known.wait()

    @asynccontextmanager
    async def followed(self, every: float = FOLLOW_EVERY) -> AsyncIterator[None]:
        """Looked at on entering, and followed until left."""
        await self._look()
        following = asyncio.create_task(self._follow(every), name="clients")
        try:
            yield
        finally:
            ending = [following, *filter(None, [self._next_look])]
            for one in ending:
                one.cancel()
            await asyncio.gather(*ending, return_exceptions=True)
            await self._note()

    async def following(self) -> AsyncIterator[None]:
        """As aiohttp wants what lives as long as an app."""
        async with self.followed():
            yield

    async def _follow(self, every: float) -> None:
        loop = asyncio.get_running_loop()
        note_at = loop.time() + _NOTE_EVERY
        while True:
            await asyncio.sleep(every)
            await self._look()
            if loop.time() >= note_at:
                note_at = loop.time() + _NOTE_EVERY
                await self._note()

    async def _look(self) -> None:
        try:
            await self.refresh()
        except LedgerUnavailable as exc:
            log.warning("clients.unreadable", error=str(exc))
        except Exception as exc:  # noqa: BLE001 - else a revoked key would count from here on until the next start
            log.warning("clients.unreadable", error=type(exc).__name__)

    async def _note(self) -> None:
        try:
            await self.note_uses()
        except LedgerUnavailable:
            pass
        except Exception as exc:  # noqa: BLE001 - following goes on
            log.warning("clients.uses_not_noted", error=type(exc).__name__)

    def _ready(self) -> None:
        if not self._known.is_set():
            raise LedgerUnavailable("the clients could not be read yet")

    def _take(self, clients: Clients) -> None:
        """The configuration counts for what a client may do, the ledger for which keys count and who is shut out."""
        revoked = {one.client.name for one in clients.clients if one.revoked_at is not None}
        configured = [one for one in self._configured if one.name not in revoked]
        stored = [one.client for one in clients.clients if one.revoked_at is None]
        self._names = {one.name: Client(one.name, one.sources, one.agencies, one.types) for one in stored}
        self._rates = {one.name: Rate.of(one.rate, one.burst) for one in stored if one.rate}
        accounts = {one.amqp_user: one.name for one in stored if one.amqp_user}
        for one in configured:
            self._names[one.name] = Client(one.name, one.sources, one.agencies, one.types)
            self._rates.pop(one.name, None)
            if one.rate:
                self._rates[one.name] = Rate.of(one.rate, one.burst)
            if one.amqp_user:
                accounts[one.amqp_user] = one.name
        self._accounts = {user: self._names[name] for user, name in accounts.items()}
        self._keys = {one.key_sha256: _Held(self._names[one.name], None) for one in configured if one.key_sha256}
        for key in clients.keys:
            self._keys.pop(key.digest, None)
            client = self._names.get(key.client)
            if key.revoked_at is None and client is not None:
                self._keys[key.digest] = _Held(client, key.ends_at)
