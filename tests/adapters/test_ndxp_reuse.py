"""Document reuse (codes sheet §10): search, choose by the rule, fetch, and never hand on another owner's document."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from aiohttp import web
from pydantic import ValidationError

from adapters.contract import DeliveryError, PermanentError, TransientError, UncertainError
from adapters.ndxp import SPEC
from adapters.ndxp.settings import NdxpSettings
from adapters.ndxp.simulator import PAPERS, SimulatorSettings, StoredPaper
from adapters.ndxp.simulator.faults import Raw
from adapters.simulation.faults import Changed
from tests.adapters.ndxp_rig import BIRTH, DOSSIER, MAU, OFFICER, STYLES, a_question, mapped, open_ndxp_rig
from tests.adapters.portal_rig import outbound

NEWEST = StoredPaper("90099", BIRTH, "20260101", citizen_id=MAU)


def papers(*changed: StoredPaper) -> tuple[StoredPaper, ...]:
    return (*PAPERS, *changed)


@pytest.mark.parametrize("style", STYLES)
async def test_the_newest_valid_document_is_provided_over_every_road(style: str) -> None:
    async with open_ndxp_rig(style=style) as rig:
        kind, message = await rig.told()
        assert kind == "document.provided.v1"
        assert message["dossier_code"] == DOSSIER
        document = message["document"]
        assert (document["id"], document["owner"]) == ("90012", {"citizen_id": MAU})
        assert document["url"] == "https://kho.example.invalid/90012"
        assert (document["state"], document["signature_valid"]) == ("valid", True)
        assert (document["media_type"], document["size"]) == ("application/pdf", 34567)


async def test_a_business_is_found_by_its_tax_code_with_or_without_the_dash() -> None:
    async with open_ndxp_rig() as rig:
        kind, message = await rig.told(result_code="KQ.H46.000101", owner={"tax_code": "3109999917-001"})
        assert (kind, message["document"]["owner"]) == ("document.provided.v1", {"tax_code": "3109999917-001"})


@pytest.mark.parametrize("owner", ["044999000124", "044999000777"])
async def test_revoked_expired_or_unsigned_documents_are_as_good_as_none(owner: str) -> None:
    async with open_ndxp_rig() as rig:
        assert await rig.told(owner) == ("document.not_found.v1", {"dossier_code": DOSSIER, "result_code": BIRTH})
        assert rig.effects() == 0


async def test_a_document_under_another_code_is_not_taken_for_it() -> None:
    async with open_ndxp_rig() as rig:
        assert (await rig.told(result_code="KQ.G15.000099"))[0] == "document.not_found.v1"


async def test_a_document_of_another_owner_is_never_given_out() -> None:
    async with open_ndxp_rig() as rig:
        with pytest.raises(PermanentError) as caught:
            await rig.ask("044999000125")
        error = caught.value
        assert (error.code, error.scope, error.answer) == ("OTHER_OWNER", "message", None)
        assert "044999000199" not in str(error) + error.vi + error.en


@pytest.mark.parametrize("named", ["", "04499900012", None])
async def test_a_document_that_names_no_owner_is_not_given_out_either(named: str | None) -> None:
    async with open_ndxp_rig() as rig:
        record = {**NEWEST.whole(), "GiayToId": "90012", "SoDinhDanh": named, "MaSoThue": ""}
        rig.exchange.next(Raw(orjson.dumps({"error_code": 0, "result": record})), on="LayGiayTo")
        with pytest.raises(PermanentError, match="OTHER_OWNER"):
            await rig.ask()


async def test_a_document_other_than_the_one_asked_for_is_not_used() -> None:
    async with open_ndxp_rig() as rig:
        rig.exchange.next(Raw(orjson.dumps({"error_code": 0, "result": PAPERS[0].whole()})), on="LayGiayTo")
        with pytest.raises(UncertainError, match="OTHER_DOCUMENT"):
            await rig.ask()


@pytest.mark.parametrize("change", [{"TrangThai": "2"}, {"ChuKySoHopLe": "0"}, {"DuongDanTepTinKetQua": ""}])
async def test_a_document_that_turns_out_unusable_makes_room_for_the_next(change: dict[str, str]) -> None:
    async with open_ndxp_rig() as rig:
        newest = next(paper for paper in PAPERS if paper.id == "90012")
        body = orjson.dumps({"error_code": 0, "result": {**newest.whole(), **change}})
        rig.exchange.next(Raw(body), on="LayGiayTo")
        assert (await rig.told())[1]["document"]["id"] == "90011"


async def test_only_so_many_documents_are_looked_at_for_one_question() -> None:
    async with open_ndxp_rig() as rig:
        many = [StoredPaper(str(number), BIRTH, f"2026{number}", citizen_id=MAU) for number in range(1001, 1010)]
        rig.exchange.store.papers = papers(*many)
        rig.exchange.next(
            _changing({"DuongDanTepTinKetQua": ""}), times=20, on="LayGiayTo"
        )  # each is handed out, none has an address
        assert (await rig.told())[0] == "document.not_found.v1"
        assert rig.effects() == 5


def _changing(change: dict[str, str]) -> Any:
    def changed(reply: bytes) -> bytes:
        tree = orjson.loads(reply)
        return orjson.dumps({**tree, "result": {**tree["result"], **change}})

    return Changed(changed)


async def test_codes_and_flags_may_be_numbers() -> None:
    async with open_ndxp_rig(simulator=SimulatorSettings(numeric=True)) as rig:
        kind, message = await rig.told()
        assert (kind, message["document"]["id"]) == ("document.provided.v1", "90012")


async def test_the_question_goes_with_its_dossier_and_its_officer() -> None:
    async with open_ndxp_rig(style="direct") as rig:
        receipt = await rig.ask()
        (effect,) = rig.exchange.effects
        assert (effect.kind, effect.key, effect.details) == ("given_out", DOSSIER, {"document": "90012"})
        assert (receipt.code, dict(receipt.facts)) == ("0", {"reuse": "provided"})
        assert MAU not in str(receipt.facts)
        assert (await rig.ask("044999000124")).facts == {"reuse": "not_found"}


async def test_asking_twice_is_safe_and_every_operation_says_so() -> None:
    async with open_ndxp_rig() as rig:
        assert await rig.told() == await rig.told()
    settings = NdxpSettings.model_validate({"road": {"address": "http://kho.example"}, "probe_officer": OFFICER})
    assert SPEC.repeatable(settings) == SPEC.operations == {"TimGiayTo"}


async def test_the_switch_reaches_the_rule() -> None:
    listed = orjson.dumps({"error_code": 0, "result": [{"GiayToId": "90012", "MaGiayToKetQua": BIRTH}]})
    found = orjson.dumps({"error_code": 0, "result": {**NEWEST.whole(), "GiayToId": 90012, "TrangThai": ""}})
    for trusting, kind in ((False, "document.not_found.v1"), (True, "document.provided.v1")):
        async with open_ndxp_rig(accept_unstated=trusting) as rig:
            rig.exchange.next(Raw(listed), on="TimGiayTo")
            rig.exchange.next(Raw(found), on="LayGiayTo")
            assert (await rig.told())[0] == kind


# ---- answers of the store


@pytest.mark.parametrize(
    ("body", "kind", "code"),
    [
        ({"error_code": -1, "message": "x"}, TransientError, "unnamed"),
        ({"error_code": "-7"}, TransientError, "unnamed"),
        ({"message": "x"}, UncertainError, "NO_ERROR_CODE"),
        ({"error_code": True}, UncertainError, "NO_ERROR_CODE"),
        ({"error_code": "không"}, UncertainError, "NO_ERROR_CODE"),
        ({"error_code": 0, "result": {"x": 1}}, UncertainError, "GARBAGE_ANSWER"),
        ({"error_code": 0, "result": [{"TenGiayTo": "không có mã"}]}, UncertainError, "GARBAGE_ANSWER"),
        ([1], UncertainError, "GARBAGE_ANSWER"),
    ],
)
async def test_a_list_that_is_none_is_no_answer(body: Any, kind: type[DeliveryError], code: str) -> None:
    async with open_ndxp_rig() as rig:
        rig.exchange.next(Raw(orjson.dumps(body)))
        with pytest.raises(kind) as caught:
            await rig.ask()
        assert caught.value.code == code


async def test_a_document_that_is_none_is_no_answer() -> None:
    async with open_ndxp_rig() as rig:
        rig.exchange.next(Raw(b'{"error_code":0,"result":[]}'), on="LayGiayTo")
        with pytest.raises(UncertainError, match="GARBAGE_ANSWER"):
            await rig.ask()


@pytest.mark.parametrize("nothing", [None, "", []])
async def test_no_list_at_all_is_an_empty_one(nothing: Any) -> None:
    async with open_ndxp_rig() as rig:
        rig.exchange.next(Raw(orjson.dumps({"error_code": "0", "result": nothing})))
        assert (await rig.told())[0] == "document.not_found.v1"


async def test_an_error_that_no_rule_names_is_tried_so_many_times() -> None:
    async with open_ndxp_rig(unnamed_tries=3) as rig:
        rig.exchange.next(Raw(b'{"error_code":-9}'))
        with pytest.raises(TransientError) as caught:
            await rig.ask()
        assert (caught.value.max_tries, "-9" in caught.value.en) == (3, True)


# ---- questions and settings


@pytest.mark.parametrize(
    "document",
    [None, [], {}, {"MaGiayToKetQua": BIRTH}, {"SoDinhDanh": MAU}, {**mapped(a_question()), "MaSoThue": "1"}],
)
async def test_a_question_that_names_no_result_or_not_one_owner_is_not_sent(document: Any) -> None:
    async with open_ndxp_rig() as rig:
        with pytest.raises(PermanentError, match="DOCUMENT_SHAPE"):
            await rig.adapter.deliver(outbound("TimGiayTo", document))
        assert rig.calls() == 0


async def test_an_operation_the_adapter_does_not_have_is_permanent() -> None:
    async with open_ndxp_rig() as rig:
        with pytest.raises(PermanentError, match="UNKNOWN_OPERATION"):
            await rig.adapter.deliver(outbound("XoaGiayTo", mapped(a_question())))


@pytest.mark.parametrize(
    ("changes", "named"),
    [({"road": {}}, "road.address"), ({"probe_officer": ""}, "probe_officer"), ({"search_path": "tim"}, "search_path")],
)
def test_settings_that_cannot_work_are_refused_by_name(changes: dict[str, Any], named: str) -> None:
    whole = {"road": {"address": "http://kho.example"}, "probe_officer": OFFICER, **changes}
    with pytest.raises(ValidationError, match=named):
        NdxpSettings.model_validate(whole)


async def test_an_account_for_an_officer_is_not_sent_as_a_number() -> None:
    seen: list[str | None] = []

    def look(request: web.Request) -> None:
        seen.append(request.headers.get("X-Road-UserId"))

    async with open_ndxp_rig() as rig:
        rig.exchange.next(_Looking(look), times=4)
        await rig.ask()
        await rig.ask(officer={"id": "canbo.mau"})
    assert seen == [f"VN{OFFICER}"] * 2 + [None] * 2


class _Looking:
    """Lets calls pass and looks at them."""

    def __init__(self, look: Any) -> None:
        self._look = look

    async def before(self, _system: Any, request: web.Request) -> None:
        self._look(request)

    async def after(self, _system: Any, _request: web.Request, _reply: bytes) -> None:
        return None
