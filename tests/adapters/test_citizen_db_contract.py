"""The population database's adapter keeps the adapter contract, on each of its four ports (sheet §5)."""

from __future__ import annotations

from functools import partial

import pytest

from tests.adapters.citizen_rig import open_citizen_rig
from tests.contract.adapter_contract import AdapterContract, OpenRig


class TestCitizenDb(AdapterContract):
    @pytest.fixture(params=["xroad", "direct", "lgsp", "lgsp_camel"])
    def open_rig(self, request: pytest.FixtureRequest) -> OpenRig:
        return partial(open_citizen_rig, port=request.param)
