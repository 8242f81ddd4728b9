"""The scanner finds a value in whatever form others would write it; the forms are made here by other means."""

from __future__ import annotations

import base64
import json
import unicodedata
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote, urlencode
from xml.sax.saxutils import escape

import pytest

from tests.privacy.scanner import Scanner

NAME, NUMBER, PHONE, DAY = "Nguyễn Đặng Ẩn Danh", "044999777123", "0900777123", "1985-04-12"

WRITTEN: dict[str, tuple[str, Callable[[], bytes]]] = {
    "as it is": (NAME, NAME.encode),
    "taken apart": (NAME, lambda: unicodedata.normalize("NFD", NAME).encode()),
    "given taken apart": (unicodedata.normalize("NFD", NAME), NAME.encode),
    "without diacritics": (NAME, lambda: b"nguyen dang an danh"),
    "in capitals": (NAME, lambda: b"NGUYEN DANG AN DANH"),
    "in capitals with diacritics": (NAME, lambda: NAME.upper().encode()),
    "in a JSON of ASCII": (NAME, lambda: json.dumps({"name": NAME}).encode()),
    "in a JSON of ASCII, capitals": (NAME, lambda: json.dumps({"name": NAME.upper()}).encode()),
    "in an XML of ASCII": (NAME, lambda: f"<n>{escape(NAME)}</n>".encode("ascii", "xmlcharrefreplace")),
    "in an XML with hexadecimal references": (
        NAME, lambda: "".join(f"&#x{ord(one):X};" if ord(one) > 127 else one for one in NAME).encode(),
    ),
    "UTF-16": (NAME, lambda: NAME.encode("utf-16")),
    "UTF-16, big end first": (NAME, lambda: NAME.encode("utf-16-be")),
    "in an address": (NAME, ("/tim?ten=" + quote(NAME)).encode),
    "in a form": (NAME, lambda: urlencode({"ten": NAME, "x": 1}).encode()),
    "in an address, small letters": (NAME, lambda: quote(NAME.lower()).lower().encode()),
    "in hexadecimal": (NAME, ("\\x00" + NAME.encode().hex()).encode),
    **{
        f"in base64, {number} bytes on": (
            NAME, lambda number=number: base64.b64encode(b"x" * number + json.dumps(NAME, ensure_ascii=False).encode()),
        )
        for number in range(3)
    },
    **{
        f"a number in base64 for addresses, {number} bytes on": (
            NUMBER, lambda number=number: base64.urlsafe_b64encode(b"\xfb" * number + NUMBER.encode() + b"<>"),
        )
        for number in range(3)
    },
    "a number": (NUMBER, lambda: b'{"citizen_id":"044999777123"}'),
    "a number with blanks": (NUMBER, lambda: b"CCCD 044 999 777 123"),
    "a number with dots": (NUMBER, lambda: b"CCCD 044.999.777.123"),
    "a number with dashes": (NUMBER, lambda: b"0449-9977-7123"),
    "a telephone": (PHONE, lambda: b"goi 0900 777 123"),
    "a telephone from abroad": (PHONE, lambda: b"tel:+84900777123"),
    "a day": (DAY, lambda: b"1985-04-12T00:00:00"),
    "a day as people write it": (DAY, lambda: b"sinh 12/04/1985"),
    "a day in one piece": (DAY, lambda: b"19850412"),
    "a day without noughts": (DAY, lambda: b"12/4/1985"),
}  # fmt: skip
"""What it is called -> the value that is looked for, and how it lies there."""


@pytest.mark.parametrize("form", WRITTEN)
def test_a_value_is_found_however_it_is_written(form: str, tmp_path: Path) -> None:
    value, written = WRITTEN[form]
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "file").write_bytes(bytes(5000) + written() + bytes(range(256)) * 20)
    scanner = Scanner([value, "031888000999", "Trần Thị Khác"])
    assert list(scanner.found_below(tmp_path)) == [value]


def test_what_is_not_there_is_not_found(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"nguyen dang an; 04499977712; 1985-04-13; " + NAME[:-1].encode())
    assert Scanner([NAME, NUMBER, PHONE, DAY]).found_below(tmp_path) == {}
