from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from arhub.domain.tenants import create_tenant
from arhub.models import Account, CustomFieldValue, Ledger, OutstandingItem
from arhub.tenancy.scope import scope

pytestmark = pytest.mark.django_db


def _check() -> tuple[int, str]:
    out = StringIO()
    try:
        call_command("check_integrity", stdout=out)
    except SystemExit as ended:
        return int(ended.code or 0), out.getvalue()
    return 0, out.getvalue()


def test_check_integrity_finds_a_reference_to_another_tenants_record() -> None:
    mine, other = create_tenant("mine"), create_tenant("other")
    with scope(other.pk):
        hidden = Account.objects.create(ledger=Ledger.objects.get(), erp_key="B", name="Theirs")
    with scope(mine.pk):
        Account.objects.create(ledger=Ledger.objects.get(), erp_key="A", name="Ours", parent_id=hidden.pk)

    code, text = _check()

    assert code == 1
    assert text.startswith("arhub_account.parent_id: 1 rows lead nowhere")


@pytest.mark.parametrize("model", [OutstandingItem, CustomFieldValue])
def test_check_integrity_looks_at_the_ledger_of_every_record(model: Any) -> None:
    mine, other = create_tenant("mine"), create_tenant("other")
    with scope(other.pk):
        hidden = Ledger.objects.get()
    with scope(mine.pk):
        account = Account.objects.create(ledger=Ledger.objects.get(), erp_key="A", name="Ours")
        owner = {"owner": account.pk, "table_key": "Company"} if model is CustomFieldValue else {"number": "1"}
        model.objects.create(ledger_id=hidden.pk, erp_key="B", **owner)

    code, text = _check()

    assert code == 1
    assert text.startswith(f"{model._meta.db_table}.ledger_id: 1 rows lead nowhere")


def test_check_integrity_says_when_all_is_well() -> None:
    mine = create_tenant("mine")
    with scope(mine.pk):
        ledger = Ledger.objects.get()
        parent = Account.objects.create(ledger=ledger, erp_key="A", name="Parent")
        Account.objects.create(ledger=ledger, erp_key="B", name="Child", parent=parent)

    assert _check() == (0, "Every reference leads to a record of its tenant.\n")
