"""A process of the front door: `python -m gateway.front LINK LISTENING` (descriptors inherited from the gateway).

Started only by `gateway.door.keeper`. Ends when told to, and at once when the gateway is gone.
"""

from __future__ import annotations

import asyncio
import os
import pickle
import signal
import socket
import sys
from typing import Any

import uvloop
from aiohttp import web

from adapters.registry import ADAPTERS
from gateway.bootstrap import FOLLOW_EVERY, admin_token, calm_garbage_collector, prepare_data_dir
from gateway.door.app import door_app
from gateway.door.link import Link
from gateway.door.remote import COUNT_EVERY, News, RemoteMetrics, RemoteWaiting, remote_ledger
from gateway.intake.server import IntakeRunner
from gateway.operations.live import LiveCatalogue, own_folder
from gateway.settings import Settings
from gateway.telemetry import logging as log_setup


class Front:
    """What the gateway says to this process, in the order in which it may say it."""

    def __init__(self) -> None:
        self.settings: asyncio.Future[Settings] = asyncio.get_running_loop().create_future()
        self.stop = asyncio.Event()
        self.news = News()

    def handle(self, name: str, *arguments: Any) -> None:
        """See `gateway.door.link.Handle`."""
        match name:
            case "begin":
                self.settings.set_result(pickle.loads(arguments[0]))  # noqa: S301 - from the gateway that started us
            case "news":
                self.news.hear(*arguments)
            case "stop":
                self.stop.set()


async def serve(link_descriptor: int, listening_descriptor: int) -> None:
    """Until told to stop."""
    # The terminal's Ctrl-C reaches the whole group; it is for the gateway to say when the door closes.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    front = Front()
    _, link = await asyncio.get_running_loop().create_unix_connection(
        lambda: Link(front.handle, lambda: os._exit(1)), sock=socket.socket(fileno=link_descriptor)
    )
    settings = await front.settings
    log_setup.configure(settings.log)
    metrics = RemoteMetrics(link)
    catalogue = LiveCatalogue(own_folder(settings.data_dir), on_change=lambda: link.call("refresh"))
    app = door_app(
        settings=settings,
        ledger=remote_ledger(link),
        ring=prepare_data_dir(settings.data_dir),
        metrics=metrics,
        backlog=front.news,
        closed=front.news.closed,
        catalogue=catalogue,
        admin_token=admin_token(settings),
        specs=ADAPTERS,
        waiting=RemoteWaiting(link),
    )
    runner = IntakeRunner(app)
    await runner.setup()
    await web.SockSite(runner, socket.socket(fileno=listening_descriptor)).start()
    calm_garbage_collector()
    link.tell("ready")
    helpers = [
        asyncio.create_task(_tell_counts(metrics), name="counts"),
        asyncio.create_task(catalogue.follow(FOLLOW_EVERY), name="mappings"),
    ]
    await front.stop.wait()
    await runner.cleanup()
    for helper in helpers:
        helper.cancel()
    metrics.tell()
    link.close()


async def _tell_counts(metrics: RemoteMetrics) -> None:
    while True:
        await asyncio.sleep(COUNT_EVERY)
        metrics.tell()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1]), int(sys.argv[2])))
