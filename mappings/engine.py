"""Tables compiled once into closures, read in both directions from the same lines.

Forward never invents and never drops silently: a code without a mapping, a value of the wrong shape, a missing required
field raise `MappingError`; a text over the other side's limit is cut and reported as a warning.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping as MappingOf
from dataclasses import dataclass
from datetime import date
from typing import Any

from mappings.codelists import CodeList
from mappings.convert import CONVERTERS, To
from mappings.errors import MappingError, MappingWarning, TableError
from mappings.functions import FUNCTIONS
from mappings.table import Line, Table

Document = dict[str, Any]
Warnings = list[MappingWarning]
Produce = Callable[[Document, Document, Warnings], Any]
"""(the item, the whole document, warnings so far) -> the other side's value."""
Restore = Callable[[Document, Document, Document], None]
"""(the other side's record, the item, the whole canonical document): puts the value back."""

_LONGEST_NAMED_CODE = 60


@dataclass(frozen=True, slots=True)
class Mapped:
    """A translated document, and what was lost on the way."""

    document: Any
    warnings: tuple[MappingWarning, ...] = ()


class Mapping:
    """One version of a mapping, ready to run. Pure: no state, no input or output."""

    def __init__(self, table: Table, lists: MappingOf[str, CodeList], on: date) -> None:
        self.table = table
        self.name = table.name
        self.version = table.version
        self.losses = frozenset(table.losses)
        self._forward = _compile_forward(table, table.lines, lists, on)
        self._backward = _compile_backward(table, table.lines, lists, on)

    def forward(self, document: Document) -> Mapped:
        """Canonical -> the other side. Raises `MappingError`."""
        warnings: Warnings = []
        return Mapped(_run(self._forward, document, document, warnings), tuple(warnings))

    def backward(self, foreign: Document) -> Mapped:
        """The other side -> canonical; what the table calls absent stays absent. Raises `MappingError`."""
        document: Document = {}
        for restore in self._backward:
            restore(foreign, document, document)
        return Mapped(document)


def _run(lines: list[tuple[str, Produce]], item: Document, root: Document, warnings: Warnings) -> Document:
    return {to: produce(item, root, warnings) for to, produce in lines}


def _compile_forward(
    table: Table, lines: tuple[Line, ...], lists: MappingOf[str, CodeList], on: date
) -> list[tuple[str, Produce]]:
    return [(line.to, _produce(table, line, lists, on)) for line in lines]


def _produce(table: Table, line: Line, lists: MappingOf[str, CodeList], on: date) -> Produce:
    if line.function is not None:
        function = FUNCTIONS[line.function].forward
        return lambda item, root, warnings: function(item)
    if line.constant is not None:
        return lambda item, root, warnings: line.constant
    if line.each is not None:
        return _produce_list(line, _compile_forward(table, line.each, lists, on))
    read = _reader(line.sources)
    convert = _guarded(line, _converter(table, line, lists, on))
    if line.limit is not None:
        return _conditional(line, _limited(line, read))
    return _conditional(line, _plain(line, read, convert))


def _plain(line: Line, read: Callable[[Document, Document], Any], convert: To | None) -> Produce:
    default, required = line.default, line.required

    def produce(item: Document, root: Document, warnings: Warnings) -> Any:
        value = read(item, root)
        if value is None:
            if required:
                raise _missing(line)
            return default
        return value if convert is None else convert(value)

    return produce


def _limited(line: Line, read: Callable[[Document, Document], Any]) -> Produce:
    """Text within the other side's limit, counted in code points; the cut has no ellipsis and is reported."""
    limit, default, required = line.limit or 0, line.default, line.required

    def produce(item: Document, root: Document, warnings: Warnings) -> Any:
        value = read(item, root)
        if value is None:
            if required:
                raise _missing(line)
            return default
        if len(value) > limit:
            warnings.append(_truncated(line, len(value), limit))
            return value[:limit]
        return value

    return produce


def _conditional(line: Line, produce: Produce) -> Produce:
    if line.when is None:
        return produce
    path, wanted = line.when
    read = _reader((path,))
    default = line.default

    def guarded(item: Document, root: Document, warnings: Warnings) -> Any:
        return produce(item, root, warnings) if read(item, root) == wanted else default

    return guarded


def _produce_list(line: Line, lines: list[tuple[str, Produce]]) -> Produce:
    read, sort_by = _reader(line.sources), line.sort_by

    def produce(item: Document, root: Document, warnings: Warnings) -> Any:
        rows = [_run(lines, row, root, warnings) for row in read(item, root) or ()]
        if sort_by is not None:
            rows.sort(key=lambda row: row[sort_by])  # stable: what is equal stays as given
        return rows

    return produce


def _compile_backward(
    table: Table, lines: tuple[Line, ...], lists: MappingOf[str, CodeList], on: date
) -> list[Restore]:
    """Plain lines first, then those whose value depends on what others told (functions last to first)."""
    plain = [line for line in lines if line.function is None and line.constant is None and not line.one_way]
    first = [_restore(table, line, lists, on) for line in plain if len(line.sources) == 1]
    later = [_restore(table, line, lists, on) for line in plain if len(line.sources) > 1]
    functions = [_restore_function(line) for line in reversed(lines) if line.function is not None and not line.one_way]
    return first + later + functions


def _restore(table: Table, line: Line, lists: MappingOf[str, CodeList], on: date) -> Restore:
    write = _writer(line.sources[0])
    if line.each is not None:
        return _restore_list(line, write, _compile_backward(table, line.each, lists, on))
    convert = _guarded(line, _converter(table, line, lists, on, back=True)) or (lambda value: value)
    others = [_reader((path,)) for path in line.sources[1:]]
    stands_in = line.default if others else None

    def restore(record: Document, item: Document, root: Document) -> None:
        value = record.get(line.to)
        if value is None or value == "":
            return
        made = convert(value)
        if others and (made == stands_in or any(read(item, root) == made for read in others)):
            return  # it stood in for what was absent
        write(item, root, made)

    return restore


def _restore_list(line: Line, write: Callable[[Document, Document, Any], None], lines: list[Restore]) -> Restore:
    def restore(record: Document, item: Document, root: Document) -> None:
        rows = []
        for row in record.get(line.to) or ():
            made: Document = {}
            for each in lines:
                each(row, made, root)
            rows.append(made)
        if rows:
            write(item, root, rows)

    return restore


def _restore_function(line: Line) -> Restore:
    function = FUNCTIONS[line.function or ""].backward

    def restore(record: Document, item: Document, root: Document) -> None:
        if line.to in record:
            function(record[line.to], item)

    return restore


def _converter(
    table: Table, line: Line, lists: MappingOf[str, CodeList], on: date, *, back: bool = False
) -> To | None:
    if line.converter == "text":
        return None
    if line.converter != "code":
        converter = CONVERTERS[line.converter]
        return converter.backward if back else converter.forward
    code_list = lists.get(line.code_list or "")
    if code_list is None:
        raise TableError(table.file, line.number, f"{line.to}: no code list {line.code_list!r}; known: {sorted(lists)}")
    return _look_up(line, code_list, on, back=back)


def _look_up(line: Line, code_list: CodeList, on: date, *, back: bool) -> To:
    pairs = code_list.backward(on) if back else code_list.forward(on)
    passes = code_list.passes

    def convert(value: Any) -> Any:
        if back and passes is not None and passes.fullmatch(str(value)):
            return value  # the other side's own code stays; which local one it was is not known there
        found = pairs.get(str(value) if back else value)
        if found is not None:
            return found
        if passes is not None and passes.fullmatch(str(value)):
            return value
        raise _unmapped(line, code_list, value)

    return convert


def _guarded(line: Line, convert: To | None) -> To | None:
    """Turn complaints about a value's shape into ours, which name both paths and never the value."""
    if convert is None:
        return None

    def guarded(value: Any) -> Any:
        try:
            return convert(value)
        except (ValueError, TypeError) as exc:
            shape = str(exc) if isinstance(exc, ValueError) and "expected" in str(exc) else f"{line.converter} expected"
            pointer = _pointer(line)
            raise MappingError(
                "VALUE_SHAPE",
                pointer,
                line.to,
                vi=f"Giá trị của {pointer} không đúng dạng để chuyển thành {line.to} ({line.converter}).",
                en=f"the value of {pointer} cannot become {line.to}: {shape}",
            ) from None

    return guarded


def _reader(paths: tuple[str, ...]) -> Callable[[Document, Document], Any]:
    """A function that reads the first path with a value; `/…` starts at the whole document."""
    readers = [_single_reader(path) for path in paths]
    if len(readers) == 1:
        return readers[0]

    def read(item: Document, root: Document) -> Any:
        for reader in readers:
            value = reader(item, root)
            if value is not None:
                return value
        return None

    return read


def _single_reader(path: str) -> Callable[[Document, Document], Any]:
    from_root = path.startswith("/")
    *parents, leaf = path.removeprefix("/").split(".")
    if not parents:
        return (lambda item, root: root.get(leaf)) if from_root else (lambda item, root: item.get(leaf))

    def read(item: Document, root: Document) -> Any:
        node: Any = root if from_root else item
        for parent in parents:
            node = node.get(parent)
            if node is None:
                return None
        return node.get(leaf)

    return read


def _writer(path: str) -> Callable[[Document, Document, Any], None]:
    from_root = path.startswith("/")
    *parents, leaf = path.removeprefix("/").split(".")

    def write(item: Document, root: Document, value: Any) -> None:
        node = root if from_root else item
        for parent in parents:
            node = node.setdefault(parent, {})
        node[leaf] = value

    return write


def _pointer(line: Line) -> str:
    return "/" + "/".join(line.sources[0].removeprefix("/").split(".")) if line.sources else "/"


def _missing(line: Line) -> MappingError:
    pointer = _pointer(line)
    return MappingError(
        "VALUE_MISSING",
        pointer,
        line.to,
        vi=f"Thiếu {pointer}, hệ thống đích bắt buộc phải có {line.to}; hãy bổ sung rồi gửi lại.",
        en=f"{pointer} is missing and the other side demands {line.to}; add it and send again",
    )


def _unmapped(line: Line, code_list: CodeList, value: Any) -> MappingError:
    shown = repr(str(value)[:_LONGEST_NAMED_CODE])
    return MappingError(
        "UNMAPPED_CODE",
        _pointer(line),
        line.to,
        vi=f"{code_list.vi} {shown} chưa có mã tương ứng; hãy bổ sung vào danh mục {code_list.name} rồi phát lại.",
        en=f"unmapped {code_list.en} {shown}: add it to the code list {code_list.name}, then replay",
    )


def _truncated(line: Line, length: int, limit: int) -> MappingWarning:
    pointer = _pointer(line)
    return MappingWarning(
        "TRUNCATED",
        pointer,
        line.to,
        vi=f"{pointer} dài {length} ký tự, {line.to} chỉ nhận {limit}: phần sau đã bị cắt.",
        en=f"{pointer} has {length} characters, {line.to} takes {limit}: the rest was cut",
    )
