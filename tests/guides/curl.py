"""Stands in for curl where the guides' examples are run: not every machine has it. Knows the options they use."""

from __future__ import annotations

import sys
import urllib.error
import urllib.request
from pathlib import Path


def main(words: list[str]) -> int:
    """One call as curl makes it: headers, a body of a file or of what comes in; any answer at all is printed."""
    headers: dict[str, str] = {}
    body: bytes | None = None
    address = ""
    while words:
        match words:
            case ["-sS", *words]:
                pass
            case ["-H", header, *words]:
                name, value = header.split(": ", 1)
                headers[name] = value
            case ["--data-binary", "@-", *words]:
                body = sys.stdin.buffer.read()
            case ["--data-binary", source, *words] if source.startswith("@"):
                body = Path(source[1:]).read_bytes()
            case [word, *words] if not word.startswith("-") and not address:
                address = word
            case _:
                sys.stderr.write(f"curl: {words[0]}?\n")
                return 2
    request = urllib.request.Request(address, data=body, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            sys.stdout.buffer.write(answer.read())
    except urllib.error.HTTPError as refused:
        sys.stdout.buffer.write(refused.read())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
