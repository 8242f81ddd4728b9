"""Certificates that a proxy has verified: believed from the proxy alone, and read from the certificate itself."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from urllib.parse import quote

import orjson
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from pydantic import ValidationError

from gateway.client_settings import CertificateSettings
from gateway.intake.credentials.directory import Directory
from gateway.intake.credentials.ways import credentials_of
from gateway.intake.gate import Gate
from gateway.settings import CodeRuleSettings, Settings
from tests.fakes.acceptance import MemoryAcceptance, MemoryViews
from tests.intake.conftest import CLIENTS, KEY, Door, a_door
from tests.intake.documents import an_event

HEADER = "Client-Cert"
TODAY = datetime.now(UTC)


def a_certificate(*dns: str, name: str = "motcua", ends_in: timedelta = timedelta(days=1)) -> x509.Certificate:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    begins = TODAY - timedelta(days=9)
    builder = x509.CertificateBuilder(subject, subject, key.public_key(), 7, begins, TODAY + ends_in)
    if dns:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(one) for one in dns]), critical=False)
    return builder.sign(key, SHA256())


GOOD, OTHER = a_certificate("motcua.example.invalid"), a_certificate("khac.example.invalid", name="khac")
EXPIRED = a_certificate("motcua.example.invalid", ends_in=-timedelta(days=1))


def rfc9440(certificate: x509.Certificate) -> str:
    return f":{base64.b64encode(certificate.public_bytes(Encoding.DER)).decode()}:"


def escaped(certificate: x509.Certificate) -> str:
    return quote(certificate.public_bytes(Encoding.PEM))


@asynccontextmanager
async def door_with(code_rules: CodeRuleSettings, **settings: object) -> AsyncIterator[Door]:
    section = {"header": HEADER, "trusted": ["127.0.0.1"], "clients": {"dns:motcua.example.invalid": "motcua"}}
    everything = Settings.model_validate({"client_certificates": section | settings})
    gate = Gate([credentials_of(everything, Directory(CLIENTS))])
    async with a_door(code_rules, MemoryAcceptance(), MemoryViews(), gate=gate) as opened:
        yield opened


async def sent_with(door: Door, *passed_on: str, key: str | None = None) -> tuple[int, str]:
    response, told = await door.post(
        orjson.dumps(an_event()), headers={HEADER: passed_on[0]} if passed_on else {}, key=key
    )
    return response.status, told["errors"][0]["code"] if response.status >= 400 else ""


@pytest.mark.parametrize(
    ("known_as", "form", "write"),
    [
        ("dns:motcua.example.invalid", "rfc9440", rfc9440),
        ("subject:CN=motcua", "rfc9440", rfc9440),
        (f"sha256:{sha256(GOOD.public_bytes(Encoding.DER)).hexdigest()}", "pem", escaped),
    ],
    ids=["name", "subject", "fingerprint"],
)
async def test_a_certificate_the_proxy_passes_on_names_its_client(
    code_rules: CodeRuleSettings, known_as: str, form: str, write: Callable[[x509.Certificate], str]
) -> None:
    async with door_with(code_rules, clients={known_as: "motcua"}, form=form) as door:
        assert await sent_with(door, write(GOOD)) == (202, "")
        assert await sent_with(door, write(OTHER)) == (401, "CERTIFICATE_UNKNOWN")
        [(_, client, _)] = door.acceptance.stored.values()
        assert client.name == "motcua"


async def test_from_anywhere_else_the_header_is_worth_nothing(code_rules: CodeRuleSettings) -> None:
    async with door_with(code_rules, trusted=["10.9.8.7", "::1"]) as door:
        assert await sent_with(door, rfc9440(GOOD)) == (401, "CERTIFICATE_PROXY")
        assert [(one.action, one.reason) for one in door.audit.entries] == [
            ("refused.postMessages", "CERTIFICATE_PROXY")
        ]
        assert await sent_with(door, rfc9440(OTHER), key=KEY) == (202, "")


async def test_it_is_off_until_a_header_is_named(code_rules: CodeRuleSettings) -> None:
    async with door_with(code_rules, header="") as door:
        assert await sent_with(door, rfc9440(GOOD)) == (401, "CREDENTIALS_MISSING")


BAD = [
    (rfc9440(EXPIRED), "CERTIFICATE_EXPIRED"),
    (rfc9440(GOOD)[1:-1], "CERTIFICATE_MALFORMED"),
    (escaped(GOOD), "CERTIFICATE_MALFORMED"),
    (":AAAA:", "CERTIFICATE_MALFORMED"),
    ("", "CERTIFICATE_MALFORMED"),
    (rfc9440(GOOD) + "," + rfc9440(OTHER), "CERTIFICATE_MALFORMED"),
    ("CN=motcua", "CERTIFICATE_MALFORMED"),
]


async def test_what_is_no_good_certificate_names_nobody(code_rules: CodeRuleSettings) -> None:
    async with door_with(code_rules) as door:
        for passed_on, code in BAD:
            assert await sent_with(door, passed_on) == (401, code)
        assert not door.acceptance.stored


async def test_a_certificate_of_a_client_that_is_not_there_names_nobody(code_rules: CodeRuleSettings) -> None:
    async with door_with(code_rules, clients={"dns:motcua.example.invalid": "da-thu-hoi"}) as door:
        assert await sent_with(door, rfc9440(GOOD)) == (401, "CERTIFICATE_UNKNOWN")


def test_a_header_without_the_proxys_networks_is_a_mistake() -> None:
    with pytest.raises(ValidationError, match="trusted"):
        CertificateSettings(header=HEADER)
    with pytest.raises(ValidationError, match="sha256"):
        CertificateSettings(clients={"motcua": "motcua"})
