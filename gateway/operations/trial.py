"""Trying a candidate version on messages that were really received, beside the version it would follow.

Bodies are opened in memory only. What comes out names fields, causes, counts and ids of messages; no value of a person.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from gateway.operations.differences import Difference, differences, public_words
from gateway.operations.kept import Kept, coded_paths, pointed
from mappings import Mapping as DocumentMapping
from mappings import MappingError, MappingWarning
from mappings.codelists import CodeList
from mappings.paths import Trip, reader
from mappings.table import Table

_EXAMPLES = 3
"""Messages named per group."""

_ROW = re.compile(r"/[0-9]+(?=[/ ,;:)]|$)")
"""A row of a list in a JSON Pointer: causes are grouped over rows."""

_NO_PATHS: frozenset[str] = frozenset()
BREAKS = frozenset({"fails", "invalid"})
"""Causes for which a candidate is not published unless a person says so."""


@dataclass(frozen=True, slots=True)
class Group:
    """One field and cause: how many messages show it, and some of them."""

    field: str
    cause: str
    vi: str
    en: str
    count: int
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TrialReport:
    """What came of a number of messages. `same` came out alike; a message may be in several groups.

    `broken`: the candidate fails or makes a document the other side would not take, and the version before does not.
    """

    messages: int = 0
    same: int = 0
    broken: int = 0
    groups: tuple[Group, ...] = field(default=())

    def plus(self, other: TrialReport) -> TrialReport:
        """Both together."""
        groups = {(one.field, one.cause, one.en): one for one in self.groups}
        for one in other.groups:
            key = one.field, one.cause, one.en
            known = groups.get(key)
            if known is not None:
                examples = (*known.examples, *one.examples)[:_EXAMPLES]
                one = replace(known, count=known.count + one.count, examples=examples)  # noqa: PLW2901 - the same group
            groups[key] = one
        return TrialReport(
            self.messages + other.messages,
            self.same + other.same,
            self.broken + other.broken,
            tuple(sorted(groups.values(), key=lambda one: (one.cause not in BREAKS, -one.count, one.field))),
        )

    def as_dict(self) -> dict[str, Any]:
        """For machines."""
        return asdict(self)

    @classmethod
    def from_dict(cls, tree: dict[str, Any]) -> TrialReport:
        """What `as_dict` made."""
        groups = tuple(Group(**{**one, "examples": tuple(one["examples"])}) for one in tree["groups"])
        return cls(tree["messages"], tree["same"], tree["broken"], groups)


@dataclass(frozen=True, slots=True)
class Sample:
    """A canonical document (None: it does not open any more), and under which id a person finds it.

    An example brings what it is `given`, and what the other side sends (`wire`), which is read back too.
    """

    id: str
    document: dict[str, Any] | None
    given: Mapping[str, Any] = field(default_factory=dict)
    wire: dict[str, Any] | str | None = None


class Trial:
    """Compares two compiled mappings, document by document. `before` is None for a mapping that is new."""

    def __init__(
        self, before: DocumentMapping | None, candidate: DocumentMapping, lists: Mapping[str, CodeList]
    ) -> None:
        """`lists`: the packaged ones; their codes, and the words of the version before, may be shown."""
        self._before, self._candidate = before, candidate
        tables = (before.table, candidate.table) if before is not None else None
        self._public = public_words(*tables, lists) if tables else frozenset()
        self._kept = Kept(*tables) if tables else None
        self._coded = coded_paths(before.table) if before is not None else frozenset()

    def run(self, samples: Iterable[Sample]) -> TrialReport:
        """The report over some documents."""
        report = TrialReport()
        for sample in samples:
            found, broken = self._compare(sample)
            groups = tuple(Group(one.field, one.cause, one.vi, one.en, 1, (sample.id,)) for one in found)
            report = report.plus(TrialReport(1, not groups, broken, groups))
        return report

    def _compare(self, sample: Sample) -> tuple[set[Difference], bool]:
        """What differs, and whether the candidate breaks what went well before."""
        if sample.document is None:
            return {_UNREADABLE}, False
        if not _is_for(self._candidate.table, sample.document):
            return set(), False
        old, new = (_forward(one, sample, self._coded) for one in (self._before, self._candidate))
        found, broken = self._between(old, new, self._kept)
        if sample.wire is None:
            return found, broken
        old, new = (_backward(one, sample.wire) for one in (self._before, self._candidate))
        back, back_broken = self._between(old, new)
        return found | {replace(one, field=f"← {one.field}") for one in back}, broken or back_broken

    def _between(self, old: _Outcome, new: _Outcome, kept: Kept | None = None) -> tuple[set[Difference], bool]:
        found = set(new.flaws - old.flaws)
        broken = bool(found) and old.document is not None
        found |= {replace(one, cause="heals") for one in old.flaws - new.flaws}
        if old.document is not None and new.document is not None:
            found |= differences(old.document, new.document, self._public, kept)
            found |= {_warned(one, "warned") for one in new.warnings - old.warnings}
            found |= {_warned(one, "not_warned") for one in old.warnings - new.warnings}
        return found, broken or (bool(new.flaws) and self._before is None)


_UNREADABLE = Difference("", "unreadable", "nội dung không mở được nữa", "the body does not open any more")


@dataclass(frozen=True, slots=True)
class _Outcome:
    """The document a mapping makes (None: none), what is wrong, and what it warned of (code and field)."""

    document: Any = None
    flaws: frozenset[Difference] = frozenset()
    warnings: frozenset[tuple[str, str]] = frozenset()


def _is_for(table: Table, document: dict[str, Any]) -> bool:
    """Whether a document is one of this table, for several tables may share a type."""
    return all(reader(path)(document, Trip(document)) == value for path, value in table.when)


def _forward(mapping: DocumentMapping | None, sample: Sample, coded: frozenset[str]) -> _Outcome:
    def translate(mapping: DocumentMapping) -> _Outcome:
        mapped = mapping.forward(sample.document or {}, sample.given)
        misfits = frozenset(
            Difference(_ROW.sub("/…", one.foreign), "invalid", f"{one.code}: {one.vi}", f"{one.code}: {one.en}")
            for one in mapping.validate(mapped.document)
        )
        return _Outcome(mapped.document, misfits, frozenset(map(_kind, mapped.warnings)))

    return _outcome(mapping, translate, coded)


def _backward(mapping: DocumentMapping | None, wire: dict[str, Any] | str) -> _Outcome:
    def translate(mapping: DocumentMapping) -> _Outcome:
        return _Outcome(mapping.backward(wire if isinstance(wire, dict) else mapping.read(wire)).document)

    return _outcome(mapping, translate)


def _outcome(
    mapping: DocumentMapping | None, translate: Callable[[DocumentMapping], _Outcome], coded: frozenset[str] = _NO_PATHS
) -> _Outcome:
    if mapping is None:
        return _Outcome()
    try:
        return translate(mapping)
    except MappingError as exc:
        vi, en = (f"{exc.code}: {_ROW.sub('/…', words)}" for words in _words(exc, coded))
        flaw = Difference(exc.foreign, "fails", vi, en)
    except Exception as exc:  # noqa: BLE001 - one document that no table was made for must not end the trial
        name = type(exc).__name__
        vi, en = f"tài liệu có dạng mà bảng không lường trước ({name})", f"a shape the table does not expect ({name})"
        flaw = Difference("", "fails", vi, en)
    return _Outcome(None, frozenset({flaw}))


def _words(exc: MappingError, coded: frozenset[str]) -> tuple[str, str]:
    """What is wrong, in both languages.

    A code without a mapping is named only where the version before sends codes too: a candidate could take any value
    of a person for a code.
    """
    if exc.code != "UNMAPPED_CODE" or not exc.pointer or pointed(exc.pointer) in coded:
        return exc.vi, exc.en
    return (
        f"{exc.pointer} có giá trị mà danh mục không có; giá trị ấy không được nêu.",
        f"{exc.pointer} holds what the code list has not; it is not told",
    )


def _kind(warning: MappingWarning) -> tuple[str, str]:
    return warning.code, warning.foreign


def _warned(kind: tuple[str, str], cause: str) -> Difference:
    code, foreign = kind
    vi, en = ("cảnh báo mới", "a new warning") if cause == "warned" else ("không còn cảnh báo", "warned no more")
    return Difference(foreign, cause, f"{vi}: {code}", f"{en}: {code}")
