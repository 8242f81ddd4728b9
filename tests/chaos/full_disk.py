"""A PostgreSQL whose disk is full, as its clients see it: commits that wrote something fail with SQLSTATE 53100.

The line to the server puts a statement before each COMMIT that makes the server itself fail it with that code when the
transaction has written. So the answer, the end of the transaction and the connection are as the real server leaves
them; what only reads goes on, as on a real full disk.
"""

from __future__ import annotations

import struct

_FAIL = (
    b"DO $full$ BEGIN IF pg_current_xact_id_if_assigned() IS NOT NULL THEN"
    b" CREATE TEMP TABLE full_disk (number int);"
    b" CREATE FUNCTION pg_temp.fill_disk() RETURNS trigger LANGUAGE plpgsql AS $fill$ BEGIN"
    b" RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100'; END $fill$;"
    b" CREATE CONSTRAINT TRIGGER fill_disk AFTER INSERT ON full_disk DEFERRABLE INITIALLY DEFERRED"
    b" FOR EACH ROW EXECUTE FUNCTION pg_temp.fill_disk();"
    b" INSERT INTO full_disk VALUES (1); END IF; END $full$; "
)
"""Deferred, so that it is the COMMIT that fails and ends the transaction; nothing of this outlives it."""
_STARTUP = 196608
"""Protocol 3.0: the message after which messages carry a type."""


class Disk:
    """The switch that all connections through a line look at."""

    def __init__(self) -> None:
        self.full = False
        self.refusals = 0
        """Commits that were sent with the failing statement before them."""

    def rewriter(self) -> Statements:
        """One per connection."""
        return Statements(self)


class Statements:
    """What one client of PostgreSQL says, message by message."""

    def __init__(self, disk: Disk) -> None:
        self._disk = disk
        self._rest = b""
        self._started = False

    def feed(self, data: bytes) -> bytes:
        """What the server shall hear; the rest of a cut message waits for its other part."""
        self._rest += data
        heard = []
        while (message := self._next()) is not None:
            heard.append(self._changed(message))
        return b"".join(heard)

    def _next(self) -> bytes | None:
        head = 1 if self._started else 0
        if len(self._rest) < head + 4:
            return None
        size = head + struct.unpack_from("!I", self._rest, head)[0]
        if len(self._rest) < size:
            return None
        message, self._rest = self._rest[:size], self._rest[size:]
        if not self._started:
            self._started = struct.unpack_from("!I", message, 4)[0] == _STARTUP
        return message

    def _changed(self, message: bytes) -> bytes:
        if not (self._disk.full and message[:1] == b"Q" and message[5:11].upper() == b"COMMIT"):
            return message
        self._disk.refusals += 1
        return b"Q" + struct.pack("!I", len(message) - 1 + len(_FAIL)) + _FAIL + message[5:]
