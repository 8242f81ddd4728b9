"""Signed checkpoints: what was signed is read, anything else is refused."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.security.notes import NoteError, PublicKey, open_signer, read_note

AT = datetime(2026, 1, 5, 8, 30, 0, 123000, tzinfo=UTC)
ROOT = bytes(range(32))


def test_a_checkpoint_is_read_as_it_was_signed(tmp_path: Path) -> None:
    signer = open_signer(tmp_path / "signing.json")
    found = read_note(signer.sign(7, ROOT, AT), signer.public)
    assert (found.size, found.root, found.at, found.origin) == (7, ROOT, AT, signer.public.name)


def test_the_form_is_that_of_other_logs(tmp_path: Path) -> None:
    """C2SP signed-note: text, an empty line, an em dash, the name, and four bytes of key hash before the signature."""
    signer = open_signer(tmp_path / "signing.json")
    lines = signer.sign(7, ROOT, AT).split("\n")
    assert lines[:2] == [signer.public.name, "7"] and lines[4] == "" and lines[6:] == [""]
    assert lines[5].startswith(f"— {signer.public.name} ")


def test_any_changed_byte_is_refused(tmp_path: Path) -> None:
    signer = open_signer(tmp_path / "signing.json")
    note = signer.sign(7, ROOT, AT).encode()
    for place in range(len(note)):
        changed = bytearray(note)
        changed[place] ^= 1
        with pytest.raises(NoteError):
            read_note(changed.decode("utf-8", "replace"), signer.public)
    with pytest.raises(NoteError):
        read_note(note[:-1].decode(), signer.public)


def test_another_key_of_the_same_name_is_not_believed(tmp_path: Path) -> None:
    signer, other = (open_signer(tmp_path / name) for name in ("a.json", "b.json"))
    impostor = PublicKey(signer.public.name, other.public.raw)
    with pytest.raises(NoteError):
        read_note(signer.sign(7, ROOT, AT), impostor)


def test_the_public_key_fits_on_a_line_and_is_read_back(tmp_path: Path) -> None:
    public = open_signer(tmp_path / "signing.json").public
    assert PublicKey.read(f"{public}\n") == public


@pytest.mark.parametrize("text", ["", "name", "name+00000000+AQ==", "name+zz+!!", "+00000000+AAAA"])
def test_what_is_no_public_key_is_said_to_be_none(text: str) -> None:
    with pytest.raises(NoteError):
        PublicKey.read(text)


def test_a_mistyped_public_key_is_noticed(tmp_path: Path) -> None:
    name, told, key = str(open_signer(tmp_path / "signing.json").public).split("+", 2)
    wrong = ("A" if key[10] != "A" else "B").join((key[:10], key[11:]))
    with pytest.raises(NoteError):
        PublicKey.read(f"{name}+{told}+{wrong}")


def test_processes_that_start_at_once_get_one_key_that_only_its_owner_reads(tmp_path: Path) -> None:
    path = tmp_path / "signing.json"
    with ThreadPoolExecutor(8) as threads:
        found = {str(one.public) for one in threads.map(lambda _: open_signer(path), range(8))}
    assert len(found) == 1
    assert path.stat().st_mode & 0o077 == 0
    assert [one.name for one in tmp_path.iterdir()] == ["signing.json"]


def test_a_spoilt_key_file_says_so_without_its_content(tmp_path: Path) -> None:
    path = tmp_path / "signing.json"
    path.write_text('{"name": "x", "key": "c2VjcmV0"}')
    with pytest.raises(NoteError) as caught:
        open_signer(path)
    assert "c2VjcmV0" not in str(caught.value)
