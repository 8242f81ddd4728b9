"""Settings of the indicators: points of each criterion, targets, and the periods a service is set up and tried in."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from gateway.sections import Section

CRITERIA = (
    "C1", "C2", "C3", "C4", "T1", "S1", "S2", "S3", "O1", "O2", "O3", "P1", "P2", "H1", "H2", "H3",
)  # fmt: skip
"""The scored criteria of Quyết định 766/QĐ-TTg; the first letter is the group, O and P together are one."""

Points = Annotated[Decimal, Field(ge=0, le=100)]
Share = Annotated[Decimal, Field(gt=0, le=1)]
Level = Literal["province", "district", "commune"]

_POINTS = dict(zip(CRITERIA, map(Decimal, (6, 4, 4, 4, 20, 6, 6, 10, 4, 4, 4, 4, 6, 6, 6, 6)), strict=True))


class TargetSettings(Section):
    """A share that is to be reached at least."""

    year: int = Field(ge=2020, le=2100)
    """It holds for periods that end in this year, and later ones until a later year has targets."""
    measure: Literal["full_services", "online_dossiers"]
    level: Level | Literal["all"] = "all"
    share: Share


class IndicatorSettings(Section):
    """What is counted, and how it is scored."""

    synchronised_with: str = "national_portal"
    """The destination whose acceptance of a dossier's latest state counts."""
    payment_evidence: Literal["confirmed", "declared"] = "confirmed"
    """`declared`: what a sender says of a payment counts too; `confirmed`: only what the platform has confirmed."""
    points: Mapping[str, Points] = _POINTS
    score_targets: Mapping[str, Share] = {}
    """Criterion -> the share that earns all its points; without one, the points are its maximum times the share."""
    targets: tuple[TargetSettings, ...] = ()
    set_up_days: int = Field(default=45, ge=1)
    trial_days: Mapping[Level, int] = {"province": 15, "district": 30, "commune": 60}

    @model_validator(mode="after")
    def _known(self) -> Self:
        unknown = sorted((set(self.points) | set(self.score_targets)) - set(CRITERIA))
        if unknown:
            words = ", ".join(CRITERIA)
            raise ValueError(f"tiêu chí lạ / unknown criteria: {', '.join(unknown)}; có / there are: {words}")
        missing = {"province", "district", "commune"} - set(self.trial_days)
        if missing:
            raise ValueError(f"trial_days: thiếu / missing: {', '.join(sorted(missing))}")
        return self

    def points_of(self, criterion: str) -> Decimal:
        """The most a criterion can earn."""
        return self.points.get(criterion, Decimal(0))
