"""Bodies are read in one place, within the door's limits: never by what aiohttp offers, which waits for ever."""

from __future__ import annotations

import re

from tests.architecture.tree import ROOT, modules

_READS = re.compile(r"\brequest\.(?:post|read|text|json|multipart)\(|\brequest\.content\.(?:read\w*|iter\w*)\(")
READER = "gateway/intake/body.py"
# The bench's own far ends are no doors.
NO_DOORS = ("gateway/bench/",)


def test_no_door_reads_a_body_past_the_limits() -> None:
    reading = {
        name
        for path in modules("gateway")
        if not (name := str(path.relative_to(ROOT))).startswith(NO_DOORS) and _READS.search(path.read_text("utf-8"))
    }
    assert reading == {READER}
