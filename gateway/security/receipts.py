"""Files that prove: receipts of attempts and exports of the audit trail, checked alone, offline, with a public key.

Each holds entries of the log exactly as they were appended, the proof that each is in it, and a signed checkpoint. The
file has one form only (RFC 8785 lines), so that any changed byte, a blank included, is found (P5).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from gateway.errors import GatewayError
from gateway.security.merkle import ProofError, check_inclusion
from gateway.security.notes import Checkpoint, NoteError, PublicKey, as_base64, read_base64, read_note
from gateway.security.seal import canonical_form

FORM = "lienthong-proof/1"
REMOVAL = "retention.receipts"
"""Action of the audit entry that says up to where entries were removed, their time being over."""


class ForgedError(GatewayError):
    """A file does not prove what it says."""


@dataclass(frozen=True, slots=True)
class Proven:
    """An entry of the log, with the proof that it is there."""

    position: int
    leaf: bytes
    proof: Sequence[bytes]


@dataclass(frozen=True, slots=True)
class Proof:
    """What a file proves: these entries stood in the log at that checkpoint."""

    checkpoint: Checkpoint
    entries: Sequence[dict[str, Any]]


def leaf_of(entry: dict[str, Any]) -> bytes:
    """An entry of the log as bytes: RFC 8785."""
    return canonical_form(entry)


def write_proof(note: str, entries: Sequence[Proven]) -> bytes:
    """The file: a line with the checkpoint, then a line per entry."""
    lines = [canonical_form({"checkpoint": note, "entries": len(entries), "form": FORM})]
    lines += [
        canonical_form(
            {
                "entry": orjson.loads(one.leaf),
                "position": one.position,
                "proof": [as_base64(step) for step in one.proof],
            }
        )
        for one in entries
    ]
    return b"".join(line + b"\n" for line in lines)


def read_proof(file: bytes, key: PublicKey) -> Proof:
    """What a file proves. Raises `ForgedError` naming the first line that does not hold."""
    lines = file.split(b"\n")
    if len(lines) < 2 or lines[-1]:
        raise _forged(1, "dòng cuối bị cắt", "the last line is cut")
    try:
        head = _line(lines[0], 1, {"checkpoint", "entries", "form"})
        # By type too: in Python `true` is 1 and so is 1.0, and nothing but the number proves the same.
        _refuse_other_types(1, (head["entries"], int), (head["checkpoint"], str))
        if head["form"] != FORM or head["entries"] != len(lines) - 2:
            raise _forged(1, "không đúng dạng hoặc thiếu dòng", "not the form, or lines are missing")
        checkpoint = read_note(head["checkpoint"], key)
    except NoteError as exc:
        raise _forged(1, *str(exc).split(" / ")) from exc
    entries = []
    for number, raw in enumerate(lines[1:-1], 2):
        line = _line(raw, number, {"entry", "position", "proof"})
        _refuse_other_types(number, (line["entry"], dict), (line["position"], int), (line["proof"], list))
        _refuse_other_types(number, *((step, str) for step in line["proof"]))
        try:
            steps = [read_base64(step) for step in line["proof"]]
            check_inclusion(leaf_of(line["entry"]), line["position"], checkpoint.size, steps, checkpoint.root)
        except (ProofError, NoteError) as exc:
            raise _forged(number, "mục này không có trong sổ", "this entry is not in the log") from exc
        entries.append(line["entry"])
    return Proof(checkpoint, entries)


def _refuse_other_types(number: int, *some: tuple[Any, type]) -> None:
    for value, kind in some:
        if type(value) is not kind:
            raise _forged(number, "không đúng dạng", "not the form")


def _line(raw: bytes, number: int, names: set[str]) -> dict[str, Any]:
    """A line that is written the one way it can be. Raises `ForgedError`."""
    try:
        line = orjson.loads(raw)
    except orjson.JSONDecodeError as exc:
        raise _forged(number, "không phải JSON", "not JSON") from exc
    if not isinstance(line, dict) or set(line) != names or canonical_form(line) != raw:
        raise _forged(number, "có byte bị đổi", "a byte was changed")
    return line


def _forged(number: int, vi: str, en: str) -> ForgedError:
    return ForgedError(
        f"Tệp không chứng minh được gì: dòng {number}: {vi}. / The file proves nothing: line {number}: {en}."
    )
