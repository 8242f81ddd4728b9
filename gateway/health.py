"""`lienthong health`: does the process of this configuration answer? For a container's or a supervisor's health check.

Asked every few seconds, so it loads the settings and nothing else of the gateway.
"""

from __future__ import annotations

import json
import os
import sys
import urllib.request
from pathlib import Path
from urllib.error import HTTPError

from gateway.edge_settings import HttpSettings
from gateway.errors import ConfigurationError
from gateway.settings import load_settings

_SECONDS = 4.0
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "[::1]", "": "127.0.0.1"}  # noqa: S104 - an address to read, not to listen on
_DEFAULT_FILE = Path("lienthong.toml")


def main(arguments: list[str]) -> int:
    """`[--ready]`: exit 0 when it answers (`--ready`: and would take messages now), 1 when not, 2 misused."""
    if set(arguments) - {"--ready"}:
        sys.stderr.write("lienthong health [--ready]\n")
        return 2
    named = os.environ.get("LIENTHONG_CONFIG")
    file = Path(named) if named else _DEFAULT_FILE if _DEFAULT_FILE.exists() else None
    try:
        settings = load_settings(file)
    except ConfigurationError as exc:
        sys.stderr.write("\n".join(exc.mistakes) + "\n")
        return 1
    wrong = look(settings.http, "/readyz" if arguments else "/healthz")
    sys.stderr.write(f"✗ {wrong}\n" if wrong else "")
    return 1 if wrong else 0


def look(http: HttpSettings, path: str) -> str | None:
    """None when the answer is 200; else what was found instead, and what to do."""
    url = f"http://{_EVERYWHERE.get(http.host, http.host)}:{http.port}{path}"
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # a proxy is for the way out, not for here
    try:
        with opener.open(url, timeout=_SECONDS) as answer:
            answer.read()
        return None
    except HTTPError as exc:
        return f"{url}: {exc.code} {_flaws(exc.read())}"
    except OSError as exc:
        return (
            f"{url}: không trả lời ({exc}); trục có đang chạy trên cổng này không? / no answer; is the gateway running "
            "on this port?"
        )


def _flaws(body: bytes) -> str:
    """What `/readyz` says is wrong."""
    try:
        checks = json.loads(body)["checks"]
        return "; ".join(f"{name}: {flaw}" for name, flaw in checks.items() if flaw)
    except (ValueError, KeyError, AttributeError, TypeError):
        return ""
