"""The payment platform of the National Public Service Portal: opening payments, asking about them, their receipts.

`README.md` beside this file is its ledger of trust: what is done, what is assumed and where the switch is.
"""

from adapters.contract import AdapterSpec
from adapters.payment.adapter import OPERATIONS, open_payment, repeatable
from adapters.payment.catalogue import entry
from adapters.payment.listening import CALLS, listen
from adapters.payment.settings import PaymentSettings
from adapters.payment.stakes import STAKES

SPEC = AdapterSpec(
    name="payment",
    operations=OPERATIONS,
    repeatable=repeatable,
    settings=PaymentSettings,
    open=open_payment,
    callbacks=CALLS,
    listen=listen,
    pays=True,
    stakes=STAKES,
    explain=entry,
)

__all__ = ["SPEC"]
