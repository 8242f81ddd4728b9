"""The door over real HTTP when things go well, or wrong behind it."""

from __future__ import annotations

import re
from typing import Any

import orjson
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from gateway.acceptance import schemas
from gateway.errors import ConflictError, IntakeError, LedgerUnavailable
from gateway.intake.surface import ROUTES
from tests.intake.conftest import ADMIN_KEY, NARROW_KEY, Door
from tests.intake.documents import CODE, PROGRESSED, RECORDED, SOURCE, a_dossier, a_progress, an_event, with_value

BATCH = "application/cloudevents-batch+json"
NDJSON = "application/x-ndjson"


def event_bytes(**changes: Any) -> bytes:
    return orjson.dumps(an_event(**changes))


def stored_events(door: Door) -> list[Any]:
    return [event for _, _, event in door.acceptance.stored.values()]


async def test_a_good_event_is_accepted_with_its_address(door: Door) -> None:
    body = event_bytes(traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-03", sequence=7)
    response, answer = await door.post(body, "application/cloudevents+json; charset=UTF-8")
    assert (response.status, response.headers["Location"]) == (202, "/v1/messages/m-1")
    assert answer == {"id": "m-1", "state": "accepted", "duplicate": False}
    (event,) = stored_events(door)
    assert (event.body, event.body_form, event.sequence) == (body, "event", "7")
    assert event.time.isoformat() == "2025-03-10T01:31:00+00:00"
    assert event.traceparent is not None


async def test_a_malformed_traceparent_is_ignored(door: Door) -> None:
    response, _ = await door.post(event_bytes(traceparent="junk"))
    assert response.status == 202
    assert stored_events(door)[0].traceparent is None


async def test_the_same_event_again_is_a_duplicate_and_other_content_a_conflict(door: Door) -> None:
    await door.post(event_bytes())
    response, answer = await door.post(event_bytes())
    assert (response.status, answer["duplicate"], answer["id"]) == (202, True, "m-1")
    response, problem = await door.post(with_value("/data/note", "Nội dung khác"))
    assert response.status == 409
    assert [(one["code"], one["pointer"]) for one in problem["errors"]] == [("ID_CONFLICT", "")]


async def test_warnings_travel_with_the_answer_and_the_event(door: Door) -> None:
    response, answer = await door.post(with_value("/data/applicant/citizen_id", "100999000123"))
    assert response.status == 202
    (warning,) = answer["warnings"]
    assert (warning["code"], warning["pointer"]) == ("CITIZEN_ID_PROVINCE", "/data/applicant/citizen_id")
    assert " / " in warning["message"]
    assert stored_events(door)[0].warnings[0].code == "CITIZEN_ID_PROVINCE"


async def test_binary_mode_means_the_same_as_structured_mode(door: Door) -> None:
    headers = {
        "ce-specversion": "1.0",
        "ce-id": "H%E1%BB%93%20s%C6%A1",
        "ce-source": SOURCE,
        "ce-type": RECORDED,
        "ce-subject": CODE,
        "ce-time": '"2025-03-10T08:31:00+07:00"',
    }
    data = orjson.dumps(a_dossier())
    response, _ = await door.post(data, "application/json", headers)
    assert response.status == 202
    await door.post(event_bytes(id="Hồ sơ"))
    ((event,)) = stored_events(door)
    assert (event.id, event.body, event.body_form, event.data) == ("Hồ sơ", data, "data", a_dossier())


async def test_a_batch_is_accepted_whole_in_its_order_and_keeps_the_bytes_of_each(door: Door) -> None:
    parts = [event_bytes(id="a"), b" " + event_bytes(id="b") + b"\n", event_bytes(id="a")]
    response, answer = await door.post(b" [" + b" ,\n".join(parts) + b"] ", BATCH)
    assert response.status == 202
    assert [(one["id"], one["duplicate"]) for one in answer["messages"]] == [
        ("m-1", False), ("m-2", False), ("m-1", True)
    ]  # fmt: skip
    assert [event.body for event in stored_events(door)] == [part.strip() for part in parts[:2]]


async def test_a_batch_with_a_conflict_stores_nothing(door: Door) -> None:
    other = with_value("/data/note", "Khác", id="a")
    response, problem = await door.post(b"[" + event_bytes(id="a") + b"," + other + b"]", BATCH)
    assert response.status == 409
    assert problem["errors"][0]["pointer"] == "/1"
    assert not door.acceptance.stored


async def test_an_empty_batch_is_nothing_to_do(door: Door) -> None:
    response, answer = await door.post(b"[]", BATCH)
    assert (response.status, answer) == (202, {"messages": []})


async def test_lines_are_answered_each_for_itself(door: Door) -> None:
    lines = [
        event_bytes(id="a"),
        b"",
        b"{broken",
        with_value("/data/status", "x", id="c"),
        event_bytes(id="a"),
        with_value("/data/note", "Khác", id="a"),
        with_value("/source", "urn:khac", id="e"),
        orjson.dumps(an_event(a_progress(), type=PROGRESSED, id="f")) + b"\r",
        event_bytes(id="caf\u00e9").replace("\u00e9".encode(), b"\xe9"),
    ]
    response, raw = await door.post(b"\n".join(lines), NDJSON)
    assert (response.status, response.content_type) == (200, NDJSON)
    answers = [orjson.loads(line) for line in raw.splitlines()]
    assert [(one["line"], one["status"]) for one in answers] == [
        (1, 202), (3, 400), (4, 422), (5, 202), (6, 409), (7, 403), (8, 202), (9, 400)
    ]  # fmt: skip
    assert answers[3]["duplicate"] is True
    assert answers[2]["problem"]["errors"][0]["pointer"] == "/data/status"
    assert door.acceptance.order == ["a", "f"]


async def test_many_lines_keep_their_order(door: Door) -> None:
    names = [f"hs-{number}" for number in range(450)]
    response, raw = await door.post(b"\n".join(event_bytes(id=name) for name in names), NDJSON)
    assert response.status == 200
    assert len(raw.splitlines()) == 450
    assert door.acceptance.order == names


@pytest.mark.parametrize(
    ("failure", "status", "code", "retry_after"),
    [
        (LedgerUnavailable("disk full"), 503, "LEDGER_UNAVAILABLE", "5"),
        (IntakeError(429, "t", "Đầy / Full", reason="backlog", retry_after=7), 429, "BACKLOG", "7"),
        (IntakeError(429, "t", "Đầy / Full", reason="backlog"), 429, "BACKLOG", "5"),
        (ConflictError("", "m-9"), 409, "ID_CONFLICT", None),
    ],
)
async def test_what_acceptance_says_becomes_the_answer(
    door: Door, failure: Exception, status: int, code: str, retry_after: str | None
) -> None:
    door.acceptance.fail_with = failure
    response, problem = await door.post(event_bytes())
    assert (response.status, response.content_type) == (status, "application/problem+json")
    assert response.headers.get("Retry-After") == retry_after
    assert problem["errors"][0]["code"] == code
    response, raw = await door.post(event_bytes(), NDJSON)
    assert orjson.loads(raw)["status"] == status


async def test_a_fault_of_ours_is_a_500_that_tells_nothing_and_is_logged(
    door: Door, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    door.acceptance.fail_with = ZeroDivisionError("secret detail")
    response, problem = await door.post(event_bytes())
    assert (response.status, response.content_type) == (500, "application/problem+json")
    assert "secret" not in orjson.dumps(problem).decode()
    out, err = capfd.readouterr()
    assert "intake.failed" in out + err + caplog.text


async def test_a_missing_key_is_told_how_to_authenticate(door: Door) -> None:
    response, _ = await door.post(event_bytes(), key=None)
    assert response.headers["WWW-Authenticate"].startswith("Bearer")


async def test_a_grant_covers_units_below_in_either_form(door: Door) -> None:
    code = "012.05.16.H46-250310-0001"
    data = a_dossier(code=code, agency={"code": "H46.16.05.012", "name": "Tổ Thử"})
    response, _ = await door.post(orjson.dumps(an_event(data, subject=code)), key=NARROW_KEY)
    assert response.status == 202


async def test_an_administrator_may_send_for_everybody(door: Door) -> None:
    response, _ = await door.post(with_value("/source", "urn:khac"), key=ADMIN_KEY)
    assert response.status == 202


def seen(number: int, client: str) -> dict[str, Any]:
    return {"id": f"m-{number}", "client": client, "subject": CODE, "state": "accepted", "deliveries": []}


async def test_clients_see_their_own_messages_and_administrators_all(door: Door) -> None:
    door.views.messages = {"m-1": seen(1, "motcua"), "m-2": seen(2, "xa")}
    for path, own, foreign in (("/v1/messages/m-1", 200, 404), (f"/v1/dossiers/{CODE.lower()}", 200, 200)):
        assert (await door.call("GET", path))[0].status == own
        assert (await door.call("GET", path, key=NARROW_KEY))[0].status == foreign
        assert (await door.call("GET", path, key=ADMIN_KEY))[0].status == 200
    _, passport = await door.call("GET", f"/v1/dossiers/{CODE}")
    assert [one["id"] for one in passport["messages"]] == ["m-1"]
    _, passport = await door.call("GET", f"/v1/dossiers/{CODE}", key=ADMIN_KEY)
    assert [one["id"] for one in passport["messages"]] == ["m-1", "m-2"]


async def test_lists_are_filtered_to_the_client_and_paged(door: Door) -> None:
    await door.call("GET", "/v1/messages?state=dead&since=2025-03-10&limit=20&cursor=99")
    await door.call("GET", "/v1/deliveries?destination=national_portal")
    await door.call("GET", "/v1/messages", key=ADMIN_KEY)
    assert door.views.asked == [
        ({"state": "dead", "since": "2025-03-10", "client": "motcua"}, "99", 20),
        ({"destination": "national_portal", "client": "motcua"}, None, 50),
        ({}, None, 50),
    ]


async def test_the_balance_of_a_day_is_asked_for(door: Door) -> None:
    response, balance = await door.call("GET", "/v1/balance?day=2025-03-10")
    assert (response.status, balance["day"], balance["balance"]) == (200, "2025-03-10", 0)


async def test_the_balance_names_other_senders_to_people_only(door: Door) -> None:
    _, told = await door.call("GET", "/v1/balance")
    assert [row["destination"] for row in told["by"]] == ["national_portal", "onestop", "onestop/motcua"]
    _, told = await door.call("GET", "/v1/balance", key=ADMIN_KEY)
    assert "onestop/so-khac" in [row["destination"] for row in told["by"]]


async def command(door: Door, delivery: str, verb: str, body: bytes, content_type: str = "application/json") -> Any:
    return await door.post(body, content_type, key=ADMIN_KEY, path=f"/v1/deliveries/{delivery}/{verb}")


async def test_an_administrator_replays_and_discards_with_a_reason(door: Door) -> None:
    reason = '{"reason": " Đã sửa bảng mã "}'.encode()
    response, answer = await command(door, "d-dead", "replay", reason)
    assert (response.status, answer) == (200, {"id": "d-new", "replay_of": "d-dead", "state": "held"})
    response, answer = await command(door, "d-dead", "discard", reason)
    assert (response.status, answer["state"]) == (200, "cancelled")
    assert door.operations.done == [
        ("replay", "d-dead", "administrator", "Đã sửa bảng mã"),
        ("discard", "d-dead", "administrator", "Đã sửa bảng mã"),
    ]


@pytest.mark.parametrize(
    ("delivery", "body", "content_type", "status", "code"),
    [
        ("d-none", b'{"reason":"x"}', "application/json", 404, "NOT_FOUND"),
        ("d-done", b'{"reason":"x"}', "application/json", 409, "STATE"),
        ("d-dead", b"{}", "application/json", 422, "REASON_REQUIRED"),
        ("d-dead", b'{"reason":"  "}', "application/json", 422, "REASON_REQUIRED"),
        ("d-dead", b"[]", "application/json", 422, "REASON_REQUIRED"),
        ("d-dead", b"{", "application/json", 400, "JSON_SYNTAX"),
        ("d-dead", b'{"reason":"x"}', "text/plain", 415, "CONTENT_TYPE"),
        ("d-dead", b'{"reason":"' + b"x" * 20_000 + b'"}', "application/json", 413, "TOO_LARGE"),
    ],
)
async def test_a_command_that_cannot_be_done_says_why(
    door: Door, delivery: str, body: bytes, content_type: str, status: int, code: str
) -> None:
    response, problem = await command(door, delivery, "replay", body, content_type)
    assert (response.status, problem["errors"][0]["code"]) == (status, code)
    assert not door.operations.done


async def test_health_readiness_and_metrics_need_no_key(door: Door) -> None:
    assert (await door.call("GET", "/healthz", key=None))[1] == {"status": "ok"}
    assert (await door.call("GET", "/readyz", key=None))[0].status == 200
    door.checks["ledger"] = "disk full"
    response, answer = await door.call("GET", "/readyz", key=None)
    assert (response.status, answer["checks"]) == (503, {"ledger": "disk full"})
    await door.post(b"{", key=None)
    response, text = await door.call("GET", "/metrics", key=None)
    assert response.status == 200
    assert b'lienthong_intake_rejected_total{reason="CREDENTIALS_MISSING"} 1.0' in text


async def test_the_openapi_document_is_valid_and_names_every_route(door: Door) -> None:
    _, document = await door.call("GET", "/openapi.json", key=None)
    OpenAPIV31SpecValidator(document).validate()
    named = {(method.upper(), path) for path, item in document["paths"].items() for method in item}
    assert named == {(route.method, route.path) for route in ROUTES}
    recorded = document["components"]["schemas"]["DossierRecordedV1"]
    assert recorded["properties"].keys() == schemas.document("dossier.recorded.v1")["properties"].keys()
    taken = {one["properties"]["type"]["const"] for one in document["components"]["schemas"]["Event"]["oneOf"]}
    assert taken == {f"vn.lienthong.{name}" for name in schemas.FROM_SENDERS}


@pytest.mark.parametrize("name", schemas.NAMES)
async def test_every_schema_is_published_as_it_judges(door: Door, name: str) -> None:
    for path in (f"/schemas/{name}", f"/schemas/{name}.json"):
        response, published = await door.call("GET", path, key=None)
        assert (response.status, response.content_type) == (200, "application/schema+json")
        assert published == schemas.document(name)


@pytest.mark.parametrize("path", ["/docs", "/docs/problems"])
async def test_the_pages_stand_alone(door: Door, path: str) -> None:
    response, page = await door.call("GET", path, key=None)
    assert (response.status, response.content_type) == (200, "text/html")
    assert not re.search(rb'(src|href)="(https?:)?//', page)
    assert b"<script" not in page
    if path == "/docs":
        assert all(route.path.encode() in page for route in ROUTES)


async def test_a_large_body_is_refused_before_it_is_sent(door: Door) -> None:
    response, problem = await door.post(b"x" * 100, headers={"Expect": "100-continue", "Content-Length": str(1 << 30)})
    assert (response.status, problem["errors"][0]["code"]) == (413, "TOO_LARGE")
