"""Where the server programs are: installed, else brought by apt as root, else unpacked from Debian's packages.

What is unpacked lies in the cache folder and needs no right beyond reading the package lists.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from gateway.errors import GatewayError

_APT_SECONDS = 600
_POLICY = Path("/usr/sbin/policy-rc.d")


class MissingServiceError(GatewayError):
    """A server that is needed is not on this machine and could not be brought."""


@dataclass(frozen=True, slots=True)
class Package:
    """A server by its Debian packages. `unpack` are all that must be unpacked where nothing can be installed."""

    name: str
    install: tuple[str, ...]
    unpack: tuple[str, ...]


POSTGRESQL = Package("PostgreSQL", ("postgresql",), ("postgresql-15", "postgresql-client-15", "libpq5", "libllvm14"))
RABBITMQ = Package(
    "RabbitMQ",
    ("rabbitmq-server",),
    (
        "rabbitmq-server", "erlang-base", "erlang-asn1", "erlang-crypto", "erlang-eldap", "erlang-ftp", "erlang-inets",
        "erlang-mnesia", "erlang-os-mon", "erlang-parsetools", "erlang-public-key", "erlang-runtime-tools",
        "erlang-snmp", "erlang-ssl", "erlang-syntax-tools", "erlang-tftp", "erlang-tools", "erlang-xmerl",
    ),
)  # fmt: skip


def postgresql_programs(cache: Path) -> Path:
    """The folder with `initdb` and `postgres`. Raises `MissingServiceError`."""
    return program(POSTGRESQL, cache, "usr/lib/postgresql/*/bin/initdb").parent


def rabbitmq_root(cache: Path) -> Path:
    """The root below which `usr/lib/rabbitmq` and `usr/lib/erlang` lie. Raises `MissingServiceError`."""
    return program(RABBITMQ, cache, "usr/lib/rabbitmq/bin/rabbitmq-server").parents[4]


def program(package: Package, cache: Path, place: str) -> Path:
    """A program of a package, by its place below the root. Raises `MissingServiceError`."""
    unpacked = cache / "services" / package.name.lower()
    for root in (Path("/"), unpacked):
        if found := sorted(root.glob(place)):
            return found[-1]
    if shutil.which("apt-get") is None:
        raise _missing(package, "không có apt-get / there is no apt-get")
    if os.geteuid() == 0:
        install(package)
        root = Path("/")
    else:
        _unpack(package, unpacked)
        root = unpacked
    if found := sorted(root.glob(place)):
        return found[-1]
    raise _missing(package, f"cài xong mà không thấy {place} / installed, but {place} is not there")


def install(package: Package) -> None:
    """Bring it by apt, as root; whoever else of us is at it is waited for. Raises `MissingServiceError`."""
    with _alone(), _no_service_starts():
        _apt(package, ["apt-get", "-qq", "update"])
        _apt(package, ["apt-get", "-qq", "-y", "--no-install-recommends", "install", *package.install])


def _unpack(package: Package, folder: Path) -> None:
    """Download with package lists of our own, and unpack; `apt-get download` needs no right."""
    state, debs = folder / "apt", folder / "debs"
    for place in (state / "lists/partial", state / "cache/archives/partial", debs):
        place.mkdir(parents=True, exist_ok=True)
    options = [
        f"-oDir::State={state}", f"-oDir::State::lists={state / 'lists'}", "-oDir::State::status=/var/lib/dpkg/status",
        f"-oDir::Cache={state / 'cache'}", "-oDebug::NoLocking=true", "-oAPT::Sandbox::User=",
    ]  # fmt: skip
    _apt(package, ["apt-get", "-qq", *options, "update"])
    _apt(package, ["apt-get", "-qq", *options, "download", *package.unpack], cwd=debs)
    for deb in sorted(debs.glob("*.deb")):
        _apt(package, ["dpkg-deb", "-x", str(deb), str(folder)])


def _apt(package: Package, command: list[str], cwd: Path | None = None) -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(  # noqa: S603 - our own words only
        command, cwd=cwd, env=environment, capture_output=True, text=True, check=False, timeout=_APT_SECONDS
    )
    if done.returncode != 0:
        raise _missing(package, (done.stderr or done.stdout).strip()[-400:])


@contextmanager
def _alone() -> Iterator[None]:
    """Apt gives up at once where another one is under way."""
    with (Path(tempfile.gettempdir()) / "lienthong-apt.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def _no_service_starts() -> Iterator[None]:
    """Debian starts a server as soon as its package is installed, unless this file says no."""
    if _POLICY.exists():
        yield
        return
    _POLICY.write_text("#!/bin/sh\nexit 101\n")
    _POLICY.chmod(0o755)
    try:
        yield
    finally:
        _POLICY.unlink(missing_ok=True)


def _missing(package: Package, why: str) -> MissingServiceError:
    install = "sudo apt-get install " + " ".join(package.install)
    return MissingServiceError(
        f"Thiếu {package.name}: {why}. Hãy chạy: {install}; hoặc cho địa chỉ của một máy chủ có sẵn. / {package.name} "
        "is missing: install it, or name a server (LIENTHONG_TEST_DATABASE_URL, LIENTHONG_TEST_AMQP_URL)."
    )
