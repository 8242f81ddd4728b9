"""Tables that are written wrongly are refused with file and line, before anything is sent by them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from mappings import Catalogue, TableError
from mappings.read_table import read_table
from tests.mappings.workbench import COLOURS, FILE, FIRST_LINE, HEAD, NAME, a_catalogue, a_table, write

EACH = "each: [{to: So, from: number}, {to: Luc, from: at, as: moment, required: true}]"


BAD_LINES = [
    ("{from: name}", "a line: `to`, the other side's field, is missing"),
    ("{to: 7, from: name}", "7: `to`, the other side's field, is missing"),
    (
        "{to: Ten}",
        "Ten: exactly one of from, first_of, constant, function, given, fields (or each with from) is needed",
    ),
    ("{to: Ten, from: name, constant: a}", "exactly one of"),
    ("{to: Ten, from: name, first_of: [a, b]}", "exactly one of"),
    ("{to: Ten, from: name, form: a}", "'form' is unknown or does not go with 'from'"),
    ("{to: Ten, constant: a, limit: 3}", "'limit' is unknown or does not go with 'constant'"),
    ("{to: Ten, function: databases, default: a}", "'default' is unknown or does not go with 'function'"),
    ("{to: Ten, from: rows, each: [{to: A, from: a}], limit: 3}", "'limit' is unknown or does not go with 'each'"),
    ("{to: Ten, from: name, sort_by: at}", "'sort_by' is unknown or does not go with 'from'"),
    ("{to: Ten, from: Owner.Name}", "`from` takes a path: words like applicant.name"),
    ("{to: Ten, from: owner..name}", "`from` takes a path"),
    ("{to: Ten, from: }", "`from` takes a path"),
    ("{to: Ten, first_of: name}", "`first_of` takes a list of two or more paths"),
    ("{to: Ten, first_of: [name]}", "`first_of` takes a list of two or more paths"),
    ("{to: Ten, from: name, as: upper}", "`as` takes one of text, moment, amount"),
    ("{to: Ten, from: name, as: [text]}", "`as` takes one of text"),
    ("{to: Ten, from: name, as: code}", "`as: code` and `list` belong together"),
    ("{to: Ten, from: name, list: colours}", "`as: code` and `list` belong together"),
    ("{to: Ten, from: name, as: code, list: 7}", "`list` takes the name of a code list"),
    ("{to: Ten, from: name, limit: 0}", "`limit` takes a whole number of characters"),
    ("{to: Ten, from: name, limit: true}", "`limit` takes a whole number of characters"),
    ("{to: Ten, from: at, as: moment, limit: 14}", "only a text has a `limit`"),
    ("{to: Ten, from: name, default: []}", "`default` takes a text or a whole number"),
    ("{to: Ten, from: name, default: 1}", "only `as: integer` has a number as `default`"),
    ("{to: Ten, from: name, default: a, required: true}", "what is required has no default"),
    ("{to: Ten, from: name, required: 1}", "`required` takes true or false"),
    ("{to: Ten, from: name, one_way: 1}", "`one_way` takes true or false"),
    ("{to: Ten, constant: }", "`constant` takes a text or a whole number"),
    ("{to: Ten, from: name, when: ab}", "`when` takes one condition, {path: text}"),
    ("{to: Ten, from: name, when: {a: b, c: d}}", "`when` takes one condition, {path: text}"),
    ("{to: Ten, from: name, when: {a: 1}}", "`when` takes one condition, {path: text}"),
    ("{to: Ten, function: nobody}", "`function` takes one of owner_number"),
    ("{to: Ten, each: [{to: A, from: a}]}", "`each` needs a `from`"),
    ("{to: Ten, from: rows, each: []}", "a table and an each need at least one line"),
    ("{to: Ten, from: rows, each: {to: A, from: a}}", "must be lists of lines"),
    ("{to: Ten, from: rows, each: [a]}", "must be lists of lines"),
    (f"{{to: Ten, from: rows, sort_by: number, {EACH}}}", "`sort_by` needs a line from it with `as: moment"),
    (f"{{to: Ten, from: rows, sort_by: 7, {EACH}}}", "`sort_by` takes the path of a moment"),
    ("{to: Khac, from: other}", "the field 'Khac' stands twice"),
    ("{to: Ten, from: name, also: [Khac]}", "the field 'Khac' stands twice"),
    ("{to: Ten, from: name, also: []}", "`also` takes a list of other spellings"),
    ("{to: Ten, given: Ma}", "`given` takes a word like reference"),
    ("{to: Ten, given: ma, as: text}", "'as' is unknown or does not go with 'given'"),
    ("{to: Ten, fields: [{to: A, from: a}], limit: 3}", "'limit' is unknown or does not go with 'fields'"),
    ("{to: Ten, fields: [{to: A, from: a}], default: a}", "of `fields`, only []"),
    ("{to: Ten, fields: [{to: A, from: a}], holds: json}", "`holds` takes xml"),
    ("{to: Ten, fields: [{to: A, from: a}], holds: xml}", "`holds: xml` needs `xml` at the head of the table"),
    ("{to: Ten, fields: []}", "a table and an each need at least one line"),
    ("{to: Ten, first_of: [a, b], fields: [{to: A, from: a}]}", "exactly one of"),
    ("{to: Ten, from: rows, item: A, each: [{to: A, from: a}]}", "`item` is for XML"),
    ("{to: Ten, from: rows, stand_in: nobody, each: [{to: A, from: a}]}", "`stand_in` takes one of payment_as_fee"),
    ("{to: Ten, from: name, filler: a, default: b}", "a `filler` stands alone"),
    ("{to: Ten, from: name, numeric: true}", "`numeric` goes with codes"),
    ("{to: Ten, from: name, read_only: 1}", "`read_only` takes true or false"),
]
"""Lines nobody may write, each with what is said of it."""


@pytest.mark.parametrize(("line", "problem"), BAD_LINES)
def test_a_line_that_is_written_wrongly_is_named(tmp_path: Path, line: str, problem: str) -> None:
    with pytest.raises(TableError) as caught:
        a_catalogue(tmp_path, f"- {{to: Khac, constant: a}}\n- {line}")
    assert (caught.value.file, caught.value.line) == (FILE, FIRST_LINE + 1)
    assert str(caught.value).startswith(f"{FILE}:{FIRST_LINE + 1}: ")
    assert problem in caught.value.problem


@pytest.mark.parametrize(
    ("head", "problem"),
    [
        (HEAD.replace('version: "1"', "version: 1"), "version is missing or not text in quotes"),
        (HEAD.replace("canonical: parcel.recorded.v1\n", ""), "canonical is missing"),
        (HEAD.replace("2025-01-01", "soon"), "effective_from must be a day like 2020-04-20"),
        (HEAD.replace("2025-01-01", "2025-01-01 10:00:00"), "effective_from must be a day like 2020-04-20"),
        (HEAD + "owner: nobody\n", "unknown key 'owner'; known: absent, canonical"),
        (HEAD + "losses: [a]\n", "must be lists of lines"),
        (HEAD + "losses: [{path: a}]\n", "unknown key 'path'; known: note, paths, when"),
        (HEAD + "losses: [{paths: a}]\n", "a loss names its `paths`"),
        (HEAD + "losses: [{paths: [a], when: 1}]\n", "`when` says in words when it is lost"),
        (HEAD.replace("land_registry", "land_register"), f"the name must be that of the folder: '{NAME}'"),
    ],
)
def test_a_table_that_is_written_wrongly_is_named(tmp_path: Path, head: str, problem: str) -> None:
    write(tmp_path, FILE, a_table("- {to: Ten, from: name}", head))
    with pytest.raises(TableError) as caught:
        Catalogue.load(tmp_path)
    assert caught.value.file == FILE
    assert problem in caught.value.problem


def test_a_table_without_lines_is_refused(tmp_path: Path) -> None:
    write(tmp_path, FILE, HEAD)
    with pytest.raises(TableError, match="fields, each and losses must be lists"):
        Catalogue.load(tmp_path)


def test_losses_are_always_unless_a_condition_is_said(tmp_path: Path) -> None:
    losses = "losses:\n  - {paths: [level]}\n  - {paths: [note, summary], when: over the limit, note: cut}\n"
    write(tmp_path, FILE, a_table("- {to: Ten, from: name}", HEAD + losses))
    found = read_table(tmp_path / FILE, FILE).losses
    assert [(one.paths, one.when) for one in found] == [
        (("level",), "always"),
        (("note", "summary"), "over the limit"),
    ]


def test_a_list_that_is_not_there_is_named_with_the_line_that_wants_it(tmp_path: Path) -> None:
    catalogue = a_catalogue(tmp_path, "- {to: Ten, from: name}\n- {to: Mau, from: colour, as: code, list: color}")
    with pytest.raises(TableError) as caught:
        catalogue.get(NAME, date(2025, 6, 12))
    assert str(caught.value) == f"{FILE}:{FIRST_LINE + 1}: Mau: no code list 'color'; known: colours"


def test_a_one_way_list_wants_a_one_way_line(tmp_path: Path) -> None:
    shared = COLOURS.replace("entries:", "one_way: true\nentries:").replace('"2"', '"1"')
    line = "- {to: Mau, from: colour, as: code, list: colours"
    with pytest.raises(TableError, match=r"Mau: the list colours is one-way, so must the line be"):
        a_catalogue(tmp_path, line + "}", colours=shared).get(NAME, date(2025, 6, 12))
    mapping = a_catalogue(tmp_path, line + ", one_way: true}", colours=shared).get(NAME, date(2025, 6, 12))
    assert mapping.forward({"colour": "green"}).document == {"Mau": "1"}


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ("name: a\nname: b\n", 2, "the key 'name' stands twice"),
        ("name: a\n[b]: c\n", 2, "a key must be a word"),
        ("name: a\n  version: b\n", 2, "mapping values are not allowed in this context"),
        ("name: [a\n", 2, "expected ',' or ']'"),
        ("- a\n", 1, "must be a mapping of keys to values"),
        ("", 1, "must be a mapping of keys to values"),
        ("name: a\nversion: !!python/object:os.system b\n", 2, "could not determine a constructor"),
        ("name: a\neffective_from: 2025-13-45\n", 2, "effective_from: month must be in 1..12"),
        ("name: \0\n", 1, "must be text in UTF-8 without control characters"),
    ],
)
def test_what_cannot_be_read_as_yaml_is_named_with_its_line(tmp_path: Path, text: str, line: int, problem: str) -> None:
    write(tmp_path, FILE, text)
    with pytest.raises(TableError) as caught:
        Catalogue.load(tmp_path)
    assert str(caught.value).startswith(f"{FILE}:{line}: ")
    assert problem in caught.value.problem


def test_a_file_in_another_encoding_is_refused(tmp_path: Path) -> None:
    write(tmp_path, FILE, "")
    (tmp_path / FILE).write_bytes("name: Màu".encode("utf-16"))
    with pytest.raises(TableError, match="must be text in UTF-8"):
        Catalogue.load(tmp_path)


def test_words_that_yaml_takes_for_booleans_stay_words_where_they_are_keys(tmp_path: Path) -> None:
    write(tmp_path, FILE, "no: 1\n")
    with pytest.raises(TableError, match="unknown key 'no'"):
        Catalogue.load(tmp_path)


def test_lines_shared_by_an_anchor_are_read_alike(tmp_path: Path) -> None:
    fields = "- {to: A, from: a, each: &rows [{to: So, from: number}]}\n- {to: B, from: b, each: *rows}"
    mapping = a_catalogue(tmp_path, fields).get(NAME, date(2025, 6, 12))
    assert mapping.forward({"a": [{"number": "1"}], "b": [{"number": "2"}]}).document == {
        "A": [{"So": "1"}],
        "B": [{"So": "2"}],
    }
