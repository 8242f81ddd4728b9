"""A failure in the words of the person who meets it: what it is, who can fix it, what to press."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from adapters.contract import AdapterSpec, Explanation
from gateway.ledger.groups.port import FailureGroup
from gateway.operations.known_faults import KNOWN, UNCLASSIFIED

_PLACE = re.compile(r"\{(\w+)\}")
FIXERS: Mapping[str, tuple[str, str]] = {
    "sender": ("Đơn vị gửi hồ sơ", "The office that sent it"),
    "operator": ("Người quản trị trục", "Whoever runs the gateway"),
    "system": ("Đơn vị vận hành hệ thống đích", "Those who run the other system"),
    "unknown": ("Chưa rõ", "Not known"),
}


@dataclass(frozen=True, slots=True)
class Explained:
    """`known`: a catalogue has this code; else the words are those of the last failure, and a name may be given."""

    known: bool
    title_vi: str
    title_en: str
    fixer: str
    advice_vi: str
    advice_en: str


class Explainer:
    """Finds the words for a failure: the gateway's own catalogue, then that of the destination's adapter."""

    def __init__(self, specs: Mapping[str, AdapterSpec]) -> None:
        self._specs = specs

    def explain(self, group: FailureGroup) -> Explained:
        """The words for a group. A name that an administrator gave comes before everything else."""
        entry = self.entry(group.destination, group.error_class, group.error_code)
        if entry is None:
            # What adapters say of a code is a title and an advice in one; nothing else is known of this one.
            found = Explained(False, group.vi, group.en, "unknown", _UNKNOWN_VI, _UNKNOWN_EN)
        else:
            places = _places(entry.code, group.error_code) | ({"field": group.error_field} if group.error_field else {})
            words = [_filled(text, places) for text in (entry.vi, entry.en)]
            advice = [_filled(text, places) for text in (entry.advice_vi, entry.advice_en)]
            found = Explained(True, words[0], words[1], entry.fixer, advice[0], advice[1])
        vi, en = group.name_vi or found.title_vi, group.name_en or found.title_en
        return Explained(found.known, vi, en, found.fixer, found.advice_vi, found.advice_en)

    def entry(self, destination: str, kind: str, code: str) -> Explanation | None:
        """The catalogue entry of a code as the ledger has it, or None."""
        if kind == "unclassified":
            return UNCLASSIFIED
        if kind == "mapping" or code in KNOWN:
            return KNOWN.get(code)
        spec = self._specs.get(destination.partition("/")[0])
        return spec.explain(code) if spec else None


_UNKNOWN_VI = (
    "Mã lỗi này chưa có trong danh mục: hãy xem câu trả lời được lưu kèm lần gửi, hỏi đơn vị vận hành hệ thống đích, "
    "rồi đặt tên cho nhóm (lienthong groups name)"
)
_UNKNOWN_EN = (
    "No catalogue has this code: look at the answer kept with the attempt, ask those who run the other system, then "
    "name the group (lienthong groups name)"
)


def press(group: FailureGroup) -> list[dict[str, Any]]:
    """The commands that help with what stands in the group now, as a person would type them."""
    told = []
    if group.standing.get("uncertain"):
        told.append(_button("lienthong uncertain list", "Xem và quyết định từng lượt có thể đã được nhận",
                            "Look at and decide each one that may have been taken"))  # fmt: skip
    if group.standing.get("dead"):
        listed = f"lienthong deliveries list --group {group.fingerprint} --state dead"
        told += [
            _button(listed, "Xem các lượt đã dừng", "List the dead ones"),
            _button("lienthong replay ID --reason …", "Gửi lại khi đã sửa xong nguyên nhân",
                    "Replay once the cause is mended"),
            _button("lienthong edit ID --file data.json --reason …", "Sửa nội dung rồi gửi lại",
                    "Correct the content and send again"),
        ]  # fmt: skip
    return told


def _button(command: str, vi: str, en: str) -> dict[str, str]:
    return {"command": command, "vi": vi, "en": en}


def _places(template: str, code: str) -> dict[str, str]:
    """What fills the places of a family's code in this code: `HTTP_{status}` and `HTTP_503` -> status 503."""
    parts = _PLACE.split(template)
    pattern = "".join(re.escape(part) if index % 2 == 0 else f"(?P<{part}>.+)" for index, part in enumerate(parts))
    found = re.fullmatch(pattern, code)
    return found.groupdict() if found else {}


def _filled(text: str, places: Mapping[str, str]) -> str:
    return _PLACE.sub(lambda place: places.get(place[1], "…"), text)
