"""Over the exchange: header blocks out and back, its faults, answers that are never believed (NDXP sheet §5, §6)."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from lxml import etree

from adapters.contract import DeliveryError, PermanentError, RefusedError, TransientError, UncertainError
from adapters.transport.envelope import Envelope, Fault, read_envelope
from tests.adapters.citizen_rig import DOSSIER, echoing, message_of, open_citizen_rig, open_line, sample

REFERENCE = "3f0b8a52-6a41-4f0e-9f0a-1d6a5b0c0009"
REPLY = sample("tracuu-reply.xroad.xml")

LATER = [
    "NetworkError", "IOError", "OutdatedGlobalConf", "MaintenanceMode", "DatabaseError", "ServiceFailed",
    "InconsistentResponse",
]  # fmt: skip
RIGHT = ["AccessDenied", "UnknownService", "UnknownMember", "ServiceDisabled", "InvalidClientIdentifier"]
REQUEST = [
    "InvalidRequest", "MissingHeader", "MissingHeaderField", "DuplicateHeaderField", "MissingBody", "InvalidBody",
    "InconsistentHeaders", "InvalidProtocolVersion", "BadRequest",
]  # fmt: skip
CLASSES = [
    *((name, TransientError, "message") for name in LATER),
    *((name, PermanentError, "destination") for name in RIGHT),
    *((name, PermanentError, "message") for name in REQUEST),
]


def snake(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


async def failing(rig: Any, **ask: Any) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        await rig.ask(**ask)
    return caught.value


async def test_a_question_says_who_asks_for_which_dossier_in_the_exchanges_own_words() -> None:
    async with open_line(echoing(REPLY), "xroad") as line:
        receipt = await line.ask()
        envelope = read_envelope(line.requests[-1][1])
        assert isinstance(envelope, Envelope)
        names = [etree.QName(block).localname for block in envelope.headers]
        assert names == ["client", "service", "id", "userId", "issue", "protocolVersion"]
        texts = {etree.QName(block).localname: "/".join(block.itertext()) for block in envelope.headers}
        assert texts == {
            "client": "VN/GOV/000.00.00.H46/qbdvcconsumer",
            "service": "VN/GOV/000.00.00.G01/csdldancu/TraCuuThongTinCongDan/v1",
            "id": receipt.facts["message_id"],
            "userId": "VN044082999100",
            "issue": DOSSIER,
            "protocolVersion": "4.0",
        }
        kinds = [block.get("{http://x-road.eu/xsd/identifiers}objectType") for block in envelope.headers[:2]]
        assert kinds == ["SUBSYSTEM", "SERVICE"]
        assert UUID(texts["id"])
        assert line.requests[-1][0]["Content-Type"].startswith("text/xml")


async def test_a_member_without_a_subsystem_says_so() -> None:
    async with open_line(
        echoing(REPLY), "xroad", xroad_client="VN/GOV/000.00.00.H46", xroad_service_version=""
    ) as line:
        await line.ask()
        sent = line.requests[-1][1].decode()
        assert 'objectType="MEMBER"' in sent and "serviceVersion" not in sent


@pytest.mark.parametrize(
    ("service", "name"),
    [
        ("lookup", "tracuu-reply"),
        ("lookup", "tracuu-reply-notfound"),
        ("verify", "xacthuc-reply"),
        ("household", "hogiadinh-reply"),
    ],
)
async def test_the_samples_of_the_exchange_come_back_as_messages(service: str, name: str) -> None:
    person = {"citizen_id": "044085999001", "full_name": "Nguyễn Văn Mẫu", "birth_date": "1985"}
    async with open_line(echoing(sample(f"{name}.xroad.xml")), "xroad") as line:
        receipt = await line.ask(service, person)
        assert receipt.reply is not None
        told = message_of(receipt.reply)
        assert receipt.reply.type.startswith("citizen.") and told["dossier_code"] == DOSSIER


async def test_the_sample_of_a_business_fault_is_a_refusal_with_its_code() -> None:
    async with open_line(echoing(sample("tracuu-reply-businessfault.xroad.xml")), "xroad") as line:
        error = await failing(line)
        assert isinstance(error, RefusedError) and error.code == "MATICHHOP_KHONG_HOP_LE"
        assert "MATICHHOP_KHONG_HOP_LE" in error.vi and b"faultString" in (error.answer or b"")


@pytest.mark.parametrize("service", ["lookup", "verify", "household"])
@pytest.mark.parametrize("port", ["xroad", "direct"])
async def test_a_business_fault_refuses_every_operation_on_every_port(port: str, service: str) -> None:
    async with open_citizen_rig(port=port) as rig:
        rig.upset("business_fault", code="LOI-01", message="Không nhận Nguyễn Văn Mẫu")
        error = await failing(rig, service=service)
        assert isinstance(error, RefusedError) and error.code == "LOI-01"


async def test_a_business_fault_whose_code_is_a_sentence_is_not_repeated() -> None:
    async with open_citizen_rig() as rig:
        rig.upset("business_fault", code="Không nhận Nguyễn Văn Mẫu")
        error = await failing(rig)
        assert isinstance(error, RefusedError) and error.code == "UNNAMED" and "Mẫu" not in str(error)


@pytest.mark.parametrize(("name", "kind", "scope"), CLASSES)
@pytest.mark.parametrize("spell", [str, snake])
async def test_each_fault_of_the_exchange_has_its_class_in_either_spelling(
    name: str, kind: type[DeliveryError], scope: str, spell: Any
) -> None:
    side = "Client" if name in REQUEST else "Server.ServerProxy"
    async with open_citizen_rig() as rig:
        rig.upset("xroad_fault", code=f"{side}.{spell(name)}", reference=REFERENCE)
        error = await failing(rig)
        assert type(error) is kind and error.scope == scope
        assert error.code == f"XROAD_{name}"
        assert REFERENCE in error.vi and REFERENCE in error.en


@pytest.mark.parametrize("behind", ["MissingBody", "HttpError", "InvalidSoapFault"])
async def test_what_the_provider_did_wrong_is_not_our_mistake(behind: str) -> None:
    async with open_citizen_rig() as rig:
        rig.upset("xroad_fault", code=f"Server.ClientProxy.ServiceFailed.{behind}")
        error = await failing(rig)
        assert isinstance(error, TransientError) and error.code == "XROAD_ServiceFailed"


@pytest.mark.parametrize(
    ("code", "kind", "shown"),
    [
        ("Server.ServerProxy.Strange", TransientError, "XROAD_Strange"),
        ("soapenv:Server", TransientError, "SOAP_Server"),
        ("soapenv:Client", PermanentError, "SOAP_Client"),
        ("Lỗi của Nguyễn Văn Mẫu", TransientError, "SOAP_UNNAMED"),
    ],
)
async def test_a_fault_that_no_rule_names_is_tried_again_and_a_clients_mistake_not_at_all(
    code: str, kind: type[DeliveryError], shown: str
) -> None:
    async with open_citizen_rig() as rig:
        rig.upset("xroad_fault", code=code)
        error = await failing(rig)
        assert type(error) is kind and error.code == shown
        assert not isinstance(error, TransientError) or error.max_tries == (5 if shown.startswith("SOAP") else None)


async def test_a_fault_names_no_person_however_its_sentence_reads() -> None:
    async with open_citizen_rig() as rig:
        rig.upset("xroad_fault", sentence="Nguyễn Văn Mẫu 044085999001", reference="Nguyễn Văn Mẫu")
        error = await failing(rig)
        assert not [one for one in rig.personal if one in f"{error} {error.vi} {error.en}"]
        assert "–" in error.vi


async def test_a_fault_with_http_200_is_a_fault() -> None:
    fault = b'<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body><e:Fault><faultcode>Server.ServerProxy.AccessDenied</faultcode></e:Fault></e:Body></e:Envelope>'
    async with open_line(fault, "xroad") as line:
        error = await failing(line)
        assert isinstance(error, PermanentError) and error.code == "XROAD_AccessDenied"
    assert read_envelope(fault) == Fault("Server.ServerProxy.AccessDenied", "")


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("Server.ServerProxy.AccessDenied", PermanentError),
        ("Server.ClientProxy.NetworkError", TransientError),
        ("Client.BadRequest", PermanentError),
    ],
)
@pytest.mark.parametrize("port", ["xroad", "direct"])
async def test_the_exchanges_json_error_is_understood_where_soap_is_tunnelled(
    port: str, code: str, kind: type[DeliveryError]
) -> None:
    async with open_citizen_rig(port=port) as rig:
        rig.upset("exchange_error", code=code, reference=REFERENCE)
        error = await failing(rig)
        assert type(error) is kind and error.code == f"XROAD_{code.rpartition('.')[2]}" and REFERENCE in error.en


async def test_an_answer_under_another_id_is_not_believed() -> None:
    async with open_citizen_rig() as rig:
        rig.upset("changed_id")
        error = await failing(rig)
        assert isinstance(error, UncertainError) and error.code == "INCONSISTENT_ANSWER" and error.answer is None
        assert (await rig.ask()).code == "FOUND"


@pytest.mark.parametrize("block", ["id", "client", "service"])
@pytest.mark.parametrize("how", ["missing", "twice", "other"])
async def test_an_answer_that_does_not_echo_the_question_is_not_believed(block: str, how: str) -> None:
    def answer(request: bytes) -> bytes:
        envelope = etree.fromstring(echoing(REPLY)(request))
        [found] = [one for one in envelope[0] if etree.QName(one).localname == block]
        if how == "missing":
            envelope[0].remove(found)
        elif how == "twice":
            envelope[0].append(etree.fromstring(etree.tostring(found, with_tail=False)))
        else:
            (found[-1] if len(found) else found).text = "khac"
        return etree.tostring(envelope)

    async with open_line(answer, "xroad") as line:
        assert (await failing(line)).code == "INCONSISTENT_ANSWER"


@pytest.mark.parametrize("service", ["lookup", "verify", "household"])
@pytest.mark.parametrize("port", ["xroad", "direct"])
async def test_an_answer_to_something_else_is_not_believed(port: str, service: str) -> None:
    async with open_citizen_rig(port=port) as rig:
        rig.upset("other_answer")
        error = await failing(rig, service=service)
        assert isinstance(error, UncertainError) and error.code == "OTHER_ANSWER"


@pytest.mark.parametrize(
    ("right", "wrong"),
    [(b"http://www.mic.gov.vn/dancu/1.0", b"http://dancuquocgia.bca"), (b"dc:CongDan>", b"dan:CongDan>")],
)
async def test_people_in_another_namespace_are_not_taken_for_nobody(right: bytes, wrong: bytes) -> None:
    other = REPLY.replace(right, wrong)
    async with open_line(echoing(other), "xroad") as line:
        assert (await failing(line)).code == "OTHER_ANSWER"


@pytest.mark.parametrize("verdict", ["", "<dan:TonTai/>", "<dan:TonTai>có</dan:TonTai>"])
@pytest.mark.parametrize(("service", "root"), [("verify", "KetQuaXacThuc"), ("household", "KetQuaXacThucHoGiaDinh")])
async def test_a_verification_without_a_verdict_proves_nothing(service: str, root: str, verdict: str) -> None:
    reply = f'<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body><dan:{root} xmlns:dan="http://dancuquocgia.bca">{verdict}</dan:{root}></e:Body></e:Envelope>'
    async with open_line(reply.encode()) as line:
        error = await failing(line, service=service)
        assert isinstance(error, UncertainError) and error.code == "NO_VERDICT"


async def test_an_answer_about_another_number_is_never_given_out() -> None:
    other = sample("tracuu-reply.direct.xml").replace(
        b"<ns1:SoDinhDanh>044085999001", b"<ns1:SoDinhDanh>044085999002", 1
    )
    async with open_line(other) as line:
        error = await failing(line)
        assert isinstance(error, UncertainError) and error.code == "ANOTHER_PERSON" and error.answer is None


async def test_of_several_people_only_the_one_asked_for_is_given_out() -> None:
    async with open_citizen_rig() as rig:
        twins = {"id_card": "194999007", "full_name": "Hoàng Thị Trùng Tên", "birth_date": "1985-10-10"}
        assert len((await rig.told(person=twins))["citizens"]) == 2
        one = {**twins, "citizen_id": "044185999008"}
        assert [c["citizen_id"] for c in (await rig.told(person=one))["citizens"]] == ["044185999008"]


async def test_an_answer_that_drips_too_slowly_is_unclear() -> None:
    async with open_citizen_rig(timeout=timedelta(milliseconds=300)) as rig:
        rig.upset("slow_drip", pause=0.05)
        error = await failing(rig)
        assert isinstance(error, UncertainError) and error.code == "TIMEOUT"
