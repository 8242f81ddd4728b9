"""An empty database on the run's PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.services.databases import a_database


@pytest.fixture
async def database_url(postgres_server: str) -> AsyncIterator[str]:
    async with a_database(postgres_server) as url:
        yield url
