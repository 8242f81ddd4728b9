"""What comes to its end is told in time: certificates of files and of the systems called, keys and the token by age."""

from __future__ import annotations

import os
import ssl
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from cryptography.hazmat.primitives.serialization import Encoding
from yarl import URL

from adapters.transport.http import Call, Http
from adapters.transport.settings import HttpSettings
from gateway.cli.check_certificates import check_certificates
from gateway.errors import ConfigurationError
from gateway.ledger.alerts.port import Finding
from gateway.ledger.clients.port import NewClient, NewKey
from gateway.ledger.ledger import SqlLedger
from gateway.ledger.port import AuditEntry
from gateway.reports.expiring import endings
from gateway.scheduler.watch.expiry import Expiry
from gateway.settings import Settings, load_settings
from tests.intake.test_certificates import a_certificate
from tests.ledger.conftest import ledger
from tests.notify.servers import a_certificate as self_signed

__all__ = ["ledger"]
DAY = timedelta(days=1)


def written(path: Path, *days: int, name: str = "motcua") -> Path:
    """A file of certificates that end in so many days."""
    made = [a_certificate(name=name, ends_in=timedelta(days=one, hours=1)) for one in days]
    path.write_bytes(b"".join(one.public_bytes(Encoding.PEM) for one in made))
    return path


def settings_of(folder: Path, **expiring: Any) -> Settings:
    alerts = {"expiring": {"key_age": "0s", **expiring}}
    return load_settings(environment={}, overrides={"data_dir": str(folder), "alerts": alerts})


async def found(ledger: SqlLedger, settings: Settings, after: timedelta = timedelta(0)) -> Sequence[Finding]:
    return [*await Expiry(ledger, settings).look(datetime.now(UTC) + after)]


async def test_a_certificate_is_told_of_a_month_before_it_ends_and_names_the_file_and_the_day(
    ledger: SqlLedger, tmp_path: Path
) -> None:
    file = written(tmp_path / "cong.pem", 40)
    settings = settings_of(tmp_path, files=[str(file)])
    assert await found(ledger, settings) == []
    [one] = await found(ledger, settings, 11 * DAY)
    assert str(file) in one.vi and str(file) in one.en and "motcua" in one.vi
    ends = datetime.fromisoformat(one.details["at"])
    assert f"{ends + timedelta(hours=7):%d/%m/%Y}" in one.vi
    assert await found(ledger, settings_of(tmp_path, files=[str(file)], before="5d"), 11 * DAY) == []


async def test_every_ca_file_of_the_configuration_is_looked_at(ledger: SqlLedger, tmp_path: Path) -> None:
    file = str(written(tmp_path / "ca.pem", 3))
    hook = {"url": "https://canh-bao.example.invalid/x", "secrets": ["whsec_" + "A" * 43 + "="], "ca_file": file}
    settings = load_settings(
        environment={},
        overrides={
            "data_dir": str(tmp_path),
            "alerts": {"webhooks": {"ops": hook}, "expiring": {"key_age": "0s"}},
            "adapters": {"national_portal": {"ca_file": file}},
            "console": {"oidc": {"ca_file": file}},
        },
    )
    told = " ".join(one.key for one in await found(ledger, settings))
    for key in ("alerts.webhooks.ops.ca_file", "adapters.national_portal.ca_file", "console.oidc.ca_file"):
        assert key in told


async def test_an_old_certificate_beside_its_successor_troubles_nobody_and_a_file_that_is_none_does(
    ledger: SqlLedger, tmp_path: Path
) -> None:
    both = written(tmp_path / "both.pem", -3, 400)
    assert await found(ledger, settings_of(tmp_path, files=[str(both)])) == []
    (tmp_path / "none.pem").write_text("không phải chứng thư")
    for name in ("none.pem", "khong-co.pem"):
        [one] = await found(ledger, settings_of(tmp_path, files=[str(tmp_path / name)]))
        assert name in one.vi and "PEM" in one.en


async def test_of_a_collection_of_issuers_single_ones_may_have_ended(ledger: SqlLedger, tmp_path: Path) -> None:
    made = [written(tmp_path / "one.pem", days, name=f"goc-{days}").read_bytes() for days in (*range(-9, 1), 400)]
    (tmp_path / "many.pem").write_bytes(b"".join(made))
    assert await found(ledger, settings_of(tmp_path, files=[str(tmp_path / "many.pem")])) == []
    (tmp_path / "few.pem").write_bytes(b"".join(made[-3:]))
    assert len(await found(ledger, settings_of(tmp_path, files=[str(tmp_path / "few.pem")]))) == 2


async def test_check_names_what_is_of_no_use_and_what_soon_ends(tmp_path: Path) -> None:
    good, soon, ended = (str(written(tmp_path / f"{days}.pem", days)) for days in (400, 3, -3))
    told = await check_certificates(settings_of(tmp_path, files=[good, soon]))
    assert told.startswith("2; ") and soon in told and good not in told
    with pytest.raises(ConfigurationError) as refused:
        await check_certificates(settings_of(tmp_path, files=[good, ended, str(tmp_path / "khong-co.pem")]))
    assert len(refused.value.mistakes) == 2 and ended in refused.value.mistakes[0]


async def test_keys_and_the_token_are_told_of_at_their_age(ledger: SqlLedger, tmp_path: Path) -> None:
    await ledger.add_client(NewClient("xa"), NewKey("lt_abcdef", "0" * 64), AuditEntry("root", "client.add", "xa", ""))
    for name in ("admin.token", "keys.json"):
        (tmp_path / name).write_text("x")
    settings = settings_of(tmp_path, key_age="100d", before="10d")
    assert await found(ledger, settings) == []
    assert {one.details["what"] for one in await found(ledger, settings, 95 * DAY)} == {
        "client_key", "sealing_key", "admin_token",
    }  # fmt: skip
    old = (datetime.now(UTC) - 99 * DAY).timestamp()
    os.utime(tmp_path / "admin.token", (old, old))
    [one] = await found(ledger, settings)
    assert one.details["what"] == "admin_token" and "x" not in one.key.split()
    assert await found(ledger, settings_of(tmp_path), 9_000 * DAY) == []


async def test_the_certificate_that_a_system_shows_in_a_call_is_known_from_then_on(
    ledger: SqlLedger, tmp_path: Path
) -> None:
    certificate = self_signed(tmp_path)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)

    async def answer(_: web.Request) -> web.Response:
        return web.json_response({})

    app = web.Application()
    app.router.add_post("/", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    try:
        url = URL(f"https://127.0.0.1:{runner.addresses[0][1]}/")
        async with Http(HttpSettings.model_validate({"timeout": "20s", "ca_file": str(certificate)})) as http:
            for _ in range(2):
                answered = await http.send(Call(url, {}, b"{}", write=True, deadline=float("inf")))
                assert answered.status == 200
            [ending] = [one for one in await endings(ledger, settings_of(tmp_path)) if one.name == "127.0.0.1"]
            told = [*await Expiry(ledger, settings_of(tmp_path)).look(datetime.now(UTC))]
    finally:
        await runner.cleanup()
    assert ending.kind == "server" and ending.at is not None and timedelta(0) < ending.at - datetime.now(UTC) < DAY
    assert [one.details["what"] for one in told] == ["server"]
    assert await found(ledger, settings_of(tmp_path)) == []
