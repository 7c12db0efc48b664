"""Undo of a load: what goes, what gets its old values back, what stays and why."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from arhub.domain.integrity import dangling_references
from arhub.domain.tenants import add_member
from arhub.models import (
    Account,
    Contact,
    CustomFieldValue,
    Document,
    DocumentLine,
    OutstandingItem,
    Payment,
    Role,
    Source,
    Tenant,
    WorkflowStatus,
)
from arhub.tenancy.scope import scope, scope_all
from ingestion.domain import runs
from ingestion.domain.undo.amounts import Money, moved
from ingestion.domain.undo.plan import Plan, plan
from ingestion.domain.undo.tables import relations, tables
from ingestion.models import Ingestion, Kept, State, Task
from tests.ingestion.conftest import ACCOUNTS, COMMITTED, Load

INVOICES = "invoice_number,account_id,document_type,total_amount\n100,C1,Invoice,1250.00\n101,C2,Invoice,99.50\n"
PAYMENTS = "payment_id,account_id,amount\nP1,C1,250\n"
APPLIED = "payment,invoice,amount\nP1,100,200\n"


def undo(ingestion: Ingestion) -> Ingestion:
    with scope(ingestion.tenant_id):
        assert runs.request_undo(ingestion, None)
        assert runs.take(Ingestion.objects.filter(pk=ingestion.pk))
    runs.work(ingestion.tenant_id, ingestion.pk)
    with scope(ingestion.tenant_id):
        ingestion.refresh_from_db()
    return ingestion


def planned(ingestion: Ingestion) -> dict[str, tuple[int, int, int, int]]:
    """Type → removed, restored, kept, blocked."""
    with scope(ingestion.tenant_id), connection.cursor() as cursor:
        return _numbers(plan(cursor, ingestion))


def _numbers(found: Plan) -> dict[str, tuple[int, int, int, int]]:
    return {count.type.name: (count.removed, count.restored, count.kept, count.blocked) for count in found.counts}


def money(ingestion: Ingestion) -> list[Money] | None:
    with scope(ingestion.tenant_id), connection.cursor() as cursor:
        plan(cursor, ingestion)
        return moved(cursor, ingestion)


def kept(ingestion: Ingestion) -> list[tuple[str, str, str]]:
    with scope(ingestion.tenant_id):
        return list(
            Kept.objects.filter(ingestion=ingestion).order_by("id").values_list("record_type", "label", "reason")
        )


def world(tenant: Tenant) -> dict[str, list[dict[str, Any]]]:
    """Every business column of every record."""
    with scope(tenant.pk):
        return {
            table.name: [
                {name: value for name, value in row.items() if name not in ("digest", "updated_at")}
                for row in table.model.objects.order_by("pk").values()
            ]
            for table in tables()
        }


def integrity() -> list[Any]:
    with scope_all("test"):
        return list(dangling_references())


def test_undo_of_a_first_load_leaves_nothing(load: Load, tenant: Tenant) -> None:
    ingestion = load(account=ACCOUNTS, invoice=INVOICES, payment=PAYMENTS, payment_applied=APPLIED)
    assert planned(ingestion) == {
        "account": (2, 0, 0, 0), "invoice": (2, 0, 0, 0), "payment": (1, 0, 0, 0), "payment_applied": (1, 0, 0, 0),
    }  # fmt: skip

    undo(ingestion)

    assert (ingestion.state, ingestion.task, ingestion.claimed_at) == (State.UNDONE, Task.UNDO, None)
    assert ingestion.undone_at is not None
    assert all(rows == [] for rows in world(tenant).values())
    with scope(tenant.pk):
        assert ingestion.log.last().text == (
            "Undone by the hub: 2 accounts removed, 2 invoices removed, 1 payment removed, "
            "1 payment application removed."
        )


def test_undo_of_an_update_gives_the_old_values_back(load: Load, tenant: Tenant) -> None:
    load(account="account_id,account_name,currency,credit_limit\nC1,Alpha,DKK,10\nC2,Beta,EUR,\nC3,Gamma,DKK,1.50\n")
    load(invoice=INVOICES, payment=PAYMENTS, payment_applied=APPLIED)
    before = world(tenant)
    second = load(
        account="account_id,account_name,currency,credit_limit,parent_account_id\nC1,Alfa,EUR,20,C2\nC2,Beta,EUR,5,\nC4,New,,,\n",
        invoice="invoice_number,account_id,document_type,total_amount,due_date,is_voided\n100,C1,Invoice,9,2026-01-01,yes\n",
        payment_applied="payment,invoice,amount\nP1,100,100\n",
    )
    assert world(tenant) != before

    undo(second)

    assert second.state == State.UNDONE
    assert world(tenant) == before
    assert integrity() == []


def test_undo_keeps_what_a_newer_load_changed_or_refers_to(load: Load, tenant: Tenant) -> None:
    first = load(account=ACCOUNTS, invoice=INVOICES)
    newer = load(payment=PAYMENTS, payment_applied=APPLIED, account="account_id,account_name\nC2,Beta Nord\n")

    undo(first)

    with scope(tenant.pk):
        assert [document.number for document in Document.objects.all()] == ["100"]
        assert list(Account.objects.order_by("pk").values_list("name", flat=True)) == ["Alpha", "Beta Nord"]
        changed = newer.created_at.date()
    assert [(kind, label) for kind, label, _ in kept(first)] == [
        ("account", "Alpha"), ("account", "Beta Nord"), ("invoice", "100"),
    ]  # fmt: skip
    reasons = [reason for _, _, reason in kept(first)]
    assert reasons[0] == f"Payment P1 refers to it, from ingestion {newer.pk}."
    assert reasons[1] == f"Ingestion {newer.pk} changed it later, on {changed}."
    assert reasons[2].startswith("Payment application ")
    assert integrity() == []


def test_undo_in_reverse_order_ends_with_nothing(load: Load, tenant: Tenant) -> None:
    loads = [
        load(account=ACCOUNTS),
        load(account=ACCOUNTS.replace("Alpha", "Alfa"), invoice=INVOICES),
        load(account=ACCOUNTS.replace("Alpha", "Aleph"), invoice=INVOICES.replace("1250", "1300")),
    ]

    states = [undo(ingestion).state for ingestion in reversed(loads)]

    assert states == [State.UNDONE] * 3
    assert all(rows == [] for rows in world(tenant).values())


def test_an_update_stays_when_something_newer_refers_to_it(load: Load, tenant: Tenant) -> None:
    contact = "erp_key,account_id,contact_name\nK,{},Holm\n"
    load(account=ACCOUNTS + "C3,Gamma,DKK\n", invoice=INVOICES, contact=contact.format("C3"))
    second = load(account="account_id,account_name\nC1,Alfa\nC2,Bete\nC3,Gamme\n")
    newer = load(payment=PAYMENTS, contact=contact.format("C3").replace("Holm", "Lind"))
    moved_to = load(contact=contact.format("C2"))

    undo(second)

    assert kept(second) == [
        ("account", "Alfa", f"Payment P1 refers to it, from ingestion {newer.pk}."),
        ("account", "Bete", f"Contact Holm refers to it, from ingestion {moved_to.pk}."),
    ]
    assert moved_to.state == COMMITTED
    with scope(tenant.pk):
        assert list(Account.objects.order_by("pk").values_list("name", flat=True)) == ["Alfa", "Bete", "Gamma"]


def test_a_restored_record_is_compared_again_by_the_next_load(load: Load, tenant: Tenant) -> None:
    load(account=ACCOUNTS)
    second = ACCOUNTS.replace("Alpha", "Alfa")
    undo(load(account=second))

    again = load(account=second)

    with scope(tenant.pk):
        assert Account.objects.get(number="C1").name == "Alfa"
        assert again.counts.get().updated == 1


def test_an_item_that_waited_for_its_document_waits_again(load: Load, tenant: Tenant) -> None:
    load(account=ACCOUNTS, outstanding_item="invoice_number,total_outstanding\n100,40\n")
    before = world(tenant)
    second = load(invoice=INVOICES)
    with scope(tenant.pk):
        item = OutstandingItem.objects.get()
        assert (item.document.number, item.currency) == ("100", "DKK")

    undo(second)

    assert world(tenant) == before
    assert before["arhub_outstandingitem"][0]["document_id"] is None


def test_a_record_something_else_wrote_is_kept_with_what_it_refers_to(load: Load, tenant: Tenant) -> None:
    ingestion = load(account=ACCOUNTS, contact="account_id,contact_name\nC1,Holm\nC2,Lind\n")
    with scope(tenant.pk):
        Contact.objects.filter(name="Holm").update(phone="1", digest=None)

    undo(ingestion)

    assert kept(ingestion) == [
        ("account", "Alpha", "Contact Holm refers to it, from ingestion " + f"{ingestion.pk}."),
        ("contact", "Holm", "Something other than a load has changed it since."),
    ]
    with scope(tenant.pk):
        assert [contact.name for contact in Contact.objects.all()] == ["Holm"]


def test_parts_and_custom_fields_stay_with_a_document_that_stays(load: Load, tenant: Tenant) -> None:
    first = load(
        account=ACCOUNTS, invoice=INVOICES,
        invoice_line="invoice,line_number,description\n100,1,Pump\n101,1,Hose\n",
        workflow_status="invoice,workflow_status_id,created\n100,S1,2026-03-01\n101,S1,2026-03-01\n",
        custom_field="table,record,label,value\nInvoice,100,Region,North\nInvoice,101,Region,South\n",
    )  # fmt: skip
    load(payment=PAYMENTS, payment_applied=APPLIED)

    undo(first)

    with scope(tenant.pk):
        assert [line.description for line in DocumentLine.objects.all()] == ["Pump"]
        assert [value.value for value in CustomFieldValue.objects.all()] == ["North"]
        assert [status.document.number for status in WorkflowStatus.objects.all()] == ["100"]
    assert ("invoice_line", "It is part of invoice 100, which stays.") in [
        (kind, reason) for kind, _, reason in kept(first)
    ]


def blockers(ingestion: Ingestion) -> list[tuple[str, int, str]]:
    document = Document.objects.get(number="100")
    return [
        ("arhub.Invoice", document.pk, "It was sent to Alpha on 2026-03-01."),
        ("arhub.Document", 10**12, "Not ours."),
    ]


def test_a_document_already_sent_is_blocked(load: Load, tenant: Tenant, settings: Any) -> None:
    ingestion = load(account=ACCOUNTS, invoice=INVOICES)
    settings.UNDO_BLOCKERS = [f"{__name__}.blockers"]
    assert planned(ingestion) == {"account": (1, 0, 1, 0), "invoice": (1, 0, 1, 1)}

    undo(ingestion)

    assert kept(ingestion)[1] == ("invoice", "100", "It was sent to Alpha on 2026-03-01.")
    with scope(tenant.pk):
        assert [document.number for document in Document.objects.all()] == ["100"]


def test_a_record_whose_old_account_is_gone_is_kept(load: Load, tenant: Tenant) -> None:
    first = load(account=ACCOUNTS)
    load(account="account_id,account_name\nC3,Gamma\n", contact="erp_key,account_id,contact_name\nK,C1,Holm\n")
    third = load(contact="erp_key,account_id,contact_name\nK,C3,Holm\n")
    undo(first)

    undo(third)

    assert (third.state, third.reason) == (
        COMMITTED, "Nothing was undone: something later rests on each of the 1 records this load wrote.",
    )  # fmt: skip
    assert integrity() == []


def test_an_undone_load_counts_where_its_undo_left_the_record(load: Load, tenant: Tenant) -> None:
    first = load(account=ACCOUNTS)
    second = load(account=ACCOUNTS.replace("Alpha", "Alfa").replace("Beta", "Bete"))
    third = load(account="account_id,account_name\nC1,Aleph\n")
    undo(second)
    undo(third)

    undo(first)

    with scope(tenant.pk):
        assert [account.name for account in Account.objects.all()] == ["Alfa"]
    assert kept(first)[0][2].startswith(f"Ingestion {second.pk} changed it later")


def test_undo_twice_or_of_a_load_that_is_not_committed_is_refused(load: Load, tenant: Tenant) -> None:
    waiting, ingestion = load(account=ACCOUNTS, review=True), load(account=ACCOUNTS)
    undo(ingestion)

    with scope(tenant.pk):
        asked = [runs.request_undo(item, None) for item in (waiting, ingestion)]

    assert asked == [False, False]


def test_undo_of_a_load_that_wrote_nothing_says_so(load: Load, tenant: Tenant) -> None:
    load(account=ACCOUNTS)

    again = undo(load(account=ACCOUNTS))

    assert (again.state, again.task) == (COMMITTED, Task.LOAD)
    assert again.reason.startswith("There is nothing to undo")


def test_cancelled_undo_leaves_the_load_committed(load: Load, tenant: Tenant) -> None:
    ingestion = load(account=ACCOUNTS)
    user = add_member("boss@acme.example", tenant, Role.MANAGER)
    with scope(tenant.pk):
        runs.request_undo(ingestion, user)
        ingestion.refresh_from_db()
        assert runs.cancel(ingestion, user)
        ingestion.refresh_from_db()
        assert not runs.cancel(ingestion, user)
        story = [entry.text for entry in ingestion.log.all()]

    assert (ingestion.state, ingestion.task, ingestion.undone_by) == (COMMITTED, Task.LOAD, None)
    assert story[-2:] == ["Undo asked for by boss@acme.example.", "Undo cancelled by boss@acme.example."]
    assert len(world(tenant)["arhub_account"]) == 2


def test_money_of_the_preview_is_what_the_undo_leaves(load: Load, tenant: Tenant) -> None:
    load(account=ACCOUNTS, invoice=INVOICES, payment=PAYMENTS)
    second = load(
        invoice="invoice_number,account_id,document_type,total_amount\n102,C1,Invoice,70\n101,C2,Invoice,100\n",
        payment_applied=APPLIED,
        outstanding_item="invoice_number,total_outstanding\n101,33\n",
    )
    found = money(second)

    undo(second)

    assert found == [
        Money("document", "DKK", Decimal("1120.00"), Decimal("1250.00")),
        Money("document", "EUR", Decimal(33), Decimal("99.50")),
        Money("payment", "DKK", Decimal(50), Decimal(250)),
    ]
    with scope(tenant.pk):
        assert {d.number: d.outstanding_amount for d in Document.objects.all()} == {
            "100": Decimal(1250), "101": Decimal("99.50"),
        }  # fmt: skip
        assert Payment.objects.get().open_amount == 250


def test_accounts_made_for_unknown_ones_go_with_the_load(load: Load, tenant: Tenant) -> None:
    with scope(tenant.pk):
        Source.objects.update(unknown_accounts=Source.UnknownAccounts.CREATE)
    ingestion = load(invoice=INVOICES)

    undo(ingestion)

    assert ingestion.state == State.UNDONE
    assert all(rows == [] for rows in world(tenant).values())


def test_undo_of_a_snapshot_takes_its_marks_back(load: Load, tenant: Tenant) -> None:
    first = load(account=ACCOUNTS, invoice=INVOICES)
    with scope(tenant.pk):
        Source.objects.update(extent=Source.Extent.SNAPSHOT, stop_above_percent=100)
    before = world(tenant)
    snapshot = load(invoice=INVOICES.rsplit("101", 1)[0])
    with scope(tenant.pk):
        assert Document.objects.get(number="101").missing_at is not None
    preview = (planned(snapshot)["invoice"], planned(first)["invoice"], money(snapshot))

    undo(snapshot)

    assert preview == ((0, 1, 0, 0), (1, 0, 1, 0), [Money("document", "EUR", Decimal(0), Decimal("99.50"))])
    assert world(tenant) == before


def test_relations_are_all_that_the_integrity_check_knows() -> None:
    from arhub.domain.integrity import REFERENCES

    known = {(child._meta.db_table, field) for child, field, _, _ in REFERENCES if field != "ledger"}

    assert {(relation.table, relation.field) for relation in relations()} == known


@pytest.mark.parametrize("attempts", [3])
def test_undo_whose_workers_died_is_given_up(load: Load, tenant: Tenant, attempts: int) -> None:
    ingestion = load(account=ACCOUNTS)
    with scope(tenant.pk):
        runs.request_undo(ingestion, None)
        Ingestion.objects.filter(pk=ingestion.pk).update(
            attempts=attempts, claimed_at="2026-01-01T00:00Z", heartbeat_at="2026-01-01T00:00Z"
        )

    runs.sweep()

    with scope(tenant.pk):
        ingestion.refresh_from_db()
    assert (ingestion.state, ingestion.task) == (COMMITTED, Task.LOAD)
    assert "stopped 3 times" in ingestion.reason
