"""The command `lienthong`: one file per group of commands; each parses, calls one function and prints.

Data goes to stdout, everything else to stderr. Exit 0: done, 1: failed, 2: misused.
"""

from __future__ import annotations

import sys

from gateway.cli.app import app
from gateway.cli.words import fail
from gateway.errors import ConfigurationError, GatewayError
from gateway.settings import LogSettings
from gateway.telemetry import logging as log_setup


def main() -> None:
    """Run the command line; what the gateway itself refuses becomes words and exit 1, never a traceback."""
    # What parts of the gateway say while a command uses them; `serve` and its like set up their own afterwards.
    log_setup.configure(LogSettings(level="warning", format="console" if sys.stderr.isatty() else "json"))
    try:
        app()
    except ConfigurationError as exc:
        fail(
            "Cấu hình chưa đúng / The configuration is wrong:\n"
            + "\n".join(f"  {mistake}" for mistake in exc.mistakes)
            + "\nMọi khoá và ý nghĩa / every key and what it does: gateway/defaults.toml"
        )
    except GatewayError as exc:
        fail(str(exc))
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        # The reader of our output has gone (`lienthong messages list | head`): nothing more to say, and not to say it.
        sys.stderr.close()
        sys.exit(0)
