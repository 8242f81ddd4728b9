"""What every ledger promises, as one test class; subclassed once per implementation, with a fixture `ledger`."""

from __future__ import annotations

from tests.contract.ledger_accepting import AcceptingContract
from tests.contract.ledger_attempts import AttemptContract
from tests.contract.ledger_drift import DriftContract
from tests.contract.ledger_lanes import LaneContract
from tests.contract.ledger_lists import ListContract
from tests.contract.ledger_operations import OperationContract
from tests.contract.ledger_payments import PaymentContract
from tests.contract.ledger_proof import ProofContract
from tests.contract.ledger_sharing import SharingContract
from tests.contract.ledger_snapshots import SnapshotContract
from tests.contract.ledger_steering import SteeringContract


class LedgerContract(
    AcceptingContract,
    LaneContract,
    SnapshotContract,
    AttemptContract,
    OperationContract,
    PaymentContract,
    ProofContract,
    SharingContract,
    SteeringContract,
    ListContract,
    DriftContract,
):
    """All parts of the contract."""
