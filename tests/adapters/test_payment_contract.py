"""The payment adapter keeps the adapter contract with each of its messages, receipts in both forms (§3, §5, §6)."""

from __future__ import annotations

from functools import partial

import pytest

from adapters.contract import UncertainError
from adapters.payment.simulator import SimulatorSettings
from tests.adapters.payment_rig import open_payment_rig
from tests.contract.adapter_contract import AdapterContract, OpenRig


class TestOpening(AdapterContract):
    """`INIT` is never sent twice, so a page instead of an answer is as unclear as silence."""

    page_means = UncertainError

    @pytest.fixture(params=["plain", "wrapped"])
    def open_rig(self, request: pytest.FixtureRequest) -> OpenRig:
        return partial(open_payment_rig, simulator=SimulatorSettings(wrap=request.param == "wrapped"))


class TestAsking(AdapterContract):
    @pytest.fixture(params=[("QUERY", "json"), ("GET_BILL", "json"), ("GET_BILL", "pdf")], ids="-".join)
    def open_rig(self, request: pytest.FixtureRequest) -> OpenRig:
        operation, receipt = request.param
        return partial(open_payment_rig, operation=operation, simulator=SimulatorSettings(receipt=receipt))
