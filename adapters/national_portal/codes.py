"""What the portal's answers mean: the only file that knows its error codes and phrases (integration sheet §3.6, §9).

The portal names its failures in words rather than codes, so rules look for phrases. Nothing of its message is shown
beyond those phrases and the names of known fields: the rest may name a person.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from adapters.national_portal.fields import KNOWN_FIELDS
from adapters.national_portal.wire import Reply


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule recognised. `code` is the catalogue's, or EXISTS or SESSION; `field` a known field's name."""

    code: str
    field: str | None = None


EXISTS, SESSION = "EXISTS", "SESSION"

_SUCCESS = "thành công"
# The rule of §3.6 is /session|phiên/; a version (phiên bản), translation, meeting or hearing is not a session.
_SESSION = re.compile(r"session|phiên(?!\s+(?:bản|dịch|họp|tòa|toà))", re.IGNORECASE)
_FIELD = r"trường\s+([A-Za-z]{2,40})\b"
_MISSING = re.compile(rf"thiếu\s+{_FIELD}", re.IGNORECASE)
_LONG = re.compile(rf"{_FIELD}\s+(?:vượt quá|quá dài|dài quá)", re.IGNORECASE)
_NOT_ACCEPTED = r"không (?:tồn tại|hợp lệ|đúng|được)"
_AGENCY = re.compile(rf"^(?:mã đơn vị|madonvi|đơn vị kết nối)\b[^,;]*{_NOT_ACCEPTED}", re.IGNORECASE)
_SERVICE = re.compile(rf"^(?:dịch vụ|service)\b[^,;]*{_NOT_ACCEPTED}", re.IGNORECASE)


def _field_rule(pattern: re.Pattern[str], code: str) -> Callable[[str], Finding | None]:
    def rule(message: str) -> Finding | None:
        found = pattern.search(message)
        # A name the sheet does not know is not repeated: it might be no field at all.
        return Finding(code, KNOWN_FIELDS.get(found[1].casefold())) if found else None

    return rule


def _phrase_rule(pattern: re.Pattern[str], code: str) -> Callable[[str], Finding | None]:
    return lambda message: Finding(code) if pattern.search(message) else None


_RULES = (
    _field_rule(_MISSING, "MISSING_FIELD"),
    _field_rule(_LONG, "TOO_LONG"),
    _phrase_rule(_AGENCY, "AGENCY_UNKNOWN"),
    _phrase_rule(_SERVICE, "SERVICE_UNKNOWN"),
    _phrase_rule(re.compile("không tồn tại", re.IGNORECASE), "DOSSIER_UNKNOWN"),
)


def find(reply: Reply) -> Finding | None:
    """What the words of an answer say; None where no rule knows them. Success is not a finding.

    "đã tồn tại" counts with any code (0, 3 and -3 are seen, §9); everything else only beside a code other than 0.
    """
    if reply.code is None:
        return None
    if "đã tồn tại" in reply.message.casefold():
        return Finding(EXISTS)
    if reply.code == 0:
        return None
    if says_session(reply):
        return Finding(SESSION)
    return next((finding for rule in _RULES if (finding := rule(reply.message))), None)


def says_session(reply: Reply) -> bool:
    """The session is spent: a code other than 0 and the word for it (§3.6); a field named so is another matter."""
    return reply.code != 0 and bool(_SESSION.search(reply.message)) and not _MISSING.search(reply.message)


def says_success(reply: Reply) -> bool:
    return _SUCCESS in reply.message.casefold()


def words(reply: Reply) -> str:
    """What of the portal's message may be shown: its phrase of success and nothing else."""
    return _SUCCESS if says_success(reply) else ""
