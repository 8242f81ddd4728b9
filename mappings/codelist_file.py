"""Writing a code list's file as a careful person would: a row changes in its place, new rows come behind the last.

Nothing else is touched: comments, order, blank lines and the spelling of other rows stay as they are.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import yaml

from mappings.codelists import CodeList, Entry, read_code_list
from mappings.errors import TableError


def new_file(name: str, vi: str, en: str) -> str:
    """The text of a list without rows."""
    return f"name: {name}\nvi: {_quoted(vi)}\nen: {_quoted(en)}\nentries: []\n"


def rewrite(text: str, changes: Mapping[int, Entry | None], added: Sequence[Entry]) -> str:
    """The text with the entries on some lines replaced (None: taken out) and others added at the end.

    `changes` goes by `Entry.line`.
    """
    tree = yaml.compose(text, yaml.SafeLoader)
    assert isinstance(tree, yaml.MappingNode)  # noqa: S101 - whoever calls has read it as a list before
    rows = next(value for key, value in tree.value if key.value == "entries")
    indent = 2 if rows.flow_style else rows.start_mark.column
    fresh = [_row(entry, indent) for entry in added]
    if rows.flow_style:  # `[]`, or all rows between brackets: from now on a line each
        kept = [
            _row(entry, indent)
            for row in rows.value
            if (entry := changes.get(row.start_mark.line + 1, _read(row))) is not None
        ]
        after = text[rows.end_mark.index :]
        return _join(text[: rows.start_mark.index].rstrip(" "), [*kept, *fresh], after.removeprefix("\n"))
    for row in reversed(rows.value):
        line = row.start_mark.line + 1
        if line not in changes:
            continue
        changed, (start, end) = changes[line], _span(row)
        if changed is None:
            text = text[: _line_start(text, start)] + text[_line_end(text, end) + 1 :]
        else:
            text = text[:start] + in_braces(changed) + text[end:]
    behind = _behind_last(text)
    return _join(text[:behind], fresh, text[behind:]) if fresh else text


def in_braces(entry: Entry) -> str:
    """One entry as its row: `{canonical: "…", foreign: "…", …}`, every code in quotes."""
    parts = [f"canonical: {_quoted(entry.canonical)}", f"foreign: {_quoted(entry.foreign)}"]
    parts += [f"{key}: {_quoted(value)}" for key in ("vi", "en") if (value := getattr(entry, key))]
    parts += [f"valid_from: {entry.valid_from.isoformat()}"] if entry.valid_from != date.min else []
    parts += [f"valid_to: {entry.valid_to.isoformat()}"] if entry.valid_to != date.max else []
    parts += [f"note: {_quoted(entry.note)}"] if entry.note else []
    return "{" + ", ".join(parts) + "}"


def read_list_text(name: str, text: str, file: str) -> CodeList:
    """A list from its text, checked like any file. Raises `TableError`."""
    with TemporaryDirectory(prefix="lienthong-") as folder:
        path = Path(folder) / f"{name}.yaml"
        path.write_text(text, "utf-8")
        return read_code_list(path, file)


def rewritten(text: str, code_list: CodeList, entries: Sequence[Entry]) -> tuple[str, CodeList]:
    """The text that makes a list hold exactly these entries, and the list read back from it.

    Entries with the line of an old one take its place. Raises `TableError` if the file cannot be edited like that.
    """
    old = {entry.line: entry for entry in code_list.entries}
    if len(old) < len(code_list.entries):
        raise TableError(code_list.file, 1, "two rows stand on one line; give each a line of its own first")
    stay = {entry.line: entry for entry in entries if entry.line in old}
    changes = {line: stay.get(line) for line, entry in old.items() if stay.get(line) != entry}
    made = rewrite(text, changes, [entry for entry in entries if entry.line not in old])
    read = read_list_text(code_list.name, made, code_list.file)
    if {replace(entry, line=0) for entry in read.entries} != {replace(entry, line=0) for entry in entries}:
        raise TableError(code_list.file, 1, "the rows stand in a way that cannot be edited by a program; edit by hand")
    return made, read


def _row(entry: Entry, indent: int) -> str:
    return " " * indent + "- " + in_braces(entry)


def _quoted(text: str) -> str:
    """JSON's quoting is YAML's double quoting."""
    return json.dumps(text, ensure_ascii=False)


def _join(before: str, rows: Sequence[str], after: str) -> str:
    before = before if before.endswith("\n") or not before else before + "\n"
    return before + "".join(f"{row}\n" for row in rows) + after


def _read(row: yaml.MappingNode) -> Entry:
    values = {key.value: value.value for key, value in row.value}
    first, last = values.pop("valid_from", None), values.pop("valid_to", None)
    made = Entry(**values)
    made = replace(made, valid_from=date.fromisoformat(first)) if first else made
    return replace(made, valid_to=date.fromisoformat(last)) if last else made


def _span(row: yaml.MappingNode) -> tuple[int, int]:
    """Where a row's braces, or its keys and values, begin and end (the mark of a block lies behind what follows it)."""
    end = row.end_mark if row.flow_style else row.value[-1][1].end_mark
    return row.start_mark.index, end.index


def _line_start(text: str, at: int) -> int:
    return text.rfind("\n", 0, at) + 1


def _line_end(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end


def _behind_last(text: str) -> int:
    """Where a new row begins: the line after the last row, or after `entries:` where all rows were taken out."""
    tree = yaml.compose(text, yaml.SafeLoader)
    assert isinstance(tree, yaml.MappingNode)  # noqa: S101 - as above
    key, rows = next(pair for pair in tree.value if pair[0].value == "entries")
    if not isinstance(rows, yaml.SequenceNode) or not rows.value:
        return min(_line_end(text, key.end_mark.index) + 1, len(text))
    return min(_line_end(text, _span(rows.value[-1])[1]) + 1, len(text))
