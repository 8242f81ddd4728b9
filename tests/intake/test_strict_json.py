"""Canonical form and strict reading as properties: what means the same becomes the same, what is unclear is refused."""

from __future__ import annotations

import json
import unicodedata
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.acceptance.canonical import canonical, document_of, tidy_code
from gateway.errors import IntakeError
from gateway.intake.cloudevents import structured
from gateway.intake.json_reader import read_json
from tests.intake.documents import a_dossier, an_event

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=12) | st.sampled_from(
    ["Nguyễn Thị Thử", "Đặng", "Ủy ban", 'a":1,"b":', "\\", "null", "e\u0301", "\u1ee7"]
)
SCALARS = TEXT | st.booleans() | st.integers(-(2**53), 2**53) | st.none()
TREES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=20,
)


def without_nulls(node: Any) -> Any:
    """The specification of the canonical form, written the slow way."""
    if isinstance(node, dict):
        return {key: without_nulls(value) for key, value in node.items() if value is not None}
    if isinstance(node, list):
        return [without_nulls(value) for value in node]
    return unicodedata.normalize("NFC", node) if isinstance(node, str) else node


@given(TREES, st.booleans(), st.sampled_from([None, 2]), st.sampled_from([(",", ":"), (" , ", " : ")]))
def test_a_tree_reads_the_same_however_it_is_written(
    tree: Any, ascii_only: bool, indent: int | None, separators: tuple[str, str]
) -> None:
    written = json.dumps(tree, ensure_ascii=ascii_only, indent=indent, separators=separators)
    assert read_json(written.encode()) == without_nulls(tree)


@given(TREES)
def test_the_canonical_form_is_its_own_canonical_form(tree: Any) -> None:
    once = canonical(tree)
    assert canonical(once) == once == read_json(orjson.dumps(once))


@given(st.randoms(use_true_random=False), st.sampled_from(["NFC", "NFD"]), st.booleans(), st.booleans())
def test_order_nulls_and_composition_do_not_change_an_event(
    random: Any, form: str, ascii_only: bool, with_nulls: bool
) -> None:
    def shuffled(node: Any) -> Any:
        if isinstance(node, dict):
            members = [(key, shuffled(value)) for key, value in node.items()]
            if with_nulls:
                members.append(("absent", None))
            random.shuffle(members)
            return dict(members)
        if isinstance(node, list):
            return [shuffled(value) for value in node]
        return unicodedata.normalize(form, node) if isinstance(node, str) else node

    raw = json.dumps(shuffled(an_event()), ensure_ascii=ascii_only).encode()
    event = structured(raw, lambda _: ()).event
    assert event.data == a_dossier()
    assert event.body == raw
    assert document_of(event.body, event.body_form) == event.data


@given(TREES, TEXT, SCALARS)
def test_a_key_that_stands_twice_is_always_found(tree: Any, key: str, value: Any) -> None:
    first, second = (json.dumps(one, ensure_ascii=False) for one in (tree, value))
    name = json.dumps(key, ensure_ascii=False)
    # Blanks before colons and text full of quotes and colons must not hide it.
    raw = f'{{"x":"\\":\\":",{name} : {first},\n{json.dumps(key)}\t: {second}}}'
    if key == "x":
        return
    with pytest.raises(IntakeError) as caught:
        read_json(raw.encode())
    assert caught.value.problems[0].code == "JSON_DUPLICATE_KEY"


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_but_never_stumbled_over(raw: bytes) -> None:
    found: list[IntakeError] = []
    try:
        read_json(raw)
    except IntakeError as exc:
        found.append(exc)
    assert all(one.status == 400 and one.problems for one in found)


@pytest.mark.parametrize(
    ("written", "kept"),
    [(" 000.00.16.h46 ", "000.00.16.H46"), ("\tkq.g15.000031", "KQ.G15.000031"), ("H46\n", "H46\n"), ("ı", "ı")],
)
def test_codes_are_trimmed_and_upper_cased_but_not_repaired(written: str, kept: str) -> None:
    assert tidy_code(written) == kept


def test_codes_typed_in_small_letters_are_the_same_codes() -> None:
    data = a_dossier(code=" 000.00.16.h46-250310-0001", agency={"code": "h46.16 ", "name": "Cơ quan"})
    event = structured(orjson.dumps(an_event(data, subject="000.00.16.h46-250310-0001 ")), lambda _: ()).event
    assert event.subject == event.data["code"] == "000.00.16.H46-250310-0001"
    assert event.data["agency"]["code"] == "H46.16"
    assert document_of(event.body, event.body_form) == event.data


def test_whole_numbers_written_with_a_point_become_integers() -> None:
    tree = read_json(b'{"a": 8000.0, "b": 1.5, "c": [1e3]}')
    assert [(value, type(value)) for value in (tree["a"], tree["b"], tree["c"][0])] == [
        (8000, int), (1.5, float), (1000, int)
    ]  # fmt: skip


def test_text_about_nul_is_not_nul() -> None:
    assert read_json(rb'{"a": "\\u0000"}') == {"a": "\\u0000"}
