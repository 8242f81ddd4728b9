"""Hostile XML: only our own errors, no file and no network touched, bounded time and memory, whatever comes."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from mappings import MappingError
from mappings.xml_tree import MAX_BYTES, MAX_DEPTH, MAX_TAGS, read_xml
from tests.mappings.hostile_xml import SECRET

ROOT = Path(__file__).parents[2]
CASES = 10_000


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What the process with the ten thousand cases told, and whether anybody called."""
    folder = tmp_path_factory.mktemp("hostile")
    (folder / "secret").write_text(SECRET, "utf-8")
    os.mkfifo(folder / "pipe")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        command = [sys.executable, "-m", "tests.mappings.hostile_xml", str(CASES), str(listener.getsockname()[1])]
        done = subprocess.run(
            [*command, str(folder)], cwd=ROOT, capture_output=True, text=True, timeout=100, check=False
        )
        assert done.returncode == 0, done.stderr[-2000:]
        try:
            listener.accept()
            called = True
        except BlockingIOError:
            called = False
    return {**json.loads(done.stdout), "called": called}


def test_only_our_own_errors_come_of_ten_thousand_hostile_documents(told: dict[str, Any]) -> None:
    assert told["cases"] == CASES
    assert told["unexpected"] == []


def test_no_file_no_network_and_no_process_is_touched(told: dict[str, Any]) -> None:
    assert told["touched"] == [] and not told["called"]
    assert told["control"] == ["open"], "a file opened on purpose is seen"


def test_none_takes_a_second_or_a_hundred_megabytes(told: dict[str, Any]) -> None:
    assert told["slowest"][1] < 1.0, told["slowest"]
    assert told["megabytes"] < 100


def test_the_attacks_are_what_they_say(told: dict[str, Any]) -> None:
    codes = {"XML_DOCTYPE", "XML_MALFORMED", "XML_ENCODING", "XML_TOO_LARGE", "XML_ROOT", "XML_MIXED"}
    codes |= {"XML_REPEATED", "VALUE_SHAPE", "UNMAPPED_CODE"}
    assert codes <= told["outcomes"].keys() and told["outcomes"]["read"] > 100
    assert len(told["families"]) > 25 and min(told["families"].values()) > 300
    assert told["outcomes"]["XML_DOCTYPE"] > told["families"]["entity_bomb"] + told["families"]["external_entity"]


def refused(document: bytes | str) -> MappingError:
    with pytest.raises(MappingError) as caught:
        read_xml(document)
    return caught.value


BOMB = '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'


@pytest.mark.parametrize(
    "document",
    [
        BOMB,
        f"<?xml version='1.0'?>\n<!-- <a> -->\n <?b <!DOCTYPE c> ?>{BOMB}",
        f"\ufeff{BOMB}".encode(),
        f"\ufeff\ufeff{BOMB}",
        BOMB.encode("utf-16"),
        b"\xff\xfe" + BOMB.encode("utf-16-le"),
        b"\xfe\xff" + BOMB.encode("utf-16-be"),
        "<!doctype a><a/>",
    ],
)
def test_a_document_type_is_refused_in_every_disguise(document: bytes | str) -> None:
    assert refused(document).code == "XML_DOCTYPE"


@pytest.mark.parametrize(
    "document", ["<a><!-- <!DOCTYPE a> --></a>", "<a><![CDATA[<!DOCTYPE a>]]></a>", "<a b='&lt;!DOCTYPE a>'/>"]
)
def test_the_words_of_one_are_no_document_type(document: str) -> None:
    assert read_xml(document).name == "a"


@pytest.mark.parametrize(
    ("document", "code"),
    [
        (f"<a>{'x' * MAX_BYTES}</a>", "XML_TOO_LARGE"),
        (b"<a>" + b"x" * 3 * MAX_BYTES, "XML_TOO_LARGE"),
        (f"<a>{'<b/>' * MAX_TAGS}</a>", "XML_TOO_LARGE"),
        ("<a>" * (MAX_DEPTH + 1) + "</a>" * (MAX_DEPTH + 1), "XML_TOO_LARGE"),
        ("<a>ệ</a>".encode("utf-16-le"), "XML_ENCODING"),
        ("<a>x</a>".encode("utf-16-le"), "XML_MALFORMED"),
        ('<?xml version="1.0" encoding="ISO-8859-1"?><a>ệ</a>'.encode(), "XML_ENCODING"),
        ("<a>ệ</a>".encode("cp1258", "replace") + b"\xff", "XML_ENCODING"),
        ("<a>\ud800</a>", "XML_MALFORMED"),
        ("<a>", "XML_MALFORMED"),
        ("", "XML_MALFORMED"),
        ("<a/><b/>", "XML_MALFORMED"),
        ("<p:a/>", "XML_MALFORMED"),
        ("<a>&b;</a>", "XML_MALFORMED"),
    ],
)
def test_what_cannot_be_read_says_why(document: bytes | str, code: str) -> None:
    error = refused(document)
    assert error.code == code
    assert error.vi.startswith("Tài liệu") and "send" in error.en


def test_at_the_limits_a_document_is_still_read() -> None:
    assert read_xml("<a>" * MAX_DEPTH + "</a>" * MAX_DEPTH).name == "a"
    assert len(read_xml(f"<a>{'<b/>' * (MAX_TAGS - 2)}</a>").children) == MAX_TAGS - 2
    text = "x" * (MAX_BYTES - len("<a></a>"))
    assert read_xml(f"<a>{text}</a>").text == text


@pytest.mark.parametrize(
    "document",
    [
        "<a>ệ</a>".encode(),
        b"\xef\xbb\xbf" + "<a>ệ</a>".encode(),
        "<a>ệ</a>".encode("utf-16"),
        '<?xml version="1.0" encoding="utf-16"?><a>ệ</a>'.encode(),
        '<?xml version="1.0" encoding="utf-16"?><a>ệ</a>',
        '<?xml version="1.0" encoding="windows-1258"?><a>ệ</a>',
    ],
)
def test_the_usual_ways_to_write_unicode_are_read_even_where_the_declaration_is_wrong(document: bytes | str) -> None:
    """.NET declares `utf-16` in texts that then travel as UTF-8; of a text already decoded no declaration counts."""
    assert read_xml(document).text == "ệ"


def test_where_a_document_breaks_is_told_by_line_and_column() -> None:
    error = refused("<a>\n  <b></a>")
    assert "(dòng 2, cột 8)" in error.vi and "(line 2, column 8)" in error.en
