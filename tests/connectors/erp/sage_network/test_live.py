"""Against another tenant of a running hub: what is sent comes back the same, and goes only once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from arhub.models import Account, Application, Contact, Document, DocumentLine, Payment, Tenant
from arhub.tenancy.scope import scope
from connectors.base import Cursor, Subject
from connectors.erp.sage_network.connector import SageNetworkConnector
from tests.connectors.erp.sage_network.conftest import (
    CREDIT_MEMO,
    INVOICE,
    OWN,
    PAYMENT,
    PUMPS,
    Connect,
    merged,
    pull,
    send,
    send_all,
)

TYPES = {name for stream in SageNetworkConnector.streams for name in stream.record_types}
NOT_TOLD = {"credit_limit", "payment_id", "source_modified_at"}
"""Fields the API has no name for, or not when companies are read."""


def _sent(values: Mapping[str, Any], found: Mapping[str, Any]) -> dict[str, Any]:
    return {name: found.get(name) for name in values if name not in NOT_TOLD}


def _wanted(values: Mapping[str, Any], **other: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name not in NOT_TOLD} | other


@pytest.mark.parametrize("send_as", ["zip", "batch"])
def test_records_sent_to_another_tenant_are_pulled_back_equal(connect: Connect, send_as: str) -> None:
    connector = connect(send_as=send_as)

    keys = send_all(connector)
    found, cursor = pull(connector)

    assert set(found) == TYPES
    assert {name: len(records) for name, records in found.items()} == {
        "account": 2, "contact": 1, "invoice": 1, "adjustment": 1, "invoice_line": 2, "payment": 1,
        "payment_applied": 2, "credit_memo_applied": 1,
    }  # fmt: skip
    assert _sent(PUMPS.values, found["account"]["C-1"]) == _wanted(PUMPS.values, account_type="CustomerVendor")
    assert _sent(PUMPS.contacts[0], found["contact"]["P-1"]) == dict(PUMPS.contacts[0])
    assert _sent(INVOICE.values, found["invoice"]["I-1"]) == _wanted(INVOICE.values, document_type="AR Invoice")
    for line in INVOICE.lines:
        assert _sent(line, found["invoice_line"][line["erp_key"]]) == line
    memo = found["adjustment"]["M-1"]
    assert _sent(CREDIT_MEMO.values, memo) == _wanted(CREDIT_MEMO.values, document_type="AR Credit Memo")
    assert _sent(PAYMENT.values, found["payment"]["Y-1"]) == _wanted(PAYMENT.values)
    assert {key: (row["payment"], row["invoice"], row["entry_number"], row["amount"], row["applied_date"])
            for key, row in found["payment_applied"].items()} == {
        "Y-1:I-1:1": ("Y-1", "I-1", 1, Decimal(1000), date(2026, 4, 10)),
        "Y-1:I-1:2": ("Y-1", "I-1", 2, Decimal("149.90"), date(2026, 4, 11)),
    }  # fmt: skip
    applied = found["credit_memo_applied"]["M-1:I-1:1"]
    assert (applied["credit_memo"], applied["invoice"], applied["amount"]) == ("M-1", "I-1", Decimal("100.10"))
    assert set(cursor.since) == {"companies", "invoices", "payments"}
    assert {key: ids["networkId"] for key, ids in keys.items()} == {
        (name, key): found[name][key]["network_id"]
        for name in ("account", "contact", "invoice", "adjustment", "payment")
        for key in found[name]
    }


def test_push_again_changes_nothing(connect: Connect, there: Tenant) -> None:
    connector = connect()
    keys = send_all(connector)
    before = _rows(there)

    again = send(connector, INVOICE, keys=keys)

    assert again.text == "0 inserted, 0 updated, 3 unchanged, 0 invalid."
    assert again.keys == {INVOICE.key: keys[INVOICE.key]}
    assert send_all(connector) == keys
    assert _rows(there) == before


def _rows(tenant: Tenant) -> dict[str, list[Any]]:
    models = (Account, Contact, Document, DocumentLine, Payment, Application)
    with scope(tenant.pk):
        return {model.__name__: list(model.objects.order_by("pk").values()) for model in models}


def test_refused_rows_are_told_of_their_records(connect: Connect) -> None:
    connector = connect()
    contact = {**PUMPS.contacts[0], "email": "x" * 300}
    pumps = replace(PUMPS, values={**PUMPS.values, "primary_contact_id": None}, contacts=[contact])
    accounts = send(connector, OWN, pumps)
    orphan = replace(INVOICE, values={**INVOICE.values, "erp_key": "I-2", "company_id": "NOBODY"}, lines=())
    memo_line = {**INVOICE.lines[0], "erp_key": "L-3", "line_number": "3", "description": "y" * 5000}

    documents = send(connector, replace(INVOICE, lines=[*INVOICE.lines, memo_line]), orphan, keys=accounts.keys)

    assert set(accounts.refused) == {PUMPS.key}
    assert accounts.refused[PUMPS.key].startswith("Contact Anna Holm: emailAddress: ")
    assert set(accounts.keys) == {OWN.key, PUMPS.key}
    assert set(documents.refused) == {("invoice", "I-1"), ("invoice", "I-2")}
    assert documents.refused["invoice", "I-1"].startswith("Line 3: description: ")
    assert documents.refused["invoice", "I-2"].startswith("companyErpKey: expected the key or number of one account")
    assert set(documents.keys) == {("invoice", "I-1")}
    assert documents.text == "3 inserted, 0 updated, 0 unchanged, 2 invalid."


def test_sync_of_which_nothing_is_taken_tells_why(connect: Connect) -> None:
    connector = connect()
    accounts = send(connector, OWN, PUMPS)
    orphan = replace(INVOICE, values={**INVOICE.values, "company_id": "NOBODY"}, lines=())

    result = send(connector, orphan, keys=accounts.keys)

    assert result.keys == {}
    assert set(result.refused) == {INVOICE.key}
    assert result.refused[INVOICE.key].startswith("companyErpKey: expected the key or number of one account")


def test_pull_since_brings_what_changed(connect: Connect, there: Tenant) -> None:
    connector = connect(overlap_minutes=10)
    keys = send_all(connector)
    with scope(there.pk):
        for model in (Account, Contact, Document, DocumentLine, Payment, Application):
            model.objects.update(updated_at=datetime(2026, 1, 1, 12, tzinfo=UTC))
    _, cursor = pull(connector)
    line = {**INVOICE.lines[1], "description": "Hose"}

    send(connector, replace(INVOICE, lines=[INVOICE.lines[0], line]), keys=keys)
    changed, after = pull(connector, cursor)
    at_noon = dict.fromkeys(cursor.since, "2026-01-01T12:10:00Z")
    everything, _ = pull(connector, Cursor(at_noon))
    later, _ = pull(connector, Cursor(dict.fromkeys(cursor.since, "2026-01-01T12:10:01+00:00")))

    assert {name: set(records) for name, records in changed.items()} == {"invoice_line": {"L-2"}}
    assert changed["invoice_line"]["L-2"]["description"] == "Hose"
    assert set(everything) == TYPES
    assert later == changed
    assert all(after.since[name] >= since for name, since in cursor.since.items())


def test_pull_resumes_after_every_page(connect: Connect) -> None:
    connector = connect(page_size=50)
    accounts = [_account(f"{letter}{number}") for number in range(60) for letter in "kK"]
    send(connector, *accounts)

    pages = list(connector.pull(Cursor()))

    wanted = {f"{letter}{number}" for number in range(60) for letter in "kK"}
    assert set(merged(pages)["account"]) == wanted
    assert len(pages) > 8
    for number, page in enumerate(pages[:-1]):
        rest = list(connect(page_size=50).pull(page.cursor))
        assert set(merged(pages[: number + 1])["account"]) | set(merged(rest).get("account", {})) == wanted
        assert rest[-1].cursor.since.keys() == pages[-1].cursor.since.keys()


def _account(key: str) -> Subject:
    return Subject("account", {"erp_key": key, "account_name": f"Company {key}"})


def test_record_that_changes_while_it_is_pulled_hides_no_other(connect: Connect, there: Tenant) -> None:
    connector = connect(page_size=50)
    send(connector, *[_account(f"{number:03}") for number in range(120)])
    send(connector, _account("000"))
    before = datetime.now(UTC) - timedelta(days=1)
    pages = connector.pull(Cursor(dict.fromkeys(("companies", "invoices", "payments"), before.isoformat())))

    first = next(pages)
    with scope(there.pk):
        Account.objects.filter(erp_key__lt="040").update(updated_at=datetime.now(UTC) + timedelta(days=1))
    rest = list(pages)

    assert set(merged([first, *rest])["account"]) == {f"{number:03}" for number in range(120)}


def test_checks_tell_what_was_found(connect: Connect) -> None:
    connector = connect()
    send_all(connector)

    told = {check.label: check.run() for check in connector.checks()}

    assert list(told) == ["Reach the API", "Sign in", "Read records"]
    assert told["Reach the API"].startswith("127.0.0.1:")
    assert told["Sign in"] == "Signed in as Connector."
    assert told["Read records"] == (
        "It may read 2 accounts, 1 contacts, 2 invoices, 2 invoice lines, 1 payments, 2 payment applications, "
        "1 credit memo applications."
    )
