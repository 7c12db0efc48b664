"""What a load brought and what left by an adaptor stays when the load is undone; and loads are followed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django_q.models import OrmQ

from adaptors import tasks
from adaptors.domain import undoing
from adaptors.domain.customers import rules
from adaptors.models import Activation, Transaction
from arhub.domain import shares
from arhub.domain.tenants import create_tenant
from arhub.models import Account, Document, Source, Tenant
from arhub.tenancy.scope import scope
from ingestion.domain import runs
from ingestion.models import Ingestion, Kept
from tests.adaptors.conftest import rules_of
from tests.ingestion.conftest import keeping_files, load_files

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "side"])

ACCOUNTS = "account_id,account_name\nC1,Anna\nC2,Bo\nC3,Carl\n"
INVOICES = (
    "invoice_number,account_id,document_type,total_amount\n100,C1,Invoice,10\n200,C3,Invoice,20\n300,C3,Invoice,5\n"
)


@pytest.fixture
def company(transactional_db: None, tmp_path: Path) -> Iterator[Tenant]:
    with keeping_files(tmp_path / "media"):
        yield create_tenant("loads", name="Loads A/S", currency="DKK")


@pytest.fixture
def export(company: Tenant) -> Activation:
    with scope(company.pk):
        source = Source.objects.select_related("ledger").get(kind=Source.Kind.UPLOAD)
        return Activation.objects.create(adaptor="file_invoices", name="Export", source=source)


def undo(ingestion: Ingestion) -> None:
    with scope(ingestion.tenant_id):
        assert runs.request_undo(ingestion, None)
        assert runs.take(Ingestion.objects.filter(pk=ingestion.pk))
    runs.work(ingestion.tenant_id, ingestion.pk)


def test_undo_leaves_active_customers_and_what_was_exported(company: Tenant, export: Activation) -> None:
    ingestion = load_files(company, account=ACCOUNTS, invoice=INVOICES)
    with scope(company.pk):
        rules.follow(export)
        rules_of(export).filter(account__erp_key="C2").update(is_active=True)
        for number, state in (("200", "delivered"), ("300", "held")):
            document = Document.objects.get(number=number)
            Transaction.objects.create(
                activation=export, document=document, account=document.account, version="v", state=state,
                number=number, format="json",
            )  # fmt: skip

    undo(ingestion)

    with scope(company.pk):
        assert sorted(Account.objects.values_list("erp_key", flat=True)) == ["C2", "C3"]
        assert list(Document.objects.values_list("number", flat=True)) == ["200"]
        assert sorted(rules_of(export).values_list("account__erp_key", flat=True)) == ["C2", "C3"]
        assert list(Transaction.objects.values_list("number", flat=True)) == ["200"]
        reasons = dict(Kept.objects.filter(ingestion=ingestion).values_list("label", "reason"))
    assert reasons["Bo"] == "It is active in Export." and reasons["200"] == "It was exported by Export."


@pytest.mark.parametrize(
    ("hidden", "reason"),
    [
        ([], "It is active in Archive, Export, Portal."),
        (["Portal"], "It is active in Archive, Export and an adaptor that is not shared with all."),
        (["Portal", "Export"], "It is active in Archive and 2 adaptors that are not shared with all."),
        (["Portal", "Export", "Archive"], "It is active in 3 adaptors that are not shared with all."),
    ],
)
def test_adaptors_that_are_not_shared_with_all_are_counted_and_not_named(
    company: Tenant, export: Activation, hidden: list[str], reason: str
) -> None:
    """Whoever looks at the load reads why something stays, now and later."""
    ingestion = load_files(company, account=ACCOUNTS)
    with scope(company.pk):
        others = [
            Activation.objects.create(adaptor="file_invoices", name=name, source=export.source)
            for name in ("Portal", "Archive")
        ]
        for one in (export, *others):
            rules.follow(one)
            rules_of(one).filter(account__erp_key="C2").update(is_active=True)
            shares.share(one, "admins" if one.name in hidden else "all")

        [(label, record, found)] = undoing.blockers(ingestion)

        assert (label, record) == ("arhub.Account", Account.objects.get(erp_key="C2").pk)
    assert found == reason


def test_undo_of_what_was_changed_since_it_became_active_goes(company: Tenant, export: Activation) -> None:
    load_files(company, account=ACCOUNTS)
    with scope(company.pk):
        rules.follow(export)
        rules_of(export).update(is_active=True)
    second = load_files(company, account="account_id,account_name\nC1,Anna Renamed\n")

    undo(second)

    with scope(company.pk):
        assert Account.objects.get(erp_key="C1").name == "Anna"


def test_load_has_its_customers_followed_and_judged(company: Tenant, export: Activation) -> None:
    OrmQ.objects.all().delete()
    load_files(company, account=ACCOUNTS)

    asked = [task.task["func"] for task in OrmQ.objects.all()]
    said = tasks.follow(company.pk, export.pk)

    assert asked.count("adaptors.tasks.follow") == 1
    assert said == "3 rules made, 3 judged"
    with scope(company.pk):
        assert set(rules_of(export).values_list("is_ready", flat=True)) == {False}
    assert tasks.follow(company.pk, export.pk) == "0 rules made, 0 judged"
    assert tasks.follow(company.pk, 0) == "gone"
