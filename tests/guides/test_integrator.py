"""The integrator's guide: what it tells the authors of sending software to paste works, against a whole gateway."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import secrets
import tomllib
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from adapters.citizen_db import simulator as citizen_db
from adapters.national_portal import simulator as portal
from adapters.ndxp import simulator as ndxp
from adapters.payment import simulator as payment
from adapters.payment.simulator import SimulatedPayment
from gateway.client import GatewayClient
from tests.adapters.portal_rig import closed_port
from tests.broker.rig import channel
from tests.e2e.province import Province, province
from tests.e2e.rig import KEY, recorded
from tests.guides.blocks import Block, Reader, blocks, guide, heard, unnamed

VI, EN = guide("integrator", "vi"), guide("integrator", "en")
BLOCKS = blocks(VI)
OTHERS = {"motcua-web": "lt_web_test", "motcua-mq": "lt_mq_test"}
QUEUE = "motcua-mq.tra-loi"


def named(name: str) -> Block:
    return next(block for block in BLOCKS if block.name == name)


def test_both_languages_show_the_same_examples() -> None:
    assert blocks(EN) == BLOCKS
    assert len(BLOCKS) >= 20


@pytest.mark.parametrize("text", [VI, EN])
def test_every_example_is_run(text: str) -> None:
    """But for the picture, and the line in which a reader sets the address and key of their own."""
    assert unnamed(text) == ["mermaid", "sh"]


def clients(url: str, broker: str, secret: str) -> list[dict[str, Any]]:
    """The guide's own sections, with real addresses and keys in the places it leaves open; first its asking client."""
    [section] = [block.text for block in BLOCKS if block.verb == "config"]
    found: list[dict[str, Any]] = tomllib.loads(section)["clients"]
    for one in found:
        one["key_sha256"] = hashlib.sha256(OTHERS[one["name"]].encode()).hexdigest()
        if one["replies"]["mode"] == "callback":
            one["replies"] |= {"url": f"{url}/su-kien", "secrets": [secret], "plain_http": True}
        else:
            one["replies"] |= {"broker_url": broker}
            one["amqp_user"] = "guest"
    return [{"name": "motcua", "key_sha256": hashlib.sha256(KEY.encode()).hexdigest()}, *found]


def systems(platform: SimulatedPayment) -> Mapping[str, tuple[Any, Any]]:
    return {
        "national_portal": (portal.build(), portal.adapter_settings),
        "citizen_db": (citizen_db.build(), citizen_db.adapter_settings),
        "ndxp": (ndxp.build(), ndxp.adapter_settings),
        "payment": (platform, lambda url: payment.adapter_settings(url, platform.settings)),
    }


@asynccontextmanager
async def following(folder: Path, broker: str, prefix: str) -> AsyncIterator[tuple[Reader, Province, SimulatedPayment]]:
    """A gateway as the guide has it, with a reader's shell beside it."""
    platform = payment.build(payment.SimulatorSettings(notice_pauses=(0.05, 0.1, 0.2, 0.4)))
    secret = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
    receiver = closed_port()
    changes: dict[str, Any] = {
        "amqp_url": broker,
        "amqp": {"prefix": prefix},
        # An answer waits for the reader to make the queue it goes to.
        "destinations": {"onestop": {"retry_schedule": ["100ms"] * 600, "breaker_pause": "100ms"}},
    }
    told = clients(receiver, broker, secret)
    async with province(folder / "data", systems(platform), clients=told, **changes) as rig:
        platform.notices.callbacks = f"{rig.gateway.address}/v1/callbacks/payment"
        environment = {"TRUC": rig.gateway.address, "KHOA": KEY, "BI_MAT": secret, "CONG": receiver.rpartition(":")[2]}
        environment |= {"RABBIT": broker, "RABBIT_USER": "guest"}
        yield Reader(folder / "reader", environment), rig, platform


async def test_the_guides_examples_work_from_the_first_to_the_last(tmp_path: Path, rabbitmq_server: str) -> None:
    prefix = f"t{secrets.token_hex(4)}"
    async with following(tmp_path, rabbitmq_server, prefix) as (reader, rig, platform), AsyncExitStack() as stack:
        own = await stack.enter_async_context(channel(rabbitmq_server))
        stack.push_async_callback(own.queue_delete, QUEUE)
        receiver = await reader.start(named("nhan.py"))
        asking = asyncio.create_task(heard(receiver, named("nhan.py").pattern))
        for block in BLOCKS:
            if block.verb in ("file", "run", "until"):
                text = block.text.replace('"lienthong.intake"', f'"{prefix}.intake"')
                printed = await reader.follow(replace(block, text=text))
                if block.name == "thanh_toan.py":
                    platform.pay(printed.split()[0])
        async with GatewayClient(rig.gateway.address, OTHERS["motcua-web"]) as client:
            await client.send(recorded())
        await asking
        assert (await rig.settled())["balance"] == 0
