"""What may be said outside of an event that was not taken: ids and reasons, and nothing a sender could have put there.

Nobody has judged these words: a name could stand in a member's place, a person's number in the id's. They are shown
where they look like what they should be, and left out else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from gateway.acceptance.codes import dossier
from gateway.acceptance.schemas import known_place
from gateway.errors import Problem
from gateway.message import Event

_QUOTING = frozenset({"XSD_UNKNOWN", "XML_REPEATED", "XML_MIXED", "UNMAPPED_CODE"})
"""Codes whose words repeat a name or a code of the document."""
_UNSAID = (
    "Chỗ sai do bên gửi đặt tên nên không nhắc lại ở đây; gửi qua HTTP để thấy. / The sender's own words are not "
    "repeated here; sent over HTTP, the answer names them."
)
_NUMBER = re.compile(r"(?<![0-9])(?:[0-9]{9,10}|[0-9]{12,13})(?![0-9])")
"""As long as the numbers of people, businesses and telephones are."""
_UUID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_ID = re.compile(r"[0-9A-Za-z._:/#+=-]{1,255}")
_SOURCE = re.compile(r"[A-Za-z0-9._:/?#=&%~+-]{1,255}")
_TYPE = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+){1,9}")
_CATALOGUE = re.compile(r"catalogue/[a-z_]{1,40}")


def told_id(written: str) -> str:
    """An id of the sender's, or nothing."""
    return written if _UUID.fullmatch(written) else _fitting(_ID, written)


def told_attributes(event: Event) -> dict[str, str]:
    """Source, id, type and subject, each or nothing."""
    subject = event.subject if dossier.parse(event.subject) else _fitting(_CATALOGUE, event.subject)
    source, type_ = _fitting(_SOURCE, event.source), _fitting(_TYPE, event.type)
    return {"source": source, "id": told_id(event.id), "type": type_, "subject": subject}


def told_problems(problems: Iterable[Problem]) -> list[Problem]:
    """The same, with places of the schemas only, and without words of the document."""
    return [
        Problem(known_place(one.pointer), one.code, _UNSAID if one.code in _QUOTING else one.message)
        for one in problems
    ]


def _fitting(form: re.Pattern[str], written: str) -> str:
    return written if form.fullmatch(written) and not _NUMBER.search(written) else ""
