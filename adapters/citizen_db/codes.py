"""What a fault in an answer means: the exchange's, SOAP's own, and the database's (sheet §5.3, NDXP sheet §6).

The exchange's codes are paths such as `Server.ServerProxy.AccessDenied`, which `adapters.ndxp` knows; `Server` and
`Client` alone are SOAP's own. Nothing of a fault's sentence is shown: it may name a person.
"""

from __future__ import annotations

from adapters.citizen_db.catalogue import CATALOGUE
from adapters.contract import DeliveryError, PermanentError, RefusedError, TransientError
from adapters.ndxp.catalogue import XROAD
from adapters.ndxp.xroad_errors import meaning
from adapters.transport.envelope import Fault

UNNAMED = "UNNAMED"
"""Stands for a code that is a sentence, or none at all."""


def fault_error(fault: Fault, answer: bytes, *, tries: int) -> DeliveryError:
    """The right error for a SOAP fault. A question may be asked again, so what is not final is merely transient."""
    fill = {"fault": fault.code or UNNAMED, "reference": fault.reference or "–"}
    if "." not in fault.code:
        entry = CATALOGUE["SOAP_{fault}"]
        if fault.code == "Client":
            return entry.error(PermanentError, fill=fill, answer=answer)
        return entry.error(TransientError, fill=fill, max_tries=tries, answer=answer)
    name, group = meaning(fault.code)
    entry, fill = XROAD[group], {**fill, "fault": name}
    if group in ("right", "request"):
        scope = "destination" if group == "right" else "message"
        return entry.error(PermanentError, fill=fill, scope=scope, answer=answer)
    return entry.error(TransientError, fill=fill, answer=answer)


def business_error(code: str, answer: bytes) -> DeliveryError:
    """The database understood and said no."""
    return CATALOGUE["{fault}"].error(RefusedError, fill={"fault": code or UNNAMED}, answer=answer)
