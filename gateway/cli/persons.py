"""A person's number never stands among the arguments: the list of processes and the shell's history keep these."""

from __future__ import annotations

from gateway.cli.words import fail
from gateway.operations.searching import names_a_person


def keep_off_command_line(*texts: str) -> None:
    """End with exit 2 where one of these may be somebody's number."""
    if any(map(names_a_person, texts)):
        fail(
            "Số của người dân không đặt trên dòng lệnh (máy ghi lại): chạy `lienthong find -` rồi gõ số. / A person's "
            "number has no place on the command line: run `lienthong find -` and type it.",
            2,
        )
