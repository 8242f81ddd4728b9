"""Telling the sample stories: posts every message over real HTTP, in waves, and notes what was answered."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

import aiohttp
import orjson

from gateway.client import Event, GatewayClient, RefusedError, Taken
from gateway.demo.samples import Sample, Story
from gateway.demo.sandbox import SOURCE
from gateway.errors import GatewayError

Answer = Taken | RefusedError
AT_ONCE = 16
"""Stories told at the same time; the messages of one are sent one after the other."""
_AT_WORK = ("pending", "delivering", "waiting")
_REST_WITHIN = 120.0
_LOOK_EVERY = 0.05


@dataclass(frozen=True, slots=True)
class Told:
    """One sample and what the gateway answered. `id` is empty when it was turned away."""

    sample: Sample
    status: int
    id: str
    duplicate: bool
    errors: tuple[dict[str, str], ...] = ()


class Teller:
    """Sends as a province's system would, and asks as an operator would."""

    def __init__(self, http: aiohttp.ClientSession, address: str, key: str, admin: str) -> None:
        self._http = http
        self._address = address
        self._key = {"Authorization": f"Bearer {key}"}
        self._sender = GatewayClient(address, key, session=http)
        self._operator = GatewayClient(address, admin, session=http)
        self._admin = {"Authorization": f"Bearer {admin}"}

    async def tell(self, stories: Sequence[Story], step: Callable[[], None]) -> list[Told]:
        """Every wave of every story; returns when all has come to rest. `step` is called per message."""
        told: list[Told] = []
        room = asyncio.Semaphore(AT_ONCE)

        async def one(story: Story, wave: int) -> list[Told]:
            async with room:
                answers = await self._post(story, story.waves[wave])
            for _ in answers:
                step()
            return answers

        for wave in range(max(len(story.waves) for story in stories)):
            going_on = [story for story in stories if len(story.waves) > wave]
            for answers in await asyncio.gather(*(one(story, wave) for story in going_on)):
                told += answers
            await self._rest()
        return told

    async def state(self, message_id: str) -> dict[str, Any]:
        """The message's own (newest) obligation."""
        deliveries: list[dict[str, Any]] = (await self.ask(f"/v1/messages/{message_id}"))["deliveries"]
        return deliveries[-1]

    async def ask(self, path: str, **query: str) -> dict[str, Any]:
        """A resource as the administrator sees it."""
        async with self._http.get(self._address + path, params=query, headers=self._admin) as response:
            answer: dict[str, Any] = orjson.loads(await response.read())
            if response.status != 200:
                raise GatewayError(f"{path}: HTTP {response.status} {answer.get('detail', '')}")
            return answer

    async def post_event(
        self, short_type: str, data: Mapping[str, Any], event_id: str, *, wait: int = 0, subject: str = ""
    ) -> dict[str, Any]:
        """One event outside the stories; with `wait`, its answer if that comes in so many seconds."""
        said = Event(SOURCE, short_type, subject or data["dossier_code"], data, id=event_id)
        # What belongs to no dossier is asked by whoever runs the gateway.
        who = self._operator if subject else self._sender
        taken = await who.send(said, wait=timedelta(seconds=wait) if wait else None)
        return dict(taken.reply) if taken.reply is not None else {"id": taken.id, "duplicate": taken.duplicate}

    async def call_back(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """A call in the name of a national system; what it is answered."""
        async with self._http.post(self.callback(path), json=dict(body)) as response:
            answer: dict[str, Any] = orjson.loads(await response.read())
            return answer

    def callback(self, path: str) -> str:
        """Where a national system calls the gateway."""
        return f"{self._address}/v1/callbacks/{path}"

    async def rest(self) -> None:
        """Wait until nothing is due, under way or waiting for its next try."""
        await self._rest()

    async def _post(self, story: Story, wave: Sequence[Sample]) -> list[Told]:
        match story.form:
            case "single":
                return [await self._single(sample) for sample in wave]
            case "binary":
                return [await self._binary(sample) for sample in wave]
            case "batch":
                try:
                    answers: Sequence[Answer] = await self._sender.send_all([sample.event for sample in wave])
                except RefusedError as exc:
                    answers = [exc] * len(wave)
                return [_told(one, answer) for one, answer in zip(wave, answers, strict=True)]
            case "ndjson":
                answers = await self._sender.send_each(sample.event for sample in wave)
                return [_told(one, answer) for one, answer in zip(wave, answers, strict=True)]

    async def _single(self, sample: Sample) -> Told:
        try:
            return _told(sample, await self._sender.send(sample.event))
        except RefusedError as exc:
            return _told(sample, exc)

    async def _binary(self, sample: Sample) -> Told:
        """Attributes in headers, the document alone in the body."""
        attributes = {f"ce-{name}": str(value) for name, value in sample.event.items() if not name.startswith("data")}
        headers = self._key | {"Content-Type": "application/json"} | attributes
        body = orjson.dumps(sample.event["data"])
        async with self._http.post(f"{self._address}/v1/messages", data=body, headers=headers) as response:
            answer = orjson.loads(await response.read())
            if response.status != 202:
                return _told(sample, RefusedError(response.status, answer))
            return _told(sample, Taken(answer["id"], answer["duplicate"]))

    async def _rest(self) -> None:
        """Wait until nothing is due, under way or waiting for its next try. What waits for a person is at rest."""
        try:
            async with asyncio.timeout(_REST_WITHIN):
                while await self._at_work():  # noqa: ASYNC110 - seen from outside, as an operator would
                    await asyncio.sleep(_LOOK_EVERY)
        except TimeoutError:
            raise GatewayError(
                f"Sau {_REST_WITHIN:.0f} giây vẫn còn lượt gửi đang chạy; xem demo.log ở thư mục dữ liệu. / Deliveries "
                f"are still under way after {_REST_WITHIN:.0f} seconds; see demo.log in the data folder."
            ) from None

    async def _at_work(self) -> bool:
        return any([(await self.ask("/v1/deliveries", state=s, limit="1"))["items"] for s in _AT_WORK])


def _told(sample: Sample, answer: Answer) -> Told:
    if isinstance(answer, Taken):
        return Told(sample, 202, answer.id, answer.duplicate)
    return Told(sample, answer.status, "", duplicate=False, errors=tuple(asdict(one) for one in answer.flaws))
