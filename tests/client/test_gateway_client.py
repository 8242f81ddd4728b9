"""The client for sending systems: it repeats what got no certain answer, and nothing else; a repeat never doubles."""

from __future__ import annotations

import asyncio
import os
import re
import shlex
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import pytest
from aiohttp import web

from gateway.client import (
    ConflictError,
    Event,
    GatewayClient,
    InvalidError,
    NotGrantedError,
    NotTakenError,
    NotThereError,
    RefusedError,
    Taken,
    UnknownCallerError,
    UnreadableError,
)
from gateway.settings import load_settings
from tests.architecture.tree import ROOT
from tests.fakes.acceptance import MemoryAcceptance, MemoryViews
from tests.intake.conftest import KEY, Door, a_door
from tests.intake.documents import CODE, SOURCE, a_dossier

RECORDED = "dossier.recorded.v1"


def an_event(number: int = 1, **changes: Any) -> Event:
    said = {"source": SOURCE, "type": RECORDED, "subject": CODE, "data": a_dossier(), "id": f"hs-{number}"}
    return Event(**said | changes)


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    async with a_door(load_settings(environment={}).codes, MemoryAcceptance(), MemoryViews()) as opened:
        yield opened


@pytest.fixture
async def gateway(door: Door) -> AsyncIterator[GatewayClient]:
    async with GatewayClient(door.url, KEY) as client:
        yield client


async def test_an_event_is_taken_once_however_often_it_is_sent(gateway: GatewayClient, door: Door) -> None:
    event = an_event()
    first, again = await gateway.send(event), await gateway.send(event)
    assert first.id == again.id and (first.duplicate, again.duplicate) == (False, True)
    assert len(door.acceptance.stored) == 1


async def test_an_event_of_ones_own_making_has_an_id_and_the_types_whole_name(
    gateway: GatewayClient, door: Door
) -> None:
    one = Event(SOURCE, RECORDED, CODE, a_dossier())
    other = Event(SOURCE, RECORDED, CODE, a_dossier())
    assert one.id != other.id
    await gateway.send_all([one, other])
    assert [(stored.id, stored.type) for _, _, stored in door.acceptance.stored.values()] == [
        (one.id, "vn.lienthong.dossier.recorded.v1"),
        (other.id, "vn.lienthong.dossier.recorded.v1"),
    ]


async def test_a_batch_is_taken_whole_or_not_at_all(gateway: GatewayClient, door: Door) -> None:
    with pytest.raises(InvalidError) as caught:
        await gateway.send_all([an_event(1), an_event(2, subject="khác")])
    assert [(one.pointer, one.code) for one in caught.value.flaws] == [("/1/subject", "SUBJECT_MISMATCH")]
    assert not door.acceptance.stored
    assert [one.duplicate for one in await gateway.send_all([an_event(1), an_event(2)])] == [False, False]


async def test_of_many_each_is_told_what_became_of_it(gateway: GatewayClient) -> None:
    taken, wrong, foreign = await gateway.send_each([an_event(1), an_event(2, data={}), an_event(3, source="urn:la")])
    assert isinstance(taken, Taken) and isinstance(wrong, InvalidError) and isinstance(foreign, NotGrantedError)


async def test_what_the_gateway_says_no_to_is_an_error_of_its_own_kind(gateway: GatewayClient, door: Door) -> None:
    await gateway.send(an_event())
    with pytest.raises(ConflictError):
        await gateway.send(an_event(data=a_dossier(summary="khác")))
    with pytest.raises(NotThereError):
        await gateway.message("khong-co")
    async with GatewayClient(door.url, "lt_sai") as stranger:
        with pytest.raises(UnknownCallerError) as caught:
            await stranger.send(an_event())
    assert caught.value.status == 401 and caught.value.flaws[0].code == "CREDENTIALS_UNKNOWN"
    with pytest.raises(UnreadableError):
        await gateway.send({"data": "x" * (2 << 20)})


Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def answering(*answers: Answer) -> AsyncIterator[tuple[str, list[bytes]]]:
    """A gateway that answers so, one call after the other; what it was sent."""
    sent: list[bytes] = []
    script = iter(answers)

    async def answer(request: web.Request) -> web.StreamResponse:
        sent.append(await request.read())
        return await next(script)(request)

    app = web.Application()
    app.router.add_post("/v1/messages", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}", sent
    finally:
        await runner.cleanup()


def with_status(status: int, body: Any = None, **headers: str) -> Answer:
    async def answer(_: web.Request) -> web.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return web.Response(status=status, body=orjson.dumps(body or {}), headers=named)

    return answer


async def cut(request: web.Request) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.close()
    return web.Response()


ACCEPTED = with_status(202, {"id": "m-1", "state": "accepted", "duplicate": False})


async def test_what_got_no_certain_answer_is_sent_again_word_for_word() -> None:
    answers = (with_status(429, Retry_After="0"), with_status(503, Retry_After="0"), cut, with_status(502), ACCEPTED)
    async with answering(*answers) as (address, sent), GatewayClient(address, KEY) as gateway:
        assert (await gateway.send(Event(SOURCE, RECORDED, CODE, a_dossier()))).id == "m-1"
    assert len(sent) == 5 and len(set(sent)) == 1


async def test_a_page_of_somebody_in_between_is_no_answer() -> None:
    async def page(_: web.Request) -> web.Response:
        return web.Response(text="<html>captive</html>", content_type="text/html")

    async with answering(page, ACCEPTED) as (address, sent), GatewayClient(address, KEY) as gateway:
        assert (await gateway.send(an_event())).id == "m-1" and len(sent) == 2


def lines(*told: Any) -> Answer:
    async def answer(_: web.Request) -> web.Response:
        body = b"\n".join(orjson.dumps(one) for one in told)
        return web.Response(body=body, content_type="application/x-ndjson")

    return answer


@pytest.mark.parametrize(
    "answer",
    [
        with_status(200, {"ok": True}), with_status(202, ["m-1"]), with_status(202, {"id": 7}), with_status(202, 5),
        with_status(202, {"messages": [None, None]}), with_status(202, {"messages": [{"id": "m-1"}]}),
        lines(), lines("a", {}), lines({"status": "202"}, {"status": 202}), with_status(204, None),
    ],
)  # fmt: skip
async def test_what_is_json_and_not_the_gateways_is_no_answer_either(answer: Answer) -> None:
    both = [an_event(1), an_event(2)]
    async with (
        answering(*[answer] * 3) as (address, _),
        GatewayClient(address, KEY, patience=timedelta(0)) as gateway,
    ):
        for work in (gateway.send_all(both), gateway.send_each(both), gateway.send(an_event())):
            with pytest.raises(NotTakenError, match="not the gateway's answer"):
                await work


@pytest.mark.parametrize("said", [{"errors": [1, {}]}, {"errors": {"pointer": "/"}}, ["x"], "x", 1])
async def test_a_refusal_in_words_of_somebody_in_between_is_a_refusal(said: Any) -> None:
    async with answering(with_status(403, said)) as (address, _), GatewayClient(address, KEY) as gateway:
        with pytest.raises(NotGrantedError):
            await gateway.send(an_event())


async def test_patience_ends_and_then_says_so_without_waiting_for_it() -> None:
    async with answering(with_status(503, Retry_After="3600")) as (address, sent):
        gateway = GatewayClient(address, KEY, patience=timedelta(seconds=5))
        with pytest.raises(NotTakenError, match="HTTP 503"):
            async with gateway:
                await gateway.send(an_event())
    assert len(sent) == 1


async def test_of_many_only_those_that_could_not_be_stored_are_sent_again() -> None:
    away = {"line": 2, "status": 503, "problem": {"detail": "x"}}
    first = lines({"line": 1, "status": 202, "id": "m-1"}, away, {"line": 3, "status": 422, "problem": {}})
    second = lines({"line": 1, "status": 202, "id": "m-2"})
    async with answering(first, second) as (address, sent), GatewayClient(address, KEY) as gateway:
        one, two, three = await gateway.send_each([an_event(1), an_event(2), an_event(3)])
    assert isinstance(one, Taken) and isinstance(two, Taken) and (one.id, two.id) == ("m-1", "m-2")
    assert isinstance(three, RefusedError)
    assert [orjson.loads(line)["id"] for line in sent[1].splitlines()] == ["hs-2"]


async def test_an_answer_that_was_waited_for_comes_along_and_a_token_is_asked_for_each_time() -> None:
    reply = {"id": "r-1", "type": "vn.lienthong.citizen.found.v1", "data": {"outcome": "found"}}
    asked: list[str] = []

    async def token() -> str:
        asked.append("token")
        return f"jwt-{len(asked)}"

    async def answer(request: web.Request) -> web.Response:
        assert request.headers["Prefer"] == "wait=5" and request.headers["Authorization"] == "Bearer jwt-1"
        return web.json_response(reply, headers={"Location": "/v1/messages/m-1"})

    async with answering(answer) as (address, _), GatewayClient(address, token) as gateway:
        taken = await gateway.send(an_event(), wait=timedelta(seconds=5))
    assert taken.id == "m-1" and taken.reply == reply


# ---- the examples of docs/intake.md ----------------------------------------------------------------------------------


def block(language: str) -> str:
    """The example in a language, as people copy it."""
    text = (ROOT / "docs/intake.md").read_text("utf-8")
    text = text[text.index("## Ví dụ / Examples") :]
    found = re.search(rf"```{language}\n(.*?)```", text, re.DOTALL)
    assert found is not None
    return found[1]


async def test_the_example_in_python_sends_a_dossier(door: Door, tmp_path: Path) -> None:
    (tmp_path / "gui.py").write_text(block("python"), "utf-8")
    (tmp_path / "ho-so.json").write_text(block("json"), "utf-8")
    environment = os.environ | {"TRUC": door.url, "KHOA": KEY, "PYTHONPATH": str(ROOT)}
    run = await asyncio.to_thread(_run, [sys.executable, "gui.py"], tmp_path, environment)
    assert run.returncode == 0, run.stderr
    assert "m-1" in run.stdout and len(door.acceptance.stored) == 1


async def test_the_example_with_curl_says_what_the_gateway_takes(door: Door, tmp_path: Path) -> None:
    """Read as a shell would and sent by other means: not every machine has curl."""
    words = shlex.split(block("sh").replace("\\\n", " ").replace("$TRUC", door.url).replace("$KHOA", KEY))
    assert words[:2] == ["curl", "-sS"] and words[2].startswith(door.url)
    headers = dict(words[place + 1].split(": ", 1) for place, word in enumerate(words) if word == "-H")
    assert words[words.index("--data-binary") + 1] == "@ho-so.json"
    async with (
        aiohttp.ClientSession() as http,
        http.post(words[2], data=block("json").encode(), headers=headers) as response,
    ):
        assert response.status == 202, await response.text()


def _run(words: list[str], folder: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(words, cwd=folder, env=environment, check=False, capture_output=True, text=True, timeout=60)
