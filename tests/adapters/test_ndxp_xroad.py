"""Style D, X-Road REST (NDXP sheet §5): addresses, headers, errors by `X-Road-Error`, replies that fit their call."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import aiohttp
import orjson
import pytest
from aiohttp import web
from multidict import CIMultiDict
from pydantic import ValidationError

from adapters.contract import DeliveryError, PermanentError, TransientError, UncertainError
from adapters.ndxp import xroad_errors
from adapters.ndxp.road import Ride
from adapters.ndxp.settings import RoadSettings
from adapters.ndxp.simulator import SimulatedExchange, SimulatorSettings, faults
from tests.adapters.ndxp_rig import CLIENT, DOSSIER, open_exchange_road, open_scripted, search

SERVICE = "VN/GOV/000.00.00.G01/csdldancu/tracuuthongtincongdan"
ACCOUNT = {"style": "xroad", "xroad_client": CLIENT, "xroad_service": SERVICE}
UUID_OF_SAMPLE = "9d2f8c1a-0000-4000-8000-000000000003"
ID = "3f0b8a52-6a41-4f0e-9f0a-1d6a5b0c0001"


def said(kind: str, message: str = "m", detail: str = UUID_OF_SAMPLE, header: str | None = None) -> web.Response:
    """X-Road's own error, as samples 22 to 24 show it."""
    body = orjson.dumps({"type": kind, "message": message, "detail": detail})
    status = 400 if kind.lower().startswith("client") else 500
    headers = {"Content-Type": "application/json;charset=utf-8", "X-Road-Error": kind if header is None else header}
    return web.Response(status=status, body=body, headers=headers)


async def error_of(answer: web.Response, *, write: bool = True) -> DeliveryError:
    async with open_scripted(**ACCOUNT) as (road, server):
        server.answers = [answer]
        with pytest.raises(DeliveryError) as caught:
            await road.send(Ride(write=write))
        return caught.value


async def test_the_call_is_that_of_the_sample() -> None:
    async with open_scripted(**ACCOUNT) as (road, server):
        headers = {"Accept": "application/xml", "Content-Type": "application/xml; charset=utf-8"}
        await road.send(Ride(body=b"<a/>", headers=headers, issue=DOSSIER, user="VN044082999100", message_id=ID))
        (seen,) = server.seen
        assert (seen.method, seen.path, seen.body) == ("POST", f"/r1/{SERVICE}", b"<a/>")
        assert seen.headers["X-Road-Client"] == CLIENT
        assert seen.headers["X-Road-Id"] == ID
        assert seen.headers["X-Road-UserId"] == "VN044082999100"
        assert seen.headers["X-Road-Issue"] == DOSSIER
        assert (seen.headers["Accept"], seen.headers["Content-Type"]) == tuple(headers.values())


async def test_what_is_not_known_is_not_sent_and_an_id_is_made() -> None:
    async with open_scripted(**ACCOUNT) as (road, server):
        await road.send(Ride())
        await road.send(Ride())
        first, second = (seen.headers for seen in server.seen)
        assert UUID(first["X-Road-Id"]) != UUID(second["X-Road-Id"])
        assert not {"X-Road-UserId", "X-Road-Issue"} & set(first)


async def test_parts_are_encoded_each_on_its_own_and_path_and_query_come_behind() -> None:
    service = "VN/COM/0106001236/a(b)?c/d'e"
    async with open_scripted(**{**ACCOUNT, "xroad_service": service, "xroad_client": "VN/GOV/a+b"}) as (road, server):
        await road.send(Ride("/v1/ho so", method="GET", query={"ma": "1.2"}))
        (seen,) = server.seen
        assert (seen.method, seen.path) == ("GET", "/r1/VN/COM/0106001236/a%28b%29%3Fc/d%27e/v1/ho%20so?ma=1.2")
        assert seen.headers["X-Road-Client"] == "VN/GOV/a%2Bb"


@pytest.mark.parametrize("service", ["VN/GOV/000.00.00.G01/dichvu", SERVICE])
def test_a_subsystem_may_be_left_out(service: str) -> None:
    settings = {**ACCOUNT, "address": "http://ss.example", "xroad_service": service}
    assert RoadSettings.model_validate(settings).xroad_service == service


@pytest.mark.parametrize("service", ["VN/GOV/member", "VN/GOV/a/b/c/d", "VN//a/b", "VN/GOV/mã/b", "VN/GOV/a b/c"])
def test_an_identifier_with_the_wrong_parts_or_letters_is_refused_at_the_start(service: str) -> None:
    with pytest.raises(ValidationError, match="xroad_service"):
        RoadSettings.model_validate({**ACCOUNT, "address": "http://ss.example", "xroad_service": service})


# ---- errors: X-Road-Error first, whatever the status


@pytest.mark.parametrize(
    ("kind", "write", "expected", "scope"),
    [
        ("Client.BadRequest", True, PermanentError, "message"),
        ("Client.SomethingNew", True, PermanentError, "message"),
        ("Server.ServerProxy.AccessDenied", True, PermanentError, "destination"),
        ("Server.ServerProxy.UnknownService", True, PermanentError, "destination"),
        ("Server.ServerProxy.ServiceDisabled", True, PermanentError, "destination"),
        ("Server.ClientProxy.UnknownMember", True, PermanentError, "destination"),
        ("Server.ClientProxy.SslAuthenticationFailed", True, PermanentError, "destination"),
        ("Server.ClientProxy.InvalidClientIdentifier", True, PermanentError, "destination"),
        ("Server.ClientProxy.NetworkError", True, TransientError, "message"),
        ("Server.ServerProxy.NetworkError", True, TransientError, "message"),
        ("Server.ClientProxy.OutdatedGlobalConf", True, TransientError, "message"),
        ("Server.ServerProxy.DatabaseError", True, TransientError, "message"),
        ("Server.ServerProxy.MaintenanceMode", True, TransientError, "message"),
        ("Server.ServerProxy.ServiceFailed", True, UncertainError, "message"),
        ("Server.ServerProxy.ServiceFailed", False, TransientError, "message"),
        ("Server.ServerProxy.ServiceFailed.MissingBody", True, UncertainError, "message"),
        ("Server.ServerProxy.IOError", True, UncertainError, "message"),
        ("Server.ClientProxy.InconsistentResponse", True, UncertainError, "message"),
        ("Server.ClientProxy.InvalidRequest", True, PermanentError, "message"),
        ("Server.ClientProxy.MissingHeaderField", True, PermanentError, "message"),
        ("Server.ServerProxy.SomethingNew", True, UncertainError, "message"),
        ("Server.ServerProxy.SomethingNew", False, TransientError, "message"),
    ],
)
async def test_every_type_of_error_has_its_class(
    kind: str, write: bool, expected: type[DeliveryError], scope: str
) -> None:
    error = await error_of(said(kind), write=write)
    assert type(error) is expected
    assert error.scope == scope
    assert error.code.startswith("XROAD_")
    assert UUID_OF_SAMPLE in error.vi
    assert UUID_OF_SAMPLE in error.en


@pytest.mark.parametrize(
    ("spelled", "name"),
    [
        ("Server.ServerProxy.AccessDenied", "AccessDenied"),
        ("server.serverproxy.access_denied", "AccessDenied"),
        ("SERVER.SERVER_PROXY.ACCESS_DENIED", "AccessDenied"),
        ("server.clientproxy.global_conf_outdated", "GlobalConfOutdated"),
        ("Server.ClientProxy.OutdatedGlobalConf", "OutdatedGlobalConf"),
        ("server.clientproxy.unknown_member", "UnknownMember"),
        ("server.clientproxy.ssl_authentication_failed", "SslAuthenticationFailed"),
        ("server.server_proxy.service_failed.invalid_body", "ServiceFailed"),
        ("client.bad_request", "BadRequest"),
        ("Server.ServerProxy.SomethingNew", "SomethingNew"),
        ("", "?"),
        ("một câu tiếng Việt", "?"),
    ],
)
def test_older_and_newer_spellings_mean_the_same(spelled: str, name: str) -> None:
    assert xroad_errors.meaning(spelled)[0] == name


async def test_an_empty_header_still_says_that_the_exchange_speaks() -> None:
    assert (await error_of(said("Server.ServerProxy.AccessDenied", header=""))).code == "XROAD_AccessDenied"


async def test_nothing_of_a_message_is_shown_but_the_uuid() -> None:
    error = await error_of(said("Server.ServerProxy.ServiceFailed", "Công dân 044999000123", "x 044999000123"))
    assert "044999000123" not in error.vi + error.en
    assert "–" in error.en


@pytest.mark.parametrize("body", [b"", b"<html></html>", b"[1]", b'{"detail":7}'])
async def test_an_error_without_a_readable_body_is_known_by_its_header(body: bytes) -> None:
    answer = web.Response(status=500, body=body, headers={"X-Road-Error": "Server.ServerProxy.NetworkError"})
    assert (await error_of(answer)).code == "XROAD_NetworkError"


@pytest.mark.parametrize("status", [200, 400, 404, 500, 503])
async def test_without_that_header_the_answer_is_the_providers_own_whatever_its_status(status: int) -> None:
    async with open_scripted(**ACCOUNT) as (road, server):
        server.answers = [web.Response(status=status, body=b'{"type":"x"}')]
        answer = await road.send(Ride(write=True))
        assert (answer.status, answer.body) == (status, b'{"type":"x"}')


async def test_a_server_that_demands_a_certificate_says_what_to_change() -> None:
    words = f"Client (SUBSYSTEM:{CLIENT}) specifies HTTPS but did not supply TLS certificate"
    error = await error_of(web.Response(status=500, text=words))
    assert isinstance(error, PermanentError)
    assert (error.code, error.scope) == ("XROAD_CERTIFICATE", "destination")
    assert "certificate" in error.en


# ---- replies that do not fit


@pytest.mark.parametrize(
    "changed",
    [
        {"X-Road-Id": "00000000-0000-4000-8000-000000000000"},
        {"X-Road-Service": f"{SERVICE}khac"},
        {"X-Road-Client": "VN/GOV/000.00.00.H47/khac"},
    ],
)
async def test_a_reply_that_names_another_call_is_not_believed(changed: dict[str, str]) -> None:
    fitting = {"X-Road-Id": ID, "X-Road-Service": SERVICE, "X-Road-Client": CLIENT}
    async with open_scripted(**ACCOUNT) as (road, server):
        server.answers = [
            web.Response(body=b"1", headers=fitting),
            web.Response(body=b"2", headers={**fitting, **changed}),
        ]
        assert (await road.send(Ride(message_id=ID))).body == b"1"
        with pytest.raises(UncertainError) as caught:
            await road.send(Ride(message_id=ID, write=False))
        assert (caught.value.code, caught.value.answer) == ("XROAD_INCONSISTENT", None)


async def test_header_names_are_known_whatever_their_case() -> None:
    async with open_scripted(**ACCOUNT) as (road, server):
        server.answers = [web.Response(body=b"1", headers={"x-road-id": "khac"})]
        with pytest.raises(UncertainError):
            await road.send(Ride(message_id=ID))


async def test_a_reply_with_an_encoded_identifier_fits() -> None:
    async with open_scripted(**ACCOUNT) as (road, server):
        server.answers = [web.Response(body=b"1", headers={"X-Road-Service": SERVICE.replace(".", "%2E")})]
        assert (await road.send(Ride())).body == b"1"


# ---- the simulated security server


async def post(url: str, headers: list[tuple[str, str]]) -> tuple[int, Any]:
    async with aiohttp.ClientSession() as client:
        path = "/r1/VN/GOV/000.00.00.G22/khogiayto/giayto/TimGiayTo"
        async with client.post(url + path, data=b"{}", headers=CIMultiDict(headers)) as answer:
            return answer.status, answer.headers.copy()


async def test_the_simulated_server_echoes_what_identifies_a_call() -> None:
    async with SimulatedExchange().running() as url:
        status, headers = await post(url, [("X-Road-Client", CLIENT), ("X-Road-Id", ID)])
        assert status == 200
        assert (headers["X-Road-Client"], headers["X-Road-Id"]) == (CLIENT, ID)
        assert headers["X-Road-Service"] == "VN/GOV/000.00.00.G22/khogiayto/giayto"
        assert UUID(headers["X-Road-Request-Id"])
        assert len(headers["X-Road-Request-Hash"]) == 88


async def test_the_simulated_server_makes_an_id_where_none_came_and_counts_the_last_client() -> None:
    async with SimulatedExchange().running() as url:
        status, headers = await post(url, [("X-Road-Client", "VN/GOV/khac/khac"), ("X-Road-Client", CLIENT)])
        assert status == 200
        assert UUID(headers["X-Road-Id"])


@pytest.mark.parametrize(
    ("headers", "status", "kind"),
    [
        ([], 400, "Client.BadRequest"),
        ([("X-Road-Client", "VN")], 400, "Client.BadRequest"),
        ([("X-Road-Client", "VN/GOV/000.00.00.H46/chuadangky")], 500, "Server.ServerProxy.AccessDenied"),
        ([("X-Road-Client", "VN/GOV/la/mat")], 500, "Server.ServerProxy.AccessDenied"),
    ],
)
async def test_the_simulated_server_turns_away_who_may_not_call(
    headers: list[tuple[str, str]], status: int, kind: str
) -> None:
    async with SimulatedExchange().running() as url:
        assert (status, kind) == ((answer := await post(url, headers))[0], answer[1]["X-Road-Error"])


@pytest.mark.parametrize("spelling", ["camel", "snake"])
async def test_both_spellings_of_the_simulated_server_are_understood(spelling: str) -> None:
    simulator = SimulatorSettings.model_validate({"error_spelling": spelling})
    async with open_exchange_road("xroad", simulator, xroad_service="VN/GOV/a/b/c") as (road, exchange):
        with pytest.raises(PermanentError, match="XROAD_UnknownService"):
            await road.send(search())
        exchange.next(faults.outdated_configuration())
        with pytest.raises(TransientError, match="XROAD_OutdatedGlobalConf"):
            await road.send(search())
