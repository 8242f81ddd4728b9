"""A ledger whose disk is full: the door says 503 and when to come again, what was answered stays, and all goes on."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import pytest

from tests.chaos.site import Site, embedded, production
from tests.e2e.rig import KEY, STRUCTURED, eventually, recorded

pytestmark = pytest.mark.timeout(300)
_FITS_AT_MOST = 400
"""Messages that may still find room in the pages there are."""


@pytest.fixture(params=[embedded, production], ids=["sqlite", "postgresql"])
async def site(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Site]:
    open_site: Callable[[Path], AbstractAsyncContextManager[Site]] = request.param
    async with open_site(tmp_path) as opened:
        yield opened


async def test_a_full_disk_is_said_at_the_door_and_loses_nothing(site: Site) -> None:
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {KEY}"}) as http:

        async def sent(number: int) -> tuple[int, Any]:
            event = recorded(1, code=f"000.00.16.H46-250612-{number:04}")
            async with http.post(f"{site.door}/v1/messages", data=orjson.dumps(event), headers=STRUCTURED) as response:
                return response.status, response.headers.get("Retry-After")

        site.fill_disk()
        number = 1
        while (answer := await sent(number))[0] == 202:
            number += 1
            assert number < _FITS_AT_MOST, "the disk is not full"
        assert answer[0] == 503 and int(answer[1]) > 0
        stored = await site.rows("SELECT count(*) FROM message WHERE source = 'urn:test:mot-cua'")
        assert stored == [(number - 1,)]
        site.free_disk()

        async def taken() -> bool:
            return (await sent(number))[0] == 202

        await eventually(taken)

    async def all_there() -> bool:
        return {effect.key for effect in site.portal.effects()} == {
            f"000.00.16.H46-250612-{one:04}" for one in range(1, number + 1)
        }

    await eventually(all_there, 60)
