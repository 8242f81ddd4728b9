"""Run the simulated database alone: `python -m adapters.citizen_db.simulator --port 9300 --log effects.ndjson`."""

from __future__ import annotations

from collections.abc import Sequence

from adapters.citizen_db.simulator import SimulatedCitizenDb, SimulatorSettings
from adapters.simulation.alone import run_alone


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until told to stop; return the exit code."""
    return run_alone(
        "adapters.citizen_db.simulator",
        lambda chosen: SimulatedCitizenDb(SimulatorSettings.model_validate(chosen)),
        port=9300,
        arguments=arguments,
    )


if __name__ == "__main__":
    raise SystemExit(main())
