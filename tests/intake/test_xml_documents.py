"""A sender that speaks nothing but XML: its documents become the same events that JSON would have made."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import aiohttp
import orjson
import pytest
from lxml import etree

from tests.e2e.rig import CODE, Rig, running

EXAMPLES = files("mappings") / "catalog/onestop/dossier.recorded.v1/examples"
XML = {"Content-Type": "application/xml", "ce-source": "urn:quangbinh:motcua"}


def document(number: int = 1, **changes: str) -> bytes:
    """The smallest dossier of the catalogue's examples, with the attributes of an event."""
    tree = etree.fromstring((EXAMPLES / "minimal.out.xml").read_bytes())
    tree.set("MaThongDiep", f"{CODE}/{number}")
    tree.set("SoThuTu", str(number))
    namespace = {"ot": "urn:lienthong:onestop:1"}
    for name, value in ({"MaHoSo": CODE, "NgayTiepNhan": "2025-06-12T08:15:30+07:00"} | changes).items():
        found = tree.find(f".//ot:{name}", namespace)
        if found is None:
            found = etree.SubElement(tree, f"{{urn:lienthong:onestop:1}}{name}")
        found.text = value
    return bytes(etree.tostring(tree))


async def post(rig: Rig, body: bytes, headers: dict[str, str] | None = None) -> tuple[int, dict[str, object]]:
    async with rig.http.post(f"{rig.gateway.address}/v1/messages", data=body, headers=headers or XML) as answer:
        return answer.status, orjson.loads(await answer.read())


async def test_a_dossier_in_xml_reaches_the_portal(tmp_path: Path) -> None:
    async with running(tmp_path) as rig:
        status, answer = await post(rig, document())
        assert (status, answer["state"]) == (202, "accepted"), answer
        await rig.settled()
        assert [(kind, key) for kind, key, _ in rig.effects] == [("create", CODE)]
        message = await rig.get(f"/v1/messages/{answer['id']}")
        assert (message["type"], message["subject"]) == ("vn.lienthong.dossier.recorded.v1", CODE)


async def test_the_same_document_again_is_a_repeat_and_another_under_its_id_is_a_conflict(tmp_path: Path) -> None:
    async with running(tmp_path) as rig:
        _, first = await post(rig, document())
        status, again = await post(rig, document())
        assert (status, again["id"], again["duplicate"]) == (202, first["id"], True)
        status, other = await post(rig, document(GhiChu="Ghi chú khác"))
        assert status == 409, other


async def test_what_the_schema_does_not_allow_is_listed_with_its_place_and_never_its_value(tmp_path: Path) -> None:
    async with running(tmp_path) as rig:
        status, answer = await post(rig, document(HoTen="", NgayTiepNhan="hôm qua", TrangThaiHoSo="99"))
        assert status == 422
        errors = answer["errors"]
        assert isinstance(errors, list)
        assert {"/data/applicant/name", "/data/received_at", "/data/status"} <= {one["pointer"] for one in errors}
        assert "hôm qua" not in orjson.dumps(answer).decode()
        assert (await rig.gateway.ledger.balance())["accepted"] == 0


async def test_codes_are_judged_as_in_json(tmp_path: Path) -> None:
    async with running(tmp_path) as rig:
        status, answer = await post(rig, document(MaHoSo="000.00.16.H46-250230-0001"))
        assert status == 422
        assert "DOSSIER_DATE" in orjson.dumps(answer["errors"]).decode()


@pytest.mark.parametrize("missing", ["MaThongDiep", "ce-source"])
async def test_a_document_that_does_not_say_which_message_it_is_is_refused(tmp_path: Path, missing: str) -> None:
    tree = etree.fromstring(document())
    tree.attrib.pop(missing, None)
    headers = {name: value for name, value in XML.items() if name != missing}
    async with running(tmp_path) as rig:
        status, answer = await post(rig, bytes(etree.tostring(tree)), headers)
        assert status == 422, answer


async def test_the_schema_is_published_and_takes_every_example(tmp_path: Path) -> None:
    async with (
        running(tmp_path) as rig,
        aiohttp.ClientSession() as anybody,
        anybody.get(f"{rig.gateway.address}/schemas/onestop-dossier.xsd") as answer,
    ):
        assert answer.content_type == "application/xml"
        schema = etree.XMLSchema(etree.fromstring(await answer.read()))
    found = [one for one in EXAMPLES.iterdir() if one.name.endswith(".xml")]
    assert found
    for example in found:
        schema.assertValid(etree.fromstring(example.read_bytes()))
