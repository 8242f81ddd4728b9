"""What an answer on the same call costs: a look-up through the whole gateway, beside the same question asked directly.

The simulated population database stands in a process of its own and takes its time over every answer, as the real one
does. Both are asked by one caller, one question after another, in turn, so that what else the machine does hits both.
"""

from __future__ import annotations

import secrets
import statistics
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import orjson

from adapters.citizen_db.simulator import SimulatorSettings, adapter_settings, build
from adapters.citizen_db.simulator.faults import latency
from gateway.bench.process import BenchError, Facts, Starter, child

MOST_TIMES = 1.3
"""Times the database's own p50 that a look-up's p50 may take…"""
MOST_MORE = 0.020
"""…plus so many seconds."""
SYSTEM_TAKES = 0.100
"""Seconds the simulated database takes over an answer."""
_QUESTIONS = 60
_WARM_UP = 5
_START_WITHIN = 60.0
_WAIT = 5
_OFFICER = "044082999100"
_AGENCY = "000.00.16.H46"


@dataclass(frozen=True, slots=True)
class LookupCost:
    """Seconds at p50: the database asked directly, and through the gateway with `Prefer: wait`."""

    system: float
    gateway: float

    @property
    def allowed(self) -> float:
        return MOST_TIMES * self.system + MOST_MORE


async def database(starter: Starter, _: Facts) -> None:
    """The role: the simulated database, slow by `SYSTEM_TAKES`."""
    simulated = build(SimulatorSettings())
    async with simulated.running() as url:
        simulated.next(latency(SYSTEM_TAKES), times=1_000_000)
        starter.tell(url=url)
        while await starter.hear() is not None:
            pass


async def measure_lookups(folder: Path) -> LookupCost:
    """Ask both in turn. Raises `BenchError` when a part does not start or a look-up is not answered on its call."""
    key = "lt_" + secrets.token_urlsafe(24)
    async with AsyncExitStack() as stack:
        system = await stack.enter_async_context(child("database", {}, folder))
        url = (await system.hear("url", _START_WITHIN))["url"]
        section = adapter_settings(url, SimulatorSettings())
        config = {"data": str(folder / "lookups"), "key": key, "messages": 0, "citizen_db": section}
        gateway = await stack.enter_async_context(child("gateway", config, folder))
        address = (await gateway.hear("address", _START_WITHIN))["address"]
        headers = {"Authorization": f"Bearer {key}"}
        http = await stack.enter_async_context(aiohttp.ClientSession(headers=headers))
        direct, through = [], []
        for number in range(_WARM_UP + _QUESTIONS):
            direct.append(await _directly(http, url, number))
            through.append(await _through(http, address, number))
    return LookupCost(statistics.median(direct[_WARM_UP:]), statistics.median(through[_WARM_UP:]))


async def _directly(http: aiohttp.ClientSession, url: str, number: int) -> float:
    """The database's own time over a question: any it takes will do, for it takes as long over each."""
    body = orjson.dumps(
        {
            "MaYeuCau": f"BENCH{number:08}",
            "MaDVC": "1.001193",
            "MaTichHop": "037",
            "MaCanBo": _OFFICER,
            "SoDinhDanh": "044085999001",
            "SoCMND": "",
            "HoVaTen": "NGUYEN VAN MAU",
            "NgayThangNam": "19850412",
            "Nam": "",
        }
    )
    began = time.perf_counter()
    token = {"Authorization": f"Bearer {SimulatorSettings().bearer}"}
    async with http.post(f"{url}/lgsp", data=body, headers={"Content-Type": "application/json", **token}) as response:
        await response.read()
    return time.perf_counter() - began


async def _through(http: aiohttp.ClientSession, address: str, number: int) -> float:
    code = f"{_AGENCY}-250612-{number + 1:04}"
    data: dict[str, Any] = {
        "service": "lookup",
        "dossier_code": code,
        "procedure_code": "1.001193",
        "officer": {"id": _OFFICER},
        "person": {"citizen_id": "044085999001", "full_name": "Nguyễn Văn Mẫu", "birth_date": "1985-04-12"},
    }
    event = {
        "specversion": "1.0",
        "id": f"tra-cuu-{number}",
        "source": "urn:bench:motcua",
        "type": "vn.lienthong.citizen.lookup_requested.v1",
        "subject": code,
        "data": data,
    }
    headers = {"Content-Type": "application/cloudevents+json", "Prefer": f"wait={_WAIT}"}
    began = time.perf_counter()
    async with http.post(f"{address}/v1/messages", data=orjson.dumps(event), headers=headers) as response:
        answer = await response.read()
    if response.status != 200 or b"citizen.found.v1" not in answer:
        raise BenchError(
            f"Tra cứu không được trả lời ngay trên lời gọi (HTTP {response.status}); hãy xem nhật ký. / A look-up was "
            f"not answered on its call (HTTP {response.status}); see the log."
        )
    return time.perf_counter() - began
