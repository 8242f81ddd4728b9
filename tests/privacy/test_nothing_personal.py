"""After the demo, nothing of what it sent about people lies in the clear, in files, on the broker, in what is shown.

What is planted there is found, so the look is not blind.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import aio_pika
import aiohttp
import pytest

from gateway.operations.sessions import csrf_of
from tests.e2e.rig import eventually
from tests.privacy.crawl import answers
from tests.privacy.rig import OUR_WORDS, Site, demonstrated
from tests.privacy.scanner import Scanner

CANARY = "Nguyễn Thị Chim Yến 044999555777"
"""Goes where a person may write: the reason of a command."""
TYPED = ("044999555888", "Trần Văn Chim Sẻ")
"""Typed into the filters of lists: a number, which none takes, and a name, which the audit keeps no word of."""


def scanned(site: Site, scanner: Scanner) -> dict[str, Mapping[str, list[str]]]:
    """What was found in every place where files lie; the sandbox's folder plays the world outside."""
    places = {**site.servers, **{one.name: one for one in site.data.iterdir() if one.name != "sandbox"}}
    return {name: _below(scanner, path) for name, path in places.items()}


def _below(scanner: Scanner, path: Path) -> Mapping[str, list[str]]:
    if path.is_dir():
        return scanner.found_below(path)
    return {value: [repr(around)] for value, around in scanner.found_in(path.read_bytes()).items()}


@pytest.mark.timeout(300)
@pytest.mark.parametrize("servers", [False, True], ids=["sqlite", "postgresql and rabbitmq"])
async def test_nothing_of_a_person_lies_in_the_clear_after_the_demo(servers: bool) -> None:
    with demonstrated(servers=servers) as site:
        values = await site.values()
        assert {"Nguyễn Văn Thử", "044999000001", "0900000001", "cong.dan.1@example.invalid"} <= values
        scanner = Scanner({*values, *TYPED, CANARY, "H46-2503"} - OUR_WORDS)
        async with site.viewing() as viewer:
            await filtered(viewer)
            spoken = {} if servers else {path: content async for path, content in answers(viewer)}
        async with site.asking() as http:
            async with http.post("/v1/destinations/ndxp/pause", json={"reason": CANARY}) as answer:
                assert answer.status == 200
            spoken["metrics"] = await (await http.get("/metrics")).read()

            async def chained() -> bool:
                answer = await http.get("/v1/audit/export", params={"purpose": "rà soát"})
                spoken["audit export"] = await answer.read()
                return CANARY in scanner.found_in(spoken["audit export"])

            await eventually(chained)
        if servers:
            await plant(site.amqp_url)
        spoken |= {"rows": await site.rows(), "printed": site.told.encode()}
        found = scanned(site, scanner) | {name: scanner.found_in(content) for name, content in spoken.items()}
        for one in ("postgresql", "rabbitmq", "rows", "audit export") if servers else ("ledger.db-wal", "audit export"):
            assert CANARY in found[one], f"the look into {one} is blind"
        assert any("H46-2503" in found[one] for one in found if one.startswith(("ledger.db", "postgresql")))
        assert "H46-2503" in found["demo.log"]
        leaks = {
            name: {value: where for value, where in hits.items() if value not in (CANARY, "H46-2503")}
            for name, hits in found.items()
        }
        found_leaks = [f"{name}: {value}: {where!r}" for name, hits in leaks.items() for value, where in hits.items()]
        assert not found_leaks, "\n".join(found_leaks)


async def filtered(http: aiohttp.ClientSession) -> None:
    """Lists, views and exports asked for by what was typed about people."""
    number, name = TYPED
    [secret] = [one.value for one in http.cookie_jar if one.key == "lienthong_session"]
    form, ours = {"csrf": csrf_of(secret), "reason": "rà soát", "format": "csv"}, {"Sec-Fetch-Site": "same-origin"}
    for place in ("/v1/messages", "/console/messages"):
        async with http.get(place, params={"q": number}) as answer:
            assert answer.status == 422
    for place, typed, status in (
        ("/console/messages/views", {"q": number, "name": "của tôi"}, 422),
        ("/console/messages/export", {"q": number}, 422),
        ("/console/messages/export", {"q": name}, 200),
    ):
        async with http.post(place, data=form | typed, headers=ours) as answer:
            assert answer.status == status, await answer.text()


async def plant(amqp_url: str) -> None:
    """A message with the canary, on a quorum queue of the broker."""
    async with await aio_pika.connect(amqp_url) as connection:
        channel = await connection.channel()
        queue = await channel.declare_queue("canary", durable=True, arguments={"x-queue-type": "quorum"})
        message = aio_pika.Message(CANARY.encode(), delivery_mode=aio_pika.DeliveryMode.PERSISTENT)
        await channel.default_exchange.publish(message, queue.name)
