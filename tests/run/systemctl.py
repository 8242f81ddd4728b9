#!/usr/bin/env python3
"""As much of systemd as a drill needs where systemd cannot run: units read and supervised as their settings say.

`systemctl [enable --now|start|stop|restart|daemon-reload|is-active] UNIT…` Users, environment files, state folders,
READY=1 and the watchdog of sd_notify, Restart=always, TimeoutStopSec. Servers of Debian are started by their own tools.
"""

from __future__ import annotations

import os
import pwd
import re
import select
import shlex
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

UNITS, STATE = Path("/etc/systemd/system"), Path("/run/drill-systemd")
_RABBITMQ = """
runuser -u rabbitmq -- rabbitmq-server -detached 2>/dev/null
for try in $(seq 120); do rabbitmqctl -q await_startup 2>/dev/null && exit 0; sleep 1; done
exit 1
"""
SERVERS = {
    "postgresql": (["pg_ctlcluster", "15", "main", "start"], ["pg_ctlcluster", "15", "main", "stop"]),
    "rabbitmq-server": (
        ["sh", "-c", _RABBITMQ],
        ["rabbitmqctl", "-q", "stop"],
    ),
}


class Unit:
    def __init__(self, name: str) -> None:
        self.name = name
        stem, at, rest = name.removesuffix(".service").partition("@")
        self.instance = rest
        text = (UNITS / f"{stem}{at}.service").read_text("utf-8").replace("%i", rest)
        self.settings: dict[str, list[str]] = {}
        for line in text.splitlines():
            if "=" in line and not line.startswith("#"):
                key, _, value = line.partition("=")
                self.settings.setdefault(key, []).append(value)

    def one(self, key: str, default: str = "") -> str:
        return self.settings.get(key, [default])[-1]

    def environment(self) -> dict[str, str]:
        found = {"PATH": "/usr/bin:/bin", "HOME": "/var/lib/lienthong", "LANG": "C.UTF-8"}
        words = [shlex.split(line) for line in self.settings.get("Environment", [])]
        found |= dict(word.split("=", 1) for line in words for word in line)
        for path in self.settings.get("EnvironmentFile", []):
            file = Path(path.removeprefix("-"))
            if file.exists():
                found |= dict(line.split("=", 1) for line in file.read_text("utf-8").split() if "=" in line)
        return found

    def command(self, environment: dict[str, str]) -> list[str]:
        line = re.sub(r"\$\{(\w+)\}", lambda m: environment[m[1]], self.one("ExecStart"))
        return shlex.split(line)

    def spawn(self, notify: str = "") -> subprocess.Popen[bytes]:
        account = pwd.getpwnam(self.one("User", "root"))
        state = Path("/var/lib") / self.one("StateDirectory", "lienthong")
        state.mkdir(mode=0o700, exist_ok=True)
        os.chown(state, account.pw_uid, account.pw_gid)
        environment = self.environment()
        if notify:
            environment |= {
                "NOTIFY_SOCKET": notify,
                "WATCHDOG_USEC": str(int(self.one("WatchdogSec", "60")) * 1_000_000),
            }
        log = (STATE / f"{self.name}.log").open("ab")
        return subprocess.Popen(
            self.command(environment), env=environment, cwd=state, stdout=log, stderr=log, stdin=subprocess.DEVNULL,
            user=account.pw_uid, group=account.pw_gid, extra_groups=[], umask=0o077, start_new_session=True,
        )  # fmt: skip


def supervise(name: str) -> None:
    """The process that stands for systemd: keeps one service until told to stop."""
    unit = Unit(name)
    way = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    path = STATE / f"{name}.notify"
    path.unlink(missing_ok=True)
    way.bind(str(path))
    path.chmod(0o777)
    stopping = []
    signal.signal(signal.SIGTERM, lambda *_: stopping.append(True))
    while not stopping:
        process = unit.spawn(str(path))
        (STATE / f"{name}.main").write_text(str(process.pid))
        heard = time.monotonic() + float(unit.one("TimeoutStartSec", "300"))
        while process.poll() is None and not stopping:
            if select.select([way], [], [], 0.2)[0]:
                word = way.recv(200).decode()
                heard = time.monotonic() + float(unit.one("WatchdogSec", "60"))
                if word == "READY=1":
                    (STATE / f"{name}.ready").touch()
            if time.monotonic() > heard:
                process.kill()
        (STATE / f"{name}.ready").unlink(missing_ok=True)
        if stopping:
            process.terminate()
            try:
                process.wait(float(unit.one("TimeoutStopSec", "90")))
            except subprocess.TimeoutExpired:
                process.kill()
            (STATE / f"{name}.result").write_text(str(process.wait()))
        elif unit.one("Restart") == "always":
            time.sleep(float(unit.one("RestartSec", "1")))
    (STATE / f"{name}.pid").unlink(missing_ok=True)


def start(name: str) -> int:
    if name in SERVERS:
        return subprocess.run(SERVERS[name][0], check=False).returncode
    if name.endswith(".target"):
        return 0
    if (STATE / f"{name}.pid").exists():
        return 0
    unit = Unit(name)
    for wanted in " ".join(unit.settings.get("Wants", [])).split():
        start(wanted.removesuffix(".service"))  # whether it fails is not asked
    if unit.one("Type") == "oneshot":
        return unit.spawn().wait()
    keeper = subprocess.Popen([sys.executable, __file__, "supervise", name], start_new_session=True)
    (STATE / f"{name}.pid").write_text(str(keeper.pid))
    deadline = time.monotonic() + float(unit.one("TimeoutStartSec", "300"))
    while time.monotonic() < deadline:
        if (STATE / f"{name}.ready").exists():
            return 0
        time.sleep(0.1)
    return 1


def stop(name: str) -> int:
    if name in SERVERS:
        return subprocess.run(SERVERS[name][1], check=False).returncode
    pid = STATE / f"{name}.pid"
    if not pid.exists():
        return 0
    os.kill(int(pid.read_text()), signal.SIGTERM)
    while pid.exists():
        time.sleep(0.1)
    return int((STATE / f"{name}.result").read_text())


def main(words: list[str]) -> int:  # noqa: PLR0911 - a line per verb
    STATE.mkdir(exist_ok=True)
    what, names = words[0], [word.removesuffix(".service") for word in words[1:] if not word.startswith("-")]
    match what:
        case "supervise":
            supervise(names[0])
            return 0
        case "daemon-reload":
            return 0
        case "enable" if "--now" not in words:
            return 0
        case "enable" | "start":
            return max(map(start, names))
        case "stop":
            return max(map(stop, names))
        case "restart":
            return max(max(stop(name), start(name)) for name in names)
        case "is-active":
            return max(not (STATE / f"{name}.ready").exists() for name in names)
    sys.stderr.write(f"systemctl of the drill does not know {what}\n")
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
