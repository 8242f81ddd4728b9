"""The national portal's adapter keeps the adapter contract, in each of the three access styles (§1.3)."""

from __future__ import annotations

from functools import partial

import pytest

from tests.adapters.portal_rig import open_portal_rig
from tests.contract.adapter_contract import AdapterContract, OpenRig


class TestNationalPortal(AdapterContract):
    @pytest.fixture(params=["header", "query", "gateway"])
    def open_rig(self, request: pytest.FixtureRequest) -> OpenRig:
        return partial(open_portal_rig, style=request.param)
