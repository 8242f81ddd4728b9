"""An issuer's public keys: fetched once for everybody who waits, kept for a while, and kept on while it is away."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import structlog
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey
from yarl import URL

from adapters.contract import DeliveryError
from adapters.transport.http import Call, Http
from adapters.transport.settings import HttpSettings
from gateway.client_settings import IssuerSettings
from gateway.errors import IntakeError
from gateway.intake.json_reader import read_json
from gateway.intake.problem import refusal

log = structlog.get_logger(__name__)

_MOST_BYTES = 256 << 10
_MOST_KEYS = 100
_LEAST_RSA_BITS = 2048
_LEAST_RSA_LETTERS = 342
"""Of its modulus in base64url."""
_KINDS: Mapping[str, type[RSAKey | ECKey | OKPKey]] = {"RSA": RSAKey, "EC": ECKey, "OKP": OKPKey}
_CURVES = {"ES256": "P-256", "ES384": "P-384", "ES512": "P-521", "EdDSA": "Ed25519"}


class VerifyingKey(NamedTuple):
    """A public key, and the algorithms it may verify."""

    kid: str
    algorithms: frozenset[str]
    key: Any


class NoKeysError(Exception):
    """What was fetched holds no usable keys, or nothing could be fetched; the text says which, without content."""


class IssuerKeys:
    """The keys of one issuer."""

    def __init__(self, settings: IssuerSettings, now: Callable[[], float]) -> None:
        """`now`: seconds of a clock that only goes forward."""
        self._settings = settings
        self._now = now
        self._keys: tuple[VerifyingKey, ...] = ()
        self._read_from = b""
        self._fetched_at: float | None = None
        self._tried_at: float | None = None
        self._fetching: asyncio.Task[None] | None = None
        self.generation = 0
        """Grows whenever the keys are others than before: what was verified by the old ones is to be verified anew."""

    @property
    def due(self) -> bool:
        """Whether they are older than they may be while the issuer answers."""
        return self._older_than(self._settings.keys_for)

    @property
    def count(self) -> bool:
        """Whether what they have verified counts without a look at the issuer's.

        So too while it is being asked, or was a moment ago and is away: not everybody waits for it. One always asks.
        """
        return not self.due or (self._asked_lately() and not self._older_than(self._settings.stale_for))

    async def candidates(self, kid: str | None, algorithm: str) -> Sequence[VerifyingKey]:
        """Keys that may have signed. Raises `IntakeError` 503 while there are none to be had.

        A `kid` nobody knows is a reason to look once more, but not sooner than `again_after` after the last time.
        """
        if self.due:
            await self._fetch()
        found = self._among(kid, algorithm)
        if not found and kid is not None and not any(one.kid == kid for one in self._keys):
            await self._fetch()
            found = self._among(kid, algorithm)
        if self._fetched_at is None or self._older_than(self._settings.stale_for):
            raise refusal(
                503,
                "ISSUER_AWAY",
                "Chưa lấy được khóa công khai của nơi cấp token; hãy gửi lại nguyên vẹn sau ít giây.",
                "The public keys of the token's issuer cannot be fetched now; send the same again in a few seconds.",
            )
        return found

    def _among(self, kid: str | None, algorithm: str) -> list[VerifyingKey]:
        fitting = [one for one in self._keys if algorithm in one.algorithms]
        if kid is None:
            return fitting if len(fitting) == 1 else []
        return [one for one in fitting if one.kid == kid]

    def _older_than(self, age: timedelta) -> bool:
        return self._fetched_at is None or self._now() - self._fetched_at >= age.total_seconds()

    async def _fetch(self) -> None:
        """Look for the keys; whoever comes meanwhile waits for the same answer. What fails leaves what was known."""
        if self._fetching is None:
            if self._asked_lately():
                return
            self._tried_at = self._now()
            self._fetching = asyncio.create_task(self._look(), name="issuer keys")
        # Shielded: a caller that goes away takes the answer from nobody else.
        await asyncio.shield(self._fetching)

    def _asked_lately(self) -> bool:
        again = self._settings.again_after.total_seconds()
        return self._fetching is not None or (self._tried_at is not None and self._now() - self._tried_at < again)

    async def _look(self) -> None:
        try:
            await self.read()
            self._fetched_at = self._now()
        except NoKeysError as exc:
            log.warning("issuer.keys_unreadable", issuer=self._settings.issuer, error=str(exc))
        finally:
            self._fetching = None

    async def read(self) -> None:
        """Read the keys now. Raises `NoKeysError`; what was known stays known."""
        try:
            document = await self._document()
        except (DeliveryError, OSError) as exc:
            raise NoKeysError(f"{type(exc).__name__}: {exc}") from exc
        if document != self._read_from:
            self._keys = _read(document, frozenset(self._settings.algorithms))
            self._read_from = document
            self.generation += 1

    async def _document(self) -> bytes:
        settings = self._settings
        if settings.jwks_file is not None:
            return await asyncio.to_thread(_some_of, settings.jwks_file)
        http = HttpSettings(
            timeout=settings.timeout, connect_timeout=settings.timeout, connect_tries=1,
            max_answer_bytes=_MOST_BYTES, ca_file=settings.ca_file, private_networks=settings.private_networks,
        )  # fmt: skip
        async with Http(http) as line:  # follows no redirect
            answer = await line.send(Call(URL(settings.jwks_url), {"Accept": "application/json"}, method="GET"))
        if answer.status != 200:
            raise NoKeysError(f"HTTP {answer.status}")
        return answer.body


def _some_of(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_MOST_BYTES)


def _read(document: bytes, allowed: frozenset[str]) -> tuple[VerifyingKey, ...]:
    """The public keys of a set that may sign; others in it (secrets, too short, for encryption) are passed over."""
    try:
        tree = read_json(document)
    except IntakeError:
        raise NoKeysError("not JSON") from None
    written = tree.get("keys") if isinstance(tree, dict) else None
    if not isinstance(written, list) or len(written) > _MOST_KEYS:
        raise NoKeysError("not a key set")
    found = tuple(key for one in written if isinstance(one, dict) and (key := _key(one, allowed)) is not None)
    if not found:
        raise NoKeysError("no key that may sign")
    return found


def _key(written: Mapping[str, Any], allowed: frozenset[str]) -> VerifyingKey | None:
    kind = _KINDS.get(str(written.get("kty")))
    if kind is None or written.get("use", "sig") != "sig":
        return None
    if kind is RSAKey and len(str(written.get("n"))) < _LEAST_RSA_LETTERS:
        return None
    public = {name: value for name, value in written.items() if name in _PUBLIC}
    try:
        key = kind.import_key(public)
    except (JoseError, ValueError, TypeError, KeyError):
        return None
    fits = {name for name in allowed if _fits(key, name)}
    if (named := written.get("alg")) is not None:
        fits &= {"EdDSA" if named == "Ed25519" else str(named)}
    kid = written.get("kid")
    return VerifyingKey(kid if isinstance(kid, str) else "", frozenset(fits), key) if fits else None


_PUBLIC = frozenset({"kty", "n", "e", "crv", "x", "y"})


def _fits(key: RSAKey | ECKey | OKPKey, algorithm: str) -> bool:
    """Whether a key is of the kind an algorithm needs: an EC key verifies nothing that says RS256, and so on."""
    if isinstance(key, RSAKey):
        return algorithm.startswith(("RS", "PS")) and key.public_key.key_size >= _LEAST_RSA_BITS
    return _CURVES.get(algorithm) == key.curve_name
