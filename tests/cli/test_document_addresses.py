"""`lienthong check` looks whether the documents of stored dossiers can be fetched by somebody without a session."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import web

from adapters.national_portal import simulator as portal
from gateway.cli.check_addresses import addresses, check_addresses
from tests.e2e.province import province, settings_of
from tests.e2e.rig import recorded

CODE = "000.00.16.H46-250612-0001"


@asynccontextmanager
async def a_store() -> AsyncIterator[str]:
    """A document store: one file open to everybody, one behind a login, one page."""

    async def file(_: web.Request) -> web.Response:
        return web.Response(body=b"%PDF-1.4", content_type="application/pdf")

    async def login(_: web.Request) -> web.Response:
        raise web.HTTPFound("/dang-nhap")

    async def page(_: web.Request) -> web.Response:
        return web.Response(text="<html></html>", content_type="text/html")

    app = web.Application()
    app.add_routes([web.get("/mo.pdf", file), web.get("/kin.pdf", login), web.get("/trang", page)])
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def a_dossier(base: str) -> dict[str, Any]:
    papers = [{"name": name, "url": f"{base}/{name}"} for name in ("mo.pdf", "kin.pdf", "trang")]
    removed = {"name": "bo.pdf", "url": f"{base}/bo.pdf", "deleted": True}
    dossier: dict[str, Any] = recorded(code=CODE, documents=[*papers, removed])["data"]
    return dossier


async def test_addresses_behind_a_login_are_named_by_dossier_and_place_and_never_quoted(tmp_path: Path) -> None:
    async with a_store() as base:
        systems: dict[str, Any] = {"national_portal": (portal.build(), portal.adapter_settings)}
        async with province(tmp_path, systems) as rig:
            sent = await rig.send("dossier.recorded.v1", a_dossier(base), "hs-1")
            await rig.reaches(sent["id"], "delivered")
            settings = settings_of(tmp_path, rig.peers)
            looked, blocked = await check_addresses(settings, rig.gateway.ledger, 50)
            fewer, _ = await check_addresses(settings, rig.gateway.ledger, 2)
    assert (looked, fewer) == (3, 2)
    assert [(one.dossier, one.pointer) for one in blocked] == [(CODE, "/documents/1/url"), (CODE, "/documents/2/url")]
    assert all(" / " in one.why and base not in one.why for one in blocked)


def test_every_place_that_holds_an_address_is_looked_at() -> None:
    rows = [{"url": "https://a.example.invalid/1"}]
    data = {"documents": rows, "results": rows, "supplements": [{"documents": rows}]}
    assert [one.pointer for one in addresses(CODE, json.loads(json.dumps(data)))] == [
        "/documents/0/url",
        "/results/0/url",
        "/supplements/0/documents/0/url",
    ]
