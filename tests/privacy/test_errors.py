"""What is wrong with a document is said without quoting it, in errors as in warnings."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest

from gateway.acceptance import schemas
from gateway.operations.judge import Judge
from gateway.settings import load_settings
from tests.unit.test_people import leaves

TEXT, NUMBER = "Nguyễn Thị Chim Yến", "044999555777"
VALUES: tuple[Any, ...] = (TEXT, NUMBER, int(NUMBER), [TEXT, NUMBER], f"{NUMBER}\n{TEXT}", {"code": TEXT})


def documents(kind: str) -> Iterator[dict[str, Any]]:
    """A wrong value at every place of a type, one at a time."""
    for pointer in leaves(schemas.document(kind)):
        for value in VALUES:
            made: Any = copy.deepcopy(value)
            for step in reversed(pointer.split("/")[1:]):
                made = [made] if step == "*" else {step: made}
            if isinstance(made, dict):
                yield made


@pytest.mark.parametrize("kind", sorted(schemas.FROM_SENDERS))
def test_no_error_and_no_warning_quotes_a_value(kind: str) -> None:
    judge, judged = Judge(load_settings(environment={}).codes, frozenset()), 0
    for document in documents(kind):
        found = judge.judge(kind, document)
        for one in (*found.errors, *found.warnings):
            judged += 1
            told = f"{one.pointer} {one.code} {one.message}"
            assert TEXT not in told and NUMBER not in told and NUMBER[1:] not in told
    assert judged
