"""The ledger's contract is one class out of many: none of its parts may hide what another says."""

from __future__ import annotations

from collections import Counter

from tests.contract.ledger_contract import LedgerContract
from tests.contract.ledger_suite import LedgerSuite


def test_no_part_of_the_contract_hides_anything_of_another() -> None:
    parts = [part for part in LedgerContract.__mro__ if issubclass(part, LedgerSuite) and part is not LedgerContract]
    names = Counter(name for part in parts for name in vars(part) if not name.startswith("__"))
    assert [name for name, times in names.items() if times > 1] == []
