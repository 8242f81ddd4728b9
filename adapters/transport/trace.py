"""The trace that a call belongs to, told to the system in a header; one that does not know the header ignores it.

Source: https://www.w3.org/TR/trace-context/.
"""

from __future__ import annotations

from adapters.contract import trace

HEADER = "traceparent"


def trace_headers() -> list[str]:
    """The header line, where there is a trace."""
    told = trace()
    return [f"{HEADER}: {told}"] if told else []
