"""The simulated one-stop system: what it believes, remembers and says of itself."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import pytest

from adapters.onestop.event import event_of
from adapters.onestop.secrets import new_secret
from adapters.onestop.simulator import SimulatorSettings, build
from adapters.onestop.simulator.settings import SANDBOX_SECRET
from adapters.transport.signing import Signer
from tests.adapters.onestop_rig import SUBJECT, a_document, an_event, open_onestop_rig, outbound


@asynccontextmanager
async def served(settings: SimulatorSettings | None = None) -> AsyncIterator[tuple[Any, aiohttp.ClientSession]]:
    onestop = build(settings)
    async with onestop.running() as url, aiohttp.ClientSession(url) as session:
        yield onestop, session


async def post(session: aiohttp.ClientSession, event: dict[str, Any] | None = None, **how: Any) -> int:
    """The status a signed event gets; `how` changes body, secret, headers or path."""
    sent = event_of(outbound(event))
    body = how.get("body", sent.body)
    headers = Signer([how.get("secret", SANDBOX_SECRET)]).headers(sent.id, body, datetime.now(UTC))
    headers = {"Content-Type": "application/cloudevents+json", **headers, **how.get("headers", {})}
    async with session.post(how.get("path", "/su-kien"), data=how.get("sent", body), headers=headers) as response:
        return response.status


async def test_what_is_not_believed_has_no_effect() -> None:
    body = event_of(outbound()).body
    async with served() as (onestop, session):
        assert await post(session, secret=new_secret()) == 401
        assert await post(session, sent=body.replace(b"citizen.found", b"citizen.other")) == 401
        assert await post(session, headers={"webhook-signature": "v1,!!!"}) == 401
        assert await post(session, headers={"webhook-signature": "rubbish"}) == 401
        assert await post(session, headers={"webhook-timestamp": "1"}) == 401
        assert (len(onestop.effects), onestop.counts()["forged"]) == (0, 5)


@pytest.mark.parametrize("body", [b"[]", b"{", b'{"specversion":"0.3"}', b'{"specversion":"1.0","id":"1"}'])
async def test_what_is_no_event_is_turned_away(body: bytes) -> None:
    async with served() as (onestop, session):
        assert await post(session, body=body) == 400
        assert len(onestop.effects) == 0


async def test_only_posts_of_events_to_its_address_are_taken() -> None:
    async with served() as (onestop, session):
        assert await post(session, path="/khac") == 404
        assert await post(session, headers={"Content-Type": "application/json"}) == 400
        async with session.get("/su-kien") as response:
            assert response.status == 405
        assert len(onestop.effects) == 0


async def test_a_repeat_is_known_by_its_id_and_compared() -> None:
    async with served(SimulatorSettings(repeat_status=409)) as (onestop, session):
        assert [await post(session), await post(session)] == [200, 409]
        assert await post(session, an_event(type="vn.lienthong.citizen.verified.v1")) == 409
        counts = onestop.counts()
        assert (counts["events"], counts["repeats"], counts["changed"]) == (1, 2, 1)


async def test_order_is_watched_within_a_dossier_and_repeats_do_not_count() -> None:
    async with served() as (onestop, session):
        other = SUBJECT.replace("0007", "0008")
        for number, subject in ((3, SUBJECT), (1, other), (4, SUBJECT), (3, SUBJECT), (2, SUBJECT)):
            await post(session, an_event(number, subject))
        assert (onestop.counts()["out_of_order"], onestop.counts()["repeats"]) == (1, 1)


async def test_the_log_holds_no_personal_data_and_outlives_a_restart(tmp_path: Path) -> None:
    settings = SimulatorSettings(log=tmp_path / "effects.ndjson")
    async with served(settings) as (_, session):
        await post(session, an_event(2))
    text = (tmp_path / "effects.ndjson").read_text("utf-8")
    assert [value for value in a_document()["person"].values() if value in text] == []
    async with served(settings) as (onestop, session):
        await post(session, an_event(2))
        await post(session, an_event(1))
        counts = onestop.counts()
        assert (counts["events"], counts["repeats"], counts["out_of_order"]) == (2, 1, 1)


async def test_the_panel_scripts_faults_and_changes_secrets() -> None:
    fresh = new_secret()
    async with served() as (_, session):
        await session.post("/_panel/faults", json={"fault": "gone"})
        assert await post(session) == 410
        async with session.post("/_panel/secrets", json={"secrets": [fresh, SANDBOX_SECRET]}) as response:
            assert await response.json() == {"valid": 2}
        assert [await post(session, secret=one) for one in (fresh, SANDBOX_SECRET)] == [200, 200]
        await session.post("/_panel/secrets", json={"secrets": [fresh]})
        assert [await post(session, secret=one) for one in (fresh, SANDBOX_SECRET)] == [200, 401]
        async with session.get("/_panel/effects") as response:
            told = await response.json()
        assert (told["events"], told["repeats"], told["forged"]) == (1, 2, 1)
        assert fresh not in str(told)


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"secrets":[""]}', b'{"secrets":[1]}', b'{"secrets":7}'])
async def test_secrets_that_are_none_change_nothing(body: bytes) -> None:
    async with served() as (_, session):
        async with session.post("/_panel/secrets", data=body) as response:
            assert response.status == 400
        async with session.get("/_panel/secrets") as response:
            assert await response.json() == {"valid": 1}


async def test_a_reset_forgets_events_but_not_secrets() -> None:
    async with open_onestop_rig() as rig:
        await rig.send()
        await rig.send(outbound(an_event(0)))
        rig.onestop.reset()
        assert (rig.effects(), rig.calls(), set(rig.onestop.counts().values())) == (0, 0, {0})
        await rig.send()
        assert (rig.effects(), rig.onestop.counts()["repeats"]) == (1, 0)


async def test_without_secrets_every_event_is_believed() -> None:
    async with served(SimulatorSettings(secrets=())) as (_, session):
        assert await post(session, secret=new_secret()) == 200


async def test_it_runs_alone_and_stops_when_told(tmp_path: Path) -> None:
    log = tmp_path / "effects.ndjson"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "adapters.onestop.simulator", "--port", "0", "--log", str(log), "--set", "status=202",
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    word, url = (await asyncio.wait_for(process.stdout.readline(), 30)).decode().split()
    async with aiohttp.ClientSession(url) as session:
        assert (word, await post(session)) == ("ready", 202)
    process.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(process.wait(), 30) == 0
    assert [orjson.loads(line)["key"] for line in log.read_bytes().splitlines()] == [SUBJECT]


async def test_it_says_which_switch_makes_no_sense() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "adapters.onestop.simulator", "--set", "status=500", stderr=asyncio.subprocess.PIPE
    )
    _, said = await process.communicate()
    assert process.returncode == 2
    assert b"status" in said
