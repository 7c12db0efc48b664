"""How fast documents go from the database to validated bytes, beside the validator alone in the same process."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from decimal import Decimal

from adaptors.domain.customers import rules
from adaptors.domain.documents.checking import check
from adaptors.domain.documents.producing import Produced, Producer
from adaptors.models import Activation, ExportRule
from adaptors.registry import load
from arhub.domain.tenants import create_tenant
from arhub.models import Account, Document, DocumentLine, Source
from arhub.tenancy.scope import scope
from connectors.domain import connections
from tests.benchmarks.loads import WrongResultError

LINES, CUSTOMERS, CHUNK = 10, 50, 100
COMPANY = {
    "legal_name": "Vestjysk Pumpefabrik ApS", "address_line1": "Havnegade 12", "postal_code": "6700",
    "city": "Esbjerg", "country": "DK", "registration_number": "12345674", "vat_number": "DK12345674",
    "email": "faktura@example.com", "currency": "DKK",
}  # fmt: skip
CUSTOMER = {
    "address_line1": "Industrivej 7", "postal_code": "8000", "city": "Aarhus C", "country": "DK", "kind": "customer",
    "registration_number": "25313763", "vat_number": "DK25313763", "currency": "DKK",
}  # fmt: skip


def rates(count: int, rounds: int = 3) -> dict[str, float]:
    """Documents a second: `validated` and `rendered` from the database, `validator` on the bytes alone. The best of
    some rounds each, one after the other."""
    made = activation("exports")
    with scope(made.tenant_id):
        ids = stored(made, count)
        contents = [_right(one) for one in _produced(made, ids, is_checking=False)]
        found = {
            "validated": lambda: _all(_produced(made, ids, is_checking=True)),
            "rendered": lambda: _all(_produced(made, ids, is_checking=False)),
            "validator": lambda: _checked(contents),
        }
        check(contents[0], load("bis3").rules)  # compiled once per worker
        seconds = [{name: _seconds(work) for name, work in found.items()} for _ in range(rounds)]
        return {name: count / min(one[name] for one in seconds) for name in found}


def rate_alone(activation: Activation, ids: Sequence[int]) -> float:
    """Documents a second that are rendered and validated, and go nowhere. In the tenant's scope."""
    _all(_produced(activation, ids[:1], is_checking=True))  # the rules are compiled once per worker
    return len(ids) / min(_seconds(lambda: _all(_produced(activation, ids, is_checking=True))) for _ in range(2))


def activation(slug: str) -> Activation:
    """Of a new tenant, over its uploads, into a local folder."""
    tenant = create_tenant(slug, name=slug.capitalize(), **COMPANY)
    with scope(tenant.pk):
        source = Source.objects.get(kind=Source.Kind.UPLOAD)
        gateway = connections.create("folder", name="Share", values={})
        values = {"supplier_bank_branch": "0040", "supplier_bank_account": "0440116243"}
        return Activation.objects.create(
            adaptor="file_invoices", name="Export", source=source, destination=gateway, format="bis3", is_on=True,
            dated_from=date(2026, 1, 1), document_types=["invoice"], supplier=values,
        )  # fmt: skip


def stored(activation: Activation, count: int) -> list[int]:
    """So many invoices for it, of ten lines each, by their ids. In the tenant's scope."""
    assert activation.source is not None
    ledger = activation.source.ledger
    accounts = Account.objects.bulk_create(
        Account(ledger=ledger, erp_key=str(n), number=str(n), name=f"Customer {n}", **CUSTOMER)
        for n in range(CUSTOMERS)
    )
    rules.follow(activation)
    rules.activate(activation, ExportRule.objects.all(), format="bis3", destination=activation.destination)
    net = Decimal(1000) * LINES
    rows = Document.objects.bulk_create(
        Document(
            ledger=ledger, account=accounts[n % CUSTOMERS], erp_key=f"I{n}", number=f"I{n}", document_type="invoice",
            invoice_date=date(2026, 3, 15), due_date=date(2026, 4, 14), currency="DKK", net_amount=net,
            tax_amount=net / 4, total_amount=net * 5 / 4, customer_order_number=f"PO-{n}",
        )
        for n in range(count)
    )  # fmt: skip
    DocumentLine.objects.bulk_create(
        (
            DocumentLine(
                ledger=ledger, document=row, erp_key=f"{row.erp_key}:{place}", line_number=str(place),
                description=f"Pumpe P-{place}", product_code=f"P-{place}", quantity=Decimal(2), unit_code="H87",
                unit_price=Decimal(500), net_amount=Decimal(1000), tax_amount=Decimal(250),
                total_amount=Decimal(1250), tax_rate=Decimal(25), tax_category="S",
            )
            for row in rows
            for place in range(1, LINES + 1)
        ),
        batch_size=2_000,
    )  # fmt: skip
    return [row.pk for row in rows]


def _produced(activation: Activation, ids: Sequence[int], *, is_checking: bool) -> Iterator[Produced]:
    producer = Producer(activation, is_checking=is_checking)
    for start in range(0, len(ids), CHUNK):
        yield from producer.produce(ids[start : start + CHUNK])


def _all(documents: Iterator[Produced]) -> None:
    for one in documents:
        _right(one)


def _right(one: Produced) -> bytes:
    if one.is_held or one.rendered is None:
        raise WrongResultError(f"A document is held: {[*one.problems, *one.findings]}")
    return one.rendered.content


def _checked(contents: Sequence[bytes]) -> None:
    for content in contents:
        if any(one.is_fatal for one in check(content, load("bis3").rules)):
            raise WrongResultError("The validator refuses a document.")


def _seconds(work: Callable[[], None]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
