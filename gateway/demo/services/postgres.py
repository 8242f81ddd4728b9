"""A private PostgreSQL: fresh data folder, free port, loopback only, gone on leaving."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gateway.demo.services.process import free_port, running
from gateway.demo.services.programs import postgresql_programs

_NOBODY = 65534
"""PostgreSQL refuses to run as root; this account exists everywhere and owns nothing."""
_FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@contextmanager
def postgres(cache: Path, *, durable: bool = False) -> Iterator[str]:
    """Start one and give its address (SQLAlchemy, asyncpg) with an empty database.

    `durable=False` never waits for the disk: right for tests, wrong for measuring. Raises `MissingServiceError`.
    """
    programs = postgresql_programs(cache)
    user = _NOBODY if os.geteuid() == 0 else None
    # Not below the project: every folder above the data must be open to the account that runs the server.
    folder = Path(tempfile.mkdtemp(prefix="lienthong-pg-"))
    try:
        data, port = folder / "data", free_port()
        if user is not None:
            os.chown(folder, user, user)
        _make(programs, data, user)
        command = [str(programs / "postgres"), "-D", str(data), "-p", str(port), *_settings(folder, durable=durable)]
        with running(
            command,
            ready=lambda: _answers(programs, port),
            log=folder / "log",
            user=user,
            stop_with=signal.SIGINT,  # "fast": end sessions, then stop
        ):
            yield f"postgresql+asyncpg://lienthong@127.0.0.1:{port}/postgres"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _make(programs: Path, data: Path, user: int | None) -> None:
    command = [
        str(programs / "initdb"), "-D", str(data), "-A", "trust", "-U", "lienthong", "-E", "UTF8", "--locale=C.UTF-8",
        "--no-sync",
    ]  # fmt: skip
    subprocess.run(  # noqa: S603 - our own words only
        command,
        check=True,
        capture_output=True,
        cwd="/",
        user=user,
        group=user,
        extra_groups=None if user is None else [],
    )


def _settings(folder: Path, *, durable: bool) -> list[str]:
    settings = {
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": str(folder),
        "max_connections": "200",
        "shared_buffers": "256MB",
        "max_wal_size": "4GB",
    } | ({} if durable else _FAST)
    return [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]


def _answers(programs: Path, port: int) -> bool:
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", port)) != 0:
            return False
    asked = [str(programs / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)]
    return subprocess.run(asked, check=False).returncode == 0  # noqa: S603 - our own words only
