"""The adapter for clients keeps what every adapter promises; a client says by the status alone whether it took it."""

from __future__ import annotations

import pytest

from tests.adapters.onestop_rig import open_onestop_rig
from tests.contract.adapter_contract import OpenRig, StatusContract


class TestOneStop(StatusContract):
    @pytest.fixture
    def open_rig(self) -> OpenRig:
        return open_onestop_rig
