"""Real receivers: an HTTP address and a mail server, each with a record of what it took."""

from __future__ import annotations

import asyncio
import datetime as dt
import ipaddress
import ssl
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

from aiohttp import web
from aiosmtpd.smtp import SMTP, AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

SECRET = "whsec_" + "dGVzdC1zZWNyZXQtb2YtdGhlLXdhdGNoLTAx"
USER, PASSWORD = "truc", "mat-khau-thu"


@dataclass
class Address:
    """An HTTP address that takes notices; `status` is what it answers."""

    url: str = ""
    status: int = 204
    calls: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    answers: asyncio.Event = field(default_factory=asyncio.Event)
    """Cleared, it takes calls and says nothing."""

    async def take(self, request: web.Request) -> web.Response:
        await self.answers.wait()
        self.calls.append(({name.lower(): value for name, value in request.headers.items()}, await request.read()))
        headers = {"Location": self.url + "/elsewhere"} if 300 <= self.status < 400 else {}
        return web.Response(status=self.status, headers=headers)


@asynccontextmanager
async def an_address(port: int = 0) -> AsyncIterator[Address]:
    """Up until left."""
    address = Address()
    address.answers.set()
    app = web.Application()
    app.router.add_post("/{rest:.*}", address.take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port)
    await site.start()
    address.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield address
    finally:
        address.answers.set()
        await runner.cleanup()


@dataclass
class Mailbox:
    """What a mail server took."""

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)
    turn_away: str = ""
    """Answer instead of taking a mail."""

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        if self.turn_away:
            return self.turn_away
        made = message_from_bytes(envelope.content, policy=default)
        assert isinstance(made, EmailMessage)
        self.mails.append(made)
        self.recipients.append(list(envelope.rcpt_tos))
        self.encrypted.append(
            session.ssl is not None or isinstance(server.transport.get_extra_info("ssl_object"), object)
        )
        return "250 OK"

    def authenticate(self, _: Any, __: Any, ___: Any, ____: Any, data: Any) -> AuthResult:
        good = (data.login.decode(), data.password.decode()) == (USER, PASSWORD)
        self.logins.append(data.login.decode())
        return AuthResult(success=good, handled=False)


@asynccontextmanager
async def a_mail_server(
    security: str = "none", certificate: Path | None = None, *, login: bool = False
) -> AsyncIterator[Mailbox]:
    """A mail server on a port of its own: in clear, with STARTTLS, or with TLS from the first byte."""
    box = Mailbox()
    context = None
    if certificate is not None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate)
    starttls = security == "starttls"

    def speak() -> SMTP:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a login without STARTTLS: here TLS is there from the first byte
            return SMTP(
                box,
                hostname="thu.example.invalid",
                tls_context=context if starttls else None,
                require_starttls=starttls,
                authenticator=box.authenticate if login else None,
                auth_required=login,
                auth_require_tls=starttls,
            )

    server = await asyncio.get_running_loop().create_server(
        speak, "127.0.0.1", 0, ssl=context if security == "tls" else None
    )
    box.port = server.sockets[0].getsockname()[1]
    try:
        yield box
    finally:
        server.close()


def a_certificate(folder: Path) -> Path:
    """A key and a certificate for 127.0.0.1 that signs itself, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "may chu thu gia lap")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "mail.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    return path
