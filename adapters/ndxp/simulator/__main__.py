"""Run the simulated exchange alone: `python -m adapters.ndxp.simulator --port 9130 --log effects.ndjson`."""

from __future__ import annotations

from collections.abc import Sequence

from adapters.ndxp.simulator import SimulatedExchange, SimulatorSettings
from adapters.simulation.alone import run_alone


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until told to stop; return the exit code."""
    return run_alone(
        "adapters.ndxp.simulator",
        lambda chosen: SimulatedExchange(SimulatorSettings.model_validate(chosen)),
        port=9130,
        arguments=arguments,
    )


if __name__ == "__main__":
    raise SystemExit(main())
