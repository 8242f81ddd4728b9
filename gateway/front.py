"""A process of the front door: `python -m gateway.front LINK LISTENING` (descriptors inherited from the gateway).

Started only by `gateway.door.keeper`. Ends when told to, and at once when the gateway is gone. On embedded storage it
asks the gateway for everything it stores; with PostgreSQL and RabbitMQ it commits and publishes itself.
"""

from __future__ import annotations

import asyncio
import os
import pickle
import signal
import socket
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import uvloop
from aiohttp import web

from adapters.registry import ADAPTERS
from gateway.bootstrap import admin_token, open_ledger, prepare_data_dir
from gateway.bootstrap.doors import readiness
from gateway.bootstrap.parts import (
    FOLLOW_EVERY,
    calm_garbage_collector,
    follow_keys,
    open_broker,
    open_relay,
    open_tap,
)
from gateway.delivery.waiting import Waiting
from gateway.door.app import door_app
from gateway.door.keeper import Charge
from gateway.door.link import Link
from gateway.door.remote import COUNT_EVERY, News, RemoteMetrics, RemoteTail, RemoteWaiting, remote_ledger
from gateway.intake.http import Readiness
from gateway.intake.prefer import Waits
from gateway.intake.server import IntakeRunner
from gateway.ledger.port import Ledger
from gateway.ledger.tapped import tapped
from gateway.operations.live import LiveCatalogue, own_folder
from gateway.security.seal import KeyRing
from gateway.settings import Settings
from gateway.telemetry import logging as log_setup
from gateway.telemetry.streaming import Streams
from gateway.telemetry.tail import Both, Tail
from gateway.telemetry.tracing import Tracing, open_tracing


class Front:
    """What the gateway says to this process, in the order in which it may say it."""

    def __init__(self) -> None:
        self.charge: asyncio.Future[Charge] = asyncio.get_running_loop().create_future()
        self.stop = asyncio.Event()
        self.news = News()

    def handle(self, name: str, *arguments: Any) -> None:
        """See `gateway.door.link.Handle`."""
        match name:
            case "begin":
                self.charge.set_result(pickle.loads(arguments[0]))  # noqa: S301 - from the gateway that started us
            case "news":
                self.news.hear(*arguments)
            case "stop":
                self.stop.set()


@dataclass(frozen=True, slots=True)
class _Means:
    """What this door stores with and waits by."""

    ledger: Ledger
    ring: KeyRing
    waiting: Waits
    streams: Streams
    readiness: Readiness


async def serve(link_descriptor: int, listening_descriptor: int) -> None:
    """Until told to stop."""
    # The terminal's Ctrl-C reaches the whole group; it is for the gateway to say when the door closes.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    front = Front()
    _, link = await asyncio.get_running_loop().create_unix_connection(
        lambda: Link(front.handle, lambda: os._exit(1)), sock=socket.socket(fileno=link_descriptor)
    )
    charge = await front.charge
    log_setup.configure(charge.settings.log)
    metrics = RemoteMetrics(link)
    own = charge.settings
    async with (
        open_tracing(own.tracing) as tracing,
        _direct(own, front, link, metrics) if charge.direct else _by_link(own, link) as means,
    ):
        await _serve(charge, front, link, means, metrics, tracing, socket.socket(fileno=listening_descriptor))
    link.close()


async def _serve(
    charge: Charge,
    front: Front,
    link: Link,
    means: _Means,
    metrics: RemoteMetrics,
    tracing: Tracing | None,
    listening: socket.socket,
) -> None:
    settings = charge.settings
    catalogue = LiveCatalogue(own_folder(settings.data_dir), on_change=lambda: link.call("refresh"))
    app = door_app(
        settings=settings,
        ledger=means.ledger,
        ring=means.ring,
        metrics=metrics,
        backlog=front.news,
        catalogue=catalogue,
        admin_token=admin_token(settings),
        specs=ADAPTERS,
        waiting=means.waiting,
        streams=means.streams,
        readiness=means.readiness,
        takes=charge.takes,
        console=charge.console,
        tracing=tracing,
    )
    runner = IntakeRunner(app)
    await runner.setup()
    await web.SockSite(runner, listening).start()
    calm_garbage_collector()
    link.tell("ready")
    helpers = [
        asyncio.create_task(_tell_counts(metrics), name="counts"),
        asyncio.create_task(catalogue.follow(FOLLOW_EVERY), name="mappings"),
        asyncio.create_task(follow_keys(means.ring), name="keys"),
    ]
    await front.stop.wait()
    await runner.cleanup()
    for helper in helpers:
        helper.cancel()
    metrics.tell()


@asynccontextmanager
async def _by_link(settings: Settings, link: Link) -> AsyncIterator[_Means]:
    """The gateway at the other end stores, publishes and waits."""

    async def ready() -> Mapping[str, str | None]:
        told: Mapping[str, str | None] = await link.call("readiness")
        return told

    yield _Means(
        remote_ledger(link), prepare_data_dir(settings.data_dir), RemoteWaiting(link), Streams(RemoteTail(link)), ready
    )


@asynccontextmanager
async def _direct(settings: Settings, front: Front, link: Link, metrics: RemoteMetrics) -> AsyncIterator[_Means]:
    """This process stores and publishes by itself; what its relay misses, a relay that sweeps finds."""
    async with (
        open_ledger(settings, keeps_fresh=False) as (base, ring),
        open_broker(settings) as broker,
        open_tap(settings, lambda: link.tell("count", {("event_dropped",): 1})) as tap,
    ):
        base.on_commit(metrics.committed)
        tail = Tail()
        ledger = tapped(base, Both(tail, tap))
        ledger.on_news(tail.hear_news)
        streams = Streams(tail)
        relay = open_relay(settings, ledger, broker, front.news.closed, sweeps=False)
        own = readiness(ledger, broker)

        async def ready() -> Mapping[str, str | None]:
            told: Mapping[str, str | None] = await link.call("readiness")
            return {name: flaw or told.get(name) for name, flaw in {**told, **await own()}.items()}

        publishing = asyncio.create_task(relay.run(), name="relay")
        sharing = asyncio.create_task(tail.share(ledger.tell_news, streams.watched), name="tail")
        try:
            yield _Means(ledger, ring, Waiting(ledger, settings.http.max_waiting), streams, ready)
        finally:
            publishing.cancel()
            sharing.cancel()
            await asyncio.gather(publishing, sharing, return_exceptions=True)
            await broker.close()


async def _tell_counts(metrics: RemoteMetrics) -> None:
    while True:
        await asyncio.sleep(COUNT_EVERY)
        metrics.tell()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1]), int(sys.argv[2])))
