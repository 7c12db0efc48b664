"""The failed rows as a file that goes out, is corrected, and joins its load again."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from arhub.domain.tenants import create_tenant
from arhub.models import Account, Document, Tenant
from arhub.tenancy.scope import scope
from ingestion import tasks
from ingestion.domain.corrected import MOST_TOLD, Upload
from ingestion.domain.row_tokens import token_of
from ingestion.models import Ingestion, Repair, State
from tests.ingestion.conftest import ACCOUNTS, FAILED, Load, counts, problems
from tests.ingestion.test_repair import BAD
from tests.ingestion.test_screens import LIST, signed_in

Table = list[list[str]]
Change = Callable[[Table], None]


def _download(client: Client, ingestion: Ingestion, form: str) -> bytes:
    answer = client.get(f"{LIST}{ingestion.pk}/failed-rows.{form}")
    return b"".join(answer.streaming_content)


def _csv(content: bytes, change: Change) -> bytes:
    table = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    change(table)
    out = io.StringIO()
    csv.writer(out).writerows(table)
    return out.getvalue().encode()


def _xlsx(content: bytes, change: Callable[[Any], None]) -> bytes:
    book = openpyxl.load_workbook(io.BytesIO(content))
    change(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _send(client: Client, ingestion: Ingestion, content: bytes, name: str = "fixed.csv") -> Any:
    answer = client.post(f"{LIST}{ingestion.pk}/repair/upload/", {"corrected": SimpleUploadedFile(name, content)})
    tasks.answer()
    return answer


def _said(answer: Any) -> str:
    return answer.content.decode().replace("&#x27;", "'")


def _mend_currency(table: Table) -> None:
    for row in table:
        row[:] = ["EUR" if cell == "EURO" else cell for cell in row]


@pytest.mark.parametrize("review", [True, False])
def test_corrected_csv_joins_its_load(tenant: Tenant, load: Load, review: bool) -> None:
    ingestion, client = load(account=BAD, review=review), signed_in(tenant)

    answer = _send(client, ingestion, _csv(_download(client, ingestion, "csv"), _mend_currency))

    assert answer.status_code == 302
    assert counts(ingestion)["ACCOUNT"] == (6, 4, 0, 0, 2)
    assert [line for line, _ in problems(ingestion)] == [6, 7]


def test_corrected_workbook_with_typed_cells_joins_its_load(tenant: Tenant, load: Load) -> None:
    """A number typed into a sheet has a decimal point, in a file of decimal commas, too."""
    rows = "1;C1;1.250,50;31-01-2026\n2;C1;x;02-01-2026\n3;C1;7,00;x\n"
    ingestion = load(account=ACCOUNTS, invoice=f"invoice_number;account_id;total_amount;invoice_date\n{rows}")
    client = signed_in(tenant)

    def change(book: Any) -> None:
        sheet = book.active
        sheet["D2"] = 1.234
        sheet["E3"] = "05-02-2026"

    _send(client, ingestion, _xlsx(_download(client, ingestion, "xlsx"), change), "fixed.xlsx")

    assert problems(ingestion) == []
    with scope(tenant.pk):
        found = Document.objects.order_by("number").values_list(
            "total_amount", "invoice_date__day", "invoice_date__month"
        )
        assert list(found) == [(Decimal("1250.50"), 31, 1), (Decimal("1.234"), 2, 1), (Decimal("7"), 5, 2)]


def test_token_column_is_first_and_hidden_in_a_workbook_and_last_in_csv(tenant: Tenant, load: Load) -> None:
    ingestion, client = load(account=BAD), signed_in(tenant)

    sheet = openpyxl.load_workbook(io.BytesIO(_download(client, ingestion, "xlsx"))).active
    header = next(csv.reader(io.StringIO(_download(client, ingestion, "csv").decode("utf-8-sig"))))

    assert (sheet["A1"].value, sheet.column_dimensions["A"].hidden) == ("row_token", True)
    assert header == ["account_id", "account_name", "currency", "AR Hub line", "AR Hub problem", "row_token"]


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_guarded_formulas_come_back_as_they_were(tenant: Tenant, load: Load, form: str) -> None:
    names = ["=1+1", "+45 12", "-x", "@a", "'=1", "'quoted", "''=2", " =3"]
    rows = "".join(f'C{n},"{name}",EURO\n' for n, name in enumerate(names, 3))
    ingestion, client = load(account=ACCOUNTS + rows), signed_in(tenant)
    with scope(tenant.pk):
        before = list(ingestion.invalid_rows.order_by("line").values_list("cells", flat=True))

    _send(client, ingestion, _download(client, ingestion, form), f"same.{form}")

    with scope(tenant.pk):
        assert list(ingestion.invalid_rows.order_by("line").values_list("cells", flat=True)) == before
    assert [row[1] for row in before] == names


def test_workbook_with_a_sheet_per_file_is_taken_as_a_whole(tenant: Tenant, load: Load) -> None:
    ingestion = load(account=BAD, contact="account_id,contact_name,email\nC1,Anna,a@a.example\nC9,Bo,b@b.example\n")
    client = signed_in(tenant)

    def change(book: Any) -> None:
        book.worksheets[0]["D2"] = "EUR"
        book.worksheets[1]["B2"] = "C2"

    content = _xlsx(_download(client, ingestion, "xlsx"), change)
    _send(client, ingestion, content, "fixed.xlsx")

    assert counts(ingestion) == {"ACCOUNT": (6, 3, 0, 0, 3), "CONTACT": (2, 2, 0, 0, 0)}


def test_file_sent_twice_goes_in_once(tenant: Tenant, load: Load) -> None:
    ingestion, client = load(account=BAD), signed_in(tenant)
    content = _csv(_download(client, ingestion, "csv"), _mend_currency)
    _send(client, ingestion, content)

    answer = _send(client, ingestion, content)

    assert answer.status_code == 400
    assert "Line 2: line 4 of account.csv is no longer invalid: it was repaired already." in _said(answer)
    assert counts(ingestion)["ACCOUNT"] == (6, 4, 0, 0, 2)
    with scope(tenant.pk):
        assert Account.objects.count() == 4


def test_rows_left_out_stay_invalid(tenant: Tenant, load: Load) -> None:
    ingestion, client = load(account=BAD), signed_in(tenant)

    def change(table: Table) -> None:
        _mend_currency(table)
        del table[2:]

    _send(client, ingestion, _csv(_download(client, ingestion, "csv"), change))

    assert [line for line, _ in problems(ingestion)] == [5, 6, 7]


def _cut_token(table: Table) -> None:
    table[1][-1] = table[1][-1][:-1] + ("A" if table[1][-1][-1] != "A" else "B")


def _no_token(table: Table) -> None:
    table[1][-1] = ""


def _token_twice(table: Table) -> None:
    table[2][-1] = table[1][-1]


def _no_column(table: Table) -> None:
    for row in table:
        del row[1]


def _no_token_column(table: Table) -> None:
    for row in table:
        del row[-1]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (_cut_token, "Line 2: the row_token was changed or is not one of ours."),
        (_no_token, "Line 2: it has no row_token."),
        (_token_twice, "Line 3: it has the row_token of line 2 once more."),
        (_no_column, "The file lacks columns that account.csv has: account_name."),
        (_no_token_column, "The file has no rows with a row_token, which tells which row is which."),
    ],
)
def test_file_that_cannot_be_taken_is_refused_as_a_whole(
    tenant: Tenant, load: Load, change: Change, sentence: str
) -> None:
    ingestion, client = load(account=BAD), signed_in(tenant)

    answer = _send(client, ingestion, _csv(_download(client, ingestion, "csv"), change))

    assert answer.status_code == 400
    assert sentence in _said(answer)
    with scope(tenant.pk):
        assert (Repair.objects.count(), Ingestion.objects.get().state) == (0, State.COMMITTED)


def test_lines_that_keep_a_file_out_are_counted_and_the_first_are_told(tenant: Tenant, load: Load) -> None:
    ingestion = load(account=BAD)
    upload = Upload(ingestion, {})

    for line in range(2, 1_002):
        upload.refuse(line, "it has no row_token")

    assert (upload.refused, len(upload.wrong)) == (1_000, MOST_TOLD)
    assert upload.wrong[-1] == "Line 21: it has no row_token."


def test_file_with_many_wrong_lines_tells_how_many_more_there_are(tenant: Tenant, load: Load) -> None:
    ingestion, client = load(account=BAD), signed_in(tenant)

    answer = _send(
        client, ingestion, _csv(_download(client, ingestion, "csv"), lambda table: table.extend([["x"]] * 30))
    )

    said = _said(answer)
    assert said.count(": it has no row_token.") == MOST_TOLD
    assert "And 10 more lines." in said


def test_token_of_another_load_or_tenant_is_refused(tenant: Tenant, load: Load) -> None:
    other_tenant = create_tenant("other")
    own, other = load(account=BAD), load(account=BAD.replace("C", "D"))
    foreign = load(account=BAD, of=other_tenant)
    client = signed_in(tenant)
    with scope(tenant.pk):
        tokens = [token_of(other.files.get(), 4)]
    with scope(other_tenant.pk):
        tokens.append(token_of(foreign.files.get(), 4))

    for token in tokens:

        def change(table: Table, token: str = token) -> None:
            table[1][-1] = token

        answer = _send(client, own, _csv(_download(client, own, "csv"), change))

        assert "Line 2: the row_token belongs to another load." in _said(answer)
    for ingestion in (own, other, foreign):
        assert counts(ingestion)["ACCOUNT"] == (6, 2, 0, 0, 4)


def test_row_with_more_cells_than_columns_is_not_taken_as_it_is(tenant: Tenant, load: Load) -> None:
    ingestion, client = load(account=ACCOUNTS + "C3,Hansen, Sons,DKK\n"), signed_in(tenant)
    content = _download(client, ingestion, "csv")

    refused = _send(client, ingestion, content)

    def change(table: Table) -> None:
        table[1][1:3] = ["Hansen & Sons", "DKK"]

    taken = _send(client, ingestion, _csv(content, change))

    assert "line 4 of account.csv has more cells than columns; repair it on the page" in _said(refused)
    assert taken.status_code == 302
    assert counts(ingestion)["ACCOUNT"] == (3, 3, 0, 0, 0)


def test_failed_rows_are_no_load_of_their_own(tenant: Tenant, load: Load) -> None:
    ingestion, client = load(account=BAD), signed_in(tenant)

    again = load(account=_download(client, ingestion, "csv"))

    assert again.state == FAILED
    assert "These are failed rows of an earlier load. Open that load, choose Repair" in again.reason


@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02", b"PK\x03\x04nothing"])
def test_file_that_cannot_be_read_is_refused_in_a_sentence(tenant: Tenant, load: Load, content: bytes) -> None:
    ingestion, client = load(account=BAD), signed_in(tenant)

    answer = _send(client, ingestion, content)

    assert answer.status_code == 400
    assert 'role="alert"' in _said(answer)
    assert counts(ingestion)["ACCOUNT"] == (6, 2, 0, 0, 4)
