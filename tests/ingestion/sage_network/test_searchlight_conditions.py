"""Filters against the real database, compared with the same filter worked out over what the API shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from arhub.domain.tenants import create_tenant
from arhub.models import (
    Account,
    Application,
    Contact,
    CustomFieldValue,
    Document,
    DocumentLine,
    Ledger,
    Payment,
    Source,
    Tenant,
)
from arhub.tenancy.scope import scope
from ingestion.sage_network.ids import Kind, uuid_of
from ingestion.sage_network.read.custom_fields import VALUE
from ingestion.sage_network.read.documents import INVOICE, LINE
from ingestion.sage_network.read.money import CREDIT_MEMO_APPLICATION, PAYMENT_APPLICATION, PAYMENTS
from ingestion.sage_network.read.parties import COMPANY, CONTACTS
from ingestion.sage_network.read.properties import Context
from ingestion.sage_network.read.resources import Resource
from ingestion.sage_network.searchlight import (
    Column,
    Holds,
    SearchlightError,
    condition,
    order_by,
    parse_filter,
    parse_order,
)
from ingestion.sage_network.searchlight.syntax import Group, Node, Operator

RESOURCES = [COMPANY, CONTACTS, INVOICE, LINE, PAYMENTS, PAYMENT_APPLICATION, CREDIT_MEMO_APPLICATION, VALUE]
NOW = datetime(2026, 3, 15, 22, 30, tzinfo=UTC)

DATES = {
    "2026-03-15": datetime(2026, 3, 15), "2026": datetime(2026, 1, 1), "2026-03": datetime(2026, 3, 1),
    "2026-3-9": datetime(2026, 3, 9), "2026-03-15T12:00": datetime(2026, 3, 15, 12),
    "2026-03-14T00:00:00.0000001Z": datetime(2026, 3, 14),
    "2026-03-15 23:59:59.5+02:00": datetime(2026, 3, 15, 23, 59, 59, 500000),
    "TODAY": datetime(2026, 3, 15), "tomorrow": datetime(2026, 3, 16), "YESTERDAY": datetime(2026, 3, 14),
    "NOW": datetime(2026, 3, 15, 22, 30), "TODAY - 15": datetime(2026, 2, 28), "now + 1": datetime(2026, 3, 16, 22, 30),
}  # fmt: skip
TIMES = {text: moment.replace(tzinfo=UTC) for text, moment in DATES.items()}
TIMES["2026-03-15 23:59:59.5+02:00"] -= timedelta(hours=2)
TEXTS = ["", "a", "A", "alpha", "ALPHA A/S", "50%", "5_", "\\", "o'brien", "É", "ß", "customer", "AR", "x y", "%", "_"]
NUMBERS = ["0", "-1", "1.10", "1.1000", "1250", "-1250.5", "+7", ".5", "9" * 30]
UNORDERED = {Holds.UUID, Holds.BOOL}
ANY = {Operator.EQUAL, Operator.UNEQUAL, Operator.IN, Operator.IS_NULL}
ORDERED = ANY | {Operator.LESS, Operator.AT_MOST, Operator.GREATER, Operator.AT_LEAST, Operator.BETWEEN}


def _compare(operator: Operator, value: Any, given: list[Any]) -> bool:
    match operator:
        case Operator.EQUAL | Operator.IN:
            return value in given
        case Operator.UNEQUAL:
            return value != given[0]
        case Operator.LESS:
            return value < given[0]
        case Operator.AT_MOST:
            return value <= given[0]
        case Operator.GREATER:
            return value > given[0]
        case Operator.AT_LEAST:
            return value >= given[0]
        case Operator.BETWEEN:
            return given[0] <= value <= given[1]
        case Operator.STARTS:
            return value.startswith(given[0])
        case Operator.ENDS:
            return value.endswith(given[0])
    return given[0] in value


def _meant(holds: Holds, text: str) -> Any:
    match holds:
        case Holds.DATE:
            return DATES[text]
        case Holds.DATETIME:
            return TIMES[text]
        case Holds.BOOL:
            return text.lower() == "true"
        case Holds.DECIMAL | Holds.INTEGER:
            return Decimal(text)
    return text.lower()


def _shown(column: Column, value: Any) -> Any:
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime.combine(value, time())
    return str(value).lower() if column.holds in (Holds.TEXT, Holds.UUID) else value


def meets(row: Mapping[str, Any], node: Node, columns: Mapping[str, Column]) -> bool:
    """The filter over what the API shows, with SQL's rule about nulls."""
    if isinstance(node, Group):
        parts = [meets(row, part, columns) for part in node.parts]
        return all(parts) if node.conjunction == "AND" else any(parts)
    column, value = columns[node.name.lower()], row[node.name.lower()]
    if node.operator is Operator.IS_NULL:
        return (value is None) is not node.negated
    if value is None:
        return False
    texts = [f"{literal.text} {'+' if literal.days > 0 else '-'} {abs(literal.days)}" if literal.days else literal.text
             for literal in node.values]  # fmt: skip
    if column.name == "erpKey" and node.operator in ANY:  # a key is exact
        return _compare(node.operator, value, texts) is not node.negated
    given = [_meant(column.holds, text) for text in texts]
    return _compare(node.operator, _shown(column, value), given) is not node.negated


def clauses(columns: Mapping[str, Column], rows: list[Mapping[str, Any]]) -> st.SearchStrategy[str]:
    """Texts of clauses over any column, with values from the rows and beside them."""

    def of(column: Column) -> st.SearchStrategy[str]:
        seen = sorted({str(row[column.name.lower()]) for row in rows if row[column.name.lower()] is not None})
        match column.holds:
            case Holds.DATE | Holds.DATETIME:
                texts = list(DATES)
            case Holds.BOOL:
                texts = ["true", "False"]
            case Holds.DECIMAL:
                texts = [*NUMBERS, *seen]
            case Holds.INTEGER:
                texts = ["0", "-1", "1", "2", "9" * 18]
            case Holds.UUID:
                texts = [*seen, str(uuid_of(Kind.COMPANY, 1)), str(uuid_of(Kind.GROUP, 1)), "0" * 32]
            case _:
                texts = [*TEXTS, *seen, *(text[: len(text) // 2] for text in seen), *(text.upper() for text in seen)]
        texts = [text for text in texts if not (column.holds is Holds.UUID and len(text) != 36)]
        operators = ANY if column.holds in UNORDERED else ORDERED
        if column.holds is Holds.TEXT:
            operators = operators | {Operator.STARTS, Operator.ENDS, Operator.CONTAINS}
        value = st.sampled_from(texts).map(_quoted)
        return st.builds(
            _written, st.just(column.name), st.sampled_from(sorted(operators)), value, value, st.booleans()
        )

    return st.sampled_from(sorted(columns)).flatmap(lambda name: of(columns[name]))


def _quoted(text: str) -> str:
    return text if text in DATES and "+02" not in text else "'" + text.replace("'", "''") + "'"


def _written(name: str, operator: Operator, first: str, second: str, negated: bool) -> str:
    word = "NOT " if negated else ""
    match operator:
        case Operator.IS_NULL:
            return f"{name} IS {word}NULL"
        case Operator.BETWEEN:
            return f"{name} {word}BETWEEN {first} AND {second}"
        case Operator.IN:
            return f"{name} {word}IN ({first}, {second})"
    return f"{name} {word}{operator} {first}"


def filters(columns: Mapping[str, Column], rows: list[Mapping[str, Any]]) -> st.SearchStrategy[str]:
    return st.recursive(
        clauses(columns, rows),
        lambda parts: st.builds(
            lambda conjunction, inner: "(" + f" {conjunction} ".join(inner) + ")",
            st.sampled_from(["AND", "OR"]),
            st.lists(parts, min_size=2, max_size=3),
        ),
        max_leaves=4,
    )


def _rows(resource: Resource, tenant: Tenant) -> list[tuple[int, dict[str, Any]]]:
    records = list(resource.rows().order_by("pk"))
    shown = resource.describe(records, Context(tenant))
    return [
        (record.pk, {name.lower(): value for name, value in row.items()})
        for record, row in zip(records, shown, strict=True)
    ]


@pytest.fixture
def tenant(db: None) -> Tenant:
    return create_tenant("acme", name="Acme A/S", currency="DKK")


@pytest.fixture
def records(tenant: Tenant) -> Tenant:
    """Two ledgers with a few records of everything: empty columns, signs, wildcards, cases, days around NOW."""
    with scope(tenant.pk):
        main = Ledger.objects.get(is_default=True)
        other = Ledger.objects.create(name="Other")
        Source.objects.create(name="ERP", kind=Source.Kind.API, ledger=other)
        names = ["Alpha A/S", "ALPHA a/s", "50% Off", "5_x", "O'Brien", "Émile ß", "back\\slash", None]
        accounts = [
            Account.objects.create(
                ledger=other if index % 3 == 0 else main, erp_key=f"K{index}" if index % 2 else f"k{index}",
                number=f"C{index}", name=name or "", email=name, kind=kind, is_active=[True, False, None][index % 3],
                source_modified_at=NOW + timedelta(hours=12 * index) if index % 2 else None,
            )
            for index, (name, kind) in enumerate(zip(names, ["customer", "vendor", "both", "own"] * 2, strict=True))
        ]  # fmt: skip
        Account.objects.filter(pk=accounts[1].pk).update(parent=accounts[0], primary_contact_id=1)
        for index, account in enumerate(accounts):
            Contact.objects.create(ledger=account.ledger, erp_key=f"P{index}", account=account,
                                   name=names[index], title="x y" if index % 2 else None, is_active=None)  # fmt: skip
        amounts = [None, Decimal(0), Decimal("1.10"), Decimal("1250.00"), Decimal("-7"), Decimal("0.5")]
        documents = [
            Document.objects.create(
                ledger=main, erp_key=f"D{index}", number=f"{'inv' if index % 2 else 'INV'}-{index}",
                account=accounts[index % 8], company=accounts[3] if index % 2 else None,
                document_type=kind, direction=direction, given_sign=sign, given_type=given,
                invoice_date=date(2026, 3, 13) + timedelta(days=index) if index != 5 else None,
                total_amount=amounts[index % 6], outstanding_amount=amounts[(index + 2) % 6],
                is_voided=[None, True, False][index % 3],
                exchange_rate=amounts[index % 4], bill_to_address_city="Århus" if index % 2 else None,
            )
            for index, (kind, direction, sign, given) in enumerate([
                ("invoice", "receivable", 1, None), ("invoice", "payable", 1, "AP Invoice"),
                ("credit_memo", "receivable", -1, None), ("credit_memo", "receivable", 1, "Credit Memo"),
                ("debit_memo", "receivable", 1, None), ("credit_memo", "receivable", -1, "CM"),
                ("invoice", "receivable", -1, None), ("credit_memo", "receivable", -1, None),
            ])
        ]  # fmt: skip
        for index, document in enumerate(documents):
            DocumentLine.objects.create(ledger=main, erp_key=f"L{index}", document=document, line_number=str(index),
                                        quantity=amounts[index % 6],
                                        unit_price=amounts[(index + 1) % 6])  # fmt: skip
        payments = [
            Payment.objects.create(ledger=other, erp_key=f"Y{index}", number=f"Y{index}", account=accounts[index],
                                   amount=Decimal(index), open_amount=amounts[index],
                                   is_open=[None, True, False][index % 3], payment_date=date(2026, 3, 10 + index))
            for index in range(6)
        ]  # fmt: skip
        for index in range(6):
            kind = "payment" if index % 2 else "credit_memo"
            source = {"payment": payments[index]} if index % 2 else {"credit_memo": documents[2]}
            Application.objects.create(ledger=main, erp_key=f"A{index}", application_type=kind, amount=Decimal(index),
                                       document=documents[index], entry_number=index if index > 2 else None,
                                       **source)  # fmt: skip
        for index, table in enumerate(["Company", "Contact", "Invoice", "InvoiceLine", "Payment", "Company"]):
            CustomFieldValue.objects.create(ledger=main, erp_key=f"F{index}", table_key=table, owner=1 + index,
                                            label="Region" if index < 3 else "Grade", value=names[index],
                                            numeric_value=amounts[index])  # fmt: skip
    return tenant


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource.name)
def test_filters_find_what_is_shown(records: Tenant, resource: Resource) -> None:
    with scope(records.pk):
        rows = _rows(resource, records)
        columns = {name: column for name, column in resource.columns.items() if _is_worth_a_try(column)}

        @given(filters(columns, [row for _, row in rows]))
        def check(text: str) -> None:
            node = parse_filter(text)
            assert node is not None
            found = resource.rows().filter(condition(node, resource.columns, NOW)).order_by("pk")

            expected = [key for key, row in rows if meets(row, node, resource.columns)]
            assert list(found.values_list("pk", flat=True)) == expected

        check()


def _is_worth_a_try(column: Column) -> bool:
    """Of the many fields that always say the same, a few. A filter by an enrollment has a test of its own."""
    is_constant = column.source is None and column.matches is None
    return column.name in ("excludeFromAging", "timeZone") or not (is_constant or column.name == "appEnrollmentId")


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("invoiceDate = 2026-03-15", [15]),
        ("invoiceDate = 2026-03-15T00:00:00Z", [15]),
        ("invoiceDate = 2026-03-15T12:00", []),
        ("invoiceDate <> 2026-03-15T12:00", [13, 14, 15, 16, 17, 19, 20]),
        ("invoiceDate < 2026-03-15", [13, 14]),
        ("invoiceDate < 2026-03-15T12:00", [13, 14, 15]),
        ("invoiceDate <= 2026-03-15T12:00", [13, 14, 15]),
        ("invoiceDate > 2026-03-15T12:00", [16, 17, 19, 20]),
        ("invoiceDate >= 2026-03-15", [15, 16, 17, 19, 20]),
        ("invoiceDate >= 2026-03-15T12:00", [16, 17, 19, 20]),
        ("invoiceDate BETWEEN 2026-03-14T01:00 AND 2026-03-16", [15, 16]),
        ("invoiceDate NOT BETWEEN 2026-03-14 AND 2026-03-19T10:00", [13, 20]),
        ("invoiceDate IN (2026-03-13, 2026-03-14T10:00, TODAY)", [13, 15]),
        ("invoiceDate <= NOW", [13, 14, 15]),
        ("invoiceDate > TOMORROW", [17, 19, 20]),
        ("invoiceDate >= YESTERDAY - 1 AND invoiceDate < TODAY + 1", [13, 14, 15]),
        ("invoiceDate < 2026", []),
        ("invoiceDate > 2026-03", [13, 14, 15, 16, 17, 19, 20]),
    ],
)
def test_day_is_compared_with_moments_as_its_midnight(records: Tenant, text: str, days: list[int]) -> None:
    with scope(records.pk):
        found = INVOICE.rows().filter(condition(parse_filter(text), INVOICE.columns, NOW)).order_by("invoice_date")

        assert [day.day for day in found.values_list("invoice_date", flat=True)] == days


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource.name)
def test_every_column_orders_by_what_is_shown(records: Tenant, resource: Resource) -> None:
    with scope(records.pk):
        rows = _rows(resource, records)
        for column in resource.columns.values():
            if column.source is None or (column.matches and column.name != "erpKey"):
                continue
            for direction, backwards in (("asc", False), ("DESC", True)):
                sorts = order_by(parse_order(f"{column.name} {direction}"), resource.columns)
                found = list(resource.rows().order_by(*sorts).values_list("pk", flat=True))

                assert found == _ordered(rows, column, backwards), column.name


def _ordered(rows: list[tuple[int, dict[str, Any]]], column: Column, backwards: bool) -> list[int]:
    values = [(key, row[column.name.lower()]) for key, row in rows]
    given = sorted(
        ((key, value) for key, value in values if value is not None),
        key=lambda pair: _shown(column, pair[1]),
        reverse=False,
    )
    if backwards:
        given = sorted(given, key=lambda pair: _shown(column, pair[1]), reverse=True)
    missing = [key for key, value in values if value is None]
    return [*missing, *(key for key, _ in given)] if backwards else [*(key for key, _ in given), *missing]


def test_filter_by_an_enrollment_means_the_ledger_it_feeds(records: Tenant) -> None:
    with scope(records.pk):
        main = Ledger.objects.get(is_default=True)
        default = uuid_of(Kind.APP_ENROLLMENT, Source.objects.filter(ledger=main).earliest("pk").pk)
        erp = uuid_of(Kind.APP_ENROLLMENT, Source.objects.get(name="ERP").pk)

        def keys(text: str) -> list[str]:
            found = COMPANY.rows().filter(condition(parse_filter(text), COMPANY.columns, NOW))
            return sorted(found.values_list("erp_key", flat=True))

        assert keys(f"appEnrollmentId = '{erp}'") == ["K3", "k0", "k6"]
        assert keys(f"appEnrollmentId = {default}") == ["K1", "K5", "K7", "k2", "k4"]
        assert keys("appEnrollmentId IS NULL") == ["K1", "K5", "K7", "k2", "k4"]
        assert keys("appEnrollmentId IS NOT NULL") == keys(f"appEnrollmentId IN ({erp})") == ["K3", "k0", "k6"]
        assert keys(f"appEnrollmentId <> '{erp}'") == []  # those of the default ledger have none


MISTAKES: list[tuple[str, str, str]] = [
    ("nope = 1 AND city = 2", "FieldNotFound",
     "Expected a field at character 1 of the filter, found “nope”. Known fields: "),
    ("city = 1 AND nope = 1", "FieldNotFound", "Expected a field at character 14 of the filter, found “nope”."),
    ("isActive = 2", "FieldTypeMismatch",
     "Expected true or false for isActive at character 12 of the filter, found “2”."),
    ("isActive > true", "FieldTypeMismatch",
     "Expected =, <>, IN or IS NULL for isActive, which holds true or false, at character 1 of the filter, found >."),
    ("companyId = 'x'", "FieldTypeMismatch", "Expected a uuid for companyId at character 13 of the filter, found “x”."),
    ("companyId CONTAINS 'x'", "FieldTypeMismatch", "found CONTAINS."),
    ("created > 12/31/2021", "FieldTypeMismatch", "found “12/31/2021”."),
    ("created > 2021-02-30", "FieldTypeMismatch",
     "Expected a time such as 2026-03-15T12:00:00Z for created at character 11 of the filter, found “2021-02-30”."),
    ("created > 0000", "FieldTypeMismatch", "found “0000”."),
    ("created > TODAY + 999999999", "FieldTypeMismatch", "found “TODAY”."),
    ("created STARTSWITH 2021", "FieldTypeMismatch", "found STARTSWITH."),
    ("city = TODAY + 1", "FieldTypeMismatch", "Expected text for city at character 8 of the filter, found “TODAY”."),
]  # fmt: skip


@pytest.mark.parametrize(("text", "name", "words"), MISTAKES)
def test_mistakes_in_fields_and_values_are_named(text: str, name: str, words: str) -> None:
    with pytest.raises(SearchlightError) as caught:
        condition(parse_filter(text), COMPANY.columns, timezone.now())

    assert caught.value.name == name
    assert words in str(caught.value)


NUMBER_MISTAKES = ["totalAmount > 1e9", "totalAmount = 1,5", "totalAmount = abc", "totalAmount = " + "9" * 41]


@pytest.mark.parametrize("text", NUMBER_MISTAKES)
def test_number_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(SearchlightError):
        condition(parse_filter(text), INVOICE.columns, timezone.now())


def test_order_by_a_field_that_is_not_there_is_refused() -> None:
    with pytest.raises(SearchlightError, match="Expected a field at character 7 of the order, found “nope”"):
        order_by(parse_order("city, nope"), COMPANY.columns)


def test_indexes_answer_beginnings_of_numbers_and_open_amounts(records: Tenant) -> None:
    """The conditions are in the form the indexes ask for."""
    with scope(records.pk):
        sql: Callable[[str], str] = lambda text: str(  # noqa: E731
            INVOICE.rows().filter(condition(parse_filter(text), INVOICE.columns, NOW)).values("pk").query
        )

        assert '"number_lower" >= inv-' in sql("referenceCode STARTSWITH 'INV-'")
        assert '"number_lower" = (LOWER(INV-1))' in sql("referenceCode = 'INV-1'")
        assert '"outstanding_amount" IS NOT NULL' in sql("outstandingBalanceAmount > 0")
        assert 'NOT ("arhub_document"."outstanding_amount" = 0' in sql("outstandingBalanceAmount > 0")
        assert 'NOT ("arhub_document"."outstanding_amount" = 0' not in sql("outstandingBalanceAmount >= 0")
