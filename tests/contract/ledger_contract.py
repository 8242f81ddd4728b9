"""What every ledger promises, as one test class; subclassed once per implementation, with a fixture `ledger`."""

from __future__ import annotations

from tests.contract.ledger_accepting import AcceptingContract
from tests.contract.ledger_alerts import AlertContract
from tests.contract.ledger_attempts import AttemptContract
from tests.contract.ledger_balance import BalanceContract
from tests.contract.ledger_byhand import ByHandContract
from tests.contract.ledger_clients import ClientContract
from tests.contract.ledger_doubts import DoubtContract
from tests.contract.ledger_drift import DriftContract
from tests.contract.ledger_groups import GroupContract
from tests.contract.ledger_indicators import IndicatorContract
from tests.contract.ledger_keeping import KeepingContract
from tests.contract.ledger_lanes import LaneContract
from tests.contract.ledger_lists import ListContract
from tests.contract.ledger_operations import OperationContract
from tests.contract.ledger_payments import PaymentContract
from tests.contract.ledger_proof import ProofContract
from tests.contract.ledger_removing import RemovingContract
from tests.contract.ledger_replays import ReplayContract
from tests.contract.ledger_retiring import RetiringContract
from tests.contract.ledger_saved import SavedContract
from tests.contract.ledger_services import ServiceContract
from tests.contract.ledger_sharing import SharingContract
from tests.contract.ledger_snapshots import SnapshotContract
from tests.contract.ledger_sought import SoughtContract
from tests.contract.ledger_steering import SteeringContract
from tests.contract.ledger_users import UsersContract


class LedgerContract(
    RetiringContract,
    RemovingContract,
    AcceptingContract,
    LaneContract,
    SnapshotContract,
    AttemptContract,
    OperationContract,
    GroupContract,
    DoubtContract,
    ByHandContract,
    ClientContract,
    KeepingContract,
    PaymentContract,
    IndicatorContract,
    SavedContract,
    ServiceContract,
    ProofContract,
    SharingContract,
    SoughtContract,
    SteeringContract,
    UsersContract,
    ListContract,
    DriftContract,
    BalanceContract,
    AlertContract,
    ReplayContract,
):
    """All parts of the contract."""
