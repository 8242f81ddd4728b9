"""Judges XML by an XSD, in words that name elements and rules and never a value."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

from lxml import etree

from mappings.errors import Misfit
from mappings.xml_record import out_of_envelope
from mappings.xml_tree import Element
from mappings.xml_write import escape, escape_attribute
from mappings.xsd_shape import Shape, hardened, roots_of

_MOST = 100
"""Misfits told of one document."""

_RULES = {
    "CVC_PATTERN_VALID": ("XSD_PATTERN", "sai định dạng", "is not well formed"),
    "CVC_MINLENGTH_VALID": ("XSD_MINLENGTH", "để trống hoặc quá ngắn", "is empty or too short"),
    "CVC_MAXLENGTH_VALID": ("XSD_MAXLENGTH", "quá dài", "is too long"),
    "CVC_LENGTH_VALID": ("XSD_LENGTH", "sai độ dài", "has the wrong length"),
    "CVC_ENUMERATION_VALID": ("XSD_ENUM", "không phải một giá trị được phép", "is not an allowed value"),
    "CVC_MININCLUSIVE_VALID": ("XSD_MINIMUM", "quá nhỏ", "is too small"),
    "CVC_MAXINCLUSIVE_VALID": ("XSD_MAXIMUM", "quá lớn", "is too large"),
    "CVC_DATATYPE_VALID_1_2_1": ("XSD_TYPE", "sai kiểu dữ liệu", "has the wrong type"),
    "CVC_DATATYPE_VALID_1_2_2": ("XSD_TYPE", "sai kiểu dữ liệu", "has the wrong type"),
    "CVC_DATATYPE_VALID_1_2_3": ("XSD_TYPE", "sai kiểu dữ liệu", "has the wrong type"),
    "CVC_COMPLEX_TYPE_4": ("XSD_ATTRIBUTE", "thiếu thuộc tính bắt buộc", "lacks an attribute it must have"),
    "CVC_COMPLEX_TYPE_2_3": ("XSD_MIXED", "có chữ nằm ngoài các phần tử con", "has text beside its elements"),
}
_ROOT = ("không phải phần tử ngoài cùng nào của lược đồ", "is no outermost element of the schema")
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_OF_SCHEMAS = {f"{_XSI}}}{name}" for name in ("nil", "type")}
_HINTS = {f"{_XSI}}}{name}" for name in ("schemaLocation", "noNamespaceSchemaLocation")}
"""Where a sender says its schema lies: nobody looks there."""
_OUR_PREFIX = re.compile(r"\bn[0-9]+:|^/")
_NAMES = re.compile(r"\{[^{}]*\}([A-Za-z_][\w.-]*)")


def misfits(schema: Path, root: Element) -> list[Misfit]:
    """What an XSD does not allow in a document (looked for in its SOAP envelope); at most a hundred.

    Names the schema does not know are told first and alone, with the nearest it knows. Pointers into the canonical
    document stay empty: whoever knows the table fills them in.
    """
    document = out_of_envelope(root)
    roots = roots_of(schema)
    unknown = list(islice(_unknown(document, roots), _MOST))
    return unknown or _judged(schema, document, roots[document.name])


def _unknown(root: Element, roots: dict[str, Shape]) -> Iterator[Misfit]:
    shape = roots.get(root.name)
    if shape is None:
        yield _misfit("XSD_ROOT", "", *_ROOT)
    else:
        yield from _unknown_inside(root, shape, root.local)


def _unknown_inside(element: Element, shape: Shape, path: str) -> Iterator[Misfit]:
    if shape.anything:
        return
    for name in element.attributes:
        if name not in shape.attributes and name not in _OF_SCHEMAS | _HINTS:
            yield _stranger(f"{path}/@", name.rpartition("}")[2], [*shape.attributes])
    for child in element.children:
        inner = shape.child(child.name)
        if inner is None:
            yield _stranger(f"{path}/", child.local, [name.rpartition("}")[2] for name in shape.children])
        else:
            yield from _unknown_inside(child, inner, f"{path}/{child.local}")


def _stranger(path: str, name: str, known: list[str]) -> Misfit:
    near = get_close_matches(name[:64], known, 1)
    if name in known:
        hint = (" trong không gian tên này; hãy kiểm tra xmlns.", " in this namespace; check xmlns")
    else:
        hint = (
            (f"; có phải là {near[0]}?", f"; did you mean {near[0]}?") if near else ("; hãy bỏ đi.", "; leave it out")
        )
    return Misfit(
        "XSD_UNKNOWN",
        "",
        path + name[:64],
        f"Lược đồ không có {path}{name[:64]}{hint[0]}",
        f"the schema has no {path}{name[:64]}{hint[1]}",
    )


def _judged(schema: Path, document: Element, shape: Shape) -> list[Misfit]:
    tree = etree.fromstring(_rendered(document, shape).encode(), hardened())
    judge = _compiled(schema)
    if judge.validate(tree):
        return []
    found: dict[str, Misfit] = {}
    log: Any = judge.error_log
    for error in log:
        told = _told(error.type_name, _OUR_PREFIX.sub("", error.path or ""), error.message or "")
        found.setdefault(told.foreign, told)
    return list(found.values())[:_MOST]


def _told(rule: str, path: str, message: str) -> Misfit:
    """Of the library's own message, which quotes the value, only the names of elements that were due are kept."""
    if rule == "SCHEMAV_ELEMENT_CONTENT":
        return _misfit("XSD_CONTENT", path, *_content_rule(_NAMES.findall(message.partition("xpected is")[2])))
    code, vi, en = _RULES.get(
        rule.removeprefix("SCHEMAV_"), ("XSD_RULE", "không hợp lược đồ", "does not fit the schema")
    )
    return _misfit(code, path, vi, en)


def _content_rule(due: list[str]) -> tuple[str, str]:
    if not due:
        return "không được có ở đây", "must not stand here"
    names = ", ".join(due)
    return f"thiếu hoặc sai thứ tự: ở đây cần {names}", f"lacks an element or has them out of order, due: {names}"


def _misfit(code: str, path: str, vi: str, en: str) -> Misfit:
    return Misfit(code, "", path, f"{path or 'Tài liệu'} {vi}.", f"{path or 'the document'} {en}")


@cache
def _compiled(schema: Path) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(str(schema), hardened()))


def _rendered(root: Element, shape: Shape) -> str:
    """The tree again as far as the schema judges it, every namespace under a prefix of ours.

    A parser keeps names and short blanks for the life of its thread: so nothing goes in that the schema does not know,
    and a blank text goes as so many plain blanks.
    """
    prefixes: dict[str, str] = {_XSI: "n0"}
    pieces: list[str] = []
    tag = _render(root, shape, prefixes, pieces)
    declared = "".join(f' xmlns:{prefix}="{escape_attribute(uri)}"' for uri, prefix in prefixes.items())
    pieces[0] = f"<{tag}{declared}"
    return "".join(pieces)


def _render(element: Element, shape: Shape, prefixes: dict[str, str], pieces: list[str]) -> str:
    tag = _tag(element.name, prefixes)
    pieces.append(f"<{tag}")
    for name, value in element.attributes.items():
        if name in shape.attributes or name in _OF_SCHEMAS:
            pieces.append(f' {_tag(name, prefixes)}="{escape_attribute(value)}"')
    pieces.append(">")
    children = element.children if not shape.anything else []
    text = element.text
    if text.strip() or not children:
        pieces.append(escape(text) if text.strip() else " " * len(text))
    for child in children:
        _render(child, shape.children[child.name], prefixes, pieces)
    pieces.append(f"</{tag}>")
    return tag


def _tag(name: str, prefixes: dict[str, str]) -> str:
    namespace, _, local = name.rpartition("}")
    return f"{prefixes.setdefault(namespace, f'n{len(prefixes)}')}:{local}" if namespace else local
