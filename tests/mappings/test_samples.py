"""Every sample of the national specifications that belongs to a mapping: read, mapped, and mapped back.

What comes back must be a document the other side's own schema takes, and must tell the same again.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from gateway.acceptance import schemas
from mappings.json_schema import JsonSchema
from tests.mappings.canonical import CATALOGUE

SAMPLES = Path(__file__).parent / "samples"
Pick = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Sample:
    """One document in a sample file: `pick` finds it there, `port` is the form in which it goes back."""

    file: str
    mapping: str
    pick: Pick = lambda tree: tree
    port: str = ""
    label: str = ""

    @property
    def name(self) -> str:
        return f"{self.file}{':' if self.label else ''}{self.label}"


def at(*steps: str | int) -> Pick:
    """What stands at a path in a JSON sample."""

    def pick(tree: Any) -> Any:
        for step in steps:
            tree = tree[step]
        return tree

    return pick


def unwrapped(*steps: str | int) -> Pick:
    """JSON inside a text, as a provincial gateway relays it."""
    return lambda tree: json.loads(at(*steps)(tree))


def xml(file: str, mapping: str, port: str = "") -> Sample:
    return Sample(f"citizen-db/{file}.xml", f"citizen_db/{mapping}", port=port)


def payment(file: str, mapping: str, step: str, *inside: str) -> Sample:
    return Sample(f"payment-platform/{file}.json", f"payment/{mapping}", at(step, *inside), label=step)


PORTAL, CITIZENS = "national-portal", "citizen-db"
ALL = [
    Sample(f"{PORTAL}/02-dongbohosomc-create.json", "national_portal/dossier.recorded.v1", at("request", "data", 0)),
    Sample(
        f"{PORTAL}/03-dongbohosomc-exists-then-update.json",
        "national_portal/dossier.recorded.v1",
        at("step2", "request", "data", 0),
    ),
    Sample(
        f"{PORTAL}/04-capnhattiendohosomc.json",
        "national_portal/dossier.progressed.v1",
        lambda tree: {"data": tree["request"]["data"]},
    ),
    Sample(f"{PORTAL}/05-laythutuc.json", "national_portal/catalogue.refreshed.v1", at("response"), label="response"),
    Sample(
        f"{PORTAL}/05-laythutuc.json",
        "national_portal/catalogue.refreshed.v1",
        unwrapped("response_via_gateway", "message"),
        label="response_via_gateway",
    ),
    xml("tracuu-request.direct", "citizen.lookup_requested.v1.lookup"),
    xml("tracuu-request.xroad", "citizen.lookup_requested.v1.lookup"),
    xml("tracuu-request-cmnd-year.direct", "citizen.lookup_requested.v1.lookup"),
    xml("xacthuc-request.direct", "citizen.lookup_requested.v1.verify"),
    xml("xacthuc-request.xroad", "citizen.lookup_requested.v1.verify"),
    xml("hogiadinh-request.xroad", "citizen.lookup_requested.v1.household"),
    xml("tracuu-reply.direct", "citizen.found.v1", "direct"),
    xml("tracuu-reply.xroad", "citizen.found.v1", "xroad"),
    xml("tracuu-reply-qcvn109-style.direct", "citizen.found.v1.qcvn109", "direct"),
    xml("tracuu-reply-qcvn109-style.direct", "citizen.found.v1", "direct"),
    xml("tracuu-reply-notfound.direct", "citizen.not_found.v1", "direct"),
    xml("tracuu-reply-notfound.xroad", "citizen.not_found.v1", "xroad"),
    xml("tracuu-reply-businessfault.xroad", "citizen.refused.v1", "lookup"),
    xml("xacthuc-reply.direct", "citizen.verified.v1", "direct"),
    xml("xacthuc-reply.xroad", "citizen.verified.v1", "xroad"),
    xml("hogiadinh-reply.xroad", "citizen.verified.v1.household", "xroad"),
    Sample(f"{CITIZENS}/lgsp-json-request.json", "citizen_db/citizen.lookup_requested.v1.lgsp"),
    Sample(f"{CITIZENS}/lgsp-json-request-camel.json", "citizen_db/citizen.lookup_requested.v1.lgsp_camel"),
    Sample(f"{CITIZENS}/lgsp-json-reply-wrapped.json", "citizen_db/citizen.found.v1.lgsp"),
    payment("01-init", "payment.requested.v1", "request"),
    payment("01-init", "payment.opened.v1", "response"),
    Sample(
        "payment-platform/01-init.json",
        "payment/payment.opened.v1",
        unwrapped("response_via_provincial_gateway", "message"),
        label="response_via_provincial_gateway",
    ),
    payment("01-init", "payment.refused.v1", "response_refused_assumed"),
    payment("02-result-notification", "payment.settled.v1", "paid", "request"),
    payment("02-result-notification", "payment.settled.v1", "failed", "request"),
    payment("02-result-notification", "payment.settled.v1", "tampered_amount_must_be_refused", "request"),
    payment("03-query", "payment.watch_requested.v1", "request"),
    payment("03-query", "payment.queried.v1", "response_paid"),
    payment("03-query", "payment.queried.v1", "response_pending"),
    payment("03-query", "payment.queried.v1", "response_failed"),
    payment("03-query", "payment.settled.v1.query", "response_paid"),
    payment("03-query", "payment.settled.v1.query", "response_failed"),
    payment("03-query", "payment.refused.v1", "response_unknown_reference_assumed"),
    payment("04-get-bill", "payment.receipt_requested.v1", "request"),
    payment("04-get-bill", "payment.receipt_issued.v1", "response_json"),
    payment("04-get-bill", "payment.refused.v1", "response_not_ready_assumed"),
    payment("05-tra-cuu-thanh-toan-inbound", "payment.payable_requested.v1", "request"),
    payment("05-tra-cuu-thanh-toan-inbound", "payment.payable.v1", "response_due"),
    payment("05-tra-cuu-thanh-toan-inbound", "payment.payable.v1", "response_nothing_due"),
    payment("05-tra-cuu-thanh-toan-inbound", "payment.payable.v1", "response_unknown_dossier"),
]
MAY_LACK = {"payment/payment.settled.v1": {"dossier_code"}}
"""What a document may leave out: a notification names the dossier only where the reference is not ours."""
RELAYED = "ndxp/09-lgsp-envelope-reply.json"
UNTOLD = ("SoBienNhan", "HuyenNguoiNop", "TinhNguoiNop")
"""What samples say and our documents have no place for: an empty field, and the payer's address in parts."""


def named(samples: list[Sample]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("sample", samples, ids=[f"{one.name} as {one.mapping}" for one in samples])


def wire(sample: Sample) -> bytes:
    """The document as it came over the wire."""
    raw = (SAMPLES / sample.file).read_bytes()
    return raw if sample.file.endswith(".xml") else json.dumps(sample.pick(json.loads(raw))).encode()


@named(ALL)
def test_a_sample_is_what_its_own_schema_takes(sample: Sample) -> None:
    assert CATALOGUE.get(sample.mapping).validate(wire(sample)) == ()


@named(ALL)
def test_a_sample_becomes_a_canonical_document_but_for_what_is_not_on_the_wire(sample: Sample) -> None:
    mapping = CATALOGUE.get(sample.mapping)
    back = mapping.backward(mapping.read(wire(sample))).document
    schema = JsonSchema(schemas.document(mapping.table.canonical))
    never = {path for loss in mapping.table.losses if loss.when == "always" for path in loss.paths}
    lacking = {one.foreign[1:].replace("/", ".") for one in schema.misfits(back) if one.code == "SCHEMA_REQUIRED"}
    assert lacking <= never | MAY_LACK.get(sample.mapping, set())
    assert [one for one in schema.misfits(back) if one.code != "SCHEMA_REQUIRED"] == []


@named(ALL)
def test_a_sample_goes_back_as_a_document_the_schema_takes_and_tells_the_same_again(sample: Sample) -> None:
    mapping = CATALOGUE.get(sample.mapping)
    back = mapping.backward(mapping.read(wire(sample)))
    again = mapping.forward(back.document, back.given, sample.port)
    assert mapping.validate(again.document if again.text is None else again.text) == ()
    reread = mapping.backward(again.document if again.text is None else mapping.read(again.text))
    assert (reread.document, reread.given) == (back.document, back.given)


@named([one for one in ALL if one.mapping.startswith(("national_portal/dossier", "payment/", "citizen_db/"))])
def test_no_value_of_a_sample_is_missing_when_it_goes_back(sample: Sample) -> None:
    mapping = CATALOGUE.get(sample.mapping)
    record = mapping.read(wire(sample))
    back = mapping.backward(record)
    if "dossier_code" in {path for loss in mapping.table.losses for path in loss.paths}:
        back.document.setdefault("dossier_code", "000.00.16.H46-210820-0001")
    again = mapping.read(mapping.write(mapping.forward(back.document, back.given, sample.port).document))
    missing = {name for name, value in fields(record) if value not in ("", None, [])} - {
        name for name, _ in fields(again)
    }
    assert missing <= {*UNTOLD, *(("MaDonViHanhChinh",) if sample.mapping == "citizen_db/citizen.found.v1" else ())}


def fields(node: Any) -> list[tuple[str, Any]]:
    """Every field of a record, however deep."""
    if isinstance(node, dict):
        return [pair for name, value in node.items() for pair in ((name, value), *fields(value))]
    return [pair for one in node for pair in fields(one)] if isinstance(node, list) else []


def test_the_json_view_of_an_answer_is_read_like_its_xml() -> None:
    """A platform that strips the namespaces and relays JSON: the record itself, no reading needed."""
    relayed = json.loads((SAMPLES / RELAYED).read_text("utf-8"))["response"]["KetQuaXacThuc"]
    assert CATALOGUE.get("citizen_db/citizen.verified.v1").backward(relayed).document == {"verified": True}


def test_every_sample_file_is_used() -> None:
    assert {RELAYED, *(one.file for one in ALL)} == {
        path.relative_to(SAMPLES).as_posix() for path in SAMPLES.rglob("*") if path.is_file()
    }


def test_what_a_check_value_covers_comes_back_as_it_was_sent() -> None:
    """The reference, the time as a key, the amount as digits: all the platform compares letter by letter."""
    [init] = [one for one in ALL if one.name == "payment-platform/01-init.json:request"]
    mapping, sent = CATALOGUE.get(init.mapping), json.loads(wire(init))
    back = mapping.backward(sent)
    again = mapping.forward(back.document, back.given).document
    again["ThongTinBienLai"] |= {name: sent["ThongTinBienLai"][name] for name in UNTOLD[1:]}
    assert again == sent
