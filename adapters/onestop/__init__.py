"""The province's own systems: answers, refusals and national-side events go to each client the way it chose.

`README.md` beside this file is its ledger of trust. One adapter is opened per client, on the destination
`onestop/<client>`; its section is `replies` of that client.
"""

from adapters.contract import AdapterSpec
from adapters.onestop.adapter import open_replies, repeatable
from adapters.onestop.catalogue import entry
from adapters.onestop.settings import ClientReplies

SPEC = AdapterSpec(
    name="onestop",
    operations=frozenset({"callback", "amqp"}),
    repeatable=repeatable,
    settings=ClientReplies,
    open=open_replies,
    explain=entry,
)

__all__ = ["SPEC"]
