"""Reading the portal's answers (§4, §9) and the catalogue of what they mean, without any network."""

from __future__ import annotations

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.contract import DeliveryError, RefusedError
from adapters.national_portal import codes
from adapters.national_portal.catalogue import CATALOGUE, entry
from adapters.national_portal.settings import PortalSettings
from adapters.national_portal.verdict import Subject, Verdict, judge
from adapters.national_portal.wire import Reply, Unreadable, read_reply
from adapters.registry import ADAPTERS

SETTINGS = PortalSettings.model_validate(
    {"adapter_url": "http://a.example", "username": "u", "password": "p", "madonvi": "m"}
)


def reply(body: object) -> Reply:
    read = read_reply(orjson.dumps(body))
    assert isinstance(read, Reply)
    return read


@pytest.mark.parametrize("body", [b"", b"  \r\n ", b"\xef\xbb\xbf"])
def test_nothing_at_all_is_empty(body: bytes) -> None:
    assert read_reply(body) is Unreadable.EMPTY


@pytest.mark.parametrize("body", [b"<html>", b" \n<!DOCTYPE html>", b"<?xml version='1.0'?><e/>"])
def test_anything_in_angle_brackets_is_a_page(body: bytes) -> None:
    assert read_reply(body) is Unreadable.HTML


def test_a_page_may_also_say_so_in_its_content_type() -> None:
    assert read_reply(b"Service Unavailable", "text/html; charset=utf-8") is Unreadable.HTML


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b"1",
        b"null",
        b'{"error_code":0',
        b"OK",
        '{"error_code":0,"message":"ồ"}'.encode("utf-16"),
        b'{"a":"\xff"}',
    ],
)
def test_what_is_neither_page_nor_json_object_is_garbage(body: bytes) -> None:
    assert read_reply(body) is Unreadable.GARBAGE


def test_a_byte_order_mark_is_no_obstacle() -> None:
    read = read_reply(b'\xef\xbb\xbf{"error_code":"0"}')
    assert isinstance(read, Reply)
    assert read.code == 0


def test_a_wrapped_answer_is_read_twice() -> None:
    inner = orjson.dumps({"error_code": "-1", "message": "Thiếu trường MaTTHC"}).decode()
    read = reply({"error_code": "0", "message": inner})
    assert (read.code, read.message) == (-1, "Thiếu trường MaTTHC")


def test_a_wrapped_answer_without_a_code_of_its_own_has_the_gateways() -> None:
    read = reply({"error_code": "0", "message": '{"result":[{"MATTHC":"1.001612"}]}'})
    assert (read.code, read.result) == (0, [{"MATTHC": "1.001612"}])


def test_a_gateways_own_failure_is_not_hidden_by_what_it_wraps() -> None:
    assert reply({"error_code": 5, "message": '{"error_code":0}'}).code == 5


def test_an_answer_that_is_a_json_string_of_json_is_read() -> None:
    assert reply(orjson.dumps({"error_code": 0}).decode()).code == 0


def test_free_text_in_result_counts_as_the_message() -> None:
    assert reply({"error_code": "-1", "result": "Phiên đã hết hạn"}).message == "Phiên đã hết hạn"


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.binary(max_size=200))
def test_no_bytes_whatever_make_reading_fail(body: bytes) -> None:
    assert isinstance(read_reply(body), Reply | Unreadable)


_TREES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda child: st.lists(child, max_size=3) | st.dictionaries(st.text(max_size=5), child, max_size=3),
    max_leaves=6,
)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.dictionaries(st.sampled_from(["error_code", "message", "result", "session"]), _TREES))
def test_any_object_gets_a_verdict_or_a_delivery_error(body: dict[str, object]) -> None:
    read = read_reply(orjson.dumps(body))
    if isinstance(read, Reply):
        outcomes = [verdict_or_code(read, subject) for subject in Subject]
        assert all(isinstance(outcome, Verdict) or outcome in CATALOGUE for outcome in outcomes)


def verdict_or_code(read: Reply, subject: Subject) -> Verdict | str:
    try:
        return judge(read, subject, SETTINGS)
    except DeliveryError as error:
        return error.code


@pytest.mark.parametrize(
    ("message", "code", "field"),
    [
        ("Thiếu trường MaTTHC", "MISSING_FIELD", "MaTTHC"),
        ("thiếu trường matthc.", "MISSING_FIELD", "MaTTHC"),
        ("Hồ sơ thiếu trường ThoiDiemXuLy ở bước 3", "MISSING_FIELD", "ThoiDiemXuLy"),
        ("Trường GhiChu vượt quá 1999 ký tự", "TOO_LONG", "GhiChu"),
        ("Hồ sơ 000.00.09.H46-250612-9999 không tồn tại", "DOSSIER_UNKNOWN", None),
        ("Mã đơn vị kết nối không hợp lệ", "AGENCY_UNKNOWN", None),
        ("Dịch vụ không được hỗ trợ", "SERVICE_UNKNOWN", None),
        ("Session không hợp lệ hoặc đã hết hạn", codes.SESSION, None),
        ("Phiên làm việc đã hết hạn", codes.SESSION, None),
        ("Phiên không tồn tại", codes.SESSION, None),
        ("Mã hồ sơ đã tồn tại", codes.EXISTS, None),
    ],
)
def test_the_portals_phrases_are_recognised(message: str, code: str, field: str | None) -> None:
    finding = codes.find(reply({"error_code": -1, "message": message}))
    assert finding == codes.Finding(code, field)


@pytest.mark.parametrize("message", ["", "Lỗi hệ thống", "Có lỗi xảy ra", "Thành công"])
def test_words_no_rule_knows_find_nothing(message: str) -> None:
    assert codes.find(reply({"error_code": -1, "message": message})) is None


@pytest.mark.parametrize("message", ["Session", "Hồ sơ không tồn tại", "Thiếu trường MaTTHC"])
def test_beside_zero_only_the_words_for_existing_count(message: str) -> None:
    assert codes.find(reply({"error_code": 0, "message": message})) is None


def test_only_the_words_of_success_are_ever_shown() -> None:
    said = reply({"error_code": 0, "message": "Đồng bộ hồ sơ của Lê Thị Mẫu Đơn thành công"})
    assert codes.words(said) == "thành công"


@pytest.mark.parametrize("code", sorted(CATALOGUE))
def test_every_entry_says_in_both_languages_what_it_is_and_what_to_do(code: str) -> None:
    found = CATALOGUE[code]
    assert all((found.vi, found.en, found.advice_vi, found.advice_en))
    error = found.error(RefusedError, fill={"field": "MaHoSo", "portal_code": -1})
    assert "{" not in error.vi + error.en


def test_the_catalogue_answers_for_http_statuses_by_their_group() -> None:
    codes_of = [entry(code) for code in ("HTTP_302", "HTTP_404", "HTTP_422", "HTTP_429", "HTTP_502")]
    assert len({found.en for found in codes_of if found}) == 5
    assert entry("NO_SUCH_CODE") is None
    assert entry("HTTP_x") is None


def test_the_registry_names_every_adapter_by_its_own_name() -> None:
    assert ADAPTERS["national_portal"].name == "national_portal"
    assert {name: spec.name for name, spec in ADAPTERS.items()} == {name: name for name in ADAPTERS}
