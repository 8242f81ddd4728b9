"""A table against the canonical schema of its type: unknown fields, lines that can never apply, values left behind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from mappings.codelists import CodeList
from mappings.findings import Finding, near
from mappings.functions import FUNCTIONS
from mappings.json_schema import leaves, node_at, resolve
from mappings.paths import ITSELF
from mappings.table import Line, Table

Node = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Canonical:
    """A table with the schema of its type and the code lists of a day."""

    table: Table
    schema: Node
    lists: Mapping[str, CodeList]
    on: date

    def findings(self) -> Iterator[Finding]:
        """All that is found, in no order."""
        for line, prefix in walk(self.table.lines):
            yield from self._line(line, prefix)
        yield from self._coverage()

    def _line(self, line: Line, prefix: str) -> Iterator[Finding]:
        unknown = list(self._unknown(line, prefix))
        yield from unknown
        if not unknown and line.sources:
            yield from self._shapes(line, prefix)
            yield from self._never(line, prefix)
            yield from self._codes(line, prefix)

    def _unknown(self, line: Line, prefix: str) -> Iterator[Finding]:
        reads = FUNCTIONS[line.function].reads if line.function else ()
        told = (*line.sources, *((line.when[0],) if line.when else ()), *reads)
        for path in (absolute(path, prefix) for path in told):
            if path and node_at(self.schema, path) is None:
                hint = near(path, [*leaves(self.schema)])
                yield self._error(
                    line,
                    "FIELD_UNKNOWN",
                    f"{line.to}: lược đồ {self.table.canonical} không có {path}{hint[0]}",
                    f"{line.to}: the schema of {self.table.canonical} has no {path}{hint[1]}",
                )

    def _shapes(self, line: Line, prefix: str) -> Iterator[Finding]:
        for path in (absolute(source, prefix) for source in line.sources if source != ITSELF):
            node = node_at(self.schema, path) or {}
            found = _kind(self.schema, node)
            wanted = "list" if line.each is not None else "object" if line.fields is not None else "value"
            if found != wanted:
                yield self._error(
                    line,
                    "FIELD_SHAPE",
                    f"{line.to}: {path} là {_KINDS[found][0]}, dòng này cần {_KINDS[wanted][0]}.",
                    f"{line.to}: {path} is {_KINDS[found][1]} and this line wants {_KINDS[wanted][1]}",
                )

    def _never(self, line: Line, prefix: str) -> Iterator[Finding]:
        """Parts of a line that no valid document can reach."""
        if line.when is not None:
            words = (node_at(self.schema, absolute(line.when[0], prefix)) or {}).get("enum")
            if words is not None and line.when[1] not in words:
                yield self._error(
                    line,
                    "UNREACHABLE",
                    f"{line.to}: {line.when[0]} không bao giờ là {line.when[1]!r}; chỉ có {', '.join(words)}.",
                    f"{line.to}: {line.when[0]} is never {line.when[1]!r}; it is one of {', '.join(words)}",
                )
        sure = next((source for source in line.sources if self._always_there(source, prefix)), None)
        if sure is None:
            return
        behind = line.sources[line.sources.index(sure) + 1 :]
        if behind:
            yield self._warning(
                line,
                "UNREACHABLE",
                f"{line.to}: {', '.join(behind)} không bao giờ được dùng, vì {sure} luôn có.",
                f"{line.to}: {', '.join(behind)} is never used, for {sure} is always there",
            )
        elif line.default not in (None, "") and line.when is None:
            yield self._warning(
                line,
                "UNREACHABLE",
                f"{line.to}: giá trị mặc định không bao giờ được dùng, vì {sure} luôn có.",
                f"{line.to}: the default is never used, for {sure} is always there",
            )

    def _always_there(self, source: str, prefix: str) -> bool:
        """Whether the schema demands a value wherever its row is."""
        at = "" if source.startswith("/") else prefix.removesuffix(".")
        node = node_at(self.schema, at) if at else resolve(self.schema, self.schema)
        for step in source.removeprefix("/").split(".") if source != ITSELF else ():
            if node is None or step not in node.get("required", ()):
                return False
            node = resolve(self.schema, node.get("properties", {}).get(step, {}))
        return True

    def _codes(self, line: Line, prefix: str) -> Iterator[Finding]:
        code_list = self.lists.get(line.code_list or "")
        words = (node_at(self.schema, absolute(line.sources[0], prefix)) or {}).get("enum")
        if code_list is None or words is None:
            return
        held = {entry.canonical for entry in code_list.entries if entry.holds(self.on)}
        missing = [word for word in words if word not in held]
        if missing:
            yield self._error(
                line,
                "CODES_MISSING",
                f"{line.to}: danh mục {code_list.name} thiếu mã cho {', '.join(missing)}; hãy bổ sung.",
                f"{line.to}: the list {code_list.name} has no code for {', '.join(missing)}; add them",
            )
        for word in sorted(held - set(words)):
            yield self._warning(
                line,
                "UNREACHABLE",
                f"{line.to}: danh mục {code_list.name} có {word!r} nhưng lược đồ không có{near(word, words)[0]}",
                f"{line.to}: the list {code_list.name} has {word!r} and the schema has not{near(word, words)[1]}",
            )

    def _coverage(self) -> Iterator[Finding]:
        """Values of the schema that neither come back nor are declared lost; losses that are none."""
        known, carried = set(leaves(self.schema)), set(self._carried())
        lists = {path.split("[]")[0] for path in known if "[]" in path}
        lost: set[str] = set()
        for loss in self.table.losses:
            if loss.when == "always":
                lost.update(loss.paths)
            for path in loss.paths:
                if path not in known | lists:
                    hint = near(path, [*known])
                    yield Finding(
                        self.table.file,
                        loss.number,
                        "LOSS_UNKNOWN",
                        "error",
                        f"Lược đồ {self.table.canonical} không có {path}{hint[0]}",
                        f"the schema of {self.table.canonical} has no {path}{hint[1]}",
                    )
                elif loss.when == "always" and path in carried:
                    yield Finding(
                        self.table.file,
                        loss.number,
                        "LOSS_CARRIED",
                        "warning",
                        f"{path} khai là luôn mất nhưng một dòng có mang về.",
                        f"{path} is declared always lost and a line brings it back",
                    )
        for path in sorted(known - carried - lost):
            yield Finding(
                self.table.file,
                self.table.head,
                "NOT_CARRIED",
                "warning",
                f"Không dòng nào mang về {path}; hãy thêm dòng, hoặc khai trong losses.",
                f"no line brings {path} back; add a line, or declare it under losses",
            )

    def _carried(self) -> Iterator[str]:
        """Every value that comes back: of several sources only the first, for the others merely stand in."""
        yield from (path for path, _ in self.table.when)
        for line, prefix in walk(self.table.lines):
            if line.one_way or line.each is not None or line.fields is not None:
                continue
            function = FUNCTIONS[line.function] if line.function else None
            told = line.sources[:1] if function is None else function.reads if function.backward else ()
            yield from (absolute(path, prefix) for path in told)

    def _error(self, line: Line, code: str, vi: str, en: str) -> Finding:
        return Finding(self.table.file, line.number, code, "error", vi, en)

    def _warning(self, line: Line, code: str, vi: str, en: str) -> Finding:
        return Finding(self.table.file, line.number, code, "warning", vi, en)


_KINDS = {
    "list": ("một danh sách", "a list"),
    "object": ("một đối tượng", "an object"),
    "value": ("một giá trị", "a value"),
}


def _kind(schema: Node, node: Node) -> str:
    if "items" in node:
        return "list"
    return "object" if "properties" in resolve(schema, node) else "value"


def walk(lines: tuple[Line, ...], prefix: str = "") -> Iterator[tuple[Line, str]]:
    """Every line, those inside others too, with what its paths begin with."""
    for line in lines:
        yield line, prefix
        if line.each is not None:
            yield from walk(line.each, f"{absolute(line.sources[0], prefix)}[].")
        elif line.fields is not None:
            yield from walk(line.fields, f"{absolute(line.sources[0], prefix)}." if line.sources else prefix)


def absolute(path: str, prefix: str) -> str:
    """A path from the whole document, like `documents[].name`; a row that is a plain value has its list's."""
    if path == ITSELF:
        return prefix.removesuffix("[].").removesuffix(".")
    return path[1:] if path.startswith("/") else prefix + path
