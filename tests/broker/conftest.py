"""A real RabbitMQ for every test here."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.broker.rig import Rig, a_rig


@pytest.fixture
async def rig(rabbitmq_server: str) -> AsyncIterator[Rig]:
    async with a_rig(rabbitmq_server) as rig:
        yield rig
