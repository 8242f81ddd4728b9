"""What commands print for people: words of others stay words."""

from __future__ import annotations

import pytest

from gateway.cli.words import fail, give, say, table

HOSTILE = "x\x1b[2J\x1b]0;root\x07\x9b31m\r\u202egnp.exe"
STEERING = ("\x1b", "\x07", "\x9b", "\r", "\u202e")


def test_what_others_wrote_cannot_steer_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    say(HOSTILE)
    give({}, as_json=False, text=[f"[bold]{HOSTILE}[/]", table("t", ["a"], [[HOSTILE], ["delivered"]])])
    with pytest.raises(SystemExit):
        fail(HOSTILE)
    printed = capsys.readouterr()
    for text in (printed.out, printed.err):
        assert "\\x1b[2J" in text and "\\u202egnp.exe" in text
        assert not any(one in text for one in STEERING)
    assert "delivered" in printed.out
