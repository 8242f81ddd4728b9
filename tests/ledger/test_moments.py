"""Moments as people and receipts have them: Vietnamese time with its offset, always of one length."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from gateway.acceptance.replies import moment
from gateway.ledger.shapes import iso
from mappings.convert import VIETNAM

MOMENTS = [
    datetime(2025, 6, 12, 17, 0, 0, 0, UTC),
    datetime(2025, 6, 12, 16, 59, 59, 999_999, UTC),
    datetime(2025, 6, 12, 1, 2, 3, 400, UTC),
    datetime(2025, 6, 12, 1, 2, 3, 45_000, VIETNAM),
    datetime(1999, 12, 31, 23, 59, 59, 1, UTC) + timedelta(days=400),
]


@pytest.mark.parametrize("at", MOMENTS, ids=str)
def test_a_moment_is_written_as_the_standard_library_would(at: datetime) -> None:
    local = at.astimezone(VIETNAM)
    assert iso(at) == local.isoformat(timespec="milliseconds")
    assert moment(at) == local.isoformat(timespec="seconds")
