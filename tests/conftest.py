"""What holds for every test: the settings of whoever runs them stay outside; real services are there when asked for."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import services
from tests.services import databases

# A configuration that a person exported in this shell must not decide over a test; addresses of test services may.
for _name in [name for name in os.environ if name.startswith("LIENTHONG_") and not name.startswith("LIENTHONG_TEST_")]:
    del os.environ[_name]


@pytest.fixture(scope="session")
def _services_folder(testrun_uid: str) -> Path:
    """One folder for all processes of this run."""
    folder = Path(tempfile.gettempdir()) / f"lienthong-tests-{testrun_uid}"
    folder.mkdir(exist_ok=True, mode=0o700)
    return folder


@pytest.fixture(scope="session")
def _run_pid() -> int:
    """The process whose end is the end of the run: the one that hands out tests, or this one."""
    return os.getppid() if "PYTEST_XDIST_WORKER" in os.environ else os.getpid()


@pytest.fixture(scope="session")
def postgres_server(_services_folder: Path, _run_pid: int) -> str:
    """Address of a PostgreSQL whose user may create databases."""
    return services.address("postgres", _services_folder, _run_pid)


@pytest.fixture(scope="session")
def _postgres_ledger(postgres_server: str) -> Iterator[str]:
    """One for all tests of this process."""
    url = asyncio.run(databases.create(postgres_server, migrated=True))
    yield url
    asyncio.run(databases.drop(postgres_server, url))


@pytest.fixture
async def postgres_url(_postgres_ledger: str) -> str:
    """Address of an empty, migrated ledger on PostgreSQL, this test's alone."""
    await databases.empty(_postgres_ledger)
    return _postgres_ledger


@pytest.fixture(scope="session")
def rabbitmq_server(_services_folder: Path, _run_pid: int) -> str:
    """Address of a RabbitMQ."""
    return services.address("rabbitmq", _services_folder, _run_pid)
