"""NDXP, the national data exchange platform: the road to other systems, and itself a destination (document reuse).

`README.md` beside this file is its ledger of trust: what is done, what is assumed and where the switch is.
"""

from adapters.contract import AdapterSpec
from adapters.ndxp.adapter import SEARCH, open_ndxp, repeatable
from adapters.ndxp.catalogue import entry
from adapters.ndxp.settings import NdxpSettings

SPEC = AdapterSpec(
    name="ndxp",
    operations=frozenset({SEARCH}),
    repeatable=repeatable,
    settings=NdxpSettings,
    open=open_ndxp,
    explain=entry,
)

__all__ = ["SPEC"]
