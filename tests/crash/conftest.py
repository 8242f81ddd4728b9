"""Processes that all crash tests share: started once, told to forget between tests."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.crash import processes
from tests.crash.processes import Portal, Victims


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def victims() -> AsyncIterator[Victims]:
    async with processes.victims() as started:
        yield started


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def forgiving_portal(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Portal]:
    """A portal as it is taken to be: a step it knows is accepted and ignored."""
    async with processes.portal(tmp_path_factory.mktemp("portal") / "effects.ndjson") as started:
        yield started


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def strict_portal(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Portal]:
    """A portal that does every step it is sent, so that every repeat shows in its log."""
    log = tmp_path_factory.mktemp("portal") / "effects.ndjson"
    async with processes.portal(log, "dedupe_progress=false") as started:
        yield started
