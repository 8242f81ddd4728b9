"""The live tail: places that only grow, what was not kept is counted, and processes tell each other while watched."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from gateway.telemetry.lifecycle import Happening
from gateway.telemetry.tail import Both, Place, Tail
from tests.e2e.rig import ADMIN, KEY, Rig, recorded, running

SUBJECT = "000.00.16.H46-250612-0001"


def happened(number: int, state: str = "delivered", subject: str = SUBJECT) -> Happening:
    return Happening("delivery", state, f"m{number}", "vn.lienthong.x.v1", subject, f"d{number}", "onestop/a b", number)


async def test_a_watcher_goes_on_from_its_place_and_gets_each_once() -> None:
    tail = Tail()
    tail.hear(happened(1))
    start = await tail.after(None, 0.0, 10)
    assert start.events == []
    for number in (2, 3):
        tail.hear(happened(number))
    seen = await tail.after(start.place, 0.0, 10)
    assert [one.what.message_id for one in seen.events] == ["m2", "m3"]
    assert (await tail.after(seen.place, 0.0, 10)).events == []


async def test_a_waiting_watcher_is_woken_by_the_next() -> None:
    tail = Tail()
    waiting = asyncio.create_task(tail.after(None, 30.0, 10))
    await asyncio.sleep(0)
    tail.hear(happened(1))
    assert [one.what.message_id for one in (await waiting).events] == ["m1"]


@pytest.mark.parametrize(("keep", "limit", "shown", "lost"), [(100, 4, 4, 6), (3, 100, 3, 7), (100, 100, 10, 0)])
async def test_what_is_not_shown_is_counted(keep: int, limit: int, shown: int, lost: int) -> None:
    tail = Tail(keep)
    start = (await tail.after(None, 0.0, 1)).place
    for number in range(10):
        tail.hear(happened(number))
    seen = await tail.after(start, 0.0, limit)
    assert (len(seen.events), seen.lost) == (shown, lost)
    assert seen.events[-1].what.message_id == "m9"


async def test_processes_tell_each_other_only_while_somebody_watches() -> None:
    here, there = Tail(), Tail()
    told: list[tuple[str, Sequence[str]]] = []

    async def from_here(kind: str, words: Sequence[str]) -> None:
        told.append((kind, words))
        for word in words:
            there.hear_news(kind, word)

    async def from_there(kind: str, words: Sequence[str]) -> None:
        for word in words:
            here.hear_news(kind, word)

    sharing = [
        asyncio.create_task(here.share(from_here, lambda: False)),
        asyncio.create_task(there.share(from_there, lambda: True)),
    ]
    await asyncio.sleep(0)
    here.hear(happened(1))
    start = (await there.after(None, 0.0, 1)).place
    async with asyncio.timeout(10):
        while not (seen := await there.after(start, 0.3, 10)).events:
            here.hear(happened(2, subject="hồ sơ | lạ"))
    assert {one.what for one in seen.events} == {happened(2, subject="hồ sơ | lạ")}
    assert all(" " not in word for _, words in told for word in words)
    for task in sharing:
        task.cancel()
    await asyncio.gather(*sharing, return_exceptions=True)


async def test_what_another_process_garbled_is_ignored() -> None:
    tail = Tail()
    for word in ("", "a|b", "|".join(["x"] * 9), "|".join(["x"] * 12)):
        tail.hear_news("tail", word)
    start = (await tail.after(None, 0.0, 10)).place
    assert (await tail.after(start._replace(number=0), 0.0, 10)).events == []


@pytest.mark.parametrize("ahead", [0, 10**14])
async def test_a_watcher_who_comes_from_another_process_goes_on_from_now_and_is_told_so(ahead: int) -> None:
    old, new = Tail(), Tail()
    for tail in (old, new):
        tail.hear(happened(1))
    elsewhere = (await old.after(None, 0.0, 10)).place
    met = await new.after(Place(elsewhere.tail, elsewhere.number + ahead), 30.0, 10)
    assert (met.events, met.lost) == ((), None)
    new.hear(happened(2))
    seen = await new.after(met.place, 0.0, 10)
    assert ([one.what.message_id for one in seen.events], seen.lost) == (["m2"], 0)


def test_both_taps_of_a_wire_hear() -> None:
    one, other = Tail(), Tail()
    Both(one, other).hear(happened(1))
    Both(one, None).hear(happened(2))
    assert (len(one._kept), len(other._kept)) == (2, 1)


@pytest.fixture(params=[0, 1], ids=["one process", "a door of its own"])
async def rig(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Rig]:
    async with running(tmp_path, workers=request.param) as found:
        yield found


async def test_the_stream_tells_what_happens_to_a_message_by_ids_alone(rig: Rig) -> None:
    url = f"{rig.gateway.address}/v1/stream?subject={SUBJECT}"
    headers = {"Authorization": f"Bearer {ADMIN}"}
    async with rig.http.get(url, headers=headers) as stream:
        assert stream.headers["Content-Type"].startswith("text/event-stream")
        sent = await rig.send(recorded(1))
        told = ""
        async with asyncio.timeout(15):
            while "event: settled" not in told:
                told += (await stream.content.readuntil(b"\n\n")).decode()
    assert "event: accepted" in told and sent["id"] in told and "id: " in told
    assert "Mẫu Đơn" not in told and "044999000123" not in told
    async with rig.http.get(url, headers={"Authorization": f"Bearer {KEY}"}) as refused:
        assert refused.status == 403
