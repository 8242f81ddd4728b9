"""What the engine says about a value, Vietnamese first: field, place and remedy, and never the value itself.

The one exception is a code without a mapping, which nobody could add to a list without seeing it; it is shown only if
it looks like a code, so that a name or a number typed into the wrong field stays private.
"""

from __future__ import annotations

import re
from typing import Any

from mappings.codelists import UnmappedCode
from mappings.convert import ShapeError
from mappings.errors import MappingError, MappingWarning
from mappings.table import Line

_LOOKS_LIKE_A_CODE = re.compile(r"(?!.*[0-9]{9})[0-9A-Za-z._/-]{1,60}")


def missing(line: Line, pointer: str, file: str) -> MappingError:
    """The other side demands what is not there."""
    return MappingError(
        "VALUE_MISSING",
        pointer,
        line.to,
        vi=f"Thiếu {pointer}, hệ thống đích bắt buộc phải có {line.to}; hãy bổ sung rồi gửi lại.",
        en=f"{pointer} is missing and the other side demands {line.to}; add it and send again",
        where=f"{file}:{line.number}",
    )


def misfit(line: Line, pointer: str, file: str, exc: ShapeError | UnmappedCode, value: Any = None) -> MappingError:
    """A value that a converter cannot take; of the value only its shape is told."""
    if isinstance(exc, UnmappedCode):
        return _unmapped(line, pointer, file, exc)
    return _shape(line, pointer, file, exc, value)


def _shape(line: Line, pointer: str, file: str, exc: ShapeError, value: Any) -> MappingError:
    between = (f"{pointer} và {line.to}", f"{pointer} and {line.to}") if pointer else (line.to, line.to)
    found = ("", "") if value is None else (f" (đang là {shape_of(value)[0]})", f" (found {shape_of(value)[1]})")
    return MappingError(
        "VALUE_SHAPE",
        pointer,
        line.to,
        vi=f"Không chuyển được giữa {between[0]}: {exc.vi}{found[0]}; hãy sửa ở hệ thống gửi rồi gửi lại.",
        en=f"{between[1]} do not translate: {exc.en}{found[1]}; correct it in the sending system and send again",
        where=f"{file}:{line.number}",
    )


def shape_of(value: Any) -> tuple[str, str]:
    """What a value is, in both languages, without telling it."""
    match value:
        case bool():
            return "true hoặc false", "true or false"
        case int() | float():
            return "số", "a number"
        case str():
            kind = ("chữ số", "digits") if value.isascii() and value.isdigit() else ("ký tự", "characters")
            return f"chuỗi {len(value)} {kind[0]}", f"text of {len(value)} {kind[1]}"
        case list():
            return f"danh sách {len(value)} phần tử", f"a list of {len(value)}"
        case dict():
            return f"đối tượng {len(value)} trường", f"an object of {len(value)} fields"
    return "giá trị lạ", "something else"


def _unmapped(line: Line, pointer: str, file: str, exc: UnmappedCode) -> MappingError:
    one = exc.code_list
    shown = f"'{exc.code}'" if _LOOKS_LIKE_A_CODE.fullmatch(exc.code) else pointer
    return MappingError(
        "UNMAPPED_CODE",
        pointer,
        line.to,
        vi=f"{one.vi} {shown} chưa có mã tương ứng; hãy bổ sung vào danh mục {one.name} rồi gửi lại.",
        en=f"unmapped {one.en} {shown}: add it to the code list {one.name}, then replay",
        where=f"{file}:{line.number}",
    )


def contradiction(line: Line, pointer: str, file: str) -> MappingError:
    """Rows of one answer that tell the whole document two things."""
    return MappingError(
        "VALUE_CONFLICT",
        pointer,
        line.to,
        vi=f"Các dòng cho {line.to} khác nhau nhưng {pointer} chỉ có một giá trị; hãy tách riêng từng hồ sơ.",
        en=f"the rows tell different {line.to} while {pointer} is one value; take the dossiers apart",
        where=f"{file}:{line.number}",
    )


def truncated(line: Line, pointer: str, length: int) -> MappingWarning:
    """A text cut at the other side's limit."""
    return MappingWarning(
        "TRUNCATED",
        pointer,
        line.to,
        vi=f"{pointer} dài {length} ký tự, {line.to} chỉ nhận {line.limit}: phần sau đã bị cắt.",
        en=f"{pointer} has {length} characters, {line.to} takes {line.limit}: the rest was cut",
    )


_UNREADABLE = {
    "XML_MALFORMED": (
        "Tài liệu không phải XML đúng cú pháp{}; hãy kiểm tra phần mềm tạo ra nó rồi gửi lại.",
        "the document is not well-formed XML{}; check the software that made it and send again",
    ),
    "XML_ENCODING": (
        "Tài liệu XML không dùng bảng mã UTF-8; hãy lưu bằng UTF-8 rồi gửi lại.",
        "the XML document is not in UTF-8; save it as UTF-8 and send again",
    ),
    "XML_DOCTYPE": (
        "Tài liệu XML có khai báo DOCTYPE, vì an toàn không được nhận; hãy bỏ dòng <!DOCTYPE …> rồi gửi lại.",
        "the XML document declares a DOCTYPE, which is not taken for safety; leave <!DOCTYPE …> out and send again",
    ),
    "XML_TOO_LARGE": (
        "Tài liệu XML quá lớn, quá nhiều thẻ hoặc lồng quá sâu; hãy chia nhỏ rồi gửi lại.",
        "the XML document is too large, has too many tags or is nested too deeply; send it in parts",
    ),
    "JSON_MALFORMED": (
        "Tài liệu không phải JSON đúng cú pháp{}; hãy kiểm tra phần mềm tạo ra nó rồi gửi lại.",
        "the document is not well-formed JSON{}; check the software that made it and send again",
    ),
}


def unreadable(code: str, line: int = 0, column: int = 0) -> MappingError:
    """A document of the other side that cannot be read at all."""
    vi, en = _UNREADABLE[code]
    at = (f" (dòng {line}, cột {column})", f" (line {line}, column {column})") if line else ("", "")
    return MappingError(code, "", "", vi=vi.format(at[0]), en=en.format(at[1]))


def other_root(expected: list[str]) -> MappingError:
    """A document of another kind."""
    names = ", ".join(expected)
    return MappingError(
        "XML_ROOT",
        "",
        expected[0],
        vi=f"Phần tử ngoài cùng của tài liệu XML phải là {names} (kể cả không gian tên); hãy kiểm tra loại tài liệu.",
        en=f"the outermost element of the XML document must be {names}, namespace included; check the kind of document",
    )


def repeated(name: str) -> MappingError:
    """An element that may stand once and stands twice."""
    return MappingError(
        "XML_REPEATED",
        "",
        name,
        vi=f"Phần tử {name} chỉ được có một lần; hãy bỏ phần thừa rồi gửi lại.",
        en=f"the element {name} may stand only once; leave the others out and send again",
    )


def mixed(name: str) -> MappingError:
    """An element with text beside elements, or text where elements are meant."""
    return MappingError(
        "XML_MIXED",
        "",
        name,
        vi=f"Phần tử {name} có chữ nằm ngoài các phần tử con; hãy kiểm tra phần mềm tạo ra tài liệu.",
        en=f"the element {name} has text beside its elements; check the software that made the document",
    )


def other_table(table_file: str, pointer: str, wanted: str) -> MappingError:
    """A document for another table of the same type."""
    return MappingError(
        "WRONG_MAPPING",
        pointer,
        "",
        vi=f"Bảng dịch này chỉ dành cho tài liệu có {pointer} là {wanted}; hãy chọn bảng dịch khác.",
        en=f"this mapping is for documents with {pointer} {wanted} only; choose another mapping",
        where=table_file,
    )
