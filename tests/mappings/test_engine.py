"""What a line does, in both directions, and what it says when it cannot."""

from __future__ import annotations

import traceback
from pathlib import Path
from typing import Any

import pytest

from mappings import MappingError
from tests.mappings.workbench import FILE, FIRST_LINE, a_mapping

SECRET = "Nguyễn Thị Bí Mật expected"


def test_a_line_reads_a_path_and_puts_the_value_back_where_it_was(tmp_path: Path) -> None:
    mapping = a_mapping(tmp_path, "- {to: Ten, from: owner.names.full}")
    assert mapping.forward({"owner": {"names": {"full": "Lê"}}}).document == {"Ten": "Lê"}
    assert mapping.backward({"Ten": "Lê"}).document == {"owner": {"names": {"full": "Lê"}}}


@pytest.mark.parametrize("document", [{}, {"owner": {}}, {"owner": {"name": None}}, {"owner": None}])
def test_what_is_absent_is_empty_and_null_is_absent(tmp_path: Path, document: dict[str, Any]) -> None:
    mapping = a_mapping(tmp_path, "- {to: Ten, from: owner.name}")
    assert mapping.forward(document).document == {"Ten": ""}


@pytest.mark.parametrize("record", [{}, {"Ten": ""}, {"Ten": None}])
def test_what_is_empty_on_the_other_side_does_not_come_back(tmp_path: Path, record: dict[str, Any]) -> None:
    assert a_mapping(tmp_path, "- {to: Ten, from: owner.name}").backward(record).document == {}


def test_a_default_stands_where_a_value_is_absent_and_comes_back_as_one(tmp_path: Path) -> None:
    mapping = a_mapping(tmp_path, '- {to: Mau, from: colour, as: code, list: colours, default: "1"}')
    assert mapping.forward({}).document == {"Mau": "1"}
    assert mapping.backward({"Mau": "1"}).document == {"colour": "red"}


def test_a_constant_is_always_the_same_and_tells_nothing_back(tmp_path: Path) -> None:
    mapping = a_mapping(tmp_path, '- {to: Fax, constant: ""}\n- {to: Loai, constant: 3}')
    assert mapping.forward({}).document == {"Fax": "", "Loai": 3}
    assert mapping.backward({"Fax": "1", "Loai": 3}).document == {}


def test_a_condition_lets_a_value_through_or_its_default(tmp_path: Path) -> None:
    mapping = a_mapping(tmp_path, '- {to: Ma, from: account, when: {channel: online}, default: "0"}')
    assert mapping.forward({"account": "a", "channel": "online"}).document == {"Ma": "a"}
    assert mapping.forward({"account": "a", "channel": "counter"}).document == {"Ma": "0"}
    assert mapping.forward({"account": "a"}).document == {"Ma": "0"}


def test_the_first_of_several_that_has_a_value_is_sent(tmp_path: Path) -> None:
    mapping = a_mapping(tmp_path, "- {to: Ten, first_of: [name, nickname, owner.name]}\n- {to: Chu, from: owner.name}")
    assert mapping.forward({"name": "a", "nickname": "b"}).document["Ten"] == "a"
    assert mapping.forward({"nickname": "b", "owner": {"name": "c"}}).document["Ten"] == "b"
    assert mapping.forward({"owner": {"name": "c"}}).document["Ten"] == "c"
    assert mapping.forward({}).document["Ten"] == ""


def test_what_stood_in_does_not_come_back_as_the_first(tmp_path: Path) -> None:
    fields = "- {to: Ten, first_of: [name, owner.name], default: vô danh}\n- {to: Chu, from: owner.name}"
    mapping = a_mapping(tmp_path, fields)
    assert mapping.backward({"Ten": "c", "Chu": "c"}).document == {"owner": {"name": "c"}}
    assert mapping.backward({"Ten": "vô danh"}).document == {}
    assert mapping.backward({"Ten": "a", "Chu": "c"}).document == {"name": "a", "owner": {"name": "c"}}


def test_rows_become_rows_and_may_look_at_the_whole_document(tmp_path: Path) -> None:
    mapping = a_mapping(
        tmp_path,
        """
        - to: data
          from: parcels
          each:
            - {to: Ma, from: /code}
            - {to: So, from: number}
        """,
    )
    document = {"code": "H46", "parcels": [{"number": "1"}, {"number": "2"}]}
    record = {"data": [{"Ma": "H46", "So": "1"}, {"Ma": "H46", "So": "2"}]}
    assert mapping.forward(document).document == record
    assert mapping.backward(record).document == document
    assert mapping.forward({}).document == {"data": []}


def test_rows_that_tell_nothing_do_not_come_back(tmp_path: Path) -> None:
    mapping = a_mapping(tmp_path, "- {to: data, from: parcels, each: [{to: So, from: number}]}")
    assert mapping.backward({"data": [{"So": ""}, {"So": "2"}, {}]}).document == {"parcels": [{"number": "2"}]}
    assert mapping.backward({"data": [{"So": ""}]}).document == {}
    assert mapping.backward({"data": ""}).document == {}
    assert mapping.backward({"data": None}).document == {}


def test_one_way_lines_do_not_come_back(tmp_path: Path) -> None:
    mapping = a_mapping(tmp_path, "- {to: Ten, from: name, one_way: true}")
    assert mapping.forward({"name": "a"}).document == {"Ten": "a"}
    assert mapping.backward({"Ten": "a"}).document == {}


def test_what_is_demanded_and_missing_is_named_with_its_row_and_line(tmp_path: Path) -> None:
    mapping = a_mapping(tmp_path, "- {to: data, from: parcels, each: [{to: So, from: survey.number, required: true}]}")
    with pytest.raises(MappingError) as caught:
        mapping.forward({"parcels": [{"survey": {"number": "1"}}, {"survey": {}}]})
    error = caught.value
    assert (error.code, error.pointer, error.foreign) == ("VALUE_MISSING", "/parcels/1/survey/number", "So")
    assert error.where == f"{FILE}:{FIRST_LINE}"
    assert "/parcels/1/survey/number" in error.vi and "/parcels/1/survey/number" in error.en
    assert str(error).endswith(f"({FILE}:{FIRST_LINE})")


def test_a_condition_that_fails_asks_for_nothing(tmp_path: Path) -> None:
    mapping = a_mapping(tmp_path, "- {to: Ma, from: account, required: true, when: {channel: online}}")
    assert mapping.forward({"channel": "counter"}).document == {"Ma": ""}
    with pytest.raises(MappingError, match="VALUE_MISSING"):
        mapping.forward({"channel": "online"})


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("as: text", [SECRET]),
        ("as: moment", SECRET),
        ("as: moment", "2025-06-12T08:15:30 " + SECRET),
        ("as: amount", SECRET),
        ("as: integer", SECRET),
        ("as: flag", SECRET),
        ("as: true_false", SECRET),
        ("as: tax_code", {"number": SECRET}),
        ("as: code, list: colours", [SECRET]),
    ],
)
def test_a_value_of_the_wrong_shape_is_never_quoted(tmp_path: Path, line: str, value: Any) -> None:
    mapping = a_mapping(tmp_path, f"- {{to: data, from: parcels, each: [{{to: X, from: x, {line}}}]}}")
    with pytest.raises(MappingError) as caught:
        mapping.forward({"parcels": [{"x": value}]})
    error = caught.value
    assert (error.code, error.pointer, error.foreign) == ("VALUE_SHAPE", "/parcels/0/x", "X")
    assert error.where == f"{FILE}:{FIRST_LINE}"
    assert "Bí Mật" not in "".join(traceback.format_exception(error)) + error.vi + error.en
    assert error.vi.startswith("Không chuyển được giữa /parcels/0/x và X: cần ")
    assert "send again" in error.en


def test_of_several_sources_the_one_at_fault_is_named(tmp_path: Path) -> None:
    mapping = a_mapping(tmp_path, "- {to: Ten, first_of: [name, owner.name], limit: 2}")
    with pytest.raises(MappingError) as caught:
        mapping.forward({"owner": {"name": 7}})
    assert caught.value.pointer == "/owner/name"
    assert [one.pointer for one in mapping.forward({"owner": {"name": "abc"}}).warnings] == ["/owner/name"]


def test_rows_from_the_whole_document_are_named_from_its_root(tmp_path: Path) -> None:
    fields = "- {to: data, from: parcels, each: [{to: Chu, from: /owners, each: [{to: Ten, from: name, limit: 1}]}]}"
    mapping = a_mapping(tmp_path, fields)
    document = {"parcels": [{}], "owners": [{"name": "a"}, {"name": "bc"}]}
    mapped = mapping.forward(document)
    assert [one.pointer for one in mapped.warnings] == ["/owners/1/name"]
    assert mapping.backward(mapped.document).document == {"owners": [{"name": "a"}, {"name": "b"}]}
    with pytest.raises(MappingError) as caught:
        mapping.backward({"data": [{"Chu": [{"Ten": "a"}, {"Ten": []}]}]})
    assert caught.value.pointer == "/owners/1/name"


@pytest.mark.parametrize("code", ["blue", "4.000001.000.00.00.H46", "H46-HT_1/a"])
def test_a_code_without_a_mapping_is_shown_because_somebody_must_add_it(tmp_path: Path, code: str) -> None:
    mapping = a_mapping(tmp_path, "- {to: Mau, from: colour, as: code, list: colours}")
    with pytest.raises(MappingError) as caught:
        mapping.forward({"colour": code})
    error = caught.value
    assert (error.code, error.pointer, error.foreign) == ("UNMAPPED_CODE", "/colour", "Mau")
    assert error.en == f"unmapped colour '{code}': add it to the code list colours, then replay"
    assert error.vi.startswith(f"Màu '{code}' chưa có mã tương ứng; hãy bổ sung vào danh mục colours")


@pytest.mark.parametrize("typo", ["Nguyễn Thị Thử Nghiệm", "044999000123", "thu.nghiem@example.invalid", "x" * 61, ""])
def test_what_does_not_look_like_a_code_is_not_shown(tmp_path: Path, typo: str) -> None:
    mapping = a_mapping(tmp_path, "- {to: Mau, from: colour, as: code, list: colours}")
    with pytest.raises(MappingError) as caught:
        mapping.forward({"colour": typo})
    error = caught.value
    assert error.code == "UNMAPPED_CODE"
    assert error.en == "unmapped colour /colour: add it to the code list colours, then replay"
    assert not typo or typo not in f"{error} {error.vi}"


def test_a_code_of_the_other_side_without_a_mapping_is_named_too(tmp_path: Path) -> None:
    mapping = a_mapping(
        tmp_path, "- {to: data, from: parcels, each: [{to: Mau, from: colour, as: code, list: colours}]}"
    )
    with pytest.raises(MappingError) as caught:
        mapping.backward({"data": [{"Mau": "1"}, {"Mau": "9"}]})
    assert (caught.value.code, caught.value.pointer) == ("UNMAPPED_CODE", "/parcels/1/colour")


@pytest.mark.parametrize("rows", [{"So": "1"}, "1", ["1"], [None], 7])
def test_a_list_of_the_other_side_that_is_none_is_refused(tmp_path: Path, rows: Any) -> None:
    mapping = a_mapping(tmp_path, "- {to: data, from: parcels, each: [{to: So, from: number}]}")
    with pytest.raises(MappingError) as caught:
        mapping.backward({"data": rows})
    assert (caught.value.code, caught.value.pointer, caught.value.foreign) == ("VALUE_SHAPE", "/parcels", "data")


def test_a_function_complains_like_any_line(tmp_path: Path) -> None:
    mapping = a_mapping(tmp_path, "- {to: So, function: owner_number}\n- {to: DS, function: identities}")
    with pytest.raises(MappingError) as caught:
        mapping.forward({"applicant": {"tax_code": 3109999917}})
    assert (caught.value.code, caught.value.pointer) == ("VALUE_SHAPE", "/applicant/tax_code")
    for record in ({"So": ["1"]}, {"DS": "1"}, {"DS": [{"LoaiDinhDanh": "1", "SoDinhDanh": {}}]}):
        with pytest.raises(MappingError, match="VALUE_SHAPE"):
            mapping.backward(record)


def test_the_cut_is_reported_and_the_longest_text_that_fits_is_not(tmp_path: Path) -> None:
    mapping = a_mapping(tmp_path, "- {to: Ten, from: name, limit: 3}")
    assert mapping.forward({"name": "abc"}).warnings == ()
    [warning] = mapping.forward({"name": "e\u0302\u0323abc"}).warnings
    assert mapping.forward({"name": "e\u0302\u0323abc"}).document == {"Ten": "ệab"}
    assert (warning.code, warning.pointer, warning.foreign) == ("TRUNCATED", "/name", "Ten")
    assert warning.vi == "/name dài 4 ký tự, Ten chỉ nhận 3: phần sau đã bị cắt."
    assert warning.en == "/name has 4 characters, Ten takes 3: the rest was cut"


def test_a_mapping_gives_the_same_answer_every_time_and_shares_nothing_between_documents(tmp_path: Path) -> None:
    mapping = a_mapping(tmp_path, "- {to: data, from: parcels, each: [{to: So, from: number, limit: 1}]}")
    document = {"parcels": [{"number": "12"}]}
    first, second = mapping.forward(document), mapping.forward(document)
    assert first == second
    first.document["data"].append("x")
    assert mapping.forward(document) == second
    assert mapping.forward({}).document["data"] is not mapping.forward({}).document["data"]
