"""A private RabbitMQ: a node of its own name with an epmd of its own, free ports, loopback only, gone on leaving."""

from __future__ import annotations

import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from gateway.demo.services.process import free_port, running
from gateway.demo.services.programs import rabbitmq_root

_GREETING = b"AMQP\x00\x00\x09\x01"
_SPARE_CPU = "+S 2:2 +sbwt none +sbwtdcpu none +sbwtdio none"
"""No busy waiting: other processes share the cores."""


@dataclass(frozen=True, slots=True)
class _Node:
    folder: Path
    amqp: int
    dist: int
    epmd: int

    @property
    def name(self) -> str:
        return f"lienthong{self.amqp}@localhost"


@contextmanager
def rabbitmq(cache: Path) -> Iterator[str]:
    """Start one and give its AMQP address. Raises `MissingServiceError`."""
    root = rabbitmq_root(cache)
    folder = Path(tempfile.mkdtemp(prefix="lienthong-mq-"))
    node = _Node(folder, free_port(), free_port(), free_port())
    try:
        environment = _environment(root, node)
        epmd = ["epmd", "-port", str(node.epmd), "-address", "127.0.0.1"]
        program = shutil.which("epmd", path=environment["PATH"]) or "epmd"
        with (
            running(
                [program, *epmd[1:]],
                ready=lambda: _listens(node.epmd),
                log=folder / "epmd.log",
                environment=environment,
            ),
            running(
                [str(root / "usr/lib/rabbitmq/bin/rabbitmq-server")],
                ready=lambda: _greets(node.amqp),
                log=folder / "console.log",
                environment=environment,
            ),
        ):
            yield f"amqp://guest:guest@127.0.0.1:{node.amqp}/"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _environment(root: Path, node: _Node) -> dict[str, str]:
    """Everything the node reads and writes lies in its folder; the system's own node and settings are not looked at."""
    folder = node.folder
    for name in ("home", "mnesia", "log", "bin"):
        (folder / name).mkdir()
    (folder / "enabled_plugins").write_text("[].")
    (folder / "rabbitmq.conf").write_text(
        "loopback_users.guest = true\nlog.console = false\nlog.file.level = warning\n"
        "vm_memory_high_watermark.absolute = 2GB\ndisk_free_limit.absolute = 100MB\n"
    )
    if root != Path("/"):
        _own_erl(root, folder)
    return {
        "PATH": f"{folder / 'bin'}:/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME": str(folder / "home"),
        "LANG": "C.UTF-8",
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "ERL_EPMD_PORT": str(node.epmd),
        "RABBITMQ_NODENAME": node.name,
        "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODE_PORT": str(node.amqp),
        "RABBITMQ_DIST_PORT": str(node.dist),
        "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
        "RABBITMQ_LOG_BASE": str(folder / "log"),
        "RABBITMQ_CONF_ENV_FILE": str(folder / "none.conf"),
        "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq"),
        "RABBITMQ_ADVANCED_CONFIG_FILE": str(folder / "advanced"),
        "RABBITMQ_GENERATED_CONFIG_DIR": str(folder / "generated"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
        "RABBITMQ_PID_FILE": str(folder / "pid"),
        "RABBITMQ_SERVER_START_ARGS": "-start_epmd false -kernel inet_dist_use_interface {127,0,0,1}",
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": _SPARE_CPU,
    }


def _own_erl(root: Path, folder: Path) -> None:
    """Debian's `erl` has the system's path built in; an unpacked tree needs one that says where it lies."""
    erlang = root / "usr/lib/erlang"
    programs = max(erlang.glob("erts-*/bin"))
    erl = folder / "bin" / "erl"
    erl.write_text(
        f"#!/bin/sh\nROOTDIR={erlang} BINDIR={programs} EMU=beam PROGNAME=erl\nexport ROOTDIR BINDIR EMU PROGNAME\n"
        f'exec {programs}/erlexec "$@"\n'
    )
    erl.chmod(0o755)
    (folder / "bin" / "epmd").symlink_to(programs / "epmd")


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _greets(port: int) -> bool:
    """The listener is the last boot step; still, ready means that AMQP is spoken."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as probe:
            probe.sendall(_GREETING)
            return probe.recv(1) == b"\x01"
    except OSError:
        return False
