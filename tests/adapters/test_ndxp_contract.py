"""The exchange's adapter keeps the adapter contract, in each of the four access styles and without an exchange (§1)."""

from __future__ import annotations

from functools import partial

import pytest

from tests.adapters.ndxp_rig import STYLES, open_ndxp_rig
from tests.contract.adapter_contract import AdapterContract, OpenRig


class TestNdxp(AdapterContract):
    @pytest.fixture(params=STYLES)
    def open_rig(self, request: pytest.FixtureRequest) -> OpenRig:
        return partial(open_ndxp_rig, style=request.param)
