"""The number of all records, which is kept from one query to the next."""

from __future__ import annotations

from arhub.models import Tenant
from tests.ingestion.conftest import Load
from tests.ingestion.sage_network.conftest import Ask


def test_number_of_all_records_follows_the_next_load(tenant: Tenant, load: Load, ask: Ask) -> None:
    def total() -> int:
        return ask("Companies/query", pageSize="1")[1]["totalCount"]  # type: ignore[no-any-return]

    load(account="erpKey,companyName\nC1,One\nC2,Two\nC3,Three\n")
    before = total()
    load(account="erpKey,companyName\nC7,One more\n")

    assert (before, total()) == (3, 4)
    assert ask("Companies/query", pageSize="1", filter="erpKey IN (C1, C7)")[1]["totalCount"] == 2
