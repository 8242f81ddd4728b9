"""Clients by a certificate that a proxy verified and passes on in a header (mutual TLS ends at the proxy).

The certificate itself is read, so that no two programs have to agree on how a name is written down. The header is
believed from the proxy's own networks alone; the proxy must remove what callers put there themselves.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from hashlib import sha256
from urllib.parse import unquote_to_bytes

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from gateway.caller import within
from gateway.client_settings import CertificateSettings
from gateway.errors import IntakeError
from gateway.intake.problem import refusal

_MOST_REMEMBERED = 1000


class Certificates:
    """Says which client a passed on certificate names."""

    def __init__(self, settings: CertificateSettings, clock: Callable[[], datetime] | None = None) -> None:
        self._settings = settings
        self._clock = clock or (lambda: datetime.now(UTC))
        self._read: dict[bytes, x509.Certificate] = {}

    @property
    def header(self) -> str:
        """The proxy's header; empty where certificates are not taken."""
        return self._settings.header

    def trusts(self, address: str | None) -> bool:
        """Whether this is the proxy."""
        return within(address, self._settings.trusted)

    def client_of(self, passed_on: str) -> str:
        """The configured name of its client. Raises `IntakeError` 401."""
        certificate = self._certificate(passed_on)
        if not certificate.not_valid_before_utc <= self._clock() < certificate.not_valid_after_utc:
            raise refusal(
                401,
                "CERTIFICATE_EXPIRED",
                "Chứng thư của client chưa có hoặc đã hết hiệu lực.",
                "The client's certificate is not valid now.",
            )
        for name in _names(certificate):
            client = self._settings.clients.get(name)
            if client is not None:
                return client
        raise unknown_certificate()

    def _certificate(self, passed_on: str) -> x509.Certificate:
        digest = sha256(passed_on.encode("utf-8", "surrogateescape")).digest()
        found = self._read.get(digest)
        if found is None:
            found = _parsed(passed_on, self._settings.form)
            if len(self._read) >= _MOST_REMEMBERED:
                self._read.clear()
            self._read[digest] = found
        return found


def unknown_certificate() -> IntakeError:
    """A good certificate of nobody who may send."""
    return refusal(
        401,
        "CERTIFICATE_UNKNOWN",
        "Chứng thư này chưa gắn với client nào đang hiệu lực; hãy khai báo trong client_certificates.clients.",
        "This certificate belongs to no client in force; name it in client_certificates.clients.",
    )


def not_the_proxy() -> IntakeError:
    """A certificate's header from somewhere else, and nothing else that would say who is calling."""
    return refusal(
        401,
        "CERTIFICATE_PROXY",
        "Tiêu đề chứng thư chỉ được tin khi đến từ proxy đã khai báo (client_certificates.trusted).",
        "A certificate's header is believed from the configured proxy alone (client_certificates.trusted).",
    )


def _parsed(passed_on: str, form: str) -> x509.Certificate:
    try:
        if form == "pem":
            return x509.load_pem_x509_certificate(unquote_to_bytes(passed_on))
        # A byte sequence of RFC 8941; what does not begin and end with a colon is no certificate without them either.
        between = passed_on[1:-1] if passed_on[:1] == passed_on[-1:] == ":" else ""
        return x509.load_der_x509_certificate(base64.b64decode(between, validate=True))
    except (ValueError, binascii.Error):
        raise refusal(
            401,
            "CERTIFICATE_MALFORMED",
            "Không đọc được chứng thư mà proxy chuyển tới; hãy kiểm tra client_certificates.form.",
            "The certificate that the proxy passes on cannot be read; check client_certificates.form.",
        ) from None


def _names(certificate: x509.Certificate) -> Iterator[str]:
    """What it may be known by here, the most certain first."""
    yield f"sha256:{sha256(certificate.public_bytes(Encoding.DER)).hexdigest()}"
    try:
        others = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, ValueError):
        others = None
    if others is not None:
        yield from (f"dns:{name.lower()}" for name in others.get_values_for_type(x509.DNSName))
        yield from (f"uri:{name}" for name in others.get_values_for_type(x509.UniformResourceIdentifier))
    yield f"subject:{certificate.subject.rfc4514_string()}"
