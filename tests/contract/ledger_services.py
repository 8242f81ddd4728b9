"""The register of services keeps what it is given, with who gave it."""

from __future__ import annotations

from gateway.ledger.port import AuditEntry, Ledger
from gateway.ledger.services.port import Service
from tests.contract.ledger_suite import LedgerSuite


class ServiceContract(LedgerSuite):
    async def test_rows_are_added_changed_and_taken_out_together_with_their_audit_row(self, ledger: Ledger) -> None:
        one = Service("1.000001", "commune", "Thủ tục mẫu", eligible=True, approved_on="2021-09-01")
        two, three = Service("1.000001", "district"), Service("1.000002", "province", grade="full")
        entry = AuditEntry("admin", "services.import", "services", "phụ lục I")
        await ledger.put_services([one, two, three], [], entry)
        assert await ledger.services() == [one, two, three]
        moved = Service("1.000001", "commune", "Thủ tục mẫu", eligible=True, approved_on=None, cause="chờ luật")
        await ledger.put_services([moved], [("1.000001", "district")], entry)
        assert await ledger.services() == [moved, three]
        audited = (await ledger.audit_page(None, 10))["items"]
        assert [(row["action"], row["reason"]) for row in audited] == [("services.import", "phụ lục I")] * 2
