"""The door as processes of its own before a real gateway: what it promises when either is killed."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from gateway.door import keeper
from tests.e2e.rig import ADMIN, Rig, eventually, recorded, running


def doors() -> list[int]:
    """The processes this one started for the door."""
    children = [
        one for listed in Path("/proc/self/task").glob("*/children") for one in listed.read_text("ascii").split()
    ]
    return [int(one) for one in children if b"gateway.front" in Path(f"/proc/{one}/cmdline").read_bytes()]


async def insist(rig: Rig, event: dict[str, Any]) -> dict[str, Any]:
    """Post as a sender does: again, until there is an answer."""
    while True:
        try:
            async with rig.http.post(
                f"{rig.gateway.address}/v1/messages",
                json=event,
                headers={"Content-Type": "application/cloudevents+json"},
            ) as answer:
                if answer.status == 202:
                    return dict(await answer.json())
                assert answer.status == 503, await answer.text()
        except aiohttp.ClientError:
            pass
        await asyncio.sleep(0.01)


async def test_a_door_killed_in_the_middle_loses_nothing_and_another_takes_its_place(tmp_path: Path) -> None:
    async with running(tmp_path, workers=1) as rig:
        (first,) = doors()
        codes = [f"000.00.16.H46-250612-{number:04d}" for number in range(1, 61)]
        posting = [asyncio.create_task(insist(rig, recorded(code=code))) for code in codes[:30]]
        await asyncio.wait(posting, return_when=asyncio.FIRST_COMPLETED)
        posting += [asyncio.create_task(insist(rig, recorded(code=code))) for code in codes[30:]]
        await asyncio.sleep(0)  # these are on their way, and nobody has answered them
        os.kill(first, signal.SIGKILL)
        await asyncio.gather(*posting)
        assert doors() not in ([], [first])
        balance = await rig.settled()
        assert balance["accepted"] == balance["delivered"]
        assert sorted(key for _, key, _ in rig.effects) == codes


async def test_counts_made_at_the_door_stand_in_the_metrics(tmp_path: Path) -> None:
    async with running(tmp_path, workers=1) as rig:
        await insist(rig, recorded())
        async with rig.http.get(f"{rig.gateway.address}/metrics") as answer:
            assert "lienthong_messages_accepted_total{" in await answer.text()


async def test_readiness_is_told_through_the_door(tmp_path: Path) -> None:
    async with running(tmp_path, workers=1) as rig, rig.http.get(f"{rig.gateway.address}/readyz") as answer:
        assert answer.status == 200, await answer.text()


async def test_a_conflict_is_told_through_the_door(tmp_path: Path) -> None:
    async with running(tmp_path, workers=1) as rig:
        await insist(rig, recorded())
        changed = recorded(status="processing")
        async with rig.http.post(
            f"{rig.gateway.address}/v1/messages",
            json=changed,
            headers={"Content-Type": "application/cloudevents+json"},
        ) as answer:
            assert answer.status == 409
            assert (await answer.json())["errors"][0]["code"] == "ID_CONFLICT"


async def test_an_operator_is_told_through_the_door_what_may_not_be_done(tmp_path: Path) -> None:
    async with running(tmp_path, workers=1) as rig, aiohttp.ClientSession() as http:
        headers = {"Authorization": f"Bearer {ADMIN}"}
        url = f"{rig.gateway.address}/v1/deliveries/01a00000-0000-7000-8000-000000000000/replay"
        async with http.post(url, json={"reason": "thử"}, headers=headers) as answer:
            assert answer.status == 404


async def test_the_door_ends_with_its_gateway(tmp_path: Path) -> None:
    async with running(tmp_path, workers=1):
        (door,) = doors()

    async def gone() -> bool:
        return not Path(f"/proc/{door}").exists()

    await eventually(gone)


async def test_a_door_that_ends_at_its_start_is_told_with_a_way_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(keeper.DoorError, match="LIENTHONG_HTTP__WORKERS=0"):
        async with running(tmp_path, workers=1):
            pass
    assert doors() == []


async def test_a_door_that_hangs_does_not_keep_its_gateway_from_stopping(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeper, "_STOP_SECONDS", 0.1)
    async with asyncio.timeout(20), running(tmp_path, workers=1):
        (door,) = doors()
        os.kill(door, signal.SIGSTOP)
    assert not Path(f"/proc/{door}").exists()


async def test_a_gateway_that_stops_while_its_door_is_opened_again_leaves_none_behind(tmp_path: Path) -> None:
    async with asyncio.timeout(30), running(tmp_path, workers=1):
        (door,) = doors()
        os.kill(door, signal.SIGKILL)
        await eventually(lambda: _ended(door))
    assert doors() == []


async def _ended(door: int) -> bool:
    return not Path(f"/proc/{door}").exists()


async def test_a_killed_gateway_takes_its_door_along(tmp_path: Path) -> None:
    serve = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "gateway", "serve",
        env={**os.environ, "LIENTHONG_DATA_DIR": str(tmp_path), "LIENTHONG_HTTP__PORT": "0"},
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    found: list[int] = []

    async def started() -> bool:
        children = Path(f"/proc/{serve.pid}/task/{serve.pid}/children").read_text("ascii").split()
        found[:] = [int(one) for one in children if b"gateway.front" in Path(f"/proc/{one}/cmdline").read_bytes()]
        return bool(found)

    await eventually(started, seconds=30)
    serve.kill()
    await serve.wait()

    async def gone() -> bool:
        status = Path(f"/proc/{found[0]}/status")
        return not status.exists() or "State:\tZ" in status.read_text("ascii")

    await eventually(gone)
