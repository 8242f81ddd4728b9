"""Run the simulated payment platform alone: `python -m adapters.payment.simulator --port 9200 --log effects.ndjson`."""

from __future__ import annotations

from collections.abc import Sequence

from adapters.payment.simulator import SimulatedPayment, SimulatorSettings
from adapters.simulation.alone import run_alone


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until told to stop; return the exit code."""
    return run_alone(
        "adapters.payment.simulator",
        lambda chosen: SimulatedPayment(SimulatorSettings.model_validate(chosen)),
        port=9200,
        arguments=arguments,
    )


if __name__ == "__main__":
    raise SystemExit(main())
