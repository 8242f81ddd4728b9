"""Times of keeping that would lose something are refused at the start."""

from __future__ import annotations

import pytest

from gateway.errors import ConfigurationError
from gateway.settings import load_settings


@pytest.mark.parametrize(
    ("payload", "metadata", "said"),
    [("7d", "29d", "30d"), ("0s", "60d", "payload"), ("61d", "60d", "payload")],
    ids=["a sender may still repeat", "bodies are kept for ever", "bodies are kept longer"],
)
def test_rows_are_not_kept_shorter_than_what_needs_them(payload: str, metadata: str, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        load_settings(environment={}, overrides={"retention": {"payload": payload, "metadata": metadata}})


@pytest.mark.parametrize("metadata", ["0s", "366d"], ids=["rows are kept for ever", "rows are kept longer"])
def test_receipts_are_not_kept_shorter_than_the_rows_they_tell_of(metadata: str) -> None:
    told = {"payload": "30d", "metadata": metadata, "receipts": "365d"}
    with pytest.raises(ConfigurationError, match="receipts"):
        load_settings(environment={}, overrides={"retention": told})
