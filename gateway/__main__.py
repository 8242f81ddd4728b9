"""`python -m gateway`, and the command `lienthong`."""

from __future__ import annotations

import sys

__all__ = ["main"]


def main() -> None:
    """Run the command line. `health` goes without loading the other commands: it is asked every few seconds."""
    if sys.argv[1:2] == ["health"] and not {"-h", "--help"} & set(sys.argv):
        from gateway.health import main as health  # noqa: PLC0415 - see above

        sys.exit(health(sys.argv[2:]))
    from gateway.cli import main as commands  # noqa: PLC0415 - see above

    commands()


if __name__ == "__main__":
    main()
