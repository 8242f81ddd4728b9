"""What every ledger promises, as one test class; subclassed once per implementation, with a fixture `ledger`."""

from __future__ import annotations

from tests.contract.ledger_accepting import AcceptingContract
from tests.contract.ledger_attempts import AttemptContract
from tests.contract.ledger_byhand import ByHandContract
from tests.contract.ledger_doubts import DoubtContract
from tests.contract.ledger_groups import GroupContract
from tests.contract.ledger_lanes import LaneContract
from tests.contract.ledger_lists import ListContract
from tests.contract.ledger_operations import OperationContract
from tests.contract.ledger_payments import PaymentContract
from tests.contract.ledger_sharing import SharingContract
from tests.contract.ledger_snapshots import SnapshotContract


class LedgerContract(
    AcceptingContract,
    LaneContract,
    SnapshotContract,
    AttemptContract,
    OperationContract,
    GroupContract,
    DoubtContract,
    ByHandContract,
    PaymentContract,
    SharingContract,
    ListContract,
):
    """All parts of the contract."""
