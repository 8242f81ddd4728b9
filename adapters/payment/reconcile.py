"""Reconciliation (đối soát): the platform's file of one day, read and compared with what we believe (sheet §9).

The whole form of the file is assumed; a file that does not add up is not compared at all. Pure: the gateway brings our
side and writes the report.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

COLUMNS = (
    "MaThamChieu", "MaGiaoDich", "MaHoSo", "SoTien", "MaTienTe", "MaNganHang", "ThoiGianGD", "TrangThaiGD",
)  # fmt: skip
TRAILER = "TONG"

State = Literal["paid", "failed", "open"]
_STATES: dict[str, State] = {"1": "paid", "4": "failed", "0": "open", "2": "open", "3": "open"}
_DIGITS = re.compile(r"[0-9]{1,15}")


class DayFileError(ValueError):
    """The file cannot be read or does not add up. `line` counts from 1; texts quote nothing but field names."""

    def __init__(self, line: int, vi: str, en: str) -> None:
        super().__init__(f"line {line}: {en}")
        self.line = line
        self.vi = f"Dòng {line}: {vi}"
        self.en = f"Line {line}: {en}"


@dataclass(frozen=True, slots=True)
class TheirLine:
    """One transaction as the platform has it."""

    line: int
    reference: str
    transaction: str
    dossier: str
    amount: int
    currency: str
    state: State


@dataclass(frozen=True, slots=True)
class OurPayment:
    """One attempt as our ledger has it; `transaction` is empty while nobody told us a number."""

    reference: str
    dossier: str
    amount: int
    currency: str
    state: State
    transaction: str = ""


@dataclass(frozen=True, slots=True)
class Pair:
    """The same payment on both sides."""

    ours: OurPayment
    theirs: TheirLine


@dataclass(frozen=True, slots=True)
class Comparison:
    """Every line and every attempt stands in exactly one class."""

    matched: tuple[Pair, ...]
    amount_differs: tuple[Pair, ...]
    state_differs: tuple[Pair, ...]
    ours_only: tuple[OurPayment, ...]
    theirs_only: tuple[TheirLine, ...]


def read_day_file(content: bytes) -> tuple[TheirLine, ...]:
    """The lines of one day: plain or Base64, header, lines, trailer with count and sum. Raises `DayFileError`."""
    rows = _text(content).splitlines()
    if not rows or tuple(rows[0].split("|")) != COLUMNS:
        raise DayFileError(1, "dòng đầu không phải dòng tiêu đề", "the first line is not the header")
    if len(rows) < 2 or rows[-1].split("|")[0] != TRAILER:
        raise DayFileError(len(rows), "thiếu dòng tổng ở cuối", "the trailer with count and sum is missing")
    lines = tuple(_line(number, row) for number, row in enumerate(rows[1:-1], 2))
    _add_up(lines, len(rows), rows[-1])
    _once(lines)
    return lines


def _text(content: bytes) -> str:
    plain = content.removeprefix(b"\xef\xbb\xbf").strip()
    try:
        if b"|" not in plain:  # no letter of Base64
            plain = base64.b64decode(b"".join(plain.split()), validate=True).removeprefix(b"\xef\xbb\xbf").strip()
        return plain.decode("utf-8")
    except (binascii.Error, UnicodeDecodeError) as exc:
        raise DayFileError(1, "không phải văn bản UTF-8 hay Base64", "neither UTF-8 text nor Base64") from exc


def _line(number: int, row: str) -> TheirLine:
    values = [value.strip() for value in row.split("|")]
    if len(values) != len(COLUMNS):
        raise DayFileError(number, f"phải có {len(COLUMNS)} cột", f"must have {len(COLUMNS)} columns")
    told = dict(zip(COLUMNS, values, strict=True))
    if not told["MaThamChieu"] and not told["MaGiaoDich"]:
        raise DayFileError(number, "thiếu MaThamChieu và MaGiaoDich", "neither MaThamChieu nor MaGiaoDich")
    if not _DIGITS.fullmatch(told["SoTien"]):
        raise DayFileError(number, "SoTien không phải số nguyên", "SoTien is not a whole number")
    state = _STATES.get(told["TrangThaiGD"])
    if state is None:
        raise DayFileError(number, "TrangThaiGD không có trong tài liệu", "TrangThaiGD is none of the known states")
    return TheirLine(
        number, told["MaThamChieu"], told["MaGiaoDich"], told["MaHoSo"], int(told["SoTien"]), told["MaTienTe"], state
    )


def _add_up(lines: Sequence[TheirLine], number: int, trailer: str) -> None:
    values = trailer.split("|")
    if len(values) != 3 or not all(_DIGITS.fullmatch(value.strip()) for value in values[1:]):
        raise DayFileError(number, "dòng tổng phải là TONG|số dòng|tổng tiền", "the trailer must be TONG|count|sum")
    count, total = int(values[1]), int(values[2])
    if count != len(lines):
        raise DayFileError(
            number, f"dòng tổng ghi {count} giao dịch, tệp có {len(lines)}", f"says {count} lines, has {len(lines)}"
        )
    there = sum(line.amount for line in lines)
    if total != there:
        raise DayFileError(
            number, f"dòng tổng ghi {total} đồng, các dòng cộng lại {there}", f"says {total} VND, adds up to {there}"
        )


def _once(lines: Iterable[TheirLine]) -> None:
    seen: dict[str, int] = {}
    for line in lines:
        if line.transaction and seen.setdefault(line.transaction, line.line) != line.line:
            first = seen[line.transaction]
            raise DayFileError(
                line.line, f"MaGiaoDich đã có ở dòng {first}", f"its MaGiaoDich stands on line {first} already"
            )


def compare(ours: Sequence[OurPayment], theirs: Sequence[TheirLine]) -> Comparison:
    """Each line of theirs beside the attempt it belongs to: by transaction number; by reference where a side has none.

    Two payments under one reference are two lines of theirs and one attempt of ours: the second stays theirs only.
    """
    by_transaction = {one.transaction: one for one in ours if one.transaction}
    pairs = [Pair(by_transaction[line.transaction], line) for line in theirs if line.transaction in by_transaction]
    paired, lines = {pair.ours.reference for pair in pairs}, {pair.theirs.line for pair in pairs}
    waiting = {one.reference: one for one in ours if one.reference not in paired}
    # A paid line first: where one reference has a failed and a paid one, the paid one is what we ask about.
    for line in sorted(theirs, key=lambda line: line.state != "paid"):
        one = waiting.get(line.reference)
        if line.line in lines or one is None or (one.transaction and line.transaction):
            continue
        pairs.append(Pair(waiting.pop(line.reference), line))
        lines.add(line.line)
    return Comparison(
        matched=_in_order(pair for pair in pairs if _agree(pair) and not _amount_differs(pair)),
        amount_differs=_in_order(pair for pair in pairs if _amount_differs(pair)),
        state_differs=_in_order(pair for pair in pairs if not _agree(pair) and not _amount_differs(pair)),
        ours_only=tuple(waiting.values()),
        theirs_only=tuple(line for line in theirs if line.line not in lines),
    )


def _in_order(pairs: Iterable[Pair]) -> tuple[Pair, ...]:
    return tuple(sorted(pairs, key=lambda pair: pair.theirs.line))


def _amount_differs(pair: Pair) -> bool:
    return (pair.ours.amount, pair.ours.currency) != (pair.theirs.amount, pair.theirs.currency)


def _agree(pair: Pair) -> bool:
    return pair.ours.state == pair.theirs.state
