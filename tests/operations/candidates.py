"""Candidate versions of the portal's dossier: the packaged table with what a letter changes."""

from __future__ import annotations

from mappings import Catalogue
from mappings.catalogue import today
from tests.operations.conftest import MAPPING

PACKAGED = Catalogue.load()
TEXT = PACKAGED.path(PACKAGED.in_force(MAPPING)).read_text("utf-8")
LAST_FIELD = next(line for line in TEXT.splitlines() if "to: DSKetNoiCSDL" in line)
ADDRESS = '  - {to: DiaChiChuHoSo, from: applicant.address, note: "công văn 999 (giả định)"}'


def candidate(*lines: str, version: str = "2", day: str = "", instead: dict[str, str] | None = None) -> str:
    """The packaged text with another label and day, further lines at its end, and parts replaced."""
    text = TEXT.replace('version: "1"', f'version: "{version}"')
    text = text.replace("effective_from: 2020-04-20", f"effective_from: {day or today().isoformat()}")
    for old, new in (instead or {}).items():
        assert old in text, old
        text = text.replace(old, new)
    return text.replace(LAST_FIELD, "\n".join((LAST_FIELD, *lines)))
