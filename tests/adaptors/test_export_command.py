"""`manage.py export`: what is due, what is asked for, and what would become of it."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from adaptors.domain.transactions import exporting, foreground
from adaptors.models import Activation, Transaction
from arhub.domain.tenants import create_tenant
from arhub.models import Document, Tenant
from arhub.tenancy.scope import scope
from connectors.models import Delivery
from tests.adaptors.conftest import document_of
from tests.adaptors.manual.conftest import books, sent

__all__ = ["books"]
Books = dict[str, Document]


def run(*options: str) -> tuple[int, str]:
    """The exit code and what was printed."""
    out = StringIO()
    try:
        call_command("export", "--tenant=acme", "--activation=Export", *options, stdout=out)
    except SystemExit as end:
        return int(str(end.code)), out.getvalue()
    except CommandError as refused:
        return refused.returncode, str(refused)
    return 0, out.getvalue()


def told(*options: str) -> tuple[int, Any]:
    code, printed = run("--json", *options)
    return code, json.loads(printed)


def test_all_that_is_due_goes(tenant: Tenant, books: Books) -> None:
    code, printed = run()

    assert (code, printed.splitlines()) == (0, ["1001\t2026-03-15\tCustomer 10042\tsent", "1 sent."])
    assert sent(tenant) == [("1001", 0, "sending"), ("1002", 0, "sending"), ("1003", 0, "held")]
    assert run() == (0, "Nothing to export.\n")


def test_numbers_are_exported_and_the_rest_explained(tenant: Tenant, books: Books) -> None:
    code, printed = run("--invoice", "1000-1005", "2000", "9999")

    assert code == 1
    assert printed.splitlines()[:7] == [
        "1000\t2026-03-01\tCustomer 10042\tsent", "1001\t2026-03-15\tCustomer 10042\tsent",
        "1002\t2026-03-15\tCustomer 10042\texported before",
        "1003\t2026-03-15\tCustomer 10042\ton hold: The lines with VAT add up to 1,250.00 DKK, the document says "
        "1,250.10: 0.10 differ.",
        "1004\t2026-03-15\tCustomer 10042\tnever exported: It is a draft: nothing is sent before it is booked.",
        "1005\t2026-03-15\tCustomer 10042\tnever exported: It is voided.",
        "2000\t2026-03-15\tCustomer 10043\tnot activated: Its customer is not activated.",
    ]  # fmt: skip
    assert "2 sent, 1 on hold, 1 exported before, 1 not activated, 2 never exported." in printed
    assert printed.endswith("Not found: 9999\n")


def test_object_is_stable(tenant: Tenant, books: Books) -> None:
    code, found = told("--invoice", "1001", "9999")

    with scope(tenant.pk):
        made = Transaction.objects.get(number="1001")
    assert (code, found) == (1, {
        "tenant": "acme", "activation": "Export", "dry_run": False,
        "documents": [{"number": "1001", "customer": "Customer 10042", "date": "2026-03-15", "outcome": "sent",
                       "transaction": made.pk, "reasons": []}],
        "counts": {"sent": 1, "held": 0, "already_exported": 0, "not_activated": 0, "never": 0},
        "reasons": {}, "not_found": ["9999"],
    })  # fmt: skip


def test_customers_and_days(tenant: Tenant, books: Books) -> None:
    assert told("--account", "10043")[1]["counts"]["not_activated"] == 2
    assert told("--from", "2026-03-01", "--to", "2026-03-02")[1]["counts"]["sent"] == 1
    code, found = told("--account", "nobody")
    assert (code, found["documents"], found["not_found"]) == (1, [], ["nobody"])
    code, found = told("--invoice", "nothing")
    assert (code, found["documents"], found["not_found"]) == (1, [], ["nothing"])


def test_what_is_on_hold_is_tried_again(tenant: Tenant, books: Books) -> None:
    assert told("--invoice", "1003")[0] == 1
    with scope(tenant.pk):
        Document.objects.filter(pk=books["1003"].pk).update(total_amount=1250)

    assert told("--invoice", "1003")[0] == 0
    assert ("1003", 0, "sending") in sent(tenant)


def test_dry_run_says_the_same_and_stores_nothing(tenant: Tenant, books: Books) -> None:
    before = sent(tenant)
    with scope(tenant.pk):
        document_of(books["1001"].account, "1006", total_amount=7)
        deliveries = Delivery.objects.count()

    code, found = told("--dry-run", "--invoice", "1000-1006")
    due = told("--dry-run")[1]

    assert (code, found["counts"]["sent"], found["counts"]["held"]) == (1, 2, 2)
    assert {one["transaction"] for one in found["documents"]} == {None}
    assert [one["number"] for one in due["documents"]] == ["1001", "1006"]
    assert "\n1 would be sent, 1 on hold.\n" in run("--dry-run")[1]
    assert "dry run" in run("--dry-run")[1]
    with scope(tenant.pk):
        assert (sent(tenant), Delivery.objects.count()) == (before, deliveries)
        assert Activation.objects.get().first_run_at is None


def test_chunks_take_everything_once(
    tenant: Tenant, books: Books, monkeypatch: pytest.MonkeyPatch, django_assert_max_num_queries: Any
) -> None:
    monkeypatch.setattr(foreground, "CHUNK", 2)
    with scope(tenant.pk):
        for number in range(3000, 3007):
            document_of(books["1001"].account, str(number))

    assert told("--dry-run")[1]["counts"]["sent"] == 8
    assert told()[1]["counts"]["sent"] == 8
    assert told("--invoice", "3000-3006")[1]["counts"]["already_exported"] == 7
    assert len(sent(tenant)) == 10


def test_many_with_the_first_run_have_to_be_meant(
    tenant: Tenant, books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "MOST_UNASKED", 0)

    assert run() == (2, "The first run of Export would send 1 documents: say --first-run if they are to go.")
    assert run("--first-run")[0] == 0
    assert run()[0] == 0


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (["--invoice", "1", "--account", "2"], "Expected one of --invoice, --account, or --from and --to"),
        (["--from", "yesterday"], "found “yesterday”"),
        (["--from", ""], "Expected a day to begin with or to end with, found none."),
        (["--from", "2026-03-02", "--to", "2026-03-01"], "Expected a last day that is not before the first"),
        (["--invoice", "1-900000"], "Expected at most 5,000 numbers"),
        (["--activation=Nothing"], "There is no adaptor “Nothing” that exports documents. There are: Export."),
        (["--tenant=nobody"], "There is no tenant nobody."),
    ],
)
def test_wrong_arguments_end_with_two(books: Books, options: list[str], text: str) -> None:
    code, said = run(*options)

    assert code == 2
    assert text in said


def test_switched_off_can_only_be_tried(tenant: Tenant, books: Books) -> None:
    with scope(tenant.pk):
        Activation.objects.update(is_on=False)

    assert run() == (2, "Export is switched off. With --dry-run it can be tried.")
    assert told("--dry-run")[1]["counts"]["sent"] == 1


def test_other_tenants_adaptor_is_unknown(books: Books) -> None:
    create_tenant("other", name="Other")

    code, said = run("--tenant=other")

    assert (code, said) == (2, "There is no adaptor “Export” that exports documents. There are: none.")
