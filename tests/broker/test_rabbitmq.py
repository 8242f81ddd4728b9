"""The broker on RabbitMQ keeps the brokers' contract."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from gateway.broker.rabbitmq import RabbitBroker
from tests.broker.rig import Rig
from tests.contract.broker_contract import BrokerContract


class TestRabbitBroker(BrokerContract):
    @pytest.fixture
    async def broker(self, rig: Rig) -> AsyncIterator[RabbitBroker]:
        async with rig.broker() as broker:
            yield broker
