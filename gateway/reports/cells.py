"""What came with a document, as cells of a file that people open in a spreadsheet."""

from __future__ import annotations

import re
from typing import Any

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
# XML, and so a workbook, has no way to write these; they come from something odd in another system's answer.
_UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def plain(value: Any) -> Any:
    """What a spreadsheet would take for a formula stays text, and what no file can hold is shown as U+FFFD."""
    if not isinstance(value, str):
        return value
    text = _UNWRITABLE.sub("\ufffd", value)
    return f"'{text}" if text.startswith(_FORMULA) else text
