"""The national population database (CSDL quốc gia về dân cư): looking people up and verifying what they say.

`README.md` beside this file is its ledger of trust: what is done, what is assumed and where the switch is.
"""

from adapters.citizen_db.adapter import open_citizen_db, repeatable
from adapters.citizen_db.catalogue import entry
from adapters.citizen_db.question import OPERATIONS
from adapters.citizen_db.settings import CitizenDbSettings
from adapters.contract import AdapterSpec

SPEC = AdapterSpec(
    name="citizen_db",
    operations=OPERATIONS,
    repeatable=repeatable,
    settings=CitizenDbSettings,
    open=open_citizen_db,
    explain=entry,
)

__all__ = ["SPEC"]
