"""A key ring that does nothing, so that what sealing and receipts cost can be measured; never part of a product."""

from __future__ import annotations

from gateway.security.seal import Envelope, KeyRing, Sealed

_SHORTEST = b"\0" * 16
"""The columns want a key and a body; what stands there is of nobody's interest."""


class _Bare(KeyRing):
    """Leaves bodies as they are. Repeats are still recognised: that is no part of what is measured."""

    def seal(self, body: bytes, context: str) -> Sealed:
        del context
        return Sealed(self.current, _SHORTEST, body)

    def open(self, sealed: Sealed, context: str) -> bytes:
        del context
        return sealed.body

    def envelope(self, sealed: Sealed, context: str) -> Envelope:
        return _Open(self, sealed, context)


class _Open(Envelope):
    """No digest, and so no receipt: nothing is written for the log, and nothing is chained."""

    __slots__ = ("_body",)

    def __init__(self, ring: KeyRing, sealed: Sealed, context: str) -> None:
        super().__init__(ring, sealed, context)
        self._body = sealed.body

    def open(self) -> bytes:
        return self._body

    def digest(self, content: bytes) -> bytes:
        del content
        return b""  # not None: a part that a system has taken is remembered with one

    def seal_answer(self, answer: bytes, delivery_id: str) -> tuple[str, bytes]:
        del delivery_id
        return "message", answer


def bare_ring(ring: KeyRing) -> KeyRing:
    """The ring of an installation with everything about it switched off."""
    return _Bare(ring.current, {}, ring._search)  # noqa: SLF001 - the one thing of it that stays in use
