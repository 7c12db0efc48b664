"""One record written at once: like any load, and leaving nothing when it is refused."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.db import transaction

from arhub.domain.api_keys import api_source
from arhub.models import Account, Document, Source, Tenant
from arhub.records import RECORD_TYPES
from arhub.tenancy.scope import scope
from ingestion.domain import single
from ingestion.models import Change, Ingestion
from tests.ingestion.conftest import ACCOUNTS, COMMITTED, Load, counts

ACCOUNT, INVOICE = RECORD_TYPES["account"], RECORD_TYPES["invoice"]


def create(tenant: Tenant, record_type: Any, row: dict[str, Any]) -> int:
    with scope(tenant.pk):
        return single.create(api_source(), record_type, row)


def update(tenant: Tenant, record_type: Any, record: Any, row: dict[str, Any], source: str = "API") -> None:
    with scope(tenant.pk):
        api_source()
        single.update(Source.objects.get(name=source), record_type, record, row)


def the_invoice(tenant: Tenant) -> Document:
    create(tenant, ACCOUNT, {"erp_key": "C1", "account_id": "C1", "account_name": "One"})
    row = {"erp_key": "I1", "invoice_number": "1", "account_id": "C1", "total_amount": "1.234", "currency": "DKK"}
    pk = create(tenant, INVOICE, row)
    with scope(tenant.pk):
        return Document.objects.select_related("ledger").get(pk=pk)


def test_record_is_written_by_a_load_of_its_own(tenant: Tenant) -> None:
    invoice = the_invoice(tenant)

    with scope(tenant.pk):
        load = Ingestion.objects.select_related("source").latest("pk")
        stored = Document.objects.values("total_amount", "outstanding_amount", "account__erp_key").get(pk=invoice.pk)

    assert stored == {
        "total_amount": Decimal("1.234"), "outstanding_amount": Decimal("1.234"), "account__erp_key": "C1"
    }  # fmt: skip
    assert (load.state, load.origin, load.source.name) == (COMMITTED, "api", "API")
    assert counts(load) == {"INVOICE": (1, 1, 0, 0, 0)}


def test_fields_get_other_values_and_null_empties_one(tenant: Tenant) -> None:
    invoice = the_invoice(tenant)

    update(tenant, INVOICE, invoice, {"payment_terms": "30 days", "due_date": "2026-05-01"})
    update(tenant, INVOICE, invoice, {"payment_terms": None})

    with scope(tenant.pk):
        invoice = Document.objects.get(pk=invoice.pk)
        changed = list(Change.objects.order_by("pk").values_list("field", "new"))
    assert (invoice.payment_terms, str(invoice.due_date), invoice.total_amount) == (
        None,
        "2026-05-01",
        Decimal("1.234"),
    )
    assert sorted(changed[:2]) == [("due_date", "2026-05-01"), ("payment_terms", "30 days")]
    assert changed[2:] == [("payment_terms", None)]


def test_credit_memo_keeps_its_sign(tenant: Tenant) -> None:
    the_invoice(tenant)
    row = {"erp_key": "M1", "document_type": "credit memo", "account_id": "C1", "total_amount": Decimal("-50.10")}
    pk = create(tenant, INVOICE, row)
    with scope(tenant.pk):
        memo = Document.objects.select_related("ledger").get(pk=pk)

    update(tenant, INVOICE, memo, {"description": "returned"})

    with scope(tenant.pk):
        values = Document.objects.values_list("total_amount", "given_sign", "document_type", "description").get(pk=pk)
    assert values == (Decimal("50.10"), -1, "credit_memo", "returned")


@pytest.mark.parametrize(
    ("row", "fields"),
    [
        ({"account_id": "C9", "total_amount": "1"}, ["account_id"]),
        ({"account_id": "C1", "total_amount": "abc"}, ["total_amount"]),
        ({"account_id": "C1", "total_amount": "1", "invoice_date": "2026-02-31"}, ["invoice_date"]),
        ({"account_id": "C1", "colour": "red"}, ["colour"]),
        ({"account_id": "C1", "total_amount": "1", "currency": "EURO"}, ["currency"]),
    ],
)
def test_refused_record_leaves_nothing(tenant: Tenant, row: dict[str, Any], fields: list[str]) -> None:
    the_invoice(tenant)
    before = _left(tenant)

    with pytest.raises(single.RowRefused) as refused:
        create(tenant, INVOICE, {"erp_key": "I2", "invoice_number": "2", **row})

    assert list(refused.value.fields) == fields
    assert _left(tenant) == before


def _left(tenant: Tenant) -> tuple[int, int, int]:
    def files(folder: str) -> int:
        folders, names = default_storage.listdir(folder)
        return len(names) + sum(files(f"{folder}/{name}") for name in folders)

    with scope(tenant.pk):
        return Ingestion.objects.count(), Document.objects.count(), files("ingestion")


def test_record_that_is_there_is_not_created_again(tenant: Tenant) -> None:
    invoice = the_invoice(tenant)

    with pytest.raises(single.Exists) as there:
        create(tenant, INVOICE, {"erp_key": "I1", "account_id": "C1", "total_amount": "5"})

    assert there.value.args == (invoice.pk,)
    with scope(tenant.pk):
        assert Document.objects.get().total_amount == Decimal("1.234")


def test_field_of_another_source_is_changed_there(tenant: Tenant, load: Load) -> None:
    load(account=ACCOUNTS)
    with scope(tenant.pk):
        account = Account.objects.select_related("ledger").order_by("pk")[0]
        before = account.name

    update(tenant, ACCOUNT, account, {"phone": "12345678"})
    with pytest.raises(single.OwnedElsewhere) as owned:
        update(tenant, ACCOUNT, account, {"account_name": "Other"})

    assert owned.value.fields == {"account_name": ["It belongs to the source Uploaded files: change it there."]}
    with scope(tenant.pk):
        assert Account.objects.values_list("name", "phone").get(pk=account.pk) == (before, "12345678")


def test_write_does_not_wait_for_a_long_load(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.db import connections

    monkeypatch.setattr(single, "WAIT_SECONDS", 1)
    the_invoice(tenant)
    with scope(tenant.pk):
        ledger = api_source().ledger_id
    other = connections["side"]
    with transaction.atomic(using="side"), other.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s, %s)", [0x41524C, ledger])
        with pytest.raises(single.Busy):
            create(tenant, ACCOUNT, {"account_id": "C2", "account_name": "Two"})
