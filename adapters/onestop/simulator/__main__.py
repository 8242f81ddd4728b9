"""Run a simulated one-stop system alone: `python -m adapters.onestop.simulator --port 9105 --log effects.ndjson`."""

from __future__ import annotations

from collections.abc import Sequence

from adapters.onestop.simulator import SimulatedOneStop, SimulatorSettings
from adapters.simulation.alone import run_alone


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until told to stop; return the exit code."""
    return run_alone(
        "adapters.onestop.simulator",
        lambda chosen: SimulatedOneStop(SimulatorSettings.model_validate(chosen)),
        port=9105,
        arguments=arguments,
    )


if __name__ == "__main__":
    raise SystemExit(main())
