"""A document that nothing can be made of holds itself, and no other; what does not go any more stays where it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from adaptors.domain.customers import rules
from adaptors.domain.documents.source_rows import rows_of
from adaptors.domain.running import KIND
from adaptors.domain.transactions import exporting
from adaptors.models import Activation, ExportRule, Transaction
from arhub.domain import runs
from arhub.models import Account, Document, DocumentLine, Event, Run, Source, Tenant
from arhub.tenancy.scope import scope
from connectors.models import Connection
from ingestion.models import Ingestion
from ingestion.models import State as LoadState
from tests.adaptors.conftest import account_of, document_of, rewrite, rules_of

State = Transaction.State
PAY = {"supplier_bank_branch": "0040", "supplier_bank_account": "0440116243"}


@pytest.fixture(autouse=True)
def inside(tenant: Tenant, side_joins_default: None) -> Iterator[None]:
    with scope(tenant.pk):
        yield


@pytest.fixture
def active(activation: Activation, source: Source, gateway: Connection) -> Callable[..., Account]:
    """Makes a customer who is active."""

    def made(number: str = "10042", **facts: Any) -> Account:
        account = account_of(source, number, **facts)
        rules.follow(activation)
        rules.activate(activation, rules_of(activation), format="bis3", destination=gateway)
        rules.set_own(rules_of(activation).get(account=account), PAY)
        return account

    return made


@pytest.fixture
def run(activation: Activation) -> Callable[[], Run]:
    def worked() -> Run:
        started = runs.start(KIND, activation.pk)
        while claim := runs.claim():
            runs.work(*claim)
        return Run.objects.get(pk=started.pk)

    return worked


def states() -> dict[str, str]:
    return dict(Transaction.objects.order_by("again").values_list("number", "state"))


def why(number: str) -> list[str]:
    return [one["text"] for one in Transaction.objects.get(number=number).problems if one["holds"]]


def broken_settings(activation: Activation, account: Account) -> None:
    ExportRule.objects.filter(account=account).update(values={**PAY, "customer_vat_number": 25313763})
    document_of(account, "bad")


def beyond_any_amount(activation: Activation, account: Account) -> None:
    document = document_of(account, "bad", total_amount=Decimal(10) ** 27)
    DocumentLine.objects.filter(document=document).update(net_amount=Decimal(10) ** 27)


def no_place_in_the_ledger_of_numbers(activation: Activation, account: Account) -> None:
    document = document_of(account, "bad")
    DocumentLine.objects.filter(document=document).update(unit_price=Decimal(10) ** 27, net_amount=None)


@pytest.mark.parametrize("harm", [broken_settings, beyond_any_amount, no_place_in_the_ledger_of_numbers])
def test_a_document_that_breaks_holds_itself_alone(
    activation: Activation, active: Callable[..., Account], run: Callable[[], Run], harm: Any
) -> None:
    odd, usual = active("1"), active("2")
    harm(activation, odd)
    document_of(usual, "good")

    assert run().state == Run.State.SUCCEEDED

    assert states() == {"bad": State.HELD, "good": State.SENDING}
    assert len(why("bad")) > 0


def test_a_mistake_of_ours_gives_a_reference(
    activation: Activation, active: Callable[..., Account], run: Callable[[], Run]
) -> None:
    broken_settings(activation, active())
    run()
    [text] = why("bad")
    assert text.startswith("The hub made a mistake with this document. Tell support the reference ")


def test_a_name_that_the_gateway_cannot_make_holds_the_document(
    activation: Activation, active: Callable[..., Account], gateway: Connection, run: Callable[[], Run]
) -> None:
    account = active()
    Connection.objects.filter(pk=gateway.pk).update(values={"file_name": "{order_number}.xml"})
    document_of(account, "bad", customer_order_number=None, buyer_reference="7")
    document_of(account, "good")
    assert run().state == Run.State.SUCCEEDED
    assert states() == {"bad": State.HELD, "good": State.SENDING}
    assert why("bad") == ["The file name asks for {order_number}, which is not known of this file."]
    stored = [one for one in Path(default_storage.path("documents")).rglob("*") if one.is_file()]
    assert stored == [Path(Transaction.objects.get(number="good").content.path)]


def test_what_is_held_beside_one_that_breaks_is_told_all_the_same(
    activation: Activation, active: Callable[..., Account], gateway: Connection, run: Callable[[], Run]
) -> None:
    account = active()
    Connection.objects.filter(pk=gateway.pk).update(values={"file_name": "{order_number}.xml"})
    document_of(account, "bad", customer_order_number=None, buyer_reference="7")
    document_of(account, "odd", total_amount=Decimal("1250.10"))

    run()

    told = Event.objects.filter(kind="transaction.held")
    assert sorted(one.data["number"] for one in told) == ["bad", "odd"]


def test_a_document_without_a_gateway_is_held_until_there_is_one(
    activation: Activation, active: Callable[..., Account], gateway: Connection, run: Callable[[], Run]
) -> None:
    document_of(active(), "1")
    rules_of(activation).update(destination=None)
    Activation.objects.filter(pk=activation.pk).update(destination=None)
    run()
    assert why("1") == ["No destination gateway is chosen."]
    Activation.objects.filter(pk=activation.pk).update(destination=gateway)
    run()
    assert states() == {"1": State.SENDING}


def test_a_very_long_name_goes_out(
    activation: Activation, active: Callable[..., Account], run: Callable[[], Run]
) -> None:
    rules.set_own(rules_of(activation).get(account=active()), {"customer_name": "Å" * 1_000})
    document_of(Account.objects.get(number="10042"), "1")
    run()
    row = Transaction.objects.get()
    assert (row.state, row.receiver) == (State.SENDING, "Å" * 255)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"is_voided": True}, "It is voided."),
        ({"is_draft": True}, "It is a draft: nothing is sent before it is booked."),
        ({"missing_at": datetime(2026, 5, 1, tzinfo=UTC)}, "Its source does not have it any more."),
        ({"direction": "payable"}, "It is a document that we owe."),
        ({}, "Its customer is not activated."),
    ],
)
def test_what_was_held_does_not_go_when_it_must_not_any_more(
    activation: Activation, active: Callable[..., Account], run: Callable[[], Run], change: Any, reason: str
) -> None:
    document = document_of(active(), "1", total_amount=Decimal(1))
    run()
    Document.objects.filter(pk=document.pk).update(total_amount=Decimal(1250), **change)
    if not change:
        rules.deactivate(activation, rules_of(activation))
    run()
    assert (states(), why("1")) == ({"1": State.HELD}, [reason])
    assert exporting.retry(Transaction.objects.get()).state == State.HELD


def test_a_voided_document_is_shown_as_changed_and_not_sent_again(
    activation: Activation, active: Callable[..., Account], run: Callable[[], Run]
) -> None:
    document = document_of(active(), "1")
    rules.set_own(rules_of(activation).get(), {"when_changed": "again"})
    run()
    later = timezone.now() + timedelta(hours=1)
    rewrite(Document.objects.filter(pk=document.pk), is_voided=True, description="Void", updated_at=later)
    run()
    row = Transaction.objects.get()
    assert (row.state, row.changed_at is not None) == (State.SENDING, True)


def test_a_change_of_a_line_alone_is_seen(
    activation: Activation, active: Callable[..., Account], run: Callable[[], Run]
) -> None:
    document = document_of(active(), "1")
    Document.objects.update(updated_at=datetime(2026, 1, 1, tzinfo=UTC))
    run()
    later = timezone.now() + timedelta(hours=1)
    rewrite(DocumentLine.objects.filter(document=document), description="Another pump", updated_at=later)
    run()
    assert Transaction.objects.get().changed_at is not None


def test_the_same_amount_with_other_digits_is_no_change(active: Callable[..., Account]) -> None:
    document = document_of(active(), "1", total_amount=Decimal("1250"), is_voided=None)
    [before] = rows_of([document.pk])
    Document.objects.filter(pk=document.pk).update(total_amount=Decimal("1250.000"), is_voided=False)
    DocumentLine.objects.filter(document=document).update(quantity=Decimal("2.0"))
    [after] = rows_of([document.pk])
    assert before.version == after.version


def test_what_a_load_wrote_while_documents_went_out_is_seen_later(
    activation: Activation, source: Source, active: Callable[..., Account], run: Callable[[], Run]
) -> None:
    """Its rows bear the time at which it began, and can be seen only when it ends."""
    began = timezone.now() - timedelta(hours=1)
    load = Ingestion.objects.create(
        source=source, state=LoadState.COMMITTING, started_at=began, claimed_at=began, heartbeat_at=timezone.now()
    )
    document = document_of(active(), "1")
    Document.objects.update(updated_at=datetime(2026, 1, 1, tzinfo=UTC))
    DocumentLine.objects.update(updated_at=datetime(2026, 1, 1, tzinfo=UTC))
    run()
    meanwhile = began + timedelta(minutes=5)
    rewrite(Document.objects.filter(pk=document.pk), customer_order_number="PO-9", updated_at=meanwhile)
    Ingestion.objects.filter(pk=load.pk).update(state=LoadState.COMMITTED, claimed_at=None)
    run()
    assert Transaction.objects.get().changed_at is not None


def test_a_run_goes_through_all_that_is_due_in_chunks(
    activation: Activation, active: Callable[..., Account], run: Callable[[], Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "CHUNK", 2)
    account = active()
    for number in ("5", "1", "4", "2", "3"):
        document_of(account, number)
    assert run().counts == {"Handed over": 5}
    document_of(account, "early", invoice_date=datetime(2026, 1, 2, tzinfo=UTC).date())
    assert run().counts == {"Handed over": 1}


def test_held_documents_are_tried_again_in_a_bounded_number_of_queries(
    activation: Activation, active: Callable[..., Account]
) -> None:
    account, counts = active(), []
    for size in (2, 10):
        held = [document_of(account, f"{size}-{n}", total_amount=Decimal(1)).pk for n in range(size)]
        rows = exporting.export(activation, held)
        with CaptureQueriesContext(database) as queries:
            exporting._retried(activation, [row.pk for row in rows])
        counts.append(len([one for one in queries if one["sql"].startswith("SELECT")]))
    assert counts[0] == counts[1]
