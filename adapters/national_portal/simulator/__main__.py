"""Run the simulated portal alone: `python -m adapters.national_portal.simulator --port 9100 --log effects.ndjson`."""

from __future__ import annotations

from collections.abc import Sequence

from adapters.national_portal.simulator import SimulatedPortal, SimulatorSettings
from adapters.simulation.alone import run_alone


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until told to stop; return the exit code."""
    return run_alone(
        "adapters.national_portal.simulator",
        lambda chosen: SimulatedPortal(SimulatorSettings.model_validate(chosen)),
        port=9100,
        arguments=arguments,
    )


if __name__ == "__main__":
    raise SystemExit(main())
