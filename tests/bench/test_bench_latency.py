"""How latency is read from what the sink tells."""

from __future__ import annotations

import pytest

from gateway.bench.dossiers import scripts
from gateway.bench.latency import latencies, percentile
from gateway.bench.run import CONNECTIONS


def test_a_late_sender_does_not_hide_the_wait() -> None:
    """Every second message was due 5 ms after the one before, whenever it was sent."""
    effects = [script[0].effect for script in scripts(4, CONNECTIONS)]
    assert latencies(effects, [10.0, 10.1, 10.1, 10.1], first=10.0) == pytest.approx([0.0, 0.095, 0.09, 0.085])


def test_a_percentile_is_a_value_that_was_measured() -> None:
    assert percentile([float(one) for one in range(200)], 0.99) == 198
    assert percentile([3.0], 0.99) == 3
