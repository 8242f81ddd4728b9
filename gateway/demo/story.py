"""Telling the sample stories: posts every message over real HTTP, in waves, and notes what was answered."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import aiohttp
import orjson

from gateway.demo.samples import PREFIX, Event, Sample, Story
from gateway.demo.sandbox import SOURCE
from gateway.errors import GatewayError

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
        self._sender = {"Authorization": f"Bearer {key}"}
        self._operator = {"Authorization": f"Bearer {admin}"}

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
        async with self._http.get(self._address + path, params=query, headers=self._operator) as response:
            answer: dict[str, Any] = orjson.loads(await response.read())
            if response.status != 200:
                raise GatewayError(f"{path}: HTTP {response.status} {answer.get('detail', '')}")
            return answer

    async def post_event(
        self, short_type: str, data: Mapping[str, Any], event_id: str, *, wait: int = 0
    ) -> dict[str, Any]:
        """One event outside the stories; with `wait`, its answer if that comes in so many seconds."""
        event = {
            "specversion": "1.0",
            "id": event_id,
            "source": SOURCE,
            "type": PREFIX + short_type,
            "subject": data["dossier_code"],
            "data": dict(data),
        }
        headers = {"Content-Type": "application/cloudevents+json"} | ({"Prefer": f"wait={wait}"} if wait else {})
        _, answer = await self._send(orjson.dumps(event), headers)
        found: dict[str, Any] = answer
        return found

    async def call_back(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """A call in the name of a national system; what it is answered."""
        url = f"{self._address}/v1/callbacks/{path}"
        async with self._http.post(url, json=dict(body)) as response:
            answer: dict[str, Any] = orjson.loads(await response.read())
            return answer

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
                body = orjson.dumps([sample.event for sample in wave])
                status, answer = await self._send(body, {"Content-Type": "application/cloudevents-batch+json"})
                answers = answer["messages"] if status == 202 else [answer] * len(wave)
                return [_told(one, status, told) for one, told in zip(wave, answers, strict=True)]
            case "ndjson":
                body = b"\n".join(orjson.dumps(sample.event) for sample in wave)
                status, answer = await self._send(body, {"Content-Type": "application/x-ndjson"})
                answers = answer if status == 200 else [{"status": status, **answer}] * len(wave)
                return [_told(one, told["status"], told) for one, told in zip(wave, answers, strict=True)]

    async def _single(self, sample: Sample) -> Told:
        status, answer = await self._send(orjson.dumps(sample.event), {"Content-Type": "application/cloudevents+json"})
        return _told(sample, status, answer)

    async def _binary(self, sample: Sample) -> Told:
        """Attributes in headers, the document alone in the body."""
        attributes = {f"ce-{name}": str(value) for name, value in sample.event.items() if not name.startswith("data")}
        data: Event = sample.event["data"]
        status, answer = await self._send(orjson.dumps(data), {"Content-Type": "application/json", **attributes})
        return _told(sample, status, answer)

    async def _send(self, body: bytes, headers: dict[str, str]) -> tuple[int, Any]:
        url = f"{self._address}/v1/messages"
        async with self._http.post(url, data=body, headers=self._sender | headers) as response:
            answer = await response.read()
            if response.content_type == "application/x-ndjson":
                return response.status, [orjson.loads(line) for line in answer.splitlines()]
            return response.status, orjson.loads(answer)

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


def _told(sample: Sample, status: int, answer: dict[str, Any]) -> Told:
    problem = answer.get("problem", answer)
    return Told(sample, status, answer.get("id", ""), bool(answer.get("duplicate")), tuple(problem.get("errors", ())))
