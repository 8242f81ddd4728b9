"""Which of the portal's calls are believed and can be read (§5); every other is answered -1 and says why."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from adapters.national_portal import SPEC
from adapters.national_portal.callbacks import REFUSALS
from adapters.national_portal.simulator import Push, samples
from tests.adapters.portal_calls import CODE, KEY, envelope, heard, notice_of, refused


@pytest.mark.parametrize("make", [samples.dossier, samples.tax_voucher, samples.tax_notice])
def test_an_envelope_needs_the_agreed_key_where_there_is_one(make: Any) -> None:
    assert heard(make(), key=KEY, callback_key=KEY).subject == make().code
    for key in ("", "khoa-khac", KEY + " ", KEY.upper()):
        refusal = refused(make(), key=key, callback_key=KEY)
        assert (refusal.code, refusal.forged) == ("SECURITY_KEY", True)
    assert heard(make(), key="bat-ky").subject == make().code


@pytest.mark.parametrize("key", [5, None, [KEY], {"a": 1}])
def test_a_key_that_is_no_text_is_wrong(key: Any) -> None:
    assert refused({**samples.dossier().body(), "SecurityKey": key}, callback_key=KEY).forged


def test_a_bare_dossier_needs_no_key_but_a_wrong_one_is_wrong() -> None:
    """In no source does a bare dossier carry a key (§5)."""
    bare = samples.promotion().body()
    assert heard(bare, callback_key=KEY).subject == samples.promotion().code
    assert heard({**bare, "SecurityKey": KEY}, callback_key=KEY).subject == samples.promotion().code
    assert refused({**bare, "SecurityKey": "khac"}, callback_key=KEY).forged


@pytest.mark.parametrize("push", [samples.tax_voucher(), Push(CODE, {"MaHoSo": CODE, **samples.tax_notice().data})])
def test_a_tax_call_cannot_go_around_the_key_by_leaving_its_envelope(push: Push) -> None:
    refusal = refused(push.data, callback_key=KEY)
    assert (refusal.code, "service" in refusal.en) == ("FIELD_MISSING", True)


def test_the_key_is_kept_nowhere() -> None:
    told = heard({**envelope({"MaHoSo": CODE}), "SecurityKey": KEY}, callback_key=KEY)
    assert KEY not in f"{told}{told.event_id}"
    section = {"style": "gateway", "adapter_url": "http://adapter.example", "callback_key": KEY}
    assert KEY not in repr(SPEC.settings.model_validate(section))


ROW = f"<ROW_LIST><MA_HSO>{CODE}</MA_HSO></ROW_LIST>"
OTHER = "<ROW_LIST><MA_HSO>000.00.09.H46-250502-0101</MA_HSO></ROW_LIST>"
ENTITY = '<!DOCTYPE DATA [<!ENTITY e SYSTEM "file:///etc/hostname">]>'
MANY = '<!DOCTYPE DATA [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>'


@pytest.mark.parametrize(
    ("call", "code", "word"),
    [
        (b"", "UNREADABLE", ""),
        (b"{", "UNREADABLE", ""),
        (b"[]", "UNREADABLE", ""),
        (b'"x"', "UNREADABLE", ""),
        (b'{"MaHoSo": "\xff"}', "UNREADABLE", ""),
        (b'{"MaHoSo": NaN}', "UNREADABLE", ""),
        (b'{"a":' * 400 + b"1" + b"}" * 400, "UNREADABLE", ""),
        ({}, "FIELD_MISSING", "MaHoSo"),
        ({"MaHoSo": ""}, "FIELD_MISSING", "MaHoSo"),
        ({"MaHoSo": 5}, "FIELD_WRONG", "MaHoSo"),
        ({"MaHoSo": "có dấu cách"}, "FIELD_WRONG", "MaHoSo"),
        ({"MaHoSo": "A" * 61}, "FIELD_WRONG", "MaHoSo"),
        ({"data": {"MaHoSo": CODE}}, "FIELD_MISSING", "service"),
        ({"service": "NhanHoSo"}, "FIELD_MISSING", "data"),
        (envelope([]), "FIELD_MISSING", "data"),
        (envelope({}), "FIELD_MISSING", "data"),
        (envelope("x"), "FIELD_WRONG", "data"),
        (envelope([["x"]]), "FIELD_WRONG", "data"),
        (envelope([{"MaHoSo": CODE}, {"MaHoSo": CODE}]), "SEVERAL_DOSSIERS", ""),
        (envelope({"MaHoSo": CODE}, service="dịch vụ"), "FIELD_WRONG", "service"),
        (envelope({"MaHoSo": CODE}, service=["x"]), "FIELD_WRONG", "service"),
        (envelope({"MaHoSo": CODE}, service="S" * 101), "FIELD_WRONG", "service"),
        ({**envelope({"MaHoSo": CODE}), "isUpdating": "có"}, "FIELD_WRONG", "isUpdating"),
        (envelope({"MaHoSo": CODE}, service="NhanChungTuThueDat"), "FIELD_MISSING", "ThongTinThanhToan"),
        (envelope({"MaHoSo": CODE}, service="NhanThongBaoThueDat"), "FIELD_MISSING", "FileThongBaoThue"),
        (envelope({"FileThongBaoThue": 5}, service="NhanThongBaoThueDat"), "FIELD_WRONG", "FileThongBaoThue"),
        (
            envelope({"FileThongBaoThue": "không phải"}, service="NhanThongBaoThueDat"),
            "FIELD_WRONG",
            "FileThongBaoThue",
        ),
        (notice_of("<DATA>"), "FIELD_WRONG", "FileThongBaoThue"),
        (notice_of(f"{ENTITY}<DATA><BODY>{ROW}&e;</BODY></DATA>"), "FIELD_WRONG", "FileThongBaoThue"),
        (notice_of(f"{MANY}<DATA><BODY>{ROW}&b;</BODY></DATA>"), "FIELD_WRONG", "FileThongBaoThue"),
        (notice_of("<DATA><BODY/></DATA>"), "FIELD_MISSING", "MA_HSO"),
        (notice_of(f"<DATA><BODY>{ROW}{OTHER}</BODY></DATA>"), "SEVERAL_DOSSIERS", ""),
        (samples.tax_notice("hai hồ sơ"), "FIELD_WRONG", "MA_HSO"),
    ],
)
def test_a_call_that_cannot_be_read_is_answered_minus_one_and_says_why(call: Any, code: str, word: str) -> None:
    refusal = refused(call)
    assert (refusal.code, refusal.forged) == (code, False)
    assert word in refusal.vi and word in refusal.en and refusal.vi != refusal.en
    assert refusal.answer.status == 200
    assert orjson.loads(refusal.answer.body) == {"error_code": -1, "message": refusal.vi}
    assert CODE not in f"{refusal}{refusal.vi}{refusal.en}"


def test_a_notice_must_speak_of_the_dossier_it_came_for() -> None:
    data = {"MaHoSo": "000.00.09.H46-250502-0101", **samples.tax_notice(CODE).data}
    assert refused(envelope(data, "NhanThongBaoThueDat")).code == "SEVERAL_DOSSIERS"


def test_every_refusal_has_words_in_both_languages() -> None:
    assert all(vi and en and vi != en for vi, en in REFUSALS.values())
