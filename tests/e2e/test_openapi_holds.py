"""`/openapi.json` is kept: whatever is asked, no fault of ours and no answer that is not documented, on both engines.

Schemathesis reads the document and asks, with all its checks: every value at its bounds and beyond, other types, left
out headers, other methods, without credentials. A route that is added is asked by being in the document.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from adapters.national_portal.simulator import SimulatorSettings, build
from gateway.bootstrap.gateway import run_gateway
from tests.e2e.rig import ADMIN, settings_for

CONFIGURATION = Path(__file__).with_name("schemathesis.toml")
AS_ADMINISTRATOR = ("--header", f"Authorization: Bearer {ADMIN}")
BOUNDS = ("--phases", "examples,coverage", "--exclude-operation-id", "postMessages")
"""Every value at its bounds and beyond; messages are judged by thousands of bad ones in tests/intake."""
AT_RANDOM = ("--phases", "fuzzing")
_SECONDS = 600


@asynccontextmanager
async def a_gateway(folder: Path, database_url: str = "") -> AsyncIterator[str]:
    """The address of a whole gateway in front of a simulated portal."""
    async with build(SimulatorSettings()).running() as portal:
        settings = settings_for(folder, portal).model_copy(update={"database_url": database_url})
        async with run_gateway(settings) as gateway:
            yield gateway.address


async def asked(folder: Path, address: str, *how: str) -> str:
    """What Schemathesis, whose own files go into the folder, reports; empty when everything held."""
    command: Sequence[str] = (
        sys.executable, "-m", "schemathesis.cli", "--no-color", "--config-file", str(CONFIGURATION), "run",
        f"{address}/openapi.json", "--checks", "all", *how,
    )  # fmt: skip
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT, cwd=folder
    )
    try:
        async with asyncio.timeout(_SECONDS):
            report, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
    words = report.decode()
    assert "Tested:" in words, words
    return "" if process.returncode == 0 else words


@pytest.mark.timeout(_SECONDS * 2)
async def test_the_administrator_gets_documented_answers_only(tmp_path: Path) -> None:
    async with a_gateway(tmp_path) as address:
        assert await asked(tmp_path, address, *AS_ADMINISTRATOR, *BOUNDS) == ""
        assert await asked(tmp_path, address, *AS_ADMINISTRATOR, *AT_RANDOM) == ""


@pytest.mark.timeout(_SECONDS * 2)
async def test_the_same_on_postgresql(tmp_path: Path, postgres_url: str) -> None:
    async with a_gateway(tmp_path, postgres_url) as address:
        assert await asked(tmp_path, address, *AS_ADMINISTRATOR, *AT_RANDOM) == ""


@pytest.mark.timeout(_SECONDS * 2)
async def test_without_credentials_nothing_is_given_away(tmp_path: Path) -> None:
    async with a_gateway(tmp_path) as address:
        assert await asked(tmp_path, address, *AT_RANDOM, "--max-examples", "1") == ""
