"""Export rules as a sheet and back: what differs is shown, then exactly that is done."""

from __future__ import annotations

import io
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from adaptors.domain.customers.rule_files import TITLES
from adaptors.domain.transactions.selection import due
from adaptors.models import Activation, CommonSettings, ExportRule
from arhub.models import Account, Source
from arhub.records.base import normalise
from arhub.tenancy.scope import scope
from connectors.models import Connection
from tests.adaptors.conftest import account_of, document_of, rules_of
from tests.adaptors.rules.test_export_rules import active, url_of, words
from tests.adaptors.rules.test_rule_settings import packed, stored
from tests.arhub.admin.conftest import text_of


def exported(client: Client, activation: Activation, query: str = "") -> bytes:
    return b"".join(client.get(url_of(activation, f"export/{query}")).streaming_content)


def rows_of(content: bytes) -> list[dict[str, Any]]:
    header, *rows = openpyxl.load_workbook(io.BytesIO(content)).active.iter_rows(values_only=True)
    return [dict(zip(header, row, strict=True)) for row in rows]


def preview(client: Client, activation: Activation, content: bytes | str, name: str = "rules.csv") -> str:
    sent = content if isinstance(content, bytes) else content.encode()
    return text_of(client.post(url_of(activation, "import/"), {"file": SimpleUploadedFile(name, sent)}))


def test_titles_are_told_apart() -> None:
    assert len({normalise(title) for title in TITLES.values()}) == len(TITLES)


def test_sheet_comes_back_unchanged(
    client: Client, bis3: Activation, three: list[ExportRule], gateway: Connection, hidden: ExportRule
) -> None:
    with scope(bis3.tenant_id):
        chosen = CommonSettings.objects.create(activation=bis3, name="Public sector")
        Account.objects.filter(number="2").update(name="=1+1")
        values = {"customer_endpoint_scheme": "0088", "note": "-5 %", "supplier_payment_means": "58"}
        rules_of(bis3).filter(pk=three[0].pk).update(
            common=chosen, format="oioubl", destination=gateway, is_active=True, values=values
        )

    content = exported(client, bis3)
    page = words(preview(client, bis3, content, "rules.xlsx"))

    second, first, _ = rows_of(content)
    assert (first["Number"], first["Active"], first["Output format"]) == ("1", "yes", "OIOUBL 2.1")
    assert (first["Destination gateway"], first["Common settings"]) == ("Share", "Public sector")
    assert (first["Customer: Endpoint scheme"], first["Note"]) == ("GLN (0088)", "'-5 %")
    assert second["Name"] == "'=1+1"
    assert "Customers unchanged 3" in page and "Nothing differs" in page


def test_export_has_what_the_list_shows(client: Client, bis3: Activation, three: list[ExportRule]) -> None:
    by_search = rows_of(exported(client, bis3, "?q=bo"))
    by_ids = rows_of(exported(client, bis3, f"?ids={three[2].pk}"))

    assert [row["Number"] for row in by_search + by_ids] == ["2", "3"]


def test_differences_are_shown_then_done(
    client: Client, bis3: Activation, three: list[ExportRule], gateway: Connection
) -> None:
    with scope(bis3.tenant_id):
        rules_of(bis3).filter(pk=three[0].pk).update(values={"note": "Tak", "customer_city": "Ribe"})
        document_of(three[0].account, "100")
    text = (
        "Number,Active,Output format,Destination gateway,Note,Customer: City\n1,yes,oioubl 2.1,Share,,Skive\n2,,,,,\n"
    )

    page = preview(client, bis3, text)
    before = stored(three[0]).values
    done = client.post(url_of(bis3, "import/"), packed(page), follow=True)

    said = words(page)
    assert "Customers changed 1 Customers unchanged 1 Customers refused 0" in said
    assert "Anna Pumps Note Tak cleared" in said and "Anna Pumps Customer: City Ribe Skive" in said
    assert before == {"note": "Tak", "customer_city": "Ribe"}
    rule = stored(three[0])
    assert (rule.format, rule.destination_id, rule.values) == ("oioubl", gateway.pk, {"customer_city": "Skive"})
    assert active(bis3) == ["1"] and "1 customer changed." in text_of(done)
    with scope(bis3.tenant_id):
        assert not due(bis3).exists()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("77,yes,,,,", "No customer of this adaptor has the number “77”."),
        ("9,yes,,,,", "No customer of this adaptor has the number “9”."),
        (",yes,,,,", "Expected the number or the key of a customer, found neither."),
        ("1,perhaps,,,,", "Active: expected yes or no, found “perhaps”."),
        ("1,,Morse,,,", "Output format: expected one of Peppol BIS Billing 3.0"),
        ("1,,,Pigeon,,", "Destination gateway: expected the name of a connection that delivers files, found “Pigeon”."),
        ("1,,,,Secret,", "Common settings: expected the name of common settings for chosen customers"),
        ("1,,,,,GLM", "Endpoint scheme: expected one of 0184"),
        ("1,,,,,\n1,,,,,", "Line 2 is about the same customer."),
        ("5,,,,,", "2 customers have the number “5”: tell them apart by their key."),
    ],
)
def test_row_that_cannot_be_taken_says_why(
    client: Client, bis3: Activation, three: list[ExportRule], source: Source, hidden: ExportRule, line: str, said: str
) -> None:
    with scope(bis3.tenant_id):
        for key in "ab":
            account_of(source, "5", name=key).__class__.objects.filter(erp_key="5").update(erp_key=f"5{key}")
    header = "Number,Active,Output format,Destination gateway,Common settings,Customer: Endpoint scheme\n"

    page = words(preview(client, bis3, f"{header}{line}\n")).replace("&#x27;", "'")

    assert said in page
    assert "Customers refused 1" in page


def test_import_of_what_changed_meanwhile_does_nothing(
    client: Client, bis3: Activation, three: list[ExportRule]
) -> None:
    page = preview(client, bis3, "Number,Note\n1,Hej\n")
    with scope(bis3.tenant_id):
        rules_of(bis3).filter(pk=three[0].pk).update(values={"note": "Mine"})

    said = text_of(client.post(url_of(bis3, "import/"), packed(page), follow=True))

    assert "changed meanwhile" in said
    assert stored(three[0]).values == {"note": "Mine"}


def test_what_was_read_for_one_adaptor_is_good_for_no_other(
    client: Client, bis3: Activation, three: list[ExportRule], source: Source
) -> None:
    with scope(bis3.tenant_id):
        other = Activation.objects.create(adaptor="file_invoices", name="Second", source=source, format="bis3")
    page = preview(client, bis3, "Number,Note\n1,Hej\n")

    answer = client.post(url_of(other, "import/"), packed(page))

    assert answer.status_code == 400
    assert stored(three[0]).values == {}


@pytest.mark.parametrize(
    ("text", "said"),
    [("Number\n", "a header and no rows"), ("Note\nx\n", "Expected a column Number or Key")],
)
def test_file_that_is_none_is_refused(
    client: Client, bis3: Activation, three: list[ExportRule], text: str, said: str
) -> None:
    assert said in preview(client, bis3, text)
