"""The simulated platform keeps to its sheet: what it takes, refuses and logs, whom it notifies, and how it is upset."""

from __future__ import annotations

import asyncio
import base64
import signal
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import pytest
from aiohttp import web

from adapters.contract import CallRefused, Incoming, Outcome, UncertainError
from adapters.payment.listening import listen
from adapters.payment.reconcile import read_day_file
from adapters.payment.signing import ASKING_FIELDS, INIT_FIELDS, check_value
from adapters.payment.simulator import SimulatedPayment, SimulatorSettings, adapter_settings, build, faults
from tests.adapters.payment_rig import (
    DOSSIER,
    NOON,
    Take,
    init_document,
    open_payment_rig,
    province,
    settings_for,
)


class Caller:
    """A plain client of the platform."""

    def __init__(self, http: aiohttp.ClientSession, url: str) -> None:
        self.http, self.url = http, url

    async def send(self, path: str, record: dict[str, Any], fields: tuple[str, ...]) -> dict[str, Any]:
        signed = record if "MaXacThuc" in record else {**record, "MaXacThuc": check_value(fields, record, "sandbox")}
        async with self.http.post(self.url + path, data=orjson.dumps(signed)) as response:
            return dict(orjson.loads(await response.read()))

    async def init(self, reference: str = "A1", **changes: Any) -> dict[str, Any]:
        record = {**an_init(reference), **changes}
        return await self.send("/init", record, INIT_FIELDS)

    async def ask(
        self, kind: str = "QUERY", reference: str = "A1", time: str = "20250612081002", **changes: Any
    ) -> Any:
        record = {"LoaiBanTin": kind, "PhienBan": "1.0.6", "MaDoiTac": "H46-GIALAP"}
        record |= {"MaThamChieu": reference, "ThoiGianGD": time, **changes}
        return await self.send("/query" if kind == "QUERY" else "/bill", record, ASKING_FIELDS)

    async def call(self, method: str, path: str, body: Any = None) -> tuple[int, bytes]:
        data = None if body is None else orjson.dumps(body)
        async with self.http.request(method, self.url + path, data=data) as response:
            return response.status, await response.read()

    async def panel(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        status, answer = await self.call(method, f"/_panel/{path}", body)
        return status, orjson.loads(answer)


def an_init(reference: str = "A1") -> dict[str, Any]:
    document = init_document(beneficiary={"account": "1", "bank_code": "NHGIALAP", "name": "DON VI"})
    keys = {"MaDoiTac": "H46-GIALAP", "MaThamChieu": reference, "ThoiGianGD": "20250612081002", "Ip": "127.0.0.1"}
    return {name: value for name, value in {**document, **keys}.items() if name != "MaXacThuc"}


@asynccontextmanager
async def using(
    clock: Callable[[], datetime] = lambda: NOON, sleep: Any = asyncio.sleep, **settings: Any
) -> AsyncIterator[tuple[SimulatedPayment, Caller]]:
    platform = SimulatedPayment(SimulatorSettings.model_validate(settings), clock, sleep)
    async with platform.running() as url, aiohttp.ClientSession() as http:
        yield platform, Caller(http, url)


class Province:
    """A province that verifies as our own listener does, and acknowledges what the test says."""

    def __init__(self, answers: Iterator[Outcome] | None = None) -> None:
        self.understands = listen(settings_for())
        self.heard: list[Any] = []
        self.refused: list[str] = []
        self.answers = answers

    def __call__(self, operation: str, body: bytes) -> web.Response:
        try:
            heard = self.understands.read(Incoming(operation, body))
        except CallRefused as exc:
            self.refused.append(exc.code)
            return web.Response(body=exc.answer.body)
        self.heard.append(heard)
        outcome = next(self.answers) if self.answers else Outcome.RECORDED
        return web.Response(body=self.understands.answer(heard, outcome).body)


@asynccontextmanager
async def notifying(take: Take, **settings: Any) -> AsyncIterator[tuple[SimulatedPayment, Caller]]:
    """A platform with one attempt, A1, whose province listens; resends follow at once."""

    async def at_once(_: float) -> None:
        await asyncio.sleep(0)

    async with province(take) as url, using(callbacks=url, **{"sleep": at_once, **settings}) as (platform, caller):
        await caller.init()
        yield platform, caller


async def logged(platform: SimulatedPayment, kind: str, count: int = 1) -> list[Any]:
    """Wait for so many effects of a kind."""
    while len(found := [effect for effect in platform.effects if effect.kind == kind]) < count:
        await platform.log.reached(len(platform.effects) + 1)
    return found


async def test_an_init_is_taken_once_and_logged_without_anybody_in_it() -> None:
    async with using() as (platform, caller):
        answer = await caller.init()
        assert (answer["MaLoi"], answer["MaThamChieu"], answer["ThoiGianGD"]) == ("00", "A1", "20250612081002")
        assert answer["UrlThanhToan"] == f"{caller.url}/pay?ref=A1"
        [effect] = platform.effects
        assert (effect.kind, effect.key, effect.details["amount"], effect.details["dossier"]) == (
            "init", "A1", "100000", DOSSIER,
        )  # fmt: skip
        assert not [value for value in ("Mẫu Đơn", "044999000123", "THANH TOAN") if value in str(platform.effects)]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"MaDoiTac": "X"}, "01"),
        ({"MaXacThuc": "0" * 64}, "02"),
        ({"ThongTinGiaoDich": "A|B", "MaXacThuc": "0" * 64}, "02"),
        ({"MaThamChieu": "a-b"}, "03"),
        ({"MaThamChieu": "a" * 51}, "03"),
        ({"ThoiGianGD": "2025-06-12"}, "03"),
        ({"Ip": ""}, "03"),
        ({"ThongTinBienLai": {}}, "03"),
        ({"ThongTinBienLai": "x"}, "03"),
        ({"LoaiBanTin": "QUERY"}, "03"),
        ({"SoTien": "0"}, "06"),
        ({"SoTien": 100000}, "06"),
        ({"SoTien": "1.000"}, "06"),
    ],
)
async def test_what_is_wrong_with_an_init_has_its_code(changes: dict[str, Any], code: str) -> None:
    async with using() as (platform, caller):
        assert (await caller.init(**changes))["MaLoi"] == code
        assert not platform.effects


@pytest.mark.parametrize("kind", ["2", 2])
async def test_the_kind_of_service_is_taken_as_number_or_text(kind: Any) -> None:
    async with using() as (_, caller):
        receipt = {**an_init()["ThongTinBienLai"], "MaDichVu": kind}
        assert (await caller.init(ThongTinBienLai=receipt))["MaLoi"] == "00"


async def test_a_twelve_hour_time_is_taken() -> None:
    async with using() as (_, caller):
        assert (await caller.init(ThoiGianGD="20250612021002"))["MaLoi"] == "00"


@pytest.mark.parametrize(("switch", "codes"), [("refuse", ["00", "04"]), ("same", ["00", "00"])])
async def test_a_repeated_reference_is_refused_or_answered_alike_and_never_a_second_payment(
    switch: str, codes: list[str]
) -> None:
    async with using(duplicate_reference=switch) as (platform, caller):
        answers = [await caller.init() for _ in range(2)]
        assert [answer["MaLoi"] for answer in answers] == codes
        assert len(platform.effects) == 1


@pytest.mark.parametrize(("switch", "code", "warnings"), [("warn", "00", 1), ("error", "06", 0), ("off", "00", 0)])
async def test_sums_that_differ_are_a_warning_or_an_error(switch: str, code: str, warnings: int) -> None:
    receipt = {**an_init()["ThongTinBienLai"], "DSKhoanNop": [{"NoiDung": "x", "SoTien": "1"}]}
    async with using(sum_check=switch) as (platform, caller):
        assert (await caller.init(ThongTinBienLai=receipt))["MaLoi"] == code
        assert platform.counts()["sum_warnings"] == warnings
        assert (await caller.init("A2"))["MaLoi"] == "00"
        assert platform.counts()["sum_warnings"] == warnings


@pytest.mark.parametrize(("literal", "code"), [(True, "05"), (False, "00")])
async def test_the_time_of_a_question_is_matched_letter_by_letter(literal: bool, code: str) -> None:
    async with using(literal_time=literal) as (_, caller):
        await caller.init()
        assert (await caller.ask(time="20250612081003"))["MaLoi"] == code
        assert (await caller.ask())["MaLoi"] == "00"


@pytest.mark.parametrize("body", ["x", [], 5])
async def test_what_is_no_object_comes_from_nobody_known(body: Any) -> None:
    async with using() as (_, caller):
        for path in ("/init", "/query", "/bill"):
            status, answer = await caller.call("POST", path, body)
            assert (status, orjson.loads(answer)["MaLoi"]) == (200, "03")


async def test_questions_are_checked_like_everything_else() -> None:
    async with using() as (_, caller):
        await caller.init()
        assert (await caller.ask(MaDoiTac="X"))["MaLoi"] == "01"
        assert (await caller.ask(MaXacThuc="x"))["MaLoi"] == "02"
        assert (await caller.ask(LoaiBanTin="GET_BILL"))["MaLoi"] == "03"
        assert (await caller.ask(reference="B"))["MaLoi"] == "05"
        assert (await caller.ask("GET_BILL", reference="B"))["MaLoi"] == "05"


@pytest.mark.parametrize("created", ["2", "0"])
async def test_a_payment_goes_from_created_through_doubt_to_its_end(created: str) -> None:
    async with using(created_state=created) as (platform, caller):
        await caller.init()
        answer = await caller.ask()
        assert (answer["TrangThaiGD"], answer["SoTien"], answer["MaGiaoDich"]) == (created, None, "")
        platform.pend("A1")
        assert (await caller.ask())["TrangThaiGD"] == "3"
        paid = platform.pay("A1")
        answer = await caller.ask()
        assert (answer["TrangThaiGD"], answer["SoTien"], answer["MaGiaoDich"]) == ("1", 100000, paid.transaction)
        assert platform.fail("A1") == paid  # final


async def test_what_a_payer_does_to_an_unknown_payment_is_an_error() -> None:
    async with using() as (platform, _):
        for act in (platform.pay, platform.fail, platform.pend):
            with pytest.raises(KeyError):
                act("nowhere")


async def test_two_attempts_of_one_dossier_may_both_be_paid() -> None:
    async with using() as (platform, caller):
        await caller.init("A1")
        await caller.init("A2")
        assert platform.pay("A1").transaction != platform.pay("A2").transaction
        assert platform.counts()["paid"] == 2


async def test_a_payment_whose_page_nobody_saw_can_be_paid() -> None:
    async with open_payment_rig() as rig:
        rig.upset("cut_after_commit")
        prepared = rig.opening()
        with pytest.raises(UncertainError):
            await rig.adapter.deliver(prepared.request)
        assert rig.platform.pay(prepared.keys["MaThamChieu"]).state == "paid"


async def test_a_paid_payment_is_notified_as_our_own_listener_believes_it() -> None:
    here = Province()
    async with notifying(here) as (platform, _):
        platform.pay("A1")
        [sent] = await logged(platform, "notice")
        assert sent.details == {"number": "1", "said": "00", "status": "200", "answer": "00"}
        [heard] = here.heard
        assert (heard.reference, heard.amount, heard.currency, heard.paid, heard.subject) == (
            "A1", 100000, "VND", True, "",
        )  # fmt: skip


async def test_a_failed_payment_is_notified_with_its_code() -> None:
    here = Province()
    async with notifying(here, notice_dossier=True, notice_receipt=True) as (platform, _):
        platform.fail("A1", "24")
        await logged(platform, "notice")
        [heard] = here.heard
        assert (heard.paid, heard.reply.record["MaLoi"], heard.subject) == (False, "24", DOSSIER)
        assert "UrlBienLai" not in heard.reply.record


async def test_a_notification_may_bring_the_receipts_address() -> None:
    here = Province()
    async with notifying(here, notice_receipt=True) as (platform, _):
        paid = platform.pay("A1")
        await logged(platform, "notice")
        assert here.heard[0].reply.record["UrlBienLai"].endswith(f"/{paid.transaction}.pdf")


async def test_a_notification_is_sent_again_until_it_is_acknowledged() -> None:
    outcomes = iter([Outcome.FAILED, Outcome.UNKNOWN, Outcome.RECORDED])
    here = Province(outcomes)
    async with notifying(here) as (platform, _):
        platform.pay("A1")
        sent = await logged(platform, "notice", 3)
        assert [effect.details["answer"] for effect in sent] == ["99", "99", "00"]
        assert len({heard.event_id for heard in here.heard}) == 1


async def test_resends_follow_the_policy_and_end() -> None:
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)
        await asyncio.sleep(0)

    def deaf(operation: str, body: bytes) -> web.Response:
        return web.Response(status=500, text="loi")

    async with notifying(deaf, sleep=sleep) as (platform, _):
        platform.pay("A1")
        sent = await logged(platform, "notice", 5)
        assert pauses == [60, 300, 900, 3600]
        assert [effect.details["number"] for effect in sent] == ["1", "2", "3", "4", "5"]
        await asyncio.gather(*platform.notices._tasks)
        assert platform.counts()["notices"] == 5


@pytest.mark.parametrize("body", [b"", b"loi he thong", b'{"return_code":-1,"return_msg":"x"}', b"[]", b'{"MaLoi":99}'])
async def test_whatever_a_province_answers_is_borne(body: bytes) -> None:
    """§4: one client answers {return_code}, another plain text: none of it is 00."""
    async with notifying(lambda operation, _: web.Response(body=body), notice_at_most=2) as (platform, _):
        platform.pay("A1")
        sent = await logged(platform, "notice", 2)
        assert "00" not in [effect.details["answer"] for effect in sent]


async def test_a_notification_may_come_twice() -> None:
    here = Province()
    async with notifying(here) as (platform, _):
        platform.next(faults.duplicated(3))
        platform.pay("A1")
        await logged(platform, "notice", 3)
        assert len(here.heard) == 3
        assert len({heard.event_id for heard in here.heard}) == 1


async def test_notifications_may_overtake_each_other() -> None:
    here = Province()
    async with notifying(here) as (platform, caller):
        await caller.init("A2")
        platform.next(faults.reordered())
        platform.pay("A1")
        platform.pay("A2")
        await logged(platform, "notice", 2)
        assert [heard.reference for heard in here.heard] == ["A2", "A1"]


async def test_a_notification_may_come_after_the_query() -> None:
    here = Province()
    async with notifying(here) as (platform, caller):
        platform.next(faults.wait_for_query())
        platform.pay("A1")
        assert (await caller.ask())["TrangThaiGD"] == "1"
        await logged(platform, "notice")
        kinds = [effect.kind for effect in platform.effects]
        assert kinds.index("query") < kinds.index("notice")


@pytest.mark.parametrize(
    ("fault", "refused", "amounts"),
    [
        (faults.wrong_check(), ["CHECK_VALUE"], []),
        (faults.amount_changed(1000), ["CHECK_VALUE"], []),
        (faults.amount_changed(1000, resign=True), [], [1000]),
    ],
)
async def test_a_notification_may_be_forged_or_wrong(fault: Any, refused: list[str], amounts: list[int]) -> None:
    here = Province()
    async with notifying(here, notice_at_most=1) as (platform, _):
        platform.next(fault)
        platform.pay("A1")
        await logged(platform, "notice")
        assert (here.refused, [heard.amount for heard in here.heard]) == (refused, amounts)


async def test_what_upsets_notifications_passes_calls_by_and_the_other_way_round() -> None:
    here = Province()
    async with notifying(here) as (platform, caller):
        platform.next(faults.wrong_check())
        platform.next(faults.html())
        status, _ = await caller.call("POST", "/query", {})
        assert status == 200
        assert [type(pending.fault).__name__ for pending in platform.pending] == ["NoticeFault"]
        platform.pay("A1")
        await logged(platform, "notice")
        assert here.refused


async def test_notifications_wait_for_the_platform_to_be_served() -> None:
    here = Province()
    async with province(here) as url:
        platform = SimulatedPayment(SimulatorSettings(callbacks=url), lambda: NOON)
        platform.begin(DOSSIER, 5, "PP1")
        platform.pay("PP1")
        assert not here.heard
        async with platform.running():
            await logged(platform, "notice")
        assert here.heard[0].reference == "PP1"


async def test_without_anybody_to_notify_nothing_is_acknowledged() -> None:
    async with using(notice_at_most=1) as (platform, caller):
        await caller.init()
        platform.pay("A1")
        [sent] = await logged(platform, "notice")
        assert (sent.details["status"], sent.details["answer"]) == ("0", "")


async def test_a_payer_may_begin_on_the_portal_by_what_we_say_is_due() -> None:
    """§7: the later notification names the dossier and the platform's own reference."""
    here = Province()
    async with notifying(here) as (platform, _):
        assert await platform.look_up(DOSSIER) == {"error_code": -1, "message": []}
        platform.begin(DOSSIER, 100000, "PP1")
        platform.pay("PP1")
        await logged(platform, "notice")
        payment = here.heard[-1]
        assert (payment.reference, payment.subject, payment.amount) == ("PP1", DOSSIER, 100000)


async def test_a_receipt_is_a_pdf_on_a_host_that_only_looks_unreachable() -> None:
    async with using() as (platform, caller):
        await caller.init()
        assert (await caller.ask("GET_BILL"))["MaLoi"] == "07"
        paid = platform.pay("A1")
        answer = await caller.ask("GET_BILL")
        assert answer["UrlBienLai"] == f"https://bienlai.example.invalid/noi-bo/{paid.transaction}.pdf"
        status, body = await caller.call("GET", f"/noi-bo/{paid.transaction}.pdf")
        assert (status, body[:8], body.rstrip()[-5:]) == (200, b"%PDF-1.7", b"%%EOF")
        assert (await caller.call("GET", "/noi-bo/x.pdf"))[0] == 404


async def test_the_file_of_a_day_holds_what_ended_that_day_and_adds_up() -> None:
    async with using() as (platform, caller):
        for reference in ("A1", "A2", "A3"):
            await caller.init(reference)
        paid, failed = platform.pay("A1"), platform.fail("A2")
        status, content = await caller.call("GET", "/doi-soat?ngay=20250612")
        lines = read_day_file(content)
        assert (status, [(line.reference, line.transaction, line.state) for line in lines]) == (
            200, [("A1", paid.transaction, "paid"), ("A2", failed.transaction, "failed")],
        )  # fmt: skip
        assert read_day_file((await caller.call("GET", "/doi-soat?ngay=20250613"))[1]) == ()
        assert (await caller.call("GET", "/doi-soat?ngay=x"))[0] == 400


async def test_the_file_may_be_base64_and_may_not_be_there_before_six() -> None:
    now = [NOON]
    async with using(lambda: now[0], day_file_base64=True, day_file_waits=True) as (platform, caller):
        await caller.init()
        platform.pay("A1")
        assert (await caller.call("GET", "/doi-soat?ngay=20250612"))[0] == 404
        now[0] = datetime(2025, 6, 12, 22, 59, tzinfo=UTC)
        assert platform.day_file("20250612") is None
        now[0] = datetime(2025, 6, 12, 23, 0, tzinfo=UTC)
        content = platform.day_file("20250612")
        assert content is not None
        assert base64.b64decode(content).startswith(b"MaThamChieu|")
        assert [line.reference for line in read_day_file(content)] == ["A1"]


async def test_the_panel_pays_fails_and_leaves_in_doubt() -> None:
    async with using() as (platform, caller):
        for reference in ("A1", "A2", "A3"):
            await caller.init(reference)
        assert (await caller.panel("POST", "pay", {"reference": "A1"}))[1]["state"] == "paid"
        assert (await caller.panel("POST", "fail", {"reference": "A2", "code": "51"}))[1]["state"] == "failed"
        assert (await caller.panel("POST", "pend", {"reference": "A3"}))[1]["state"] == "pending"
        assert platform.attempts.of("A2").code == "51"
        listed = (await caller.panel("GET", "attempts"))[1]["attempts"]
        assert [one["state"] for one in listed] == ["paid", "failed", "pending"]
        counts = (await caller.panel("GET", "effects"))[1]
        assert (counts["opened"], counts["paid"], counts["failed"]) == (3, 1, 1)


@pytest.mark.parametrize("wish", [{"reference": "X"}, {}, [], "x", None])
async def test_a_wish_that_makes_no_sense_is_said_so(wish: Any) -> None:
    async with using() as (_, caller):
        assert (await caller.panel("POST", "pay", wish))[0] == 400
        assert (await caller.panel("POST", "callbacks", wish))[0] == 400
        assert (await caller.panel("POST", "lookup", wish))[0] == 400


async def test_where_the_province_listens_can_be_said_later() -> None:
    here = Province()
    async with province(here) as url, using() as (platform, caller):
        await caller.init()
        assert (await caller.panel("POST", "callbacks", {"url": url}))[0] == 200
        platform.pay("A1")
        await logged(platform, "notice")
        assert here.heard
        status, answer = await caller.panel("POST", "lookup", {"MaHoSo": DOSSIER})
        assert (status, answer) == (200, {"error_code": -1, "message": []})


async def test_a_look_up_that_nobody_answers_is_said_so() -> None:
    async with using() as (platform, caller):
        platform.notices.callbacks = "http://127.0.0.1:9"
        assert (await caller.panel("POST", "lookup", {"MaHoSo": DOSSIER}))[0] == 502


async def test_the_payers_page_has_a_button_for_each_end() -> None:
    async with using() as (platform, caller):
        page = (await caller.init())["UrlThanhToan"].removeprefix(caller.url)
        status, body = await caller.call("GET", page)
        assert (status, DOSSIER in body.decode(), body.count(b"<form")) == (200, True, 3)
        assert (await caller.call("POST", f"{page}&outcome=fail"))[0] == 200
        assert platform.attempts.of("A1").state == "failed"
        assert (await caller.call("POST", f"{page}&outcome=x"))[0] == 404
        assert (await caller.call("GET", "/pay?ref=X"))[0] == 404


async def test_faults_of_notifications_can_be_scripted_over_http() -> None:
    here = Province()
    async with notifying(here, notice_at_most=1) as (platform, caller):
        wish = {"fault": "amount_changed", "amount": 7, "resign": True}
        assert (await caller.panel("POST", "faults", wish))[0] == 200
        await caller.panel("POST", "pay", {"reference": "A1"})
        await logged(platform, "notice")
        assert here.heard[0].amount == 7


async def test_a_wrapped_answer_is_text_inside_json() -> None:
    async with using(wrap=True) as (_, caller):
        answer = await caller.init()
        assert answer["error_code"] == "0"
        assert orjson.loads(answer["message"])["MaLoi"] == "00"


async def test_a_reset_forgets_everything(tmp_path: Path) -> None:
    async with using(log=tmp_path / "effects.ndjson") as (platform, caller):
        await caller.init()
        platform.next(faults.html())
        platform.next(faults.wrong_check())
        await caller.panel("POST", "reset")
        assert (len(platform.effects), len(platform.pending), platform.calls, platform.attempts.all()) == (0, 0, 0, [])
        assert (await caller.init())["MaLoi"] == "00"


async def test_a_restarted_platform_knows_what_its_log_knows(tmp_path: Path) -> None:
    path = tmp_path / "effects.ndjson"
    async with using(log=path) as (platform, caller):
        for reference in ("A1", "A2", "A3", "A4"):
            await caller.init(reference)
        platform.begin(DOSSIER, 5, "PP1")
        paid = platform.pay("A1")
        platform.fail("A2", "51")
        platform.pend("A3")
    async with using(log=path) as (platform, caller):
        states = [(await caller.ask(reference=reference))["TrangThaiGD"] for reference in ("A1", "A2", "A3", "A4")]
        assert states == ["1", "4", "3", "2"]
        assert platform.attempts.of("A1").transaction == paid.transaction
        assert platform.attempts.of("A2").code == "51"
        assert platform.attempts.of("PP1").begun_here
        assert (await caller.init("A1"))["MaLoi"] == "04"
        assert platform.pay("A4").transaction not in (paid.transaction, platform.attempts.of("A3").transaction)
        assert [line.reference for line in read_day_file(platform.day_file("20250612") or b"")] == ["A1", "A2", "A4"]


async def test_alone_it_says_when_it_is_ready_and_keeps_its_log_when_killed(tmp_path: Path) -> None:
    path = tmp_path / "effects.ndjson"
    command = [sys.executable, "-m", "adapters.payment.simulator", "--port", "0", "--log", str(path)]
    process = await asyncio.create_subprocess_exec(*command, "--set", "wrap=true", stdout=asyncio.subprocess.PIPE)
    try:
        assert process.stdout is not None
        word, url = (await process.stdout.readline()).decode().split()
        assert word == "ready"
        async with aiohttp.ClientSession() as http:
            assert (await Caller(http, url).init())["error_code"] == "0"
        process.send_signal(signal.SIGKILL)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
    assert len(path.read_bytes().splitlines()) == 1


async def test_alone_it_refuses_a_switch_it_does_not_have() -> None:
    command = [sys.executable, "-m", "adapters.payment.simulator", "--set", "colour=red"]
    process = await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.PIPE)
    _, said = await process.communicate()
    assert (process.returncode, b"colour" in said) == (2, True)


def test_the_section_that_fits_a_simulator_is_accepted_by_the_adapter() -> None:
    simulated = SimulatorSettings(partner="P", secret="s", bearer="b")
    section = adapter_settings("http://127.0.0.1:1", simulated)
    settings = settings_for(**section)
    assert (settings.partner, settings.secret.get_secret_value(), settings.bearer.get_secret_value()) == ("P", "s", "b")
    assert build(simulated).settings is simulated
