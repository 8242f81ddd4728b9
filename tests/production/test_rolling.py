"""A version is changed under senders that go on: tables grow first, then one process after the other is replaced."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import aiohttp
import pytest

from gateway.ledger import migrate
from tests.e2e.rig import progressed, recorded
from tests.production.rig import at_portal
from tests.production.test_roles import Province, province
from tests.services.databases import execute

EXPAND = """
ALTER TABLE message ADD COLUMN next_version text;
ALTER TABLE delivery ADD COLUMN next_version text;
ALTER TABLE attempt ADD COLUMN next_version text;
CREATE TABLE next_version (id bigserial PRIMARY KEY)
"""
"""What the next version may do to the tables while this one still runs: add, and nothing else."""


async def sending(here: Province, fronts: list[str], stop: asyncio.Event) -> list[str]:
    """A sender as the documents want it: in order per dossier, the same again after anything but a 202."""
    accepted, number = [], 0
    while not stop.is_set():
        number += 1
        code = f"000.00.16.H46-250612-{number:04}"
        for event in (recorded(1, code=code), progressed(2, "received", code=code)):
            while True:
                try:
                    status, _ = await here.send(event, name=fronts[-1])
                except aiohttp.ClientError:
                    status = 0
                if status == 202:
                    break
                await asyncio.sleep(0.05)
        accepted.append(code)
        await asyncio.sleep(0.02)
    return accepted


@pytest.mark.timeout(300)
async def test_tables_grow_and_every_process_is_replaced_while_senders_send(
    tmp_path: Path, database_url: str, rabbitmq_server: str
) -> None:
    async with province(tmp_path, database_url, rabbitmq_server) as here:
        front, back = "intake,console", "worker,relay,scheduler"
        await asyncio.gather(here.start(front, "front"), here.start(back, "back"))
        fronts, stop = ["front"], asyncio.Event()
        sender = asyncio.create_task(sending(here, fronts, stop))
        await execute(database_url, EXPAND)
        await here.start(back, "back-new")
        assert await here.roles["back"].stop() == 0
        await here.start(front, "front-new")
        fronts.append("front-new")  # as the balancer in front does
        assert await here.roles["front"].stop() == 0
        stop.set()
        accepted = await sender
        here.roles["intake"] = here.roles["front-new"]
        balance = await here.settled()
        assert len(accepted) > 3
        assert at_portal(balance) == (2 * len(accepted), 2 * len(accepted), 0)
        told = [(effect.key, effect.kind) for effect in here.portal.effects]
        assert [[kind for key, kind in told if key == code] for code in accepted] == [["create", "progress"]] * len(
            accepted
        )


def test_no_version_takes_away_what_the_one_before_it_reads() -> None:
    """Old processes run on the new tables while they are replaced: what is dropped is dropped a version later."""
    folder = Path(migrate.__file__).parent / "migrations" / "versions"
    taken = {
        path.name: re.findall(r"op\.(drop_table|drop_column)\b", path.read_text("utf-8"))
        for path in folder.glob("v*.py")
    }
    assert {name: found for name, found in taken.items() if found} == {}
