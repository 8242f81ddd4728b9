"""Ten thousand hostile documents, each from a family of attacks; run as a process that tells what happened.

    python -m tests.mappings.hostile_xml CASES PORT FOLDER

PORT is where a listener waits for a connection that must never come. FOLDER holds `secret`, a file whose words must
never show, and `pipe`, a named pipe: whoever opens it to read hangs for ever, be it Python or a library in C.
"""

from __future__ import annotations

import json
import random
import resource
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

from mappings import Catalogue, Mapping, MappingError

SECRET = "canh-cửa-bí-mật"
TOUCHES = ("open", "socket.", "subprocess.", "os.system", "os.exec", "os.posix_spawn", "urllib.", "ftplib.", "shutil.")
"""Audit events of Python that mean a file, a network or a process."""
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"

_XS = "http://www.w3.org/2001/XMLSchema"

Wire = bytes | str

_DOSSIER = (
    '<HoSo xmlns="urn:lienthong:onestop:1"><MaHoSo>000.00.16.H46-250310-0001</MaHoSo><MaTTHC>1.001193</MaTTHC>'
    "<MaDonViXuLy>H46.16</MaDonViXuLy><DonViXuLy>UBND xã Thử</DonViXuLy><KenhThucHien>1</KenhThucHien>"
    "<ChuHoSo><LoaiDoiTuong>1</LoaiDoiTuong><HoTen>Lê Thị Thử &amp; 😀</HoTen></ChuHoSo>"
    '<TrangThaiHoSo>1</TrangThaiHoSo><DSKetNoiCSDL><CSDL MaCSDL="7"/></DSKetNoiCSDL></HoSo>'
)
_CITIZEN = (
    f'<s:Envelope xmlns:s="{SOAP}"><s:Body><c:CongdanCollection xmlns:c="http://www.mic.gov.vn/dancu/1.0" '
    'SoCongDan="1"><c:CongDan><c:SoDinhDanh>044999000123</c:SoDinhDanh><c:HoVaTen><c:Ten>LÊ THỬ</c:Ten>'
    "</c:HoVaTen></c:CongDan></c:CongdanCollection></s:Body></s:Envelope>"
)


class Attacks:
    """Families of hostile documents; each call makes another one. The same seed makes the same documents."""

    def __init__(self, seed: int, port: int, folder: str) -> None:
        self._random = random.Random(seed)
        self._targets = [
            f"file://{folder}/secret",
            f"file://{folder}/pipe",
            f"http://127.0.0.1:{port}/x",
            "/etc/passwd",
        ]
        self._good = [_DOSSIER, _CITIZEN]
        makes: tuple[Callable[[], Wire], ...] = (
            self.entity_bomb,
            self.quadratic_blowup,
            self.external_entity,
            self.reference_by_other_means,
            self.huge_attribute,
            self.many_attributes,
            self.doubled_attributes,
            self.huge_name,
            self.huge_text,
            self.other_encoding,
            self.doctype_in_other_encoding,
            self.broken_utf8,
            self.broken_utf16,
            self.truncated,
            self.deep,
            self.deep_inside,
            self.nul_and_control,
            self.character_reference,
            self.lone_surrogate,
            self.processing_instruction,
            self.namespace_trick,
            self.many_elements,
            self.never_seen_names,
            self.prolog,
            self.changed_bytes,
            self.changed_letters,
            self.hostile_value,
            self.noise,
        )
        self.families = [(make.__name__, make) for make in makes]

    def _one(self, *of: Any) -> Any:
        return self._random.choice(of)

    def _size(self, most: int) -> int:
        """Mostly small, now and then as large as it may get."""
        return self._random.randint(1, most if self._random.random() < 0.05 else max(1, most // 200))

    def _body(self) -> str:
        return self._one(*self._good)

    def entity_bomb(self) -> Wire:
        """Billion laughs, in text, in attributes, with parameter entities or not."""
        depth, width = self._random.randint(2, 12), self._random.randint(2, 12)
        percent = self._one("", "% ")
        names = [f"e{level}" for level in range(depth)]
        mark = "%" if percent else "&"
        lines = [f'<!ENTITY {percent}e0 "lol">']
        for below, name in pairwise(names):
            lines.append(f'<!ENTITY {percent}{name} "{(mark + below + ";") * width}">')
        use = self._one(f"<a>&{names[-1]};</a>", f'<a b="&{names[-1]};"/>', f"%{names[-1]};")
        return f"<!DOCTYPE a [{''.join(lines)}]>{use}"

    def quadratic_blowup(self) -> Wire:
        return f'<!DOCTYPE a [<!ENTITY x "{"A" * self._size(400_000)}">]><a>{"&x;" * self._size(40_000)}</a>'

    def external_entity(self) -> Wire:
        target = self._one(*self._targets)
        declared = self._one(
            f'<!ENTITY x SYSTEM "{target}">',
            f'<!ENTITY % x SYSTEM "{target}"> %x;',
            f'<!ENTITY x PUBLIC "-" "{target}">',
        )
        body = self._body().replace("Thử", self._one("&x;", "&#38;x;", "x"))
        return self._one(
            f"<!DOCTYPE a [{declared}]>{body}",
            f'<!DOCTYPE a SYSTEM "{target}">{body}',
            f'<?xml version="1.0"?>\n<!-- a -->\n<?b c?>\n<!DOCTYPE HoSo [{declared}]>{body}',
            f'<!DOCTYPE a [<!ATTLIST a b CDATA "{target}"><!NOTATION n SYSTEM "{target}">]><a/>',
        )

    def reference_by_other_means(self) -> Wire:
        target = self._one(*self._targets)
        return self._one(
            f'<a xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="{target}" parse="text"/></a>',
            self._body().replace(
                ">", f' xmlns:x="{_XS}-instance" x:schemaLocation="urn:lienthong:onestop:1 {target}">', 1
            ),
            f'<?xml-stylesheet href="{target}" type="text/xsl"?>{self._body()}',
            f'<xs:schema xmlns:xs="{_XS}"><xs:import schemaLocation="{target}"/></xs:schema>',
            f'<?xml-model href="{target}"?>{self._body()}',
        )

    def huge_attribute(self) -> Wire:
        size = self._size(3_000_000)
        return self._one(
            f'<HoSo xmlns="urn:lienthong:onestop:1" MaThongDiep="{"a" * size}"/>',
            f"<HoSo xmlns='urn:lienthong:onestop:1' MaThongDiep='{'&#97;' * (size // 10)}'/>",
            f'<HoSo xmlns="{"u" * size}"/>',
        )

    def many_attributes(self) -> Wire:
        attributes = " ".join(f"a{number}=''" for number in range(self._size(200_000)))
        return f'<HoSo xmlns="urn:lienthong:onestop:1" {attributes}/>'

    def doubled_attributes(self) -> Wire:
        return "<a " + "b='1' " * self._size(50_000) + "/>"

    def huge_name(self) -> Wire:
        name = self._one("a", "é", "\U00010000") * self._size(900_000)
        return self._one(f"<{name}/>", f'<a {name}="1"/>', f"<?{name} b?><a/>", f"<a>&{name};</a>", f"<{name}:b/>")

    def huge_text(self) -> Wire:
        text = self._one("a", "ệ", "😀", " ", "\n", "&amp;", "<![CDATA[a]]>") * self._size(300_000)
        return f'<HoSo xmlns="urn:lienthong:onestop:1"><GhiChu>{text}</GhiChu></HoSo>'

    def other_encoding(self) -> Wire:
        encoding = self._one(
            "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp037", "utf-7", "latin-1", "cp1258", "koi8-r"
        )
        declared = self._one(encoding, "utf-8", "UTF-16", "x-none", "ISO-8859-1", "IBM037", "TCVN3", "utf-7", "a" * 60)
        text = f'<?xml version="1.0" encoding="{declared}"?>' + self._body()
        return text.encode(encoding, "replace")

    def doctype_in_other_encoding(self) -> Wire:
        text = f'<!DOCTYPE a [<!ENTITY x SYSTEM "{self._one(*self._targets)}">]><a>&x;</a>'
        text = self._one("", '<?xml version="1.0" encoding="utf-7"?>', '<?xml version="1.0" encoding="utf-16"?>') + text
        return text.encode(self._one("utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp037", "utf-7", "utf-8-sig"))

    def broken_utf8(self) -> Wire:
        bad = self._one(b"\xff", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe1\xbb", b"\x80", b"\xfe\xff")
        good = self._body().encode()
        at = self._random.randrange(len(good))
        return good[:at] + bad + good[at:]

    def broken_utf16(self) -> Wire:
        data = bytearray(self._body().encode("utf-16"))
        data[self._random.randrange(2, len(data))] = 0xD8
        return bytes(data[: len(data) - self._random.randint(0, 3)])

    def truncated(self) -> Wire:
        good = self._body().encode()
        return good[: self._random.randrange(len(good))]

    def deep(self) -> Wire:
        depth = self._size(400_000)
        closed = "<a>" * depth + "</a>" * depth
        return self._one("<a>" * depth, closed, '<a b="' * depth, "<![CDATA[" * depth, "<!--" * depth)

    def deep_inside(self) -> Wire:
        depth = self._random.randint(1, 300)
        inside = "<a>" * depth + "x" + "</a>" * depth
        return self._body().replace("<c:Ten>", f"<c:Ten>{inside}").replace("<HoTen>", f"<HoTen>{inside}")

    def nul_and_control(self) -> Wire:
        bad = self._one("\0", "\x01", "\x08", "\x0b", "\x1f", "\ufffe", "\uffff", "\x7f", "\x85", "\u2028")
        text = self._body()
        at = self._random.randrange(len(text))
        return self._one(text[:at] + bad + text[at:], (text[:at] + bad + text[at:]).encode())

    def character_reference(self) -> Wire:
        odd = ("0", "x0", "xD800", "xFFFE", "1114112", "x110000", "xx", "", "-1", "x1F600")
        number = self._one("9" * self._size(5000), *odd)
        return self._body().replace("Thử", f"&#{number};").replace("THỬ", f"&#{number};")

    def lone_surrogate(self) -> Wire:
        text = self._body()
        at = self._random.randrange(len(text))
        return text[:at] + chr(self._random.randint(0xD800, 0xDFFF)) + text[at:]

    def processing_instruction(self) -> Wire:
        long = "<?a " + "b" * self._size(9000) + "?>"
        piece = self._one("<?xml version='1.0'?>", "<?php system('id')?>", "<?a?>", "<?xml?>", long)
        text = self._body()
        at = self._one(0, text.find(">") + 1, len(text))
        return text[:at] + piece * self._random.randint(1, 50) + text[at:]

    def namespace_trick(self) -> Wire:
        many = " ".join(f'xmlns:n{n}="urn:{n}"' for n in range(self._size(9000)))
        nil = 'xmlns:x="http://www.w3.org/2001/XMLSchema-instance" x:nil="true"'
        same = 'xmlns:a="urn:x" xmlns:b="urn:x" a:c="1" b:c="2"'
        plain = ('xmlns:xml="urn:a"', 'xmlns:xmlns="urn:a"', 'xmlns:p=""', 'xmlns=""', 'xmlns:p="urn:a}b"', "p:a='1'")
        return self._body().replace(">", f" {self._one(many, nil, same, *plain)}>", 1)

    def many_elements(self) -> Wire:
        many = self._size(300_000)
        piece = self._one("<a/>", "<CSDL MaCSDL='1'/>", "<MaHoSo>1</MaHoSo>", "<!---->", "<?a?>")
        return f'<HoSo xmlns="urn:lienthong:onestop:1"><DSKetNoiCSDL>{piece * many}</DSKetNoiCSDL></HoSo>'

    def never_seen_names(self) -> Wire:
        """What a parser that keeps all names and blanks for ever would keep."""
        names = [f"n{self._random.getrandbits(64):x}" for _ in range(self._size(20_000))]
        made = "".join(f"<{name}/>{' ' * (number % 50)}" for number, name in enumerate(names))
        attributes = " ".join(f"p:{name}=''" for name in names)
        return self._one(
            f'<HoSo xmlns="urn:lienthong:onestop:1">{made}</HoSo>',
            _CITIZEN.replace("<c:HoVaTen>", f"<c:Cha><c:HoVaTen>{made}</c:HoVaTen></c:Cha><c:HoVaTen>"),
            _CITIZEN.replace("<c:HoVaTen>", f'<c:HoVaTen xmlns:p="urn:p" {attributes}>'),
        )

    def prolog(self) -> Wire:
        piece = self._one(
            "<?a?>", "<!---->", " ", "<?", "<!--", "\n", "\ufeff", "<!DOCTYPE", "<!doctype a>", "<![CDATA[]]>"
        )
        return piece * self._size(40_000) + self._one("", self._body(), "<!DOCTYPE a []><a/>")

    def changed_bytes(self) -> Wire:
        data = bytearray(self._body().encode())
        for _ in range(self._random.randint(1, 8)):
            at = self._random.randrange(len(data))
            data[at : at + self._random.randint(0, 3)] = self._random.randbytes(self._random.randint(0, 3))
        return bytes(data)

    def changed_letters(self) -> Wire:
        text = list(self._body())
        for _ in range(self._random.randint(1, 5)):
            text[self._random.randrange(len(text))] = self._one(*"<>&'\"/=?!-[] ]x\té")
        return "".join(text)

    def hostile_value(self) -> Wire:
        """Well-formed and well named, with a value nobody can mean."""
        value = self._one(
            "9" * self._size(100_000), "-", "1e999", "9999-99-99T99:99:99", "0001-01-01", "NaN", "١٢٣", " "
        )
        name = self._one("TrangThaiHoSo", "NgayTra", "KenhThucHien", "TaiKhoanDuocXacThucVoiVNeID", "LePhi><Gia")
        wrapped = f"<{name}>{value}</{'Gia></LePhi' if 'Gia' in name else name}>"
        inside = f"<DanhSachLePhi>{wrapped}</DanhSachLePhi>" if "Gia" in name else wrapped
        return self._one(
            f'<HoSo xmlns="urn:lienthong:onestop:1">{inside}</HoSo>',
            _CITIZEN.replace(
                "<c:HoVaTen>", f"<c:NgayThangNamSinh><c:Nam>{value}</c:Nam></c:NgayThangNamSinh><c:HoVaTen>"
            ),
            _DOSSIER.replace("<MaTTHC>", f"<MaTTHC>{value}</MaTTHC><MaTTHC>"),
            _CITIZEN.replace("<c:HoVaTen>", f"<c:GioiTinh>{value}</c:GioiTinh><c:HoVaTen>"),
        )

    def noise(self) -> Wire:
        return self._one(b"", b"PK\x03\x04", b"\x1f\x8b\x08", b"%PDF-1.7", b"{}", b"null") + self._random.randbytes(
            self._size(4000)
        )


def run(cases: int, port: int, folder: str) -> dict[str, Any]:
    """Every case against a mapping that speaks XML; what came of it, what it took, what it touched."""
    catalogue = Catalogue.load()
    mappings = [catalogue.get(f"onestop/dossier.{kind}.v1") for kind in ("recorded", "progressed")]
    mappings += [catalogue.get(f"citizen_db/citizen.{kind}") for kind in ("found.v1", "found.v1.lgsp")]
    for mapping in mappings:  # whatever is read once from our own files is read now
        for text in (_DOSSIER, _CITIZEN):
            _outcome(mapping, text.encode("utf-16"))
    attacks = Attacks(20250310, port, folder)
    told: dict[str, Any] = {"cases": 0, "outcomes": Counter(), "families": Counter(), "unexpected": [], "touched": []}
    before, slowest, watching = _peak(), ("", 0.0), False

    def watch(event: str, _: Any) -> None:
        if watching and event.startswith(TOUCHES):
            told["touched"].append(event)

    sys.addaudithook(watch)
    for number, (family, wire) in enumerate(_cases(attacks, cases)):
        mapping = mappings[number // len(attacks.families) % len(mappings)]
        started, watching = time.process_time(), True
        outcome = _outcome(mapping, wire)
        watching = False
        slowest = max(slowest, (family, time.process_time() - started), key=lambda one: one[1])
        told["cases"] += 1
        told["families"][family] += 1
        told["outcomes"][outcome] += 1
        if outcome.startswith("!"):
            told["unexpected"].append(f"{family}: {outcome}")
    peak = _peak()
    found, told["touched"], watching = told["touched"], [], True
    with open(f"{folder}/secret", "rb"):  # noqa: PTH123 - the watch must see this one
        told["control"], told["touched"], watching = told["touched"], found, False
    return {**told, "slowest": slowest, "megabytes": (peak - before) / 1024}


def _cases(attacks: Attacks, cases: int) -> Iterator[tuple[str, Wire]]:
    for number in range(cases):
        family, make = attacks.families[number % len(attacks.families)]
        yield family, make()


def _outcome(mapping: Mapping, wire: Wire) -> str:
    """`read`, a code of ours, or `!` and what should not have happened."""
    try:
        told = _through(mapping, wire)
    except MappingError as exc:
        return exc.code if SECRET not in f"{exc}{exc.vi}" else "!secret in an error"
    except BaseException as exc:  # noqa: BLE001 - that is what is looked for
        return f"!{type(exc).__name__}: {exc}"[:200]
    return "read" if SECRET not in told else "!secret in a document"


def _through(mapping: Mapping, wire: Wire) -> str:
    if mapping.table.is_xml:
        record: Any = wire
    else:  # XML inside a text of JSON
        record = {"message": wire if isinstance(wire, str) else wire.decode("utf-8", "replace")}
    misfits = mapping.validate(record)
    document = mapping.backward(record if isinstance(record, dict) else mapping.read(record)).document
    return json.dumps([document, [one.vi for one in misfits]], ensure_ascii=False)


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    print(json.dumps(run(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])))
