"""The outage drill: hours of a portal that is away, compressed into minutes, and a replay of what died meanwhile.

Everything is played on the real gateway and real simulators over HTTP; what is claimed is measured from outside.
"""

from gateway.demo.outage.claims import Claim
from gateway.demo.outage.drill import Report, rehearse_outage
from gateway.demo.outage.plan import Plan

__all__ = ["Claim", "Plan", "Report", "rehearse_outage"]
