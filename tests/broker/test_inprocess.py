"""The broker inside one process keeps the brokers' contract."""

from __future__ import annotations

import pytest

from gateway.broker.inprocess import InProcessBroker
from tests.contract.broker_contract import BrokerContract


class TestInProcessBroker(BrokerContract):
    @pytest.fixture
    def broker(self) -> InProcessBroker:
        return InProcessBroker()
