"""From records to a document at its gateway: composed, checked, stored, handed over; held where something is wrong."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pypdf
import pytest
from lxml import etree

from adaptors.domain.customers import rules
from adaptors.domain.documents.composing import compose
from adaptors.domain.running import KIND
from adaptors.domain.transactions import exporting
from adaptors.formats.document import Vat
from adaptors.models import Activation, Transaction
from arhub.domain import runs
from arhub.models import Account, Document, DocumentLine, Run, Source, Tenant
from arhub.tenancy.scope import scope
from connectors.models import Connection
from tests.adaptors.conftest import account_of, document_of, line_of, rewrite, rules_of

State = Transaction.State
CBC = "{urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2}"


@pytest.fixture(autouse=True)
def inside(tenant: Tenant, side_joins_default: None) -> Iterator[None]:
    with scope(tenant.pk):
        yield


@pytest.fixture
def account(activation: Activation, source: Source, gateway: Connection) -> Account:
    """A customer who is active, and has no documents yet."""
    found = account_of(source)
    rules.follow(activation)
    rules.activate(activation, rules_of(activation), format="bis3", destination=gateway)
    rule = rules_of(activation).get()
    rules.set_own(rule, {"supplier_bank_branch": "0040", "supplier_bank_account": "0440116243"})
    return found


def exported(activation: Activation, *documents: Document) -> list[Transaction]:
    return exporting.export(activation, [document.pk for document in documents])


def held_for(row: Transaction) -> list[tuple[str, str]]:
    return [(one["field"], one["text"]) for one in row.problems if one["holds"]]


def read(row: Transaction) -> bytes:
    with row.content.storage.open(str(row.content.name)) as file:
        return bytes(file.read())


def test_a_document_is_stored_and_handed_over(activation: Activation, account: Account) -> None:
    document = document_of(account, lines=2)
    [row] = exported(activation, document)
    assert (row.state, held_for(row)) == (State.SENDING, [])
    content = read(row)
    assert (row.size, row.name) == (len(content), "invoice-10482.xml")
    assert etree.fromstring(content).findtext(f"{CBC}ID") == "10482"
    assert row.delivery is not None
    assert (row.delivery.sha256, row.delivery.outbound.subject) == (row.sha256, "10482 to Customer 10042")
    assert (row.sender, row.receiver, row.amount) == ("Vestjysk Pumpefabrik ApS", "Customer 10042", Decimal(2500))
    assert row.checked_by == ["the schema of UBL 2.1", "EN 16931 1.3.16"]
    assert exported(activation, document) == []
    assert Transaction.objects.count() == 1


def test_totals_that_do_not_add_up_hold_it_and_say_by_how_much(activation: Activation, account: Account) -> None:
    [row] = exported(activation, document_of(account, total_amount=Decimal("1250.03")))
    assert row.state == State.HELD
    assert held_for(row) == [
        ("total_amount", "The lines with VAT add up to 1,250.00 DKK, the document says 1,250.03: 0.03 differ.")
    ]
    assert row.delivery is None


def test_a_held_document_goes_when_its_source_is_mended(activation: Activation, account: Account) -> None:
    document = document_of(account, total_amount=Decimal("1250.03"))
    [row] = exported(activation, document)
    assert exporting.retry(row).state == State.HELD
    Document.objects.filter(pk=document.pk).update(total_amount=Decimal(1250))
    assert exporting.retry(row).state == State.SENDING
    assert [(one.state, one.again) for one in Transaction.objects.all()] == [(State.SENDING, 0)]


def test_what_a_customer_lacks_is_named_with_its_setting(activation: Activation, account: Account) -> None:
    rules.set_own(
        rules_of(activation).get(), {"customer_endpoint_scheme": "0088", "customer_endpoint_id": "5798000000125"}
    )
    [row] = exported(activation, document_of(account))
    assert row.state == State.HELD
    assert "customer_endpoint_id" in dict(held_for(row))


def test_settings_reach_the_document(activation: Activation, account: Account) -> None:
    rules.set_own(rules_of(activation).get(), {"customer_buyer_reference": "EAN-17", "note": "Tak for handlen"})
    [made] = compose(activation, [document_of(account).pk])
    assert made.outgoing is not None and made.problems == ()
    assert (made.outgoing.buyer_reference, made.outgoing.note) == ("EAN-17", "Tak for handlen")
    assert made.outgoing.payment.code == "42"


def lines(account: Account, *facts: dict[str, Any], **document: Any) -> Document:
    """A document of these lines alone."""
    found = document_of(account, f"L{Document.objects.count()}", 0, **document)
    DocumentLine.objects.bulk_create(line_of(found, str(place), **one) for place, one in enumerate(facts, 1))
    return found


NOTHING = {"net_amount": None, "tax_amount": None, "total_amount": None}


def test_lines_are_read_as_the_source_means_them(activation: Activation, account: Account) -> None:
    document = lines(
        account,
        {"description": "Ventil", "unit_code": "stk", "quantity": Decimal(10), "unit_price": Decimal("89.95"),
         "discount_amount": Decimal("89.95"),
         "net_amount": Decimal("809.55"), "tax_amount": Decimal("202.39"), "tax_category": None},
        {"description": "Står kun som tekst", "quantity": None, "unit_price": None, "unit_code": None, **NOTHING,
         "tax_rate": None, "tax_category": None},
        {"description": "Retur", "quantity": Decimal(1), "unit_price": Decimal(-100), "net_amount": Decimal(-100),
         "tax_amount": Decimal(-25)},
        {"description": None, "product_code": "P-7", "quantity": None, "unit_price": None, "net_amount": Decimal(50),
         "tax_amount": Decimal(0), "tax_rate": Decimal(0), "tax_category": "Z"},
        net_amount=Decimal("759.55"), tax_amount=Decimal("177.39"), total_amount=Decimal("936.94"),
    )  # fmt: skip
    [made] = compose(activation, [document.pk])
    assert made.outgoing is not None and made.problems == ()
    found = [(one.name, one.note, one.quantity, one.price, one.net, one.unit, one.vat) for one in made.outgoing.lines]
    assert found == [
        (
            "Ventil",
            "Står kun som tekst",
            Decimal(10),
            Decimal("89.95"),
            Decimal("809.55"),
            "H87",
            Vat("S", Decimal(25)),
        ),
        ("Retur", "", Decimal(-1), Decimal(100), Decimal(-100), "C62", Vat("S", Decimal(25))),
        ("P-7", "", Decimal(1), Decimal(50), Decimal(50), "C62", Vat("Z", Decimal(0))),
    ]
    assert [one.amount for one in made.outgoing.lines[0].allowances_charges] == [Decimal("89.95")]
    assert made.outgoing.totals.gross == Decimal("936.94")


@pytest.mark.parametrize(
    ("line", "field", "text"),
    [
        ({"tax_rate": Decimal(0), "tax_category": None, "tax_amount": Decimal(0)}, "no_vat_category", "nothing says"),
        ({"tax_rate": None, "tax_category": None}, "tax_rate", "There is VAT of 250.00 and no rate."),
        ({"tax_category": "QQ"}, "tax_category", "found “QQ”"),
        ({"unit_code": "bundt"}, "unit_code", "found “bundt”"),
        ({"description": "", "product_code": ""}, "description", "neither a description nor a product code"),
        ({**NOTHING}, "", ""),
        ({"net_amount": Decimal(900)}, "net_amount", "makes 1,000.00, the line says 900.00"),
    ],
)  # fmt: skip
def test_a_line_that_cannot_be_told_is_a_problem_of_that_line(
    activation: Activation, account: Account, line: dict[str, Any], field: str, text: str
) -> None:
    [made] = compose(activation, [lines(account, line, net_amount=None, tax_amount=None, total_amount=None).pk])
    if not field:  # an amount that follows from quantity and price is no problem
        assert made.problems == ()
        return
    [problem] = [one for one in made.problems if one.field == field]
    assert problem.line == "1"
    assert text in problem.text


def test_zero_vat_is_what_the_settings_say(activation: Activation, account: Account) -> None:
    rules.set_own(rules_of(activation).get(), {"no_vat_category": "AE"})
    free = {"tax_rate": Decimal(0), "tax_category": None, "tax_amount": Decimal(0), "total_amount": Decimal(1000)}
    document = lines(account, free, net_amount=Decimal(1000), tax_amount=Decimal(0), total_amount=Decimal(1000))
    [row] = exported(activation, document)
    assert (row.state, held_for(row)) == (State.SENDING, [])
    assert b"Reverse charge" in read(row)


def test_vat_rounded_line_by_line_stays_as_it_was_booked(activation: Activation, account: Account) -> None:
    one = {
        "quantity": Decimal(1),
        "unit_price": Decimal("0.10"),
        "net_amount": Decimal("0.10"),
        "tax_amount": Decimal("0.03"),
    }
    document = lines(
        account, *[one] * 10, net_amount=Decimal("1.00"), tax_amount=Decimal("0.30"), total_amount=Decimal("1.30")
    )
    [made] = compose(activation, [document.pk])
    assert made.outgoing is not None and made.problems == ()
    assert [one.tax for one in made.outgoing.subtotals] == [Decimal("0.30")]


def test_freight_beside_the_lines_becomes_a_charge(activation: Activation, account: Account) -> None:
    document = lines(
        account,
        {},
        net_amount=Decimal(1080),
        tax_amount=Decimal(270),
        total_amount=Decimal(1350),
        shipping_amount=Decimal(80),
    )
    [made] = compose(activation, [document.pk])
    assert made.outgoing is not None and made.problems == ()
    assert [(one.is_charge, one.amount) for one in made.outgoing.allowances_charges] == [(True, Decimal(80))]


def test_vat_in_the_books_follows_the_exchange_rate(activation: Activation, account: Account) -> None:
    document = document_of(account, currency="EUR", exchange_rate=Decimal("0.134"))
    [made] = compose(activation, [document.pk])
    assert made.outgoing is not None
    assert (made.outgoing.books_currency, made.outgoing.totals.tax_in_books) == ("DKK", Decimal("1865.67"))


def test_a_credit_note_names_what_it_corrects_with_its_date(activation: Activation, account: Account) -> None:
    document_of(account, "10482", invoice_date=date(2026, 3, 1))
    [made] = compose(
        activation, [document_of(account, "90017", document_type="credit_memo", corrected_document="10482").pk]
    )
    assert made.outgoing is not None
    assert [(one.number, one.date) for one in made.outgoing.corrects] == [("10482", date(2026, 3, 1))]


def run(activation: Activation, work: Any) -> Run:
    return work(runs.start(KIND, activation.pk))  # type: ignore[no-any-return]


@pytest.fixture
def work(tenant: Tenant) -> Any:
    def worked(started: Run) -> Run:
        while claim := runs.claim():
            runs.work(*claim)
        return Run.objects.get(pk=started.pk)

    return worked


def test_a_run_in_which_nothing_was_due_leads_to_the_search_for_documents(
    activation: Activation, account: Account, work: Any
) -> None:
    page = f"/adaptors/activation/{activation.pk}/change/?tab=manual_export"

    assert run(activation, work).links == [{"label": "Manually Export Invoices", "url": page}]


def test_a_run_sends_what_is_due_once(activation: Activation, account: Account, work: Any) -> None:
    document_of(account, "1"), document_of(account, "2"), document_of(account, "3", total_amount=Decimal(1))
    first = run(activation, work)
    assert (first.state, first.counts) == (Run.State.SUCCEEDED, {"Handed over": 2, "Held": 1})
    assert run(activation, work).counts == {"Held": 1}
    assert Transaction.objects.count() == 3


def test_a_first_run_of_many_asks(
    activation: Activation, account: Account, work: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "MOST_UNASKED", 1)
    document_of(account, "1"), document_of(account, "2")
    assert exporting.asks(activation) == 2
    refused = run(activation, work)
    assert (refused.state, Transaction.objects.count()) == (Run.State.FAILED, 0)
    assert "The first run would send 2 documents." in refused.reason
    exporting.confirm_first_run(activation)
    activation.refresh_from_db()
    assert exporting.asks(activation) == 0
    assert run(activation, work).counts == {"Handed over": 2}


@pytest.mark.parametrize(("policy", "times"), [("tell", 1), ("again", 2)])
def test_a_document_changed_after_sending_goes_as_the_policy_says(
    activation: Activation, account: Account, work: Any, policy: str, times: int
) -> None:
    rules.set_own(rules_of(activation).get(), {"when_changed": policy})
    document = document_of(account)
    run(activation, work)
    rows = Document.objects.filter(pk=document.pk)
    rewrite(rows, balance_due=Decimal(3), updated_at=datetime(2030, 1, 1, tzinfo=UTC))
    run(activation, work)
    assert Transaction.objects.count() == 1  # what the customer gets did not change
    rewrite(rows, customer_order_number="PO-2", updated_at=datetime(2031, 1, 1, tzinfo=UTC))
    run(activation, work), run(activation, work)
    made = list(Transaction.objects.order_by("again"))
    assert (len(made), made[0].changed_at is not None) == (times, True)


@pytest.mark.parametrize(
    ("kind", "options", "name"),
    [
        ("pdf", {"attach": "bis3"}, "invoice-10482.pdf"),
        ("erp_cache", {"shop": "DEMO", "pdf": True}, "DEMO_ErpCache_Invoice_20260315010482.zip"),
    ],
)
def test_another_format_goes_along(
    activation: Activation, account: Account, kind: str, options: dict[str, Any], name: str
) -> None:
    rules.set_own(rules_of(activation).get(), {}, format=kind, format_values=options)
    [row] = exported(activation, document_of(account))
    assert (row.state, held_for(row), row.name) == (State.SENDING, [], name)
    if kind == "pdf":
        [inside] = pypdf.PdfReader(io.BytesIO(read(row))).attachments.values()
        assert etree.fromstring(inside[0]).findtext(f"{CBC}ID") == "10482"


def test_options_that_make_no_sense_hold_the_document(activation: Activation, account: Account) -> None:
    columns = [{"heading": "Item", "field": "line_name"}]
    rules.set_own(rules_of(activation).get(), {}, format="csv", format_values={"rows": "documents", "columns": columns})
    [row] = exported(activation, document_of(account))
    [(field, text)] = held_for(row)
    assert (row.state, field) == (State.HELD, "format")
    assert "Item" in text


@pytest.mark.parametrize(("tax", "is_right"), [("383.62", True), ("383.63", True), ("383.61", False)])
def test_half_a_cent_goes_either_way(activation: Activation, account: Account, tax: str, is_right: bool) -> None:
    net = Decimal("1534.50")
    one = {"quantity": Decimal(1), "unit_price": net, "net_amount": net, "tax_amount": Decimal(tax)}
    document = lines(account, one, net_amount=net, tax_amount=Decimal(tax), total_amount=net + Decimal(tax))
    [made] = compose(activation, [document.pk])
    assert [problem.field for problem in made.problems] == ([] if is_right else ["tax_amount"])


def test_delivery_is_the_usual_one_where_the_document_says_nothing(activation: Activation, account: Account) -> None:
    document = document_of(account)
    [made] = compose(activation, [document.pk])
    assert made.outgoing is not None and made.outgoing.delivery is None
    rules.set_own(rules_of(activation).get(), {"usual_delivery": "billed"})
    [made] = compose(activation, [document.pk])
    assert made.outgoing is not None and made.outgoing.delivery is not None
    assert (made.outgoing.delivery.date, made.outgoing.delivery.address.city) == (date(2026, 3, 15), "Aarhus C")
