"""The pages of records."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from arhub.admin import workflow
from arhub.domain.outstanding import refresh_documents
from arhub.models import Application, Document, OutstandingItem, Payment
from arhub.tenancy.scope import scope
from tests.arhub.admin.conftest import LISTS, SignIn, World, text_of


@pytest.fixture
def client(world: World, sign_in: SignIn) -> Client:
    return sign_in(world.acting.tenant, role="viewer")


@pytest.mark.parametrize("name", LISTS)
def test_page_says_who_owns_the_record_and_takes_no_changes(client: Client, world: World, name: str) -> None:
    address = f"/arhub/{name}/{world.acting.first(name).pk}/change/"

    page = text_of(client.get(address))

    assert "Acting ledger" in page
    assert "Acting source" in page
    assert "from line 2" in page
    assert client.post(address, {"erp_key": "changed"}).status_code == 403
    assert client.post(f"/arhub/{name}/{world.acting.first(name).pk}/delete/", {"post": "yes"}).status_code == 403


def test_account_page_balances(client: Client, world: World) -> None:
    page = client.get(f"/arhub/account/{world.acting.first('account').pk}/change/")

    (bar,) = page.context["bars"]
    assert [part.amount for part in bar.parts] == ["0.00", "0.00", "1,150.00", "0.00", "0.00"]
    assert (bar.unapplied_credits, bar.outstanding) == ("-300.00", "850.00")
    assert (bar.unapplied_payments, bar.balance) == ("-50.00", "800.00")
    assert "Over the credit limit by 790.00 EUR" in text_of(page)


@pytest.mark.parametrize(
    ("tab", "shown"),
    [("documents", "acting0-C"), ("payments", "acting0-M"), ("contacts", "acting0 Holm"), ("history", "on record"),
     ("nonsense", "acting0-I")],
)  # fmt: skip
def test_account_tabs(client: Client, world: World, tab: str, shown: str) -> None:
    assert shown in text_of(client.get(f"/arhub/account/{world.acting.first('account').pk}/change/?tab={tab}"))


def test_account_marks_valid_and_invalid_numbers(client: Client, world: World) -> None:
    account = world.acting.first("account")
    with scope(world.acting.tenant.pk):
        type(account).objects.filter(pk=account.pk).update(
            vat_number="DK13585628", registration_number="13585627", country="DK", gln="5790000435975"
        )

    page = client.get(f"/arhub/account/{account.pk}/change/")

    assert [fact.is_valid for fact in page.context["identifiers"]] == [True, False, True]


def test_document_page_sorts_lines_naturally_and_adds_up(client: Client, world: World) -> None:
    page = client.get(f"/arhub/invoice/{world.acting.first('invoice').pk}/change/")

    assert [line.line_number for line in page.context["lines"]] == ["2", "10"]
    assert _sums(page) == [
        ("Net", Decimal(1000)), ("Tax", Decimal(250)), ("Total", Decimal(1250)), ("Applied", Decimal(-100)),
        ("Outstanding", Decimal(1150)),
    ]  # fmt: skip
    assert "from total less applications" in text_of(page)


def test_document_page_shows_its_statuses_newest_first(client: Client, world: World) -> None:
    page = client.get(f"/arhub/invoice/{world.acting.first('invoice').pk}/change/")
    other = client.get(f"/arhub/creditmemo/{world.acting.first('creditmemo').pk}/change/")

    assert re.findall(r">(acting0 code \d)</a>", text_of(page)) == [f"acting0 code {day}" for day in (7, 3, 0)]
    assert "<h2>Workflow</h2>" in text_of(page)
    assert "<h2>Workflow</h2>" not in text_of(other)


def test_document_with_many_statuses_leads_to_the_list(
    client: Client, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = world.acting.first("invoice")
    monkeypatch.setattr(workflow, "MOST_STATUSES", 2)

    page = client.get(f"/arhub/invoice/{document.pk}/change/")
    rest = client.get(f"/arhub/workflowstatus/?document__id__exact={document.pk}")

    assert len(page.context["statuses"]) == 2
    assert f"/arhub/workflowstatus/?document__id__exact={document.pk}" in text_of(page)
    assert len(rest.context["cl"].result_list) == 3


def _sums(page: Any) -> list[tuple[str, Decimal]]:
    return [(item["amount"].label, item["amount"].value) for item in page.context["totals"]]


def test_credit_memo_page_says_how_it_was_given(client: Client, world: World) -> None:
    page = text_of(client.get(f"/arhub/creditmemo/{world.acting.first('creditmemo').pk}/change/"))

    assert "Credit Memo" in page
    assert "negative amounts" in page


def test_payment_page_adds_up(client: Client, world: World) -> None:
    page = text_of(client.get(f"/arhub/payment/{world.acting.first('payment').pk}/change/"))

    amounts = re.findall(r'ar-money">([\d.,-]+)', page)
    assert amounts[:3] == ["150.00", "100.00", "50.00"]


def test_voided_payment_explains_nothing_and_says_so(client: Client, world: World) -> None:
    document = world.acting.first("invoice")
    with scope(world.acting.tenant.pk), connection.cursor() as cursor:
        OutstandingItem.objects.all().delete()
        Payment.objects.update(is_voided=True)
        refresh_documents(cursor, str(document.pk))

    page = client.get(f"/arhub/invoice/{document.pk}/change/")

    assert _sums(page)[-2:] == [("Applied", Decimal(0)), ("Outstanding", Decimal(1250))]
    assert "voided: does not count" in text_of(page)


def test_payment_applied_to_a_credit_memo_stands_on_its_page(client: Client, world: World) -> None:
    records = world.acting
    credit = records.first("creditmemo")
    with scope(records.tenant.pk):
        add = partial(Application.objects.create, ledger=records.ledger)
        add(erp_key="refund", application_type="payment", payment=records.first("payment"), document=credit, amount=20)
        add(erp_key="given", application_type="credit_memo", credit_memo=credit, document=records.first("invoice"),
            amount=30)  # fmt: skip

    page = client.get(f"/arhub/creditmemo/{credit.pk}/change/")

    assert [str(item.other) for item in page.context["applications"]] == ["Payment acting0-M", "Invoice acting0-I"]
    assert ("Applied", Decimal(-50)) in _sums(page)


@pytest.mark.parametrize("name", ["payment", "invoice"])
def test_amounts_count_applications_beyond_those_shown(
    client: Client, world: World, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = world.acting
    with scope(records.tenant.pk):
        Application.objects.create(
            ledger=records.ledger, erp_key="more", application_type="payment", amount=Decimal(20),
            payment=records.first("payment"), document=records.first("invoice"),
        )  # fmt: skip
    monkeypatch.setattr("arhub.admin.applied.MOST", 1)

    page = client.get(f"/arhub/{name}/{records.first(name).pk}/change/")
    rest = client.get(page.context["all_applications"])

    assert "120.00" in text_of(page)
    assert (len(page.context["applications"]), len(rest.context["cl"].result_list)) == (1, 2)


def test_credit_limit_without_a_currency_is_in_the_companys(client: Client, world: World) -> None:
    account = world.acting.first("account")
    with scope(world.acting.tenant.pk):
        type(account).objects.filter(pk=account.pk).update(currency=None)

    assert "Over the credit limit by 790.00 EUR" in text_of(client.get(f"/arhub/account/{account.pk}/change/"))


def test_text_of_a_record_is_never_html(client: Client, world: World) -> None:
    document = world.acting.first("invoice")
    with scope(world.acting.tenant.pk):
        Document.objects.filter(pk=document.pk).update(number="<script>x</script>", description="<b>bold</b>")

    for address in ("/arhub/invoice/", f"/arhub/invoice/{document.pk}/change/"):
        page = text_of(client.get(address))
        assert "<script>x" not in page
        assert "&lt;script&gt;x" in page
        assert "<b>bold" not in page


@pytest.mark.parametrize("path", ["/nothing/", "/arhub/nothing/"])
def test_wrong_address_ends_as_a_sentence(client: Client, path: str) -> None:
    answer = client.get(path)

    assert answer.status_code == 404
    assert "There is nothing here" in text_of(answer)
    assert f"<code>{answer['X-Request-Id']}</code>" in text_of(answer)


def test_address_of_no_record_leads_to_the_list(client: Client) -> None:
    answer = client.get("/arhub/invoice/nothing/change/")

    assert answer.status_code == 404
    assert "Not here, or not shared with you" in text_of(answer)
    assert '<a class="ar-button ar-primary" href="/arhub/invoice/">Back to the list</a>' in text_of(answer)


def test_title_of_a_page_says_nothing_twice(client: Client, world: World) -> None:
    page = text_of(client.get(f"/arhub/incident/{world.acting.first('incident').pk}/change/"))

    titles = re.findall("<title>(.*?)</title>", page, re.DOTALL)
    assert [title.strip() for title in titles] == [f"{world.acting.first('incident')} | AR Hub"]


def test_mistake_of_ours_ends_as_a_sentence(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    client.raise_request_exception = False
    monkeypatch.setattr("arhub.domain.ageing.totals", lambda tenant: 1 / 0)

    answer = client.get("/")

    assert answer.status_code == 500
    assert "The hub made a mistake" in text_of(answer)
    assert "ZeroDivisionError" not in text_of(answer)
