"""What `production = true` refuses, each thing by its key, all at once; and that a real configuration passes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from adapters.onestop.simulator.settings import SANDBOX_SECRET as SANDBOX_HOOK
from gateway.bootstrap import database_url
from gateway.errors import ConfigurationError
from gateway.production import refuse_rehearsal
from gateway.settings import Settings

PORTAL = {
    "adapter_url": "https://truc.example.invalid",
    "username": "h46",
    "password": "real-and-secret",
    "madonvi": "000.00.00.H46",
}
REAL: dict[str, Any] = {
    "production": True,
    "database_url": "postgresql://lt:x@db.example.invalid/lt?sslmode=verify-full",
    "amqp_url": "amqps://lt:x@mq.example.invalid/",
    "http": {"host": "0.0.0.0", "public_url": "https://lienthong.example.invalid"},
    "admin_token": "lt_admin_khong-ai-doan-duoc-0001",
    "adapters": {"national_portal": PORTAL},
    "callbacks": {"national_portal": {"allow_from": ["10.9.0.0/24"]}},
}


def mistakes(tmp_path: Path, **changed: Any) -> list[str]:
    """Keys that production refuses of the real configuration with something changed."""
    settings = Settings.model_validate({"data_dir": tmp_path, **REAL, **changed})
    try:
        refuse_rehearsal(settings)
    except ConfigurationError as exc:
        return [one.partition(": ")[0] for one in exc.mistakes if " / " in one]
    return []


def client(**replies: Any) -> dict[str, Any]:
    return {"name": "mc", "key_sha256": "0" * 64, "replies": replies}


HOOK = {"mode": "callback", "url": "https://mc.example.invalid/", "secrets": ["whsec_" + "QUJD" * 10]}
ALERT = {"url": "http://a.invalid/", "plain_http": True, "secrets": HOOK["secrets"]}
WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("sandbox mode", {"destinations": {"payment": {"mode": "sandbox"}}}, "destinations.payment.mode"),
    (
        "a sandbox password",
        {"adapters": {"national_portal": PORTAL | {"password": "sandbox"}}},
        "adapters.national_portal.password",
    ),
    (
        "plain HTTP to a national system",
        {"adapters": {"national_portal": PORTAL | {"adapter_url": "http://t.example.invalid"}}},
        "adapters.national_portal.adapter_url",
    ),
    (
        "plain HTTP on the road",
        {"adapters": {"national_portal": PORTAL | {"road": {"address": "http://t.invalid"}}}},
        "adapters.national_portal.road.address",
    ),
    (
        "a callback in clear",
        {"clients": [client(**HOOK | {"url": "http://mc.invalid/", "plain_http": True})]},
        "clients.mc.replies.url",
    ),
    (
        "a client's sandbox secret",
        {"clients": [client(**HOOK | {"secrets": [SANDBOX_HOOK]})]},
        "clients.mc.replies.secrets",
    ),
    (
        "a client's broker in clear",
        {"clients": [client(mode="amqp", broker_url="amqp://mq.invalid/")]},
        "clients.mc.replies.broker_url",
    ),
    ("our broker in clear", {"amqp_url": "amqp://mq.example.invalid/"}, "amqp_url"),
    ("our database in clear", {"database_url": "postgresql://lt:x@db.example.invalid/lt"}, "database_url"),
    (
        "a database elsewhere that calls itself local",
        {"database_url": "postgresql://lt:x@localhost/lt?host=db.example.invalid"},
        "database_url",
    ),
    (
        "one of several databases elsewhere",
        {"database_url": "postgresql:///lt?host=/run/postgresql&host=db.example.invalid:5432"},
        "database_url",
    ),
    (
        "a database that may be in clear",
        {"database_url": "postgresql://lt:x@db.example.invalid/lt?sslmode=prefer"},
        "database_url",
    ),
    (
        "an alert in clear",
        {"alerts": {"webhooks": {"a": ALERT}}},
        "alerts.webhooks.a.url",
    ),
    (
        "an alert with the sandbox's secret",
        {"alerts": {"webhooks": {"a": {"url": "https://a.invalid/", "secrets": [SANDBOX_HOOK]}}}},
        "alerts.webhooks.a.secrets",
    ),
    (
        "mail in clear",
        {"alerts": {"mail": {"a": {"host": "m.invalid", "security": "none", "sender": "a@b.c", "to": ["a@b.c"]}}}},
        "alerts.mail.a.security",
    ),
    (
        "an issuer's keys in clear",
        {"issuers": [{"issuer": "https://i.invalid", "audience": "lt", "jwks_url": "http://i.invalid/jwks"}]},
        "issuers.jwks_url",
    ),
    ("links to a console in clear", {"alerts": {"console_url": "http://c.invalid"}}, "alerts.console_url"),
    ("an address for others in clear", {"http": {"public_url": "http://lt.example.invalid"}}, "http.public_url"),
    ("the network without TLS in front", {"http": {"host": "0.0.0.0"}}, "http.host"),
    ("IPv6 without TLS in front", {"http": {"host": "::"}}, "http.host"),
    ("a short key of the administrator", {"admin_token": "quan-tri"}, "admin_token"),
    ("a sandbox key of the administrator", {"admin_token": "sandbox"}, "admin_token"),
    ("callers nobody named", {"callbacks": {}}, "callbacks.national_portal.allow_from"),
    (
        "callers from everywhere",
        {"callbacks": {"national_portal": {"allow_from": ["0.0.0.0/0"]}}},
        "callbacks.national_portal.allow_from",
    ),
    (
        "callers from everywhere by IPv6",
        {"callbacks": {"national_portal": {"allow_from": ["10.0.0.0/8", "::/0"]}}},
        "callbacks.national_portal.allow_from",
    ),
]


@pytest.mark.parametrize(("change", "key"), [pytest.param(c, k, id=name) for name, c, k in WRONG])
def test_production_refuses(change: dict[str, Any], key: str, tmp_path: Path) -> None:
    assert key in mistakes(tmp_path, **change)
    assert mistakes(tmp_path, **change, production=False) == []


@pytest.mark.parametrize("name", ["keys.json", "signing.json", "admin.token"])
def test_production_refuses_keys_that_everybody_can_read(name: str, tmp_path: Path) -> None:
    (tmp_path / name).touch(mode=0o600)
    assert mistakes(tmp_path) == []
    (tmp_path / name).chmod(0o604)
    assert mistakes(tmp_path) == [str(tmp_path / name)]


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"amqp_url": "amqp://127.0.0.1/", "database_url": "postgresql://lt:x@localhost/lt"},
        {"amqp_url": "", "database_url": ""},
        {"database_url": "postgresql:///lt?host=/run/postgresql"},
        {"http": {"host": "127.0.0.1"}},
        {"callbacks": {"national_portal": {"allow_from": []}}},
        {"clients": [client(**HOOK)]},
        {"clients": [client(mode="poll") | {"sources": ["http://motcua.example.invalid/ten"]}]},
    ],
)
def test_production_takes_what_is_safe(change: dict[str, Any], tmp_path: Path) -> None:
    assert mistakes(tmp_path, **change) == []


def test_all_that_production_refuses_is_said_at_once(tmp_path: Path) -> None:
    changed: dict[str, Any] = {}
    for _, change, _ in WRONG:
        changed |= {key: value for key, value in change.items() if key not in changed}
    assert len(mistakes(tmp_path, **changed)) >= len(changed)


def test_postgresqls_own_word_for_tls_reaches_the_driver(tmp_path: Path) -> None:
    settings = Settings.model_validate({"data_dir": tmp_path, **REAL})
    assert database_url(settings) == "postgresql+asyncpg://lt:x@db.example.invalid/lt?ssl=verify-full"
