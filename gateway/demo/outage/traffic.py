"""What offices send during the drill: invented dossiers with their progress, and look-ups that go elsewhere."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import aiohttp
import orjson

from gateway.demo.outage.site import Office
from gateway.errors import GatewayError

Event = dict[str, Any]

_LOOKUP_EVERY = 20
"""One look-up for so many messages to the portal."""
_TICK = 0.05
_BATCH = 500
_PER_DAY = 9999
_BLOCK = 60
"""Dossiers whose messages are told in turns: records first, then the first step of each, then the second."""
_AGENCY = {"code": "000.00.16.H46", "name": "Sở Tư pháp (đơn vị giả lập)"}


def code(number: int) -> str:
    """The code of a dossier; ten thousand fit on a day."""
    day, rest = divmod(number - 1, _PER_DAY)
    return f"{_AGENCY['code']}-2506{day + 2:02}-{rest + 1:04}"


def record(number: int, source: str) -> Event:
    """A dossier as it came in."""
    data = {
        "code": code(number),
        "procedure": {"code": "1.001612", "name": "Đăng ký thành lập hộ kinh doanh"},
        "agency": _AGENCY,
        "channel": "counter",
        "applicant": {"kind": "citizen", "name": "Nguyễn Văn Thử", "citizen_id": "044999000001"},
        "status": "received",
        "received_at": "2025-06-02T08:00:00+07:00",
    }
    return _event("dossier.recorded.v1", source, code(number), data, "hs")


def progress(number: int, step: int, source: str) -> Event:
    """A step of a dossier's progress."""
    moment = f"2025-06-02T{8 + step:02}:00:00+07:00"
    made = {"at": moment, "status": "processing", "content": f"Bước {step}"}
    return _event("dossier.progressed.v1", source, code(number), {"code": code(number), "steps": [made]}, f"b{step}")


def lookup(number: int, source: str) -> Event:
    """A question to one of the other systems, by turns."""
    subject = code(number)
    officer = {"id": "044082999100", "account": "canbo.motcua"}
    if number % 2:
        person = {"citizen_id": "044085999001", "full_name": "Nguyễn Văn Mẫu", "birth_date": "1985-04-12"}
        data: Event = {"service": "lookup", "procedure_code": "1.001193", "person": person}
        kind = "citizen.lookup_requested.v1"
    else:
        data = {"owner": {"citizen_id": "044999000123"}, "result_code": "KQ.G15.000031", "component_code": "KHAISINH",
                "purpose": "Đăng ký kết hôn"}  # fmt: skip
        kind = "document.reuse_requested.v1"
    return _event(kind, source, subject, {"dossier_code": subject, "officer": officer, **data}, "tc")


def _event(kind: str, source: str, subject: str, data: Event, part: str) -> Event:
    return {
        "specversion": "1.0",
        "id": f"{subject}/{part}",
        "source": source,
        "type": f"vn.lienthong.{kind}",
        "subject": subject,
        "data": data,
    }


def day_of_messages(dossiers: int, offices: Sequence[Office]) -> list[tuple[Office, Event]]:
    """Records and progress of so many dossiers, in an order in which they may come; look-ups in between."""
    told: list[tuple[Office, Event]] = []
    for first in range(1, dossiers + 1, _BLOCK):
        block = range(first, min(first + _BLOCK, dossiers + 1))
        for step in range(3):
            for number in block:
                office = offices[number % len(offices)]
                told.append(
                    (office, record(number, office.source) if step == 0 else progress(number, step, office.source))
                )
    return list(_with_lookups(told, offices))


def _with_lookups(told: Sequence[tuple[Office, Event]], offices: Sequence[Office]) -> Iterator[tuple[Office, Event]]:
    for place, one in enumerate(told, 1):
        yield one
        if place % _LOOKUP_EVERY == 0:
            number = place // _LOOKUP_EVERY
            office = offices[number // 2 % len(offices)]
            yield office, lookup(number, office.source)


class Senders:
    """The offices, and their own count of what was taken, by destination system."""

    def __init__(self, http: aiohttp.ClientSession, address: str) -> None:
        self._http = http
        self._address = f"{address}/v1/messages"
        self.taken: Counter[str] = Counter()
        """Messages answered 202, by type."""

    async def spread(self, told: Sequence[tuple[Office, Event]], seconds: float, step: Callable[[int], None]) -> None:
        """Send all, evenly over so many seconds; late ones are caught up with."""
        loop = asyncio.get_running_loop()
        began, sent = loop.time(), 0
        while sent < len(told):
            share = min(1.0, (loop.time() - began) / seconds) if seconds else 1.0
            due = max(sent + 1, int(len(told) * share)) if share else sent
            await self._send(told[sent:due])
            sent = due
            step(sent)
            if sent < len(told):
                await asyncio.sleep(_TICK)

    async def _send(self, told: Sequence[tuple[Office, Event]]) -> None:
        for office in dict.fromkeys(one for one, _ in told):
            own = [event for one, event in told if one is office]
            for start in range(0, len(own), _BATCH):
                await self._batch(office, own[start : start + _BATCH])

    async def _batch(self, office: Office, events: list[Event]) -> None:
        headers = {
            "Authorization": f"Bearer {office.key}",
            "Content-Type": "application/cloudevents-batch+json",
        }
        async with self._http.post(self._address, data=orjson.dumps(events), headers=headers) as response:
            body = await response.read()
            if response.status != 202:
                raise GatewayError(f"HTTP {response.status} {body[:500]!r}")
        self.taken.update(str(event["type"]).removeprefix("vn.lienthong.") for event in events)
