"""PostgreSQL is backed up and restored by the guide's own commands: receipts verify, no payment is opened twice."""

from __future__ import annotations

import asyncio
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url

from gateway.bootstrap import signer
from gateway.demo.services.programs import postgresql_programs
from gateway.security.receipts import read_proof
from tests.architecture.tree import ROOT
from tests.deploy.test_backup import OTHER, steer
from tests.deploy.test_guide import VI, drills
from tests.e2e.test_paying import a_request, patient, paying
from tests.services.databases import a_database
from tests.toml_text import toml_text


class Machine:
    """What the guide's commands find on the machine they are written for, with a test's own places and database."""

    def __init__(self, folder: Path, database_url: str) -> None:
        self.url = make_url(database_url)
        self.data = folder / "data"
        self.backups = folder / "backups"
        self._folder = folder
        self.etc = folder / "etc" / "lienthong"
        self.etc.mkdir(parents=True)
        self._stand_in("systemctl", "exit 0")
        for name in ("chown", "chgrp"):
            self._stand_in(name, "exit 0")  # the account it names is not made here
        self._stand_in("runuser", 'shift 3; exec "$@"')  # -u postgres --: here one's own account owns everything
        self._stand_in("lienthong", f'exec {shlex.quote(sys.executable)} -m gateway "$@"')

    def _stand_in(self, name: str, body: str) -> None:
        file = self._folder / "bin" / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(f"#!/bin/sh\n{body}\n")
        file.chmod(0o755)

    def configure(self, adapters: dict[str, Any]) -> None:
        """The file by which `lienthong` finds ledger and systems."""
        url = self.url.render_as_string(hide_password=False)
        tree = {"data_dir": str(self.data), "database_url": url, "adapters": adapters}
        (self.etc / "lienthong.toml").write_text(toml_text(tree))

    def run(self, step: str) -> str:
        """One block of the guide; what it printed. It must go well."""
        name, owner = str(self.url.database), str(self.url.username)
        text = drills(VI)[step].replace("/var/backups/lienthong", str(self.backups))
        text = text.replace("/var/lib/lienthong", str(self.data)).replace("/etc/lienthong", str(self.etc))
        text = text.replace("--owner lienthong", f"--owner {owner}")
        text = re.sub(r"(pg_dump --\S+|dropdb --force|template0|--dbname) lienthong\b", rf"\1 {name}", text)
        path = os.pathsep.join(
            (str(self._folder / "bin"), str(postgresql_programs(ROOT / ".cache")), os.environ["PATH"])
        )
        environment = {
            **os.environ, "PATH": path, "PYTHONPATH": str(ROOT), "PGHOST": str(self.url.host), "PGUSER": owner,
            "PGPORT": str(self.url.port or 5432), "PGPASSWORD": str(self.url.password or ""),
            "LIENTHONG_CONFIG": str(self.etc / "lienthong.toml"),
        }  # fmt: skip
        words = ["bash", "-euo", "pipefail", "-c", text]
        run = subprocess.run(words, env=environment, check=False, capture_output=True, text=True, timeout=90)
        assert run.returncode == 0, run.stdout + run.stderr
        return run.stdout


@pytest.fixture
async def machine(tmp_path: Path, postgres_server: str) -> AsyncIterator[Machine]:
    async with a_database(postgres_server) as url:
        yield Machine(tmp_path, url)


async def test_by_the_guides_commands_what_was_delivered_stays_so_and_nothing_goes_out_twice(machine: Machine) -> None:
    simulated = patient()
    on = {"database_url": machine.url.render_as_string(hide_password=False)}
    async with paying(machine.data, simulated, **on) as rig:
        first = await rig.send("payment.requested.v1", a_request(), "tt-1")
        await rig.reaches(first["id"], "delivered")
        before = await rig.get(f"/v1/receipts/{first['id']}", as_admin=False)
        machine.configure({"payment": dict(rig.peers["payment"].section)})
        await steer(rig, "pause", "payment")
        second = await rig.send("payment.requested.v1", a_request(OTHER), "tt-2")
        await asyncio.to_thread(machine.run, "pgbackup")
        await steer(rig, "resume", "payment")
        await rig.reaches(second["id"], "delivered")
        public = signer(rig.gateway.settings).public
    opened = len(simulated.attempts.all())
    shutil.rmtree(machine.data)
    (machine.etc / "lienthong.toml").unlink()

    told = await asyncio.to_thread(machine.run, "pgrestore")
    assert "payment" in told
    async with paying(machine.data, simulated, **on) as rig:
        assert (await rig.delivery(first["id"]))["state"] == "delivered"
        after = await rig.get(f"/v1/receipts/{first['id']}", as_admin=False)
        assert (await rig.delivery(second["id"]))["state"] == "pending"  # everything is paused
        await steer(rig, "resume", "payment")
        shown = await rig.reaches(second["id"], "uncertain")
        assert shown["last_error"]["code"] == "RESTORED"
        assert (await rig.send("payment.requested.v1", a_request(), "tt-1"))["duplicate"] is True
        assert (await rig.gateway.ledger.balance())["balance"] == 0
    assert opened == len(simulated.attempts.all()) == 2
    for file in (before, after):
        assert read_proof(file, public).entries[0]["message"] == first["id"]
