"""The register behind the simulated database: who matches a question, and who may not ask it (sheet §3, §6).

Knows nothing of SOAP or JSON: fields by name in, people or verdicts out.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from adapters.citizen_db.simulator.people import PEOPLE, Person
from adapters.citizen_db.simulator.settings import SimulatorSettings
from adapters.simulation import log
from adapters.simulation.log import Effect, EffectLog

LOOKUP, VERIFY, HOUSEHOLD = "TraCuuThongTinCongDan", "XacThucThongTinCongDan", "XacThucThongTinHoGiaDinh"
_KINDS = {LOOKUP: "lookup", VERIFY: "verify", HOUSEHOLD: "household"}

Fields = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """One question: by whom, on behalf of which dossier, in which call."""

    call: int
    operation: str
    fields: Fields
    consumer: str
    issue: str = ""


@dataclass(frozen=True, slots=True)
class People:
    """Who matches a look-up."""

    found: Sequence[Person]


@dataclass(frozen=True, slots=True)
class Exists:
    """The verdict of a verification; `members` are those of a household, each with its own."""

    yes: bool
    members: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True, slots=True)
class No:
    """The database says no; codes and sentences are assumed (§9)."""

    code: str
    sentence: str


class Register:
    """Answers questions and records each that gave something out. `not_found` counts those that did not."""

    def __init__(self, settings: SimulatorSettings, effects: EffectLog[Effect]) -> None:
        self.people: list[Person] = list(PEOPLE)
        self._settings = settings
        self._effects = effects
        self._seen = {effect.key for effect in effects.effects}
        self.not_found = 0

    def clear(self) -> None:
        self._seen.clear()
        self.not_found = 0

    def ask(self, asked: Asked) -> People | Exists | No:
        """Answer one question, whole or not at all."""
        if refusal := self._refused(asked):
            return refusal
        self._seen.add(str(asked.fields["MaYeuCau"]))
        if asked.operation == HOUSEHOLD:
            return self._recorded(asked, self._household(asked.fields))
        found = [person for person in self.people if self._matches(person, asked.fields)]
        if any(person.get("_dead") for person in found) and self._settings.deceased != "found":
            if self._settings.deceased == "fault":
                return No("CONGDAN_DA_CHET", "Công dân đã mất")
            found = []
        if asked.operation == VERIFY:
            return self._recorded(asked, Exists(bool(found)))
        if not found:
            self.not_found += 1
            return People(())
        return self._recorded(asked, People(found))

    def _refused(self, asked: Asked) -> No | None:
        settings, fields = self._settings, asked.fields
        officer = str(fields.get("MaCanBo", ""))
        # The camel-case platform sends no integration code: it knows only one service (§5.2).
        if "MaTichHop" in fields and fields["MaTichHop"] not in settings.integration_codes[asked.operation]:
            return No("MATICHHOP_KHONG_HOP_LE", "Mã tích hợp không hợp lệ")
        if settings.demand_agency and not fields.get("MaDonVi"):
            return No("THIEU_MADONVI", "Thiếu mã đơn vị")
        if settings.officers and officer not in settings.officers:
            return No("CANBO_KHONG_CO_QUYEN", "Cán bộ không có quyền tra cứu")
        if not settings.account_officers and not (len(officer) == 12 and officer.isdigit()):
            return No("CANBO_CHUA_CO_SODINHDANH", "Cán bộ chưa có số định danh")
        if settings.unique_requests and str(fields["MaYeuCau"]) in self._seen:
            return No("MAYEUCAU_TRUNG", "Mã yêu cầu đã được sử dụng")
        return None

    def _matches(self, person: Person, wanted: Fields) -> bool:
        """Number, name and birth all fit; whoever gives both numbers must give both right."""
        numbers = [(key, wanted[key]) for key in ("SoDinhDanh", "SoCMND") if wanted.get(key)]
        if not numbers or any(person[key] != value for key, value in numbers):
            return False
        same = _plain if self._settings.compare == "lenient" else str.strip
        return same(str(wanted.get("HoVaTen", ""))) == same(person["HoVaTen"]) and self._born(person, wanted)

    def _born(self, person: Person, wanted: Fields) -> bool:
        birth = wanted.get("NgayThangNamSinh") or {}
        day, year = str(birth.get("NgayThangNam") or "").replace("-", ""), birth.get("Nam") or ""
        known = person["NgayThangNamSinh"]
        if day:
            return bool(known == day)
        if year:
            return bool(known[:4] == year) if self._settings.year_matches_day else bool(known == year)
        # Only a member of a household may come without a birth date.
        return True

    def _household(self, fields: Fields) -> Exists:
        heads = [person for person in self.people if self._matches(person, fields["ChuHo"])]
        return Exists(bool(heads), [self._member(member, heads) for member in fields["ThanhVien"]])

    def _member(self, member: Fields, heads: Sequence[Person]) -> dict[str, Any]:
        numbers = {key: member[key] for key in ("SoDinhDanh", "SoCMND") if member.get(key)}
        for person in self.people:
            head = person.get("ChuHo", {})
            of_head = any(head.get("SoDinhDanh") == one["SoDinhDanh"] for one in heads)
            if of_head and self._matches(person, member):
                return {**numbers, "TonTai": True, "QuanHe": head["QuanHe"]}
        return {**numbers, "TonTai": False}

    def _recorded(self, asked: Asked, answer: People | Exists) -> People | Exists:
        self._effects.record(_effect(asked))
        return answer


def _effect(asked: Asked) -> Callable[[int], Effect]:
    officer = hashlib.sha256(str(asked.fields.get("MaCanBo", "")).encode()).hexdigest()[:16]

    def make(sequence: int) -> Effect:
        return Effect(
            sequence=sequence,
            call=asked.call,
            kind=_KINDS[asked.operation],
            key=str(asked.fields["MaYeuCau"]),
            digest=log.digest(asked.fields),
            received_at=log.now(),
            details={"consumer": asked.consumer, "issue": asked.issue, "officer": officer},
        )

    return make


def _plain(name: str) -> str:
    """Upper case, without marks and without anything but letters and digits (Q2)."""
    bare = "".join(c for c in unicodedata.normalize("NFD", name) if not unicodedata.combining(c))
    return "".join(c for c in bare.upper().replace("Đ", "D") if c.isalnum())
