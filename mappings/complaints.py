"""What the engine says about a value, Vietnamese first: field, place and remedy, and never the value itself.

The one exception is a code without a mapping, which nobody could add to a list without seeing it; it is shown only if
it looks like a code, so that a name or a number typed into the wrong field stays private.
"""

from __future__ import annotations

import re

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


def misfit(line: Line, pointer: str, file: str, exc: ShapeError | UnmappedCode) -> MappingError:
    """A value that a converter cannot take."""
    return _unmapped(line, pointer, file, exc) if isinstance(exc, UnmappedCode) else _shape(line, pointer, file, exc)


def _shape(line: Line, pointer: str, file: str, exc: ShapeError) -> MappingError:
    return MappingError(
        "VALUE_SHAPE",
        pointer,
        line.to,
        vi=f"Không chuyển được giữa {pointer} và {line.to}: {exc.vi}; hãy sửa ở hệ thống gửi rồi gửi lại.",
        en=f"{pointer} and {line.to} do not translate: {exc.en}; correct it in the sending system and send again",
        where=f"{file}:{line.number}",
    )


def _unmapped(line: Line, pointer: str, file: str, exc: UnmappedCode) -> MappingError:
    one = exc.code_list
    shown = f"'{exc.code}'" if _LOOKS_LIKE_A_CODE.fullmatch(exc.code) else pointer
    return MappingError(
        "UNMAPPED_CODE",
        pointer,
        line.to,
        vi=f"{one.vi} {shown} chưa có mã tương ứng; hãy bổ sung vào danh mục {one.name} rồi phát lại.",
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
